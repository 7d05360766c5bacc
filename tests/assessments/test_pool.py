"""The pool: who is in it, who may be assigned, who suits best; several dossiers at once (R-2.8, A8-2)."""

import re

import pytest
from sqlalchemy import insert, select, text

from incubator.assessments import queries, suggestions
from incubator.assessments.models import ExpertProfile, ScoreSheet
from incubator.kernel import clock as portal_clock
from incubator.kernel.database import db
from incubator.offices.models import AccessLog, Membership, Person
from incubator.policy.fields.expert import FIELDS, suits
from incubator.simulation.steps import uscc
from tests.assessments import steps
from tests.visits.pages import Visitor

MANY = 200
BULK = "/experts/assign"


@pytest.fixture
def case(app, clock):
    with app.app_context():
        yield steps.accepted()


def many(number: int = MANY) -> None:
    """A pool of `number` experts, each fifth of whom has not declared anything."""
    [model] = steps.experts("模")
    row = db.session.get(Person, model.person_id)
    columns = {c.name: getattr(row, c.name) for c in Person.__table__.columns if c.name not in ("id", "login", "name")}
    db.session.execute(insert(Person), [{**columns, "login": f"pool{n}", "name": f"库中专家{n:03d}"} for n in range(number)])
    ids = list(db.session.scalars(select(Person.id).where(Person.login.like("pool%")).order_by(Person.id)))
    held = db.session.scalar(select(Membership).where(Membership.person_id == model.person_id))
    same = {c.name: getattr(held, c.name) for c in Membership.__table__.columns if c.name not in ("id", "person_id")}
    db.session.execute(insert(Membership), [{**same, "person_id": i} for i in ids])
    db.session.execute(insert(ExpertProfile), [
        {"person_id": i, "employer": f"吉林示例研究院第{n}所", "employer_uscc": uscc(800_000 + n, "220102", "12"),
         "fields": ("信息技术", "财务审计", "文化创意")[n % 3], "declared_on": portal_clock.today(), "posts": "[]", "titles": ""}
        for n, i in enumerate(ids) if n % 5
    ])
    db.session.commit()


def test_the_best_first_with_the_reason(case):
    """The field of the main industry counts two dossiers in hand, 企业管理 one."""
    one, two, three, four = steps.experts(*"甲乙丙丁")
    wanted = suits([label for _, label in FIELDS], queries.industry_of(case))[1]
    key = {label: key for key, label in FIELDS}[wanted]
    steps.profile(one, fields=["culture" if key != "culture" else "health"])
    steps.profile(two, fields=["management"])
    steps.profile(three, fields=[key])
    steps.profile(four, employer_uscc=next(u.code for u in queries.units_of(case) if u.part == "运营机构"))
    ranked = suggestions.candidates(case)
    assert [c.person.id for c in ranked[:3]] == [three.person_id, two.person_id, one.person_id]
    assert ranked[0].reason == f"专业对口（{wanted}），手上 0 份" and ranked[1].reason == "通用专业（企业管理），手上 0 份"
    assert "有利害关系" in ranked[-1].blocked

    others = [steps.accepted(f"长春青{name}创业孵化基地", number=200 + n) for n, name in enumerate("桐桦榆")]
    for other in others:
        steps.assign(other, [three])
    ranked = suggestions.candidates(case)
    assert [c.person.id for c in ranked[:3]] == [two.person_id, one.person_id, three.person_id], "three in hand outweigh the field"


def test_several_dossiers_get_as_many_experts_each_and_nobody_too_many(case):
    second = steps.accepted("长春青柚创业孵化基地", number=102)
    people = steps.experts(*"甲乙丙丁戊己")
    steps.assign(case, people[:1])
    rows = suggestions.propose([steps.fresh(case, steps.desk()), second], 3)
    assert [(row.live, len(row.chosen), row.wanting) for row in rows] == [(1, 2, 0), (0, 3, 0)]
    chosen = [c.person.id for row in rows for c in row.chosen]
    assert len(set(chosen)) == 5, "who has one in hand already comes last"
    rows = suggestions.propose([steps.fresh(case, steps.desk()), second], 7)
    assert rows[0].wanting == 1


def test_preview_then_assign_on_the_page(app, case):
    second = steps.accepted("长春青柚创业孵化基地", number=102)
    steps.experts(*"甲乙丙丁")
    db.session.commit()
    desk = Visitor(app, "sheng1")
    assert "还没有选申请" in desk.post(BULK, {"do": "preview", "each": "3"}).get_data(as_text=True)
    assert "每家请 1—9 位" in desk.post(BULK, {"do": "preview", "case": case.id, "each": "0"}).get_data(as_text=True)
    shown = desk.post(BULK, {"do": "preview", "case": [case.id, second.id], "each": "2"}).get_data(as_text=True)
    pairs = re.findall(r'name="pair" value="(\d+:\d+:\d+)"', shown)
    assert len(pairs) == 4 and len({pair.split(":")[1] for pair in pairs}) == 4 and "手上 0 份" in shown
    assert db.session.scalar(select(ScoreSheet.id)) is None, "a preview writes nothing"
    stale = [pairs[0], pairs[1], pairs[2].rsplit(":", 1)[0] + ":1", pairs[3].rsplit(":", 1)[0] + ":1"]
    done = desk.post(BULK, {"do": "assign", "pair": stale}, shown)
    page = done.get_data(as_text=True)
    assert done.status_code == 422 and "指派了 2 人次" in page and "长春青柚创业孵化基地：该事项已由" in page
    done = desk.post(BULK, {"do": "assign", "pair": pairs[2:]}, shown).get_data(as_text=True)
    assert "指派了 2 人次" in done
    assert {s.status for s in db.session.scalars(select(ScoreSheet))} == {"open"}


def test_two_hundred_experts_within_the_budget(app, case, query_counter):
    many()
    desk = Visitor(app, "sheng1")
    with query_counter() as count:
        page = desk.get("/experts")
    assert count.count <= 12, count
    assert page.count("<tr role=\"row\"><th scope=\"row\"") == suggestions.PAGE and "没有登记单位和任职" in page
    more = re.search(r'href="(/experts\?after=[^"]+)" rel="next"', page)[1]
    following = desk.get(more.replace("&amp;", "&"))
    assert not set(re.findall(r"库中专家\d+", page)) & set(re.findall(r"库中专家\d+", following))
    found = desk.get("/experts?q=文化创意")
    assert "库中专家002" in found and "库中专家003" not in found
    assert "库中专家007" in desk.get("/experts?q=研究院第7所") and "没有找到" in desk.get("/experts?q=%25%25")
    with query_counter() as count:
        page = desk.get(f"/cases/{case.id}/experts")
    assert count.count <= 20, count
    assert page.index("建议人选") < page.index("其他专家") and "不能指派的 40 位" in page
    second = steps.accepted("长春青柚创业孵化基地", number=102)
    db.session.commit()
    with query_counter() as count:
        desk.post(BULK, {"do": "preview", "case": [case.id, second.id], "each": "5"})
    assert count.count <= 32, count  # the page with the form, then the preview


def test_one_expert_and_who_may_look(app, clock):
    with app.app_context():
        steps.accepted()
        [person] = steps.experts("甲")
        steps.profile(person, phone="13900001234", titles="教授", posts=[
            {"name": "长春示例顾问公司", "uscc": uscc(31), "from_on": "2024-01-01"},
            {"name": "长春旧顾问公司", "uscc": uscc(32), "to_on": "2025-12-31"}])
        sealed = db.session.execute(text("SELECT phone FROM expert_profile WHERE phone IS NOT NULL")).scalar_one()
        assert "13900001234" not in sealed, "sealed at rest"
    url = f"/experts/{person.person_id}"
    page = Visitor(app, "sheng1").get(url)
    assert "139****1234" in page and "13900001234" not in page, "masked until somebody asks"
    looked = select(AccessLog.what).where(AccessLog.kind == "unmask")
    with app.app_context():
        assert db.session.scalar(looked) is None
    assert "13900001234" in Visitor(app, "sheng1").get(f"{url}?phone=1")
    with app.app_context():
        assert db.session.scalar(looked) == f"expert {person.person_id} phone", "the log says who looked (P28)"
    assert all(word in page for word in ("教授", "长春示例顾问公司", "在任", "已离任"))
    assert "13900001234" not in Visitor(app, "sheng1").get("/experts")
    for login in ("x220104", "s220100", "jd220104001", "expert甲", "shengg"):
        for path in (url, "/experts", BULK):
            assert Visitor(app, login).status(path) == 403
    own = Visitor(app, "expert甲")
    assert "13900001234" in own.get("/expert") and "长春旧顾问公司" in own.get("/expert")
