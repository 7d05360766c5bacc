"""A supplement names the earlier document; both say so. The warnings of AMB-25 beside their twins."""

import pytest

from incubator.decisions import commands, queries
from incubator.decisions.models import Decision
from incubator.decisions.noticed import waiting as noticed_waiting
from incubator.kernel.database import db
from incubator.kernel.errors import Invalid
from tests.decisions.test_issue import inside, issue, noticed, paper  # noqa: F401  a fixture and the same steps
from tests.notices import steps
from tests.visits.pages import Visitor


def held_back(clock):
    """Two on one notice; an objection holds one back, the other is decided, then the objection is rejected."""
    cases = steps.proposed(2)
    notice = steps.published(cases)
    row = steps.say(notice, cases[0])
    clock.set("2024-11-12 09:30")
    first = issue(cases[1:])
    steps.answer(row)
    return cases, first


def test_the_one_held_back_follows_in_a_supplement(inside, clock):  # noqa: F811
    cases, first = held_back(clock)
    assert queries.suggest_supplement(noticed_waiting("recognition", steps.lead(), [cases[0].id])) == first.id
    second = issue(cases[:1], number="吉工信创业〔2024〕93号", supplements=str(first.id))
    assert second.supplements_id == first.id
    assert queries.related(second) == (first, []) and queries.related(first) == (None, [second])
    client = inside.test_client()
    db.session.commit()
    assert first.document_no in client.get(f"/public/decisions/{second.id}").get_data(as_text=True)
    assert "后有补充文件" in client.get(f"/public/decisions/{first.id}").get_data(as_text=True)
    desk = Visitor(inside, "shengf")
    assert first.document_no in desk.get(f"/decisions/{second.id}") and second.document_no in desk.get(f"/decisions/{first.id}")


def test_what_a_supplement_may_not_name(inside, clock):  # noqa: F811
    cases, first = held_back(clock)
    for wrong in (str(first.id + 99), "abc"):
        with pytest.raises(Invalid) as caught:
            issue(cases[:1], number="吉工信创业〔2024〕93号", supplements=wrong)
        assert {p.field for p in caught.value.problems} == {"supplements"}
    clock.set("2024-11-20 09:30")
    later = issue(cases[:1], number="吉工信创业〔2024〕93号", on="2024-11-13")
    assert later.supplements_id is None and steps.count(Decision) == 2, "without a reference it is a document of its own"


def test_no_earlier_date_than_the_document_it_supplements(inside, clock):  # noqa: F811
    cases, _ = noticed(clock, 2, on="2024-11-20 09:30")
    first = issue(cases[1:], on="2024-11-18")
    with pytest.raises(Invalid) as caught:
        issue(cases[:1], number="吉工信创业〔2024〕93号", on="2024-11-15", supplements=str(first.id))
    assert "早于要补充的" in caught.value.problems[0].message


@pytest.mark.parametrize(("on", "warned"), [("2024-11-29", False), ("2024-12-02", True), ("2024-12-31", True), ("2025-01-02", False)])
def test_amb_25_a_document_of_december_is_looked_at_twice(inside, clock, on, warned):  # noqa: F811
    cases, _ = noticed(clock, on=f"{on} 09:30")
    number = f"吉工信创业〔{on[:4]}〕120号"
    judged = commands.judge(steps.lead(), steps.versions(cases), paper(number, on, late_reason="文件转来得晚，在这一天登记"), has_file=True)
    assert bool(judged.notes) is warned and not judged.problems
    if warned:
        assert "有效期自2025年1月1日起算" in judged.notes[0].message and judged.notes[0].article == "10"
