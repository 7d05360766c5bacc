"""The standards at the top of the case page, and the visits among its tabs."""

from incubator.cases import submissions
from incubator.cases.panels import Panel
from incubator.kernel import files, registry
from incubator.policy.criteria import FAIL, PASS, RELAXABLE, STANDARDS, UNKNOWN
from incubator.policy.fields.visit import ANSWERS, CHECK_ROWS, VISIT
from incubator.policy.procedures import VISITED_AT, kinds_at
from incubator.visits import queries

MARKS = {PASS: ("ok", "符合"), FAIL: ("no", "不符合"), RELAXABLE: ("soon", "低于基准"), UNKNOWN: ("wait", "待核实")}
TITLES = {"promotion": "晋级条件和认定标准"}
HINTS = {
    "inspection": "省工信厅到现场踏查，至少两人，写结论前登记。", "adhoc_inspection": "省工信厅到现场踏查，至少两人，写结论前登记。",
    "rectification": "收到整改报告以后，县级到现场核实，至少两人。", "renewal": "县级、市级审核时可以到现场踏查，至少两人。",
}
USUAL = "县级初审时到现场踏查，至少两人，推荐前登记；省级考核组另行踏查。"
ON_SITE = {row.fact for row in CHECK_ROWS}


@registry.panel(*(kind for kind in kinds_at(VISITED_AT) if kind in STANDARDS), order=5)
def standards(case, actor, chosen: str) -> Panel | None:
    """Every standard with what was declared and verified; nothing before the first submission."""
    if case.submitted_at is None:
        return None
    known = queries.dossier(case)
    found = queries.findings_of(case, known)
    tally = queries.tally(found)
    return Panel(
        "standards", TITLES.get(case.kind, "认定标准"), "visits/panel_standards.html", place="top",
        data={"findings": found, "tally": tally, "marks": MARKS, "on_site": ON_SITE,
              "visited": bool(known.visits)},
    )


@registry.panel(*kinds_at(VISITED_AT), order=30)
def visits(case, actor, chosen: str) -> Panel | None:
    """The records of the visits, newest first. Applicants see the offices, not the people of them."""
    if case.submitted_at is None:
        return None
    rows = list(reversed(queries.visits_of(case)))
    data = {}
    if chosen.startswith("visits"):
        named = actor.tier != "base"
        known = files.named([i for row in rows for i in submissions.file_ids(VISIT.fields, row.values)])
        data = {"rows": [_readable(row, known, named) for row in rows], "named": named,
                "planned": queries.planned_of(case.id), "hint": HINTS.get(case.kind, USUAL)}
    return Panel("visits", "踏查", "visits/panel_visits.html", count=len(rows), data=data)


def _readable(visit, known, named: bool) -> dict:
    values, labels = visit.values, {row.key: row for row in CHECK_ROWS}
    rows = values.get("check_rows") or []
    return {
        "visit": visit,
        "visitors": values.get("visitors") or [],
        "reps": values.get("base_reps") or [],
        "sampled": values.get("sampled") or [],
        "checks": [
            {**row, "row": labels[row["item"]], "answer": dict(ANSWERS)[row["agrees"]],
             "photos": [known[i] for i in row.get("photo") or [] if i in known]} for row in rows
            if row.get("item") in labels
        ],
        "different": sum(row.get("agrees") == "no" for row in rows),
        "files": [known[i] for name in ("signatures", "photos") if named or name == "photos"
                  for i in values.get(name) or [] if i in known],
    }
