"""National titles beside the provincial standing, with a look owed at their end; the list of who could be recommended (第九条)."""

from datetime import date

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from incubator.bases.facts import standing_of
from incubator.bases.models import Base
from incubator.kernel.database import db
from incubator.kernel.errors import Denied, Invalid
from incubator.obligations.models import Obligation
from incubator.policy.national import TITLE
from incubator.recognitions import national
from tests import walk
from tests.recognitions import steps
from tests.visits.pages import Visitor

TYPED = {"title": TITLE, "document_no": "工信部企业函〔2025〕7号", "document_on": "2025-12-20", "first_year": "2026"}


@pytest.fixture
def made(app, clock):
    clock.set("2024-11-01 10:00")
    with app.app_context():
        number = steps.recognised().id
        steps.at("2026-01-05")
        db.session.remove()
    return number


def test_a9_3_the_title_changes_nothing_else(app, made):
    with app.app_context():
        clerk, base = walk.province()["clerk"], db.session.get(Base, made)
        before = standing_of(base)
        with pytest.raises(Denied):
            national.record_title(walk.actor("x220104"), base.id, TYPED)
        row = national.record_title(clerk, base.id, TYPED)
        assert (row.from_on, row.to_on) == (date(2026, 1, 1), date(2028, 12, 31))
        now = standing_of(base)
        assert (now.state, now.level, now.valid_to) == (before.state, before.level, before.valid_to)
        assert now.national == TITLE and standing_of(base, date(2025, 12, 31)).national is None
        assert standing_of(base, date(2029, 1, 1)).national is None
        owed = db.session.scalar(select(Obligation).where(Obligation.kind == "national_end"))
        assert (owed.tier, owed.due_on, owed.article) == ("province", date(2028, 12, 31), "9") and base.name in owed.title
        with pytest.raises(Invalid):
            national.record_title(clerk, base.id, TYPED)
        db.session.rollback()
        for statement in ("UPDATE national_record SET to_on = '2040-12-31'", "DELETE FROM national_record"):
            with pytest.raises(DBAPIError, match="append-only"), db.engine.begin() as connection:
                connection.execute(text(statement))


def test_a9_2_the_list_compares_and_leaves_out_who_has_it(app, made, query_counter):
    with app.app_context():
        clerk = walk.province()["clerk"]
        with query_counter() as queries:
            rows, more = national.candidates(clerk)
        assert queries.count <= 6 and more is None, queries
        ((base, found),) = rows
        value = {c.threshold.key: (c.value, c.met) for c in found}
        assert value["tenants"] == (17, False) and value["mentors"] == (3, True) and value["functions"][1] is False
        assert value["years"][1] is True and value["public_ratio"][1] is True
        national.record_title(clerk, base.id, TYPED)
        assert national.candidates(clerk)[0] == []
        db.session.remove()
    desk = Visitor(app, "sheng1")
    assert "没有可以推荐的" in desk.get("/national") and TITLE in desk.get(f"/bases/{made}")


def test_the_form_keeps_what_was_typed(app, made):
    desk = Visitor(app, "sheng1")
    where = f"/bases/{made}/national"
    page = desk.get(where)
    refused = desk.post(where, {"title": TITLE, "document_no": "工信部企业函〔2025〕7号", "document_on": "2025-12-20", "first_year": ""}, page)
    assert refused.status_code == 422 and "工信部企业函〔2025〕7号" in refused.get_data(as_text=True)
    done = desk.post(where, TYPED, page)
    assert done.request.path == f"/bases/{made}" and "登记好了" in done.get_data(as_text=True)
    assert Visitor(app, "shengg").status(where) == 403
