"""Return for correction in depth: anchors, answers, differences with rosters, the third return (A7-11, T43, T44)."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from incubator.cases import corrections, submissions
from incubator.cases.queries import answered, last_return, version
from incubator.cases.tables import remark_choices
from incubator.kernel import drafts
from incubator.kernel.database import db
from incubator.kernel.errors import Invalid, Refused
from incubator.policy.fields.recognition import RECOGNITION
from incubator.recognitions import commands
from incubator.rosters import commands as rosters
from incubator.rosters import compare
from incubator.rosters.models import Tenant
from incubator.rosters.tables import TENANTS, values_of
from incubator.simulation import reviews
from tests import walk

CHAOYANG = walk.Unit("长春星桥创业孵化基地", "220104", 17)
WHY = "有三处材料和名册对不上，请一次改齐"
REMARKS = [
    {"field": "public_ratio", "label": "公益性或低收费服务占比", "text": "和服务台账不一致"},
    {"field": "safety_officer", "label": "安全负责人", "text": "写全名"},
    {"field": "roster-tenants", "label": "在孵企业名册", "text": "第 3 户人数和社保不符"},
]


@pytest.fixture
def returned(app, clock):
    with app.app_context():
        today = clock.today()
        walk.open_round(today.year, today, today.replace(month=12, day=31))
        case = walk.submitted_case(CHAOYANG)
        yield walk.act(case, "return", walk.actor("x220104"), text=WHY, remarks=REMARKS)


def _change(case, **typed):
    who = walk.admin_of(case)
    walk.fill(case, RECOGNITION, typed, who)
    return who


def _resubmit(case):
    case = reviews.fresh(case)
    return commands.submit_application(walk.admin_of(case), case.id, seen_version=case.version)


def _tenant(case, n: int = 2) -> Tenant:
    return db.session.scalars(select(Tenant).where(Tenant.base_id == case.base_id).order_by(Tenant.id)).all()[n]


def _more_jobs(case):
    row = _tenant(case)
    rosters.change(walk.admin_of(case), TENANTS, row.id, {**values_of(TENANTS, row), "jobs": str(row.jobs + 3)},
                   seen_version=row.version)
    return row.name


def test_rosters_are_anchors_too(returned):
    assert ("roster-tenants", "在孵企业名册") in dict(remark_choices("recognition"))["名册"]
    assert "名册" not in dict(remark_choices("filing"))


def test_every_remark_gets_a_change_or_a_word(returned):
    _change(returned, public_ratio="42")
    with pytest.raises(Invalid) as invalid:
        _resubmit(returned)
    assert [p.field for p in invalid.value.problems] == ["answer-1", "answer-2"]
    assert "第 2 条“安全负责人”没有改" in invalid.value.problems[0].message
    _more_jobs(returned)
    corrections.keep(walk.admin_of(returned), returned, {1: "身份证上就是这两个字", 7: "没有这一条"})
    again = _resubmit(returned)
    assert again.state == "county_initial"
    new = submissions.content(version(again.id, 2), RECOGNITION)
    assert new["answers"] == [
        {"field": "public_ratio", "changed": True, "answer": ""},
        {"field": "safety_officer", "changed": False, "answer": "身份证上就是这两个字"},
        {"field": "roster-tenants", "changed": True, "answer": ""},
    ]
    old = submissions.content(version(again.id, 1), RECOGNITION)
    told = answered(last_return(again.id), changed=submissions.changed(RECOGNITION, old, new), said=new["answers"])
    assert [(r["done"], r["answer"]) for r in told] == [(True, ""), (False, "身份证上就是这两个字"), (True, "")]


def test_words_alone_are_no_new_version(returned):
    corrections.keep(walk.admin_of(returned), returned, {0: "不用改", 1: "不用改", 2: "不用改"})
    with pytest.raises(Refused) as refused:
        _resubmit(returned)
    assert "没有改动" in refused.value.reason


def test_the_difference_names_row_and_field(returned):
    name = _more_jobs(returned)
    _change(returned, public_ratio="42", safety_officer="周平安 13 楼")
    again = _resubmit(returned)
    old, new = (submissions.content(version(again.id, n), RECOGNITION)["rosters"] for n in (1, 2))
    (change,) = compare.changes(old, new)
    assert (change.roster.key, change.name, change.kind) == ("tenants", name, "修改")
    (field,) = change.fields
    assert field.field.name == "jobs" and int(field.new) == int(field.old) + 3


def test_rows_that_come_and_go(returned):
    before = submissions.content(version(returned.id, 1), RECOGNITION)["rosters"]
    rows = before["tenants"]
    after = {**before, "tenants": [*rows[1:], {**rows[0], "id": 999_999, "name": "新来的有限公司"}]}
    assert [(c.kind, c.name) for c in compare.changes(before, after)] == [
        ("新增", "新来的有限公司"), ("减少", rows[0]["name"]),
    ]
    assert compare.changes(before, before) == []


def test_one_open_correction_stops_the_walk(returned):
    """Nobody moves the case while the applicant has it; his working copy is nobody else's business."""
    for who, outcome in ((walk.actor("x220104f"), "recommend"), (walk.actor("s220100"), "forward")):
        with pytest.raises(Refused) as refused:
            walk.act(returned, outcome, who, text="材料齐全，建议推荐。")
        assert (refused.value.article, refused.value.reason) == ("7(2)", "退回补正这一环节没有这一步")
    _, draft = drafts.read(returned.id, RECOGNITION)
    assert draft.version >= 1


def test_answers_are_only_taken_while_the_applicant_has_the_case(returned):
    _change(returned, public_ratio="42", safety_officer="周平")
    _more_jobs(returned)
    again = _resubmit(returned)
    corrections.keep(walk.admin_of(returned), again, {0: "事后补写"})
    assert corrections.answers(last_return(again.id)) == {}
