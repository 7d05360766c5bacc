"""Who has filed; the form of a report, its review, its print; moved due days."""

from dataclasses import replace

from flask import Blueprint, flash, g, jsonify, redirect, render_template, request, url_for

from incubator.cases import remarks, submissions
from incubator.cases.forms_page import form_page, save_draft, typed_changes
from incubator.cases.panels import computed, readable
from incubator.cases.queries import after_words, latest_submission, version
from incubator.cases.views import page_of
from incubator.kernel import access, clock, workflow
from incubator.kernel.errors import Invalid, NotVisible, Refused
from incubator.kernel.forms import form_for, sent_once
from incubator.kernel.routing import route
from incubator.kernel.workflow import Case
from incubator.policy.fields import clean
from incubator.policy.fields.opinion import OPINION_LENGTH, REASON_AT_LEAST
from incubator.policy.fields.report import REPORTS
from incubator.policy.fields.report_due import DUE_MOVE, OUTAGE
from incubator.policy.periods import ANNUAL, QUARTERLY, Period, period_of
from incubator.reports import commands, duties, queries
from incubator.reports.figures_page import figures_of_case
from incubator.reports.models import TICKS

bp = Blueprint("reports", __name__)
LABELS = {"truth": "真实性", "completeness": "完整性", "accuracy": "准确性"}
for _kind in (QUARTERLY, ANNUAL):
    for _outcome in ("pass", "archive", "return"):
        page_of(_kind, _outcome, "reports.review", many=_outcome != "return")


def _period(code: str) -> Period:
    try:
        return period_of(code)
    except ValueError:
        raise NotVisible("period") from None


@route(bp, "/reports", perm={"GET": "report.read"})
def index():
    """An operator's own reports; for offices who has filed, who has not, who was late."""
    if g.actor.tier == "base":
        return render_template("reports/own.html", rows=queries.own(g.actor), today=clock.today())
    period = _period(request.args["period"]) if request.args.get("period") else queries.latest_period(clock.today())
    show, region = request.args.get("show", ""), request.args.get("region", type=int)
    found = queries.filing(g.actor, period, region_id=region, show=show, after=request.args.get("after", 0, type=int))
    return render_template(
        "reports/filing.html", found=found, period=period, periods=queries.periods_to_choose(clock.today()), show=show,
        region=region, regions=queries.places_of(g.actor), today=clock.today(), may_move=g.actor.can("report.due"),
    )


@route(bp, "/reports/open/<code>", perm={"POST": "report.fill"}, endpoint="open")
def open_report(code: str):
    period = _period(code)
    case = commands.open_report(g.actor, period.code)
    return redirect(url_for("reports.edit", case_id=case.id) if case.station.holder == "applicant"
                    else url_for("cases.show", case_id=case.id))


@route(bp, "/reports/year/<int:year>", perm={"GET": "report.fill"})
def year_end(year: int):
    """年终填报: the last quarter first, then the year that is prefilled from four quarters; each judged by itself (AMB-36)."""
    if not 2000 <= year <= 2200:
        raise NotVisible("year")
    rows = queries.year_of(g.actor, year)
    if not rows:
        raise NotVisible("year")
    return render_template("reports/year_end.html", year=year, rows=rows, today=clock.today(),
                           table=queries.quarters_table(g.actor.base_id, year))


@route(bp, "/reports/<int:case_id>/form", perm={"GET": "report.fill", "POST": "report.fill"})
def edit(case_id: int):
    case = access.load(g.actor, Case, case_id)
    if case.kind not in REPORTS:
        raise NotVisible("report")
    if case.station.holder != "applicant":
        return redirect(url_for("cases.show", case_id=case.id))
    report = queries.report(g.actor, case)
    return form_page(
        case, REPORTS[case.kind], template="reports/edit.html", submit=commands.submit_report, may_submit="report.submit",
        check=commands.check_form,
        extra={
            "report": report, "period": report.period, "look": lambda: commands.check_report(case),
            "kept": lambda checked, group: [
                r for r in computed(REPORTS[case.kind], group, checked.sources.computed) if r["spec"].kind == "rows"],
            "own_fields": ("heads", "reasons"), "due": queries.due_of(report), "today": clock.today(),
            "year_end": queries.year_of(g.actor, report.period.year) if report.period.quarter in (0, 4) else (),
        },
    )


@route(bp, "/reports/<int:case_id>/draft", perm={"POST": "report.fill"})
def autosave(case_id: int):
    case = access.load(g.actor, Case, case_id)
    if case.kind not in REPORTS:
        raise NotVisible("report")
    return jsonify(save_draft(case, REPORTS[case.kind], typed_changes(REPORTS[case.kind])))


@route(bp, "/reports/<int:case_id>/unchanged", perm={"POST": "report.fill"})
def unchanged(case_id: int):
    case = access.load(g.actor, Case, case_id)
    if case.kind not in REPORTS:
        raise NotVisible("report")
    sent_once(lambda: str(commands.take_unchanged(g.actor, case_id).id))
    flash("照上一季填好了。核对后勾选承诺，再报送。", "done")
    return redirect(url_for("reports.edit", case_id=case_id) + "#g-sign")


# review -------------------------------------------------------------------------------------------


@route(bp, "/reports/<int:case_id>/review", perm={"GET": "report.review", "POST": "report.review"})
def review(case_id: int):
    """The three ticks with their comments, and passing or returning (A3-4)."""
    case = access.load(g.actor, Case, case_id)
    offered = {a.step.outcome: a for a in workflow.actions(case, g.actor) if "keep_ticks" in a.step.effects}
    if request.method == "GET":
        if not offered:
            raise NotVisible("review")
        return _review_page(case, offered, {})
    typed = {
        "text": request.form.get("text", ""), "lead_name": request.form.get("lead_name", "")[:20],
        "remarks": remarks.typed(case), "ticks": {
            name: ({"yes": True, "no": False}.get(request.form.get(name, "")), request.form.get(f"{name}_note", "")[:300])
            for name in TICKS
        },
    }
    outcome = request.form.get("outcome", "")

    def go() -> str:
        commands.review(g.actor, case_id, outcome, seen_version=request.form.get("version", type=int) or 0, **typed)
        return url_for("cases.show", case_id=case_id)

    try:
        place = sent_once(go)
    except Refused as refused:
        if not offered:
            raise
        return _review_page(case, offered, typed, refused), 422
    flash(after_words(access.load(g.actor, Case, case_id, fresh=True)), "done")
    return redirect(place)


def _review_page(case, offered, typed, refused=None):
    main = next((a for a in offered.values() if a.step.main), None)
    return render_template(
        "reports/review.html", case=case, main=main, back=offered.get("return"), typed=typed, refused=refused, labels=LABELS,
        figures=figures_of_case(g.actor, case), longest=OPINION_LENGTH, at_least=REASON_AT_LEAST,
        **remarks.shown(case, typed.get("remarks", []), 2), ticks=queries.ticks_of(case.id), today=clock.today(),
    )


# paper --------------------------------------------------------------------------------------------


@route(bp, "/reports/<int:case_id>/print/<int:number>", perm={"GET": "report.read"}, endpoint="paper")
def paper(case_id: int, number: int):
    """One version on paper, with the hash by which its stamped scan is known."""
    case = access.load(g.actor, Case, case_id)
    row = version(case.id, number) if case.kind in REPORTS else None
    if row is None:
        raise NotVisible("version")
    report = queries.report(g.actor, case)
    content = submissions.content(row, REPORTS[case.kind])
    return render_template(
        "reports/print.html", case=case, row=row, period=report.period, groups=readable(case.kind, content["form"]),
        asked=content.get("asked") or [],
    )


@route(bp, "/reports/<int:case_id>/scan", perm={"POST": "report.submit"})
def scan(case_id: int):
    case = access.load(g.actor, Case, case_id)
    try:
        sent_once(lambda: str(commands.keep_scan(g.actor, case.id, request.form.get("hash", ""), request.files.get("file")).id))
    except Refused as refused:
        flash(f"{refused.reason}。{refused.way_out}。", "harm")
    else:
        flash(f"盖章件和版本 {latest_submission(case.id).version_no} 对上了，存进案卷。", "done")
    return redirect(url_for("cases.show", case_id=case.id, tab="figures"))


# due days -----------------------------------------------------------------------------------------


@route(bp, "/reports/due", perm={"GET": "report.due", "POST": "report.due"})
def due():
    """Moving a due day for all or for a region, and the log of outages that it may rest on (AMB-22, A13-9)."""
    table = OUTAGE if request.form.get("do") == "outage" else DUE_MOVE
    forms, problems = {}, []
    choices = {"code": [(p.code, p.label) for p in queries.periods_to_choose(clock.today())],
               "region": [("", "全省"), *[(str(r.id), r.full_name) for r in queries.regions_of(g.actor)]],
               "outage": [("", "不是系统故障"), *[(str(o.id), f"{clock.local(o.from_at):%m月%d日 %H:%M} {o.what}") for o in queries.outages()]]}
    for each in (DUE_MOVE, OUTAGE):
        forms[each.key] = form_for(each, {}, choices=choices, bound=request.method == "POST" and each is table)
    if request.method == "POST":
        form = forms[table.key]
        offered = replace(table, fields=tuple(replace(f, choices=tuple(choices.get(f.name, f.choices))) for f in table.fields))
        cleaned = clean(offered, form.raw(), context={"today": clock.today()})
        problems = cleaned.errors
        if not problems:
            try:
                sent_once(lambda: str((_outage if table is OUTAGE else _move)(cleaned.values)))
            except Invalid as invalid:
                problems = invalid.problems
            except Refused as refused:
                problems = [refused.as_problem()]
            else:
                flash("登记了。" if table is OUTAGE else "截止日改了，已报和未报的都按新的日子判断。", "done")
                return redirect(url_for("reports.due"))
        form.show(problems)
    page = render_template(
        "reports/due.html", forms=forms, problems=[{"field": p.field, "message": p.text} for p in problems], moves=queries.moves(),
        outages=queries.outages(), today=clock.today(), regions={r.id: r.full_name for r in queries.regions_of(g.actor)},
    )
    return (page, 422) if problems else page


def _move(values: dict) -> int:
    if values["code"] not in {p.code for p in queries.periods_to_choose(clock.today())}:
        raise Refused("13", "没有这个报告期", "从列表里选", "code")
    region, outage = values.get("region"), values.get("outage")
    if region and int(region) not in {r.id for r in queries.regions_of(g.actor)}:
        raise Refused("13", "没有这个地区", "从列表里选", "region")
    return duties.move_due(g.actor, values["code"], values["due_on"], values["reason"],
                           region_id=int(region) if region else None, outage_id=int(outage) if outage else None).id


def _outage(values: dict) -> int:
    times = {}
    for name in ("from_at", "to_at"):
        times[name] = commands.moment(values[name], name)
    return duties.log_outage(g.actor, times["from_at"], times["to_at"], values["what"], values.get("note") or "").id


