"""The rosters: kept by the base in one table each, read by staff with the verdict beside each row."""

from dataclasses import dataclass, field

from flask import Blueprint, flash, g, redirect, render_template, request, url_for

from incubator.bases.models import Base as IncubatorBase
from incubator.bases.queries import Told, marks, own_base, told_on
from incubator.kernel import access, clock, files
from incubator.kernel.errors import Conflict, Invalid, NotVisible, Refused
from incubator.kernel.forms import PolicyForm, form_for, sent_once
from incubator.kernel.parameters import editions
from incubator.kernel.routing import route
from incubator.kernel.workflow import Case
from incubator.policy.criteria import edition_of
from incubator.policy.fields import Problem, parse, to_stored
from incubator.policy.fields.industries import DIVISIONS
from incubator.policy.fields.model import Field
from incubator.rosters import commands, history, queries, record_queries
from incubator.rosters.models import Tenant
from incubator.rosters.tables import GRADUATES, KEPT, TENANTS, Roster, kept_fields, values_of

bp = Blueprint("rosters", __name__)
FILES = ("file", "files")
DAY = Field("day", "日期", "date", "13", maximum="today")
STANDARDS = {"tenants": ("tenants_countable", "jobs"), "team": ("service_team", "mentors")}


@dataclass
class Entry:
    """The row that is being written: a new one, one that is changed, or one that leaves."""

    form: PolicyForm
    row: object = None
    leaving: bool = False
    homeless: list[Problem] = field(default_factory=list)

    @property
    def row_id(self) -> int:
        return self.row.id if self.row is not None else 0


@route(bp, "/rosters", perm={"GET": "roster.read"}, endpoint="own")
def own_rosters():
    """Where the navigation leads: a base to its tenants, staff to the register of bases."""
    return redirect(url_for("rosters.page", key="tenants") if g.actor.tier == "base" else url_for("bases.register"))


@route(bp, "/rosters/<any(tenants,team,graduates,services,activities,taxes):key>", perm={"GET": "roster.read", "POST": "roster.keep"})
def page(key: str):
    """One wide table; POST adds a row and comes back to an empty one."""
    roster = KEPT[key]
    if g.actor.tier != "base":
        return redirect(url_for("bases.register"))
    if request.method == "GET":
        return _page(roster, _asked(roster))
    entry = Entry(_form(roster))
    try:
        _take_files(entry.form)
        made = sent_once(lambda: str(commands.add(g.actor, roster, entry.form.raw()).row.id))
    except Refused as refused:
        return _refused(roster, entry, refused)
    return redirect(url_for("rosters.page", key=key, saved=made, _anchor=f"f-{kept_fields(roster)[0].name}"))


@route(bp, "/rosters/<any(tenants,team,graduates,services,activities,taxes):key>/<int:row_id>", perm={"POST": "roster.keep"}, endpoint="change")
def change_row(key: str, row_id: int):
    return _write(KEPT[key], row_id, commands.change, leaving=False)


@route(bp, "/rosters/<any(tenants,team,graduates,services,activities,taxes):key>/<int:row_id>/leave", perm={"POST": "roster.keep"}, endpoint="leave")
def leave_row(key: str, row_id: int):
    return _write(KEPT[key], row_id, commands.leave, leaving=True)


def _write(roster: Roster, row_id: int, command, *, leaving: bool):
    row = access.load(g.actor, roster.model, row_id)
    entry = Entry(_form(roster, row, leaving, bound=True), row, leaving)
    try:
        _take_files(entry.form)
        sent_once(lambda: str(command(
            g.actor, roster, row_id, entry.form.raw(), seen_version=request.form.get("version", type=int) or 0
        ).row.id))
    except Refused as refused:
        return _refused(roster, entry, refused)
    except Conflict as conflict:
        return _stale(roster, entry, conflict)
    row = access.load(g.actor, roster.model, row_id, fresh=True)
    if row.out_on is not None:
        flash(f"“{roster.name_of(values_of(roster, row))}”已{roster.leaving}，记录都在。", "done")
    return redirect(url_for("rosters.page", key=roster.key, show=_view_of(row), saved=row_id, _anchor=f"r{row_id}"))


def _view_of(row) -> str | None:
    return row.status if row.status != "active" else None


def _refused(roster: Roster, entry: Entry, refused: Refused):
    """Everything typed stays, files that were taken too; each fault stands at its cell."""
    problems = refused.problems if isinstance(refused, Invalid) else [refused.as_problem()]
    entry.homeless = entry.form.show(problems)
    taken = files.named(i for f in entry.form.specs() if f.spec.kind in FILES for i in f.data or [])
    for spec in entry.form.specs():
        if spec.spec.kind in FILES:
            spec.files = [taken[i] for i in spec.data or [] if i in taken]
    return _page(roster, entry), 422


def _stale(roster: Roster, entry: Entry, conflict: Conflict):
    """What was typed stays under the row as it is now; saving again is saving over what is seen there."""
    entry.row = access.load(g.actor, roster.model, entry.row_id, fresh=True)
    entry.form.version.data = entry.row.version
    entry.homeless = [Problem("", conflict.message, roster.article)]
    return _page(roster, entry), 409


def _take_files(form: PolicyForm) -> None:
    """Proofs are kept first, so that an error elsewhere does not ask for them again."""
    for each in form.specs():
        several = each.spec.kind == "files"
        for upload in each.uploads[: each.spec.max_files if several else 1]:
            try:
                each.data = [*(each.data if several else []), commands.keep_file(g.actor, upload).id]
            except Refused as refused:
                refused.field = each.name
                raise


def _asked(roster: Roster) -> Entry | None:
    """The row that the address asks to change or to let leave; otherwise an empty one to key."""
    if not g.actor.can("roster.keep"):
        return None
    for name, leaving in (("edit", False), ("leave", True)):
        if row_id := request.args.get(name, type=int):
            row = access.load(g.actor, roster.model, row_id)
            return Entry(_form(roster, row, leaving), row, leaving)
    return Entry(_form(roster))


def _form(roster: Roster, row=None, leaving: bool = False, bound: bool = True) -> PolicyForm:
    names = _names(roster, row, leaving)
    stored = to_stored(roster.table, values_of(roster, row)) if row is not None else {}
    if leaving:
        stored |= {"status": "left" if roster.struck else "", "out_on": clock.today().isoformat()}
    if row is None and (tenant_id := request.args.get("from", type=int)):
        stored = _graduate_from(tenant_id)
    known = files.named(i for f in kept_fields(roster) if f.kind in FILES for i in stored.get(f.name) or [])
    posted = request.method == "POST" and bound
    form = form_for(roster.table, stored, names=names, files=known, bound=posted)
    if leaving and not roster.struck:
        form.status.choices = [choice for choice in form.status.choices if choice[0] != "active"]
    if not posted:
        form.version.data = row.version if row is not None else 0
    return form


def _graduate_from(tenant_id: int) -> dict:
    """What the graduates' row takes from the tenant that left (§8.8)."""
    tenant = access.load(g.actor, Tenant, tenant_id)
    return {
        "name": tenant.name, "uscc": tenant.uscc, "in_on": tenant.in_on.isoformat(), "jobs": tenant.jobs,
        "grad_on": tenant.out_on.isoformat() if tenant.out_on else "",
        "revenue": "" if tenant.revenue is None else str(tenant.revenue),
    }


def _names(roster: Roster, row, leaving: bool) -> list[str]:
    if leaving and roster.struck:
        return ["out_kind"]
    if leaving:
        return [n for n in commands.LEAVING if n in roster.table]
    gone = row is not None and row.out_on is not None
    return [f.name for f in kept_fields(roster) if gone or f.group != "status"]


def _page(roster: Roster, entry: Entry | None):
    base = own_base(g.actor)
    show = request.args.get("show", "")
    if entry is not None and entry.row is not None:
        show = entry.row.status if entry.row.out_on is not None else ""
    if roster.struck:
        return render_template("rosters/record.html", pen=entry, **_record(roster, base, show), **_saved(roster, base))
    return render_template(f"rosters/{roster.key}.html", pen=entry, **_table(roster, base, show), **_saved(roster, base))


def _saved(roster: Roster, base) -> dict:
    """The row that was just written, with what was noticed about it."""
    row_id = request.args.get("saved", type=int)
    if not row_id:
        return {"saved": None, "noticed": []}
    return {"saved": row_id, "noticed": commands.noticed(base, roster, access.load(g.actor, roster.model, row_id))}


def _record(roster: Roster, base: IncubatorBase, show: str) -> dict:
    """What both pages, the base's and the staff's, show of one record."""
    year, page = request.args.get("year", type=int), max(1, request.args.get("page", 1, type=int))
    found = record_queries.records(g.actor, roster, base.id, struck=show == "left", year=year, page=page)
    return {
        "base": base, "roster": roster, "found": found, "show": show, "year": year, "today": clock.today(),
        "shown": [roster.table.field(name) for name in roster.columns], "sizes": record_queries.sizes(g.actor, base.id),
        "waiting": record_queries.not_yet_registered(g.actor, base.id) if roster is GRADUATES and not show else [],
        "papers": files.named(i for line in found.rows for i in queries.file_ids(line)), "file_ids": queries.file_ids,
    }


def _table(roster: Roster, base: IncubatorBase, show: str) -> dict:
    """What both pages, the base's and the staff's, show of one roster."""
    tenants, team = queries.tenants_now(base.id, g.actor), queries.team_now(base.id, g.actor)
    rows = tenants if roster is TENANTS else team
    if show in ("graduated", "left"):
        rows = queries.lines(roster, base.id, gone=show, actor=g.actor)
    elif roster is TENANTS and show in ("yes", "no"):
        rows = [line for line in rows if line.verdict.counts == (show == "yes")]
    found = queries.totals(tenants, team)
    return {
        "base": base, "roster": roster, "rows": rows, "show": show, "totals": found, "today": clock.today(),
        "gone": queries.gone_counts(roster, base.id, g.actor), "gaps": gaps(roster, base, queries.as_facts(found)),
        "sizes": record_queries.sizes(g.actor, base.id), "divisions": DIVISIONS,
        "cap": queries.CAP, "team_size": len(team), "tenant_size": len(tenants),
    }


def gaps(roster: Roster, base: IncubatorBase, facts: dict) -> list[dict]:
    """The standards that this roster feeds: what is asked, what there is, what is missing."""
    edition = edition_of(clock.today(), editions())
    found = []
    for standard in (*edition.base, *(edition.demonstration if base.level_now else ())):
        if standard.key in STANDARDS[roster.key]:
            now = facts[standard.key]
            found.append({"standard": standard, "now": now, "gap": max(0, int(standard.minimum) - now)})
    return found


@route(bp, "/rosters/<any(tenants,team,graduates,services,activities,taxes):key>/changes", perm={"GET": "roster.read"}, endpoint="changes")
def own_changes(key: str):
    """What happened to the rows of the actor's own base."""
    if g.actor.tier != "base":
        return redirect(url_for("bases.register"))
    return _changes(KEPT[key], own_base(g.actor))


def _changes(roster: Roster, base):
    moments, more = history.changes(roster, base.id, g.actor, before=request.args.get("before", type=int))
    return render_template("rosters/changes.html", base=base, roster=roster, moments=moments, more=more)


# staff --------------------------------------------------------------------------------------


@route(bp, "/bases/<int:base_id>/rosters", perm={"GET": "roster.read"})
def base(base_id: int):
    """Both rosters of one base, today or on a past day; a reviewer overrides a row in its place."""
    row = access.load(g.actor, IncubatorBase, base_id)
    return _staff_page(
        row, KEPT.get(request.args.get("roster", ""), TENANTS), request.args.get("override", type=int),
        request.args.get("case", type=int),
    )


def _staff_page(row: IncubatorBase, roster: Roster, asked: int | None, case_id: int | None, typed=None, problem=None):
    if roster.struck:
        return render_template("rosters/base_record.html", **_record(roster, row, request.args.get("show", "")))
    day, wrong = _day()
    context = _table(roster, row, "")
    if day < clock.today():
        past = queries.roster_on(row.id, day, g.actor)
        context |= {"rows": past[roster.key], "totals": queries.totals(past["tenants"], past["team"])}
        context["gaps"] = gaps(roster, row, queries.as_facts(context["totals"]))
        context |= {"tenant_size": len(past["tenants"]), "team_size": len(past["team"])}
    chosen = asked if day == clock.today() and g.actor.can("roster.override") else None
    return render_template(
        "rosters/base.html", day=day, wrong_day=wrong, override=chosen, typed=typed or {}, problem=problem,
        case_id=case_id, marks=marks(row), words=history.words_of_reviewers(g.actor, row.id), **context,
    )


def _day():
    try:
        asked = parse(DAY, request.args.get("day", ""), {"today": clock.today()})
    except ValueError as wrong:
        return clock.today(), str(wrong)
    return asked or clock.today(), ""


@route(bp, "/bases/<int:base_id>/rosters/<any(tenants,team,graduates,services,activities,taxes):key>/changes", perm={"GET": "roster.read"})
def base_changes(base_id: int, key: str):
    return _changes(KEPT[key], access.load(g.actor, IncubatorBase, base_id))


@route(bp, "/bases/<int:base_id>/rosters/tenants/<int:tenant_id>/override", perm={"POST": "roster.override"})
def override(base_id: int, tenant_id: int):
    row = access.load(g.actor, IncubatorBase, base_id)
    tenant = access.load(g.actor, Tenant, tenant_id)
    if tenant.base_id != row.id:
        raise NotVisible("tenant")
    typed = {"counts": request.form.get("counts", ""), "reason": request.form.get("reason", "")[:500]}
    case_id = request.form.get("case", type=int)
    try:
        if typed["counts"] not in ("yes", "no"):
            raise Refused("5(4)", "还没有选计入或不计入", "选一个", field="counts")
        sent_once(lambda: str(commands.override_tenant(
            g.actor, tenant_id, counts=typed["counts"] == "yes", reason=typed["reason"], case_id=case_id
        ).id))
    except Refused as refused:
        return _staff_page(row, TENANTS, tenant_id, case_id, typed, refused.as_problem()), 422
    flash(f"“{tenant.name}”已改判为{'计入' if typed['counts'] == 'yes' else '不计入'}，理由记入名册。", "done")
    if case_id:
        case = access.load(g.actor, Case, case_id)
        return redirect(url_for("cases.show", case_id=case.id, tab="roster", _anchor=f"r{tenant_id}"))
    return redirect(url_for("rosters.base", base_id=base_id, _anchor=f"r{tenant_id}"))


from incubator.rosters import sheet_pages  # noqa: E402,F401  more routes of the same blueprint


@told_on
def rosters_on(actor, row: IncubatorBase, day) -> list[Told]:
    """The rosters of a past day in figures; the lines stand behind the link."""
    if not actor.can("roster.read") and not actor.can("roster.keep"):
        return []
    found = queries.facts(row.id, day)
    words = f"{found['tenants_all']} 户，计入 {found['tenants_countable']} 户、{found['jobs']} 人；服务团队 {found['service_team']} 人，辅导员 {found['mentors']} 人"
    return [Told("名册", words, url_for("rosters.base", base_id=row.id, day=day.isoformat()) if actor.can("roster.read") else "")]
