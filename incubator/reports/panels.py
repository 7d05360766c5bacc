"""A report on the case page and on the operator's home; a batch takes only reports without warnings."""

from flask import url_for

from incubator.bases.queries import Told, todo_of, told_on
from incubator.cases import batches, panels
from incubator.cases.panels import Panel
from incubator.kernel import clock, registry
from incubator.obligations.ways import Way, way_of
from incubator.policy.calendar import chinese_date
from incubator.policy.periods import ANNUAL, QUARTERLY
from incubator.reports import commands, queries
from incubator.reports.figures_page import figures_of_case


@registry.panel(QUARTERLY, ANNUAL, order=8)
def figures_panel(case, actor, chosen: str) -> Panel | None:
    """Each figure beside the last period's and the version before's; reasons, ticks, print and stamped scan."""
    if case.submitted_at is None:
        return None
    data = {}
    if chosen.startswith("figures"):
        data = {"figures": figures_of_case(actor, case), "ticks": queries.ticks_of(case.id), "case": case,
                "may_scan": actor.can("report.submit")}
    return Panel("figures", "数字", "reports/panel_figures.html", data=data)


registry.panel(QUARTERLY, ANNUAL, order=10)(panels.submitted_form)


@batches.alone
def passed_alone(case, step) -> str:
    """Only what needed no explanation and came once is passed together with others (A3-4, A8-3b)."""
    return commands.stands_alone(case) if "keep_ticks" in step.effects else ""


@todo_of
def report_todo(actor, base, cases):
    """What is owed now, the earliest day first; Q4 and the year on one page (AMB-36)."""
    if not actor.can("report.fill"):
        return
    today, at_year_end = clock.today(), set()
    open_ = sorted((row for row in queries.own(actor) if row.first_submitted_on is None), key=lambda row: (row.due_on, row.obligation_id))
    both = {r.period.year for r in open_ if not r.period.quarter} & {r.period.year for r in open_ if r.period.quarter == 4}
    for row in open_:
        late = row.due_on < today
        when = f"已逾期 {(today - row.due_on).days} 天" if late else f"{row.due_on.month}月{row.due_on.day}日 24:00 前"
        mark = "late" if late else "soon" if (row.due_on - today).days <= 10 else "wait"
        words = "逾期仍可以报，逾期记录在案" if late else "户数、从业人员取自名册，服务取自台账"
        year = row.period.year
        if year in both and row.period.quarter in (0, 4):
            if year not in at_year_end:
                at_year_end.add(year)
                yield {"mark": mark, "when": when, "what": f"{year}年年终填报", "words": "第四季度季报和年报在一页里填，分别判断逾期",
                       "article": "13", "url": url_for("reports.year_end", year=year), "label": "去填报"}
            continue
        yield {"mark": mark, "when": when, "what": row.period.label, "words": words, "article": "13",
               "url": url_for("reports.open", code=row.period.code), "method": "post", "label": "接着填" if row.case_id else "去填报"}


@way_of(queries.KIND)
def report_way(actor, row):
    """From the deadline, and the letter that leads to it, into the form."""
    code = row.key.rpartition(":")[2]
    return Way(url_for("reports.open", code=code), "接着填" if row.case_id else "去填报", post=True) if actor.can("report.fill") else None


@told_on
def reports_on(actor, base, day) -> list[Told]:
    """The last reports that had come by a day."""
    return [
        Told(f.period.label, f"{chinese_date(f.first_submitted_on)}首次报送{f'，逾期 {f.late_days} 天' if f.late else ''}",
             url_for("cases.show", case_id=f.case_id))
        for f in queries.filed_by(base.id, day)
    ] if actor.can("report.read") else []
