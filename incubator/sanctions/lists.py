"""Who may ask for funds on a day, with its public check; and what people of a revoked base may still take with them."""

import csv
import io
import json
from datetime import date

from flask import Response, flash, g, make_response, redirect, render_template, request, url_for

from incubator.bases import queries as bases
from incubator.bases.facts import standing_of
from incubator.kernel import access, clock
from incubator.kernel.database import db
from incubator.kernel.errors import NotVisible, Refused
from incubator.kernel.forms import sent_once
from incubator.kernel.routing import route
from incubator.kernel.workflow import Case, Submission
from incubator.offices import commands as offices
from incubator.offices import sessions
from incubator.policy.calendar import chinese_date
from incubator.rosters import record_queries as records
from incubator.rosters.tables import PEOPLE, TENANTS
from incubator.sanctions import funds, queries
from incubator.sanctions.views import bp

FORMULA = tuple("=+-@\t\r\n＝＋－＠")


def _day() -> date:
    try:
        return date.fromisoformat(request.values.get("day", ""))
    except ValueError:
        return clock.today()


@route(bp, "/funds", perm={"GET": "fund.read"}, endpoint="funds")
def fund_page():
    """Each base in sight on a day: may it apply for the special funds (A15-3)."""
    day = _day()
    return render_template("sanctions/funds.html", day=day, lines=queries.funds_on(g.actor, day), lists=queries.latest_lists(), refused=None)


@route(bp, "/funds/issue", perm={"POST": "fund.issue"})
def issue_list():
    """Keep the list of the day with a code that anybody may check."""
    try:
        place = sent_once(lambda: url_for("sanctions.fund_list", code=funds.issue_list(g.actor, _day()).code))
    except Refused as refused:
        return render_template("sanctions/funds.html", day=_day(), lines=queries.funds_on(g.actor, _day()), lists=queries.latest_lists(),
                               refused=refused), 422
    flash("名单出好了，凭核验码可以核对。", "done")
    return redirect(place)


@route(bp, "/funds/check", perm={"GET": "public.read"})
def fund_check():
    code = "".join(request.args.get("code", "").split())[:40].replace("/", "")
    if code:
        return redirect(url_for("sanctions.fund_list", code=code))
    return render_template("sanctions/fund_check.html", code="", missing=False)


@route(bp, "/funds/check/<code>", perm={"GET": "public.read"})
def fund_list(code: str):
    """A list as it was printed, by its code, however it is typed."""
    offices.throttle_public(request.remote_addr or "", "funds", 120)
    letters = bases.code_letters(code[:40])
    row = queries.list_by_code("-".join(letters[i : i + 4] for i in range(0, len(letters), 4)))
    if row is None:
        response = make_response(render_template("sanctions/fund_check.html", code=code[:40], missing=True), 404)
    else:
        response = make_response(render_template("sanctions/fund_list.html", row=row))
    response.headers["X-Robots-Tag"] = "noindex"
    return response


# people of a revoked base -----------------------------------------------------------------------


@route(bp, "/former", perm={"GET": "former.export"})
def former():
    """What was the base's own up to that day, to be taken along (A16-6)."""
    base = bases.own_base(g.actor)
    return render_template("sanctions/former.html", base=base, standing=standing_of(base), kinds=KINDS)


@route(bp, "/former/<kind>", perm={"POST": "former.export"})
def export(kind: str):
    """One file; that it was taken stands in the access log."""
    if kind not in KINDS:
        raise NotVisible("export")
    base = bases.own_base(g.actor)
    make = KINDS[kind][1]
    content, rows = make(base)
    sessions.note("export", g.actor.person_id, f"former {kind} base {base.id}, {rows} rows")
    response = Response(content.encode("utf-8-sig" if kind != "cases" else "utf-8"),
                        mimetype="text/csv" if kind != "cases" else "application/json")
    response.headers["Content-Disposition"] = f"attachment; filename={base.code}-{kind}.{'csv' if kind != 'cases' else 'json'}"
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _roster(roster):
    def make(base) -> tuple[str, int]:
        lines = records.as_left(g.actor, roster, base.id)
        out = io.StringIO()
        writer = csv.writer(out, quoting=csv.QUOTE_ALL)
        writer.writerow([f.label for f in roster.table.fields])
        for line in lines:
            writer.writerow([_plain(line.text(f.name)) for f in roster.table.fields])
        return out.getvalue(), len(lines)

    return make


def _plain(text: str) -> str:
    """A text that a spreadsheet takes for a formula gets a mark before it (P19)."""
    text = str(text or "")
    return f"'{text}" if text.lstrip().startswith(FORMULA) else text


def _cases(base) -> tuple[str, int]:
    """Every version that the base submitted, secrets still sealed."""
    rows = db.session.execute(
        access.visible(g.actor, Case, Case.kind, Case.number, Submission.version_no, Submission.at, Submission.hash, Submission.content)
        .join(Submission, Submission.case_id == Case.id).where(Case.base_id == base.id, access.in_time(g.actor, Submission.at))
        .order_by(Submission.id)
    ).all()
    told = [
        {"kind": r.kind, "number": r.number, "version": r.version_no, "at": r.at.isoformat(), "hash": r.hash, "content": json.loads(r.content)}
        for r in rows
    ]
    return json.dumps({"base": base.name, "code": base.code, "until": chinese_date(g.actor.until), "submissions": told},
                      ensure_ascii=False, indent=1), len(told)


KINDS = {"tenants": ("在孵企业名册", _roster(TENANTS)), "team": ("服务团队和辅导员名册", _roster(PEOPLE)), "cases": ("提交过的各版申报材料", _cases)}
