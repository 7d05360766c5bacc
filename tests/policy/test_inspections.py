"""The yearly inspection as rules: the plan's count, the draw, the suggestion (第十四条, AMB-14, AMB-18, AMB-19)."""

from datetime import date
from hashlib import sha256

import pytest

from incubator.policy import inspections as policy
from incubator.policy.criteria import assess, assess_promotion
from incubator.policy.inspections import Candidate

GOOD = {"area_total": 3620, "area_incub": 3050, "area_public": 530, "service_team": 6, "mentors": 3,
        "tenants_countable": 45, "jobs": 320, "grad_cum": 6}


def standards(**changes):
    facts = {**GOOD, **changes}
    told = {"urban": True, "edition_on": date(2026, 1, 1)}
    below = assess(facts, **told)
    above = [f for f in assess_promotion(facts, **told) if f.article.startswith("6")]
    return {"base": below, "demonstration": above}


@pytest.mark.parametrize(("year", "in_plan"), [(2024, False), (2025, True), (2026, True)])
def test_a_base_of_november_is_inspected_from_the_year_after(year, in_plan):
    """T84: document of 2024-11-15."""
    document_on = date(2024, 11, 15)
    assert policy.belongs(year, in_force_on_1_january=date(year, 1, 1) >= document_on, first_document_on=document_on) is in_plan


def test_a_document_of_new_years_day_waits_a_year():
    assert not policy.belongs(2025, in_force_on_1_january=True, first_document_on=date(2025, 1, 1))
    assert policy.belongs(2026, in_force_on_1_january=True, first_document_on=date(2025, 1, 1))


def test_a_base_with_a_national_title_is_inspected_too_and_one_never_decided_is_not():
    """AMB-39."""
    assert policy.belongs(2026, in_force_on_1_january=False, first_document_on=date(2020, 3, 1), national=True)
    assert not policy.belongs(2026, in_force_on_1_january=False, first_document_on=date(2020, 3, 1))
    assert not policy.belongs(2026, in_force_on_1_january=False, first_document_on=None, national=True)


def test_the_count_names_who_is_missing_twice_or_a_stranger():
    assert policy.count("abc", "ab", "c").whole
    wrong = policy.count("abcd", "abb", "cz")
    assert not wrong.whole and (wrong.missing, wrong.twice, wrong.strangers) == (("d",), ("b",), ("z",))
    assert "应检 4 家" in wrong.words and "漏了 1 家：d" in wrong.words
    named = policy.count("ab", "", "a", {"a": "长春星桥创业孵化基地", "b": "延吉海兰创业孵化基地"})
    assert named.missing == ("b",) and named.words.endswith("漏了 1 家：延吉海兰创业孵化基地")


def test_a_prefecture_stays_in_one_batch():
    bases = [(f"c{n}", "长春") for n in range(5)] + [(f"j{n}", "吉林") for n in range(3)] + [(f"y{n}", "延边") for n in range(3)]
    found = policy.spread(bases, 2)
    assert len(found) == 11 and {found[f"c{n}"] for n in range(5)} == {1}
    assert {n for code, n in found.items() if code[0] in "jy"} == {2}


def test_the_draw_is_what_anybody_computes_from_seed_and_list():
    bases = [Candidate(f"jd{n:03d}", f"市{n % 4}", 0) for n in range(20)]
    found = policy.draw("双色球2026012", bases, 30)
    number = {c.code: sha256(f"双色球2026012|{c.code}".encode()).hexdigest()[:16] for c in bases}
    assert [d.code for d in found] == sorted(number, key=number.get)
    drawn = [d for d in found if d.why]
    assert len(drawn) == 6 and {d.prefecture for d in drawn} == {"市0", "市1", "市2", "市3"}
    firsts = {p: next(d.code for d in found if d.prefecture == p) for p in {d.prefecture for d in found}}
    assert {d.code for d in drawn if d.why == "coverage"} == set(firsts.values())
    rest = [d.code for d in found if d.code not in firsts.values()]
    assert [d.code for d in drawn if d.why == "lot"] == rest[:2]
    assert policy.draw("双色球2026012", reversed(bases), 30) == found
    assert policy.draw("双色球2026013", bases, 30) != found


def test_whoever_is_at_risk_is_visited_whatever_the_lot():
    bases = [Candidate(f"jd{n}", "长春", 3 if n < 4 else 2) for n in range(10)]
    drawn = {d.code: d.why for d in policy.draw("种子种子种子", bases, 10) if d.why}
    assert {code for code, why in drawn.items() if why == "risk"} == {"jd0", "jd1", "jd2", "jd3"}
    assert len(drawn) == 4  # the share of ten per cent is over-filled by them


def test_points_have_their_reasons():
    assert policy.risk() == policy.Risk(0, ())
    found = policy.risk(late=5, never=1, below=1, rectified=True)
    assert found.points == 2 + 3 + 2 + 2 and "1 份报表没有报" in found.reasons


def test_a_demonstration_base_below_article_6_only_is_to_be_downgraded():
    """T85: 38 tenants, 320 jobs."""
    found = policy.suggest(level="demonstration", **standards(tenants_countable=38))
    assert found.conclusion == policy.DOWNGRADE and "在孵企业" in found.reasons[0].text
    assert policy.suggest(level="base", **standards(tenants_countable=38)).conclusion == policy.PASSED


def test_a_demonstration_base_below_article_5_is_downgraded_and_rectified():
    """T86: 12 tenants in 长春."""
    found = policy.suggest(level="demonstration", **standards(tenants_countable=12))
    assert found.conclusion == policy.BOTH and {r.code for r in found.reasons} == {"15", "15(1)"}


@pytest.mark.parametrize(("late", "never", "told"), [(0, 0, "passed"), (1, 0, "passed"), (2, 0, "rectify"), (0, 1, "rectify")])
def test_two_late_reports_or_one_never_filed_are_a_reason_to_rectify(late, never, told):
    """T92, AMB-19."""
    found = policy.suggest(level="base", late=late, never=never, **standards())
    assert found.conclusion == told
    assert [r.code for r in found.reasons] == (["15(2)"] if told == "rectify" else [])
    assert bool(found.reminders) is (late == 1)


def test_findings_of_article_16_suggest_revocation_and_those_of_15_rectification():
    assert policy.suggest(level="base", codes=["15(5)"]).conclusion == policy.RECTIFY
    found = policy.suggest(level="base", codes=["15(5)", "16(2)5"])
    assert found.conclusion == policy.REVOKE and found.reasons[0].code == "16(2)5"


def test_a_granted_threshold_counts():
    from incubator.policy.criteria import Relaxation
    told = {"urban": False, "edition_on": date(2026, 1, 1)}
    facts = {**GOOD, "tenants_countable": 13}
    assert policy.suggest(level="base", base=assess(facts, **told)).conclusion == policy.RECTIFY
    granted = [Relaxation("tenants_countable", 13)]
    assert policy.suggest(level="base", base=assess(facts, granted=granted, **told)).conclusion == policy.PASSED


def refused(conclusion, *, level="base", suggestion=None, reason="", visited=True, codes=("15(2)",)):
    suggestion = suggestion or policy.suggest(level="base", late=2)
    found = policy.conclusion_refusal(conclusion, level=level, suggestion=suggestion, reason=reason, visited=visited, codes=codes)
    return found.reason if found else ""


def test_a_person_may_conclude_otherwise_with_a_reason():
    """T92: the suggestion is 限期整改; 合格 needs ten signs of reason."""
    assert "理由至少写 10 个字" in refused("passed")
    assert "理由至少写 10 个字" in refused("passed", reason="已经改正了够九字")
    assert refused("passed", reason="两次都因系统停机已说明") == ""
    assert refused("rectify") == ""


def test_what_a_conclusion_needs():
    assert "示范基地" in refused("downgrade", reason="x" * 10)
    assert "没有实地踏查" in refused("rectify", visited=False)
    assert refused("passed", visited=False, reason="x" * 10) == ""
    assert "第十五条的问题" in refused("rectify", codes=())
    assert "第十六条（二）的问题" in refused("revoke", reason="x" * 10)
    assert refused("revoke", reason="x" * 10, codes=("16(2)1",)) == ""
    assert policy.offered("base") == ("passed", "rectify", "revoke") and len(policy.offered("demonstration")) == 5


def test_the_history_of_a_base_runs_from_the_oldest():
    """§8.14: conclusions and rectifications in one order, a running one said to run."""
    told = policy.history_words([(date(2027, 5, 6), "年检", "合格"), (date(2025, 6, 20), "专项检查", "限期整改")],
                                [(date(2025, 7, 1), date(2025, 12, 3)), (date(2028, 1, 4), None)])
    assert told.splitlines() == [
        "2025年6月20日 专项检查：限期整改", "2025年7月1日 限期整改开始，2025年12月3日结束", "2027年5月6日 年检：合格", "2028年1月4日 限期整改开始，还在整改"]
    assert policy.history_words([], []) == "还没有年检结论"
