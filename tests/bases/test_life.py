"""Standing over time: the life of a base as one line, any day of it, and the register of that day (R-2.12)."""

import re
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from incubator.bases import life
from incubator.bases.commands import impose, lift
from incubator.bases.models import Base
from incubator.decisions.models import Decision
from incubator.kernel.database import db, transaction
from incubator.kernel.workflow import Case
from incubator.public.queries import Search, register_of
from tests import walk
from tests.recognitions import steps
from tests.visits.pages import Visitor


@pytest.fixture
def made(app, clock):
    """Recognised 2024-11-12, rectified from January to April 2026; the day is 2026-06-01."""
    clock.set("2024-11-01 10:00")
    with app.app_context():
        base = steps.recognised()
        steps.at("2026-06-01")
        lead = walk.province()["lead"]
        decision, case = db.session.scalar(select(Decision)), db.session.scalar(select(Case).where(Case.kind == "recognition"))
        with transaction():
            impose(base, lead, kind="rectification", decision=decision, case=case, from_on=date(2026, 1, 5), due_on=date(2027, 1, 5))
            lift(base, lead, kind="rectification", case=case, on=date(2026, 4, 1))
        number = base.id
        db.session.remove()
    return number


@pytest.fixture
def base(app, made):
    with app.app_context():
        yield db.session.get(Base, made)


def test_one_line_in_two_queries(base, query_counter):
    with query_counter() as queries:
        found = life.life_of(base)
    assert queries.count == 2, queries
    assert [(t.on.isoformat(), t.what) for t in found.turns if t.document] == [
        ("2026-04-01", "限期整改结束"), ("2026-01-05", "限期整改"), ("2024-11-12", "级别"), ("2024-11-12", "有效期")]
    assert {t.what for t in found.turns} >= {"名称", "投资主体", "运营机构", "备案"}
    assert found.turns == sorted(found.turns, key=lambda t: t.on, reverse=True)


def test_a_past_day_knows_nothing_later(base):
    found = life.life_of(base, date(2025, 3, 1))
    assert max(t.on for t in found.turns) == date(2024, 11, 12) and found.names["name"] == base.name
    assert life.life_of(base, date(2020, 1, 1)).turns == []


def test_the_page_names_the_day_of_entry(app, made):
    """A document of 12 November that is entered on 20 December counts from the 12th; the page says when it was entered."""
    with app.app_context():
        with transaction():
            db.session.scalar(select(Decision)).entered_at = datetime(2024, 12, 20, 2, tzinfo=UTC)
        db.session.remove()
    page = Visitor(app, "shengf").get(f"/bases/{made}?on=2024-11-30")
    assert "依据 2024年12月20日登记的决定 吉工信创业〔2024〕92号" in page and "有效（有效期自2025-01-01起算）" in page
    assert "依据 2024" not in Visitor(app, "shengf").get(f"/bases/{made}?on=2024-12-31")


def test_pages_of_a_day(made, app, query_counter):
    name = steps.STAR.name[:4]
    lead = Visitor(app, "shengf")
    assert "来历" in lead.get(f"/bases/{made}")
    assert "在限期整改" in lead.get(f"/bases/{made}?on=2026-02-01")
    assert "在限期整改" not in lead.get(f"/bases/{made}?on=2026-04-02")
    page = lead.get(f"/bases/{made}?on=2024-11-30")
    assert "总建筑面积" in page and re.search(rf'/bases/{made}/rosters\?day=2024-11-30">\d+ 户，计入 1\d 户', page)
    assert "0 户，计入 0 户" in lead.get(f"/bases/{made}?on=2022-01-01"), "nobody had come in yet"
    with query_counter() as queries:
        page = lead.get("/bases?on=2026-02-01")
    assert name in page and "在限期整改" in page and queries.count <= 8, queries
    assert "那一天没有符合的基地" in lead.get("/bases?on=2020-01-01")
    assert name in lead.get("/bases?on=没有这一天"), "what is no day is no filter"
    assert Visitor(app, "x220104").status(f"/bases/{made}?on=2026-02-01") == 200


def test_the_register_of_a_past_day(base):
    assert [e.base.id for e in register_of(Search(on=date(2025, 3, 1)))[0]] == [base.id]
    assert register_of(Search(on=date(2024, 11, 11)))[0] == [] and register_of(Search(on=date(2025, 3, 1), q="没有"))[0] == []


def test_the_public_register_of_that_day(made, app):
    client, operator = app.test_client(), steps.STAR.operator
    page = client.get("/register?on=2025-03-01").get_data(as_text=True)
    assert "2025年3月1日那一天有效的基地" in page and operator in page
    assert operator not in client.get("/register?on=2024-11-11").get_data(as_text=True)
    steps.at("2030-03-01")
    assert operator in client.get("/register?on=2029-12-31").get_data(as_text=True), "lapsed since, in force then"
