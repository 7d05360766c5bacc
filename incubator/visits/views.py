"""The form of a visit, quick to fill on a phone at the site."""

from flask import Blueprint, flash, g, redirect, render_template, request, url_for

from incubator.cases import behalf, submissions
from incubator.cases import commands as case_commands
from incubator.cases.tables import form_table
from incubator.cases.views import special_act
from incubator.kernel import access, clock, files
from incubator.kernel.errors import Conflict, Invalid, NotVisible, Refused
from incubator.kernel.forms import answered, form_for, sent_once
from incubator.kernel.routing import route
from incubator.kernel.workflow import Case
from incubator.policy.calendar import chinese_date
from incubator.policy.fields.visit import CHECK_ROWS, VISIT, suggested_sample
from incubator.visits import commands, queries

bp = Blueprint("visits", __name__)


@special_act
def _visit_act(case, actor):
    """Where the grey main act does not offer the visit itself: a second one, the city's, the team's."""
    kind = commands.kind_for(actor, case)
    if kind is None:
        return None
    again = queries.has_visit(case, kind)
    if not again and actor.tier in ("county", "province"):
        return None
    return {"label": "再登记一次踏查" if again else "登记实地踏查", "kind": "plain" if again else "main",
            "url": commands.visit_url(case, actor), "enabled": True, "reasons": []}


@route(bp, "/cases/<int:case_id>/visit", perm={"GET": "visit.register", "POST": "visit.register"})
def register(case_id: int):
    """The record of a visit; on refusal everything typed and every file stays."""
    case = access.load(g.actor, Case, case_id)
    who = behalf.acting(case)
    kind = commands.kind_for(who, case)
    if kind is None and request.method == "GET":
        raise NotVisible("visit")
    if request.method == "GET":
        return _page(case, kind, form_for(VISIT, _prefilled()))
    if before := answered():
        return redirect(before)
    form = form_for(VISIT)
    refused_files = _take_files(case, form) if kind else []
    if refused_files:
        return _page(case, kind, form, form.show(refused_files)), 422

    def go() -> str:
        visit = commands.register_visit(
            who, case_id, form.raw(), seen_version=request.form.get("version", type=int) or 0
        )
        flash(f"已登记{chinese_date(visit.visited_on)}的踏查，核实值已经用在认定标准里。", "done")
        return url_for("cases.show", case_id=case_id, tab="visits")

    try:
        return redirect(sent_once(go))
    except Invalid as invalid:
        return _page(case, kind, form, form.show(invalid.problems)), 422
    except Refused as refused:
        return _page(case, kind, form, form.show([refused.as_problem()])), 422
    except Conflict as conflict:
        case = access.load(g.actor, Case, case_id, fresh=True)
        if commands.kind_for(who, case) is None:
            raise
        return _page(case, kind, form, conflict=conflict), 409


@route(bp, "/cases/<int:case_id>/visit/sheet", perm={"GET": "visit.register"})
def sheet(case_id: int):
    """The sheet to take along (踏查表): what was declared, what an earlier visit found, and room to write."""
    case = access.load(g.actor, Case, case_id)
    known = queries.dossier(case)
    if known.submission is None:
        raise NotVisible("visit")
    form = submissions.content(known.submission, form_table(case.kind))["form"]
    facts = queries.facts_of(case, known)
    tenants = facts.get("tenants_countable")
    return render_template(
        "visits/sheet.html", case=case, form=form, checks=_checks(facts, {}), planned=queries.planned_of(case.id),
        sample=suggested_sample(tenants.declared) if tenants and isinstance(tenants.declared, int) else 5,
        version_no=known.submission.version_no,
    )


def _checks(facts: dict, typed: dict) -> list[dict]:
    """The rows to check, each with what was declared, typed now, and verified before."""
    found = []
    for index, row in enumerate(CHECK_ROWS):
        fact = facts.get(row.fact)
        found.append({
            "index": index, "row": row, "declared": commands.shown(row, fact.declared) if fact else "",
            "typed": typed.get(row.key, {}), "before": fact if fact and fact.verified is not None else None,
        })
    return found


def _prefilled() -> dict:
    return {
        "visited_on": clock.today().isoformat(),
        "visitors": [{"name": g.actor.name, "office": g.actor.office_name, "title": ""},
                     {"name": "", "office": g.actor.office_name, "title": ""}],
    }


def _take_files(case, form) -> list:
    """Keep the files that came along before anything is judged; a failing one leaves the others."""
    problems = []
    for name in commands.FILE_FIELDS:
        form[name].data = [*(form[name].data or []), *_kept(case, form[name].uploads, form[name].spec, name, problems)]
    photo = VISIT.field("check_rows").column("photo")
    for index, row in enumerate(form.check_rows.rows):
        given = row.get("photo") or []
        ids = [i for i in given if isinstance(i, str)]
        uploads = [each for each in given if not isinstance(each, str)]
        row["photo"] = [*ids, *map(str, _kept(case, uploads, photo, f"check_rows-{index}-photo", problems))]
    return problems


def _kept(case, uploads, spec, where: str, problems: list) -> list[int]:
    kinds, ids = tuple(dict.fromkeys("jpg" if k == "jpeg" else k for k in spec.accept)), []
    for upload in uploads:
        try:
            ids.append(case_commands.add_file(g.actor, case.id, upload, kinds).id)
        except Refused as refused:
            refused.field = where
            problems.append(refused.as_problem())
    return ids


def _page(case, kind, form, homeless=(), conflict=None):
    beside = {row.get("item"): [int(i) for i in row.get("photo") or [] if str(i).isdecimal()] for row in form.check_rows.rows}
    known = files.named([i for ids in (*(form[name].data or [] for name in commands.FILE_FIELDS), *beside.values()) for i in ids])
    for name in commands.FILE_FIELDS:
        form[name].files = [known[i] for i in form[name].data or [] if i in known]
    facts = queries.facts_of(case)
    typed = {row.get("item"): row for row in form.check_rows.rows}
    checks = [
        {**check, "photos": [known[i] for i in beside.get(check["row"].key, ()) if i in known]} for check in _checks(facts, typed)
    ]
    tenants = facts.get("tenants_countable")
    bad = next((p.field for p in homeless if p.field == "behalf_reason"), "")
    return render_template(
        "visits/register.html", case=case, behalf=behalf.asked(), bad=bad, kind_label=queries.kind_label(kind) if kind else "",
        begun=queries.begun(case), form=form,
        checks=checks, homeless=list(homeless), conflict=conflict,
        sample=suggested_sample(tenants.declared) if tenants and isinstance(tenants.declared, int) else None,
    )
