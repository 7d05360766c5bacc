"""Steps through the assessment: experts, sheets of a given total, the closed review, the province's visit."""

from incubator.assessments import commands, sheets
from incubator.assessments.queries import own_sheet, profiles
from incubator.cases.commands import act
from incubator.kernel import access, clock
from incubator.kernel.workflow import Case
from incubator.policy.fields.recognition import RECOGNITION
from incubator.recognitions.commands import submit_application
from incubator.simulation import applications, steps
from incubator.simulation.steps import Unit, uscc
from tests.stage import reached

CHAOYANG = "220104"
YANJI = "222401"
WORDS = "基地定位清楚，服务团队稳定，台账齐全，在孵企业成长较快，制度执行到位，建议继续完善专业化服务和安全检查记录。"


@reached
def accepted(name="长春青禾创业孵化基地", region=CHAOYANG, number=101, **rows) -> Case:
    """A case at 考核评审, from nothing, by real commands."""
    today = clock.today()
    applications.open_round(today.year, today, today.replace(month=12, day=1))
    return applications.accepted_case(Unit(name, region, number), **rows)


def fresh(case: Case, who) -> Case:
    return access.load(who, Case, case.id, fresh=True)


def desk():
    return steps.province()["clerk"]


def experts(*letters: str) -> list:
    """Actors of experts, one a letter."""
    found = []
    for letter in letters:
        steps.person(f"expert{letter}", f"专家{letter}", ("expert", None))
        who = steps.actor(f"expert{letter}")
        if who.person_id not in profiles([who.person_id]):
            profile(who)
        found.append(who)
    return found


def profile(who, **changes) -> None:
    """An expert declares where he works: a university of his own, unless `changes` say otherwise."""
    number = 700_000 + who.person_id
    sheets.declare_profile(who, {
        "employer": f"吉林示例大学第{who.person_id}学院", "employer_uscc": uscc(number, "220102", "12"), "fields": ["service"],
        **changes,
    })


def correct(case: Case, **changes) -> Case:
    """Returned for correction from the assessment, changed in one field, and submitted again as the next version."""
    case = act(desk(), case.id, "return", seen_version=fresh(case, desk()).version, text="材料前后不一致，请核对后补正",
               remarks=[{"field": "accidents_3y", "label": "近三年安全事故", "text": "和台账不一致"}])
    admin = applications.admin_of(case)
    steps.fill(case, RECOGNITION, {"accidents_3y": "1", **changes}, admin)
    return submit_application(admin, case.id, seen_version=fresh(case, admin).version)


def assign(case: Case, people) -> None:
    for person in people:
        commands.assign_expert(desk(), case.id, person.person_id, seen_version=fresh(case, desk()).version)


def sheet(total: str = "80", **changes) -> dict:
    """A complete sheet as typed, of that total (50 to 100)."""
    doubled = int(float(total) * 2)
    maxima = {"compliance": 20, "premises": 40, "service": 50, "performance": 60, "management": 30}
    scores, left = {}, doubled
    for key, most in maxima.items():
        rest = sum(m for k, m in maxima.items() if k not in scores and k != key)
        given = max(left - rest, min(most, round(doubled * most / 200)))
        scores[key] = given
        left -= given
    scores["performance"] += left
    typed = {f"score_{key}": f"{half // 2}.{half % 2 * 5}" for key, half in scores.items()}
    typed |= {f"comment_{key}": "有不足，需要改进" for key, half in scores.items() if half < maxima[key] * 0.6}
    return {**typed, "conclusion": "recommended", "overall": WORDS, "signed_on": clock.today().isoformat(), **changes}


def score(case: Case, person, total: str = "80") -> None:
    if own_sheet(person.person_id, case.id).declared_at is None:
        sheets.deny_conflict(person, case.id)
    sheets.give_sheet(person, case.id, sheet(total))


def close(case: Case):
    return commands.close_review(desk(), case.id, seen_version=fresh(case, desk()).version)


def reviewed(case: Case, totals=("80", "75", "71.5")) -> Case:
    """Experts assigned, sheets given, review closed."""
    people = experts(*"甲乙丙丁戊"[: len(totals)])
    assign(case, people)
    for person, total in zip(people, totals, strict=True):
        score(case, person, total)
    close(case)
    return fresh(case, desk())


def deliberating(case: Case, visited: bool = True, **verified) -> Case:
    """At 集中审议: visited by the province, reviewed, put before the meeting."""
    case = reviewed(case)
    if visited:
        case = applications.visit(case, desk(), **verified)
    return act(desk(), case.id, "conclude", seen_version=case.version)
