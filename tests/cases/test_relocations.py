"""A base in another county from a day on, with all that was ever said of it (R-2.3, R-2.10, P4)."""

from __future__ import annotations

import re
from datetime import date

import pytest
from sqlalchemy import select

from incubator.bases.models import Base, RegionSpan
from incubator.cases import relocations
from incubator.cases.models import Relocation
from incubator.kernel import access, outbox
from incubator.kernel.database import db
from incubator.kernel.errors import Denied, NotVisible, Refused
from incubator.kernel.ledger import verify
from incubator.kernel.workflow import Case
from incubator.obligations import counts
from incubator.obligations.commands import due_of, tick
from incubator.obligations.models import Obligation
from tests import walk
from tests.visits.pages import Visitor

CHAOYANG = walk.Unit("长春星桥创业孵化基地", "220104", 17)
WHY = "区划调整，依据吉民发〔2026〕12号文件"
YANJI = "222401"


@pytest.fixture
def case(app, clock):
    with app.app_context():
        today = clock.today()
        walk.open_round(today.year, today, today.replace(month=12, day=31))
        walk.province()
        walk.staff(YANJI)
        yield walk.submitted_case(CHAOYANG)


def _region(code: str) -> int:
    return db.session.scalar(select(access.Region.id).where(access.Region.code == code))


def _move(case, code=YANJI, on=date(2026, 6, 1), reason=WHY, who="shengg"):
    base = db.session.get(Base, case.base_id, populate_existing=True)
    return relocations.order_base(walk.actor(who), base.id, _region(code), from_on=on, reason=reason, seen_version=base.version)


def _office_is_the_routes(case: Case) -> bool:
    return case.office_id == access.office_at(case.region_id, case.station.holder)


def test_sight_and_work_move_whole_and_at_once(case):
    due = due_of(case.id).due_on
    row = _move(case)
    assert row.applied_at is not None and row.moved_cases == 3  # account request, filing, application
    db.session.expire_all()
    old, new = walk.actor("x220104"), walk.actor("x222401")
    for number in db.session.scalars(select(Case.id).where(Case.base_id == case.base_id)):
        with pytest.raises(NotVisible):
            access.load(old, Case, number)
        with pytest.raises(NotVisible):
            access.load(walk.actor("s220100"), Case, number)
        assert _office_is_the_routes(access.load(new, Case, number))
        assert access.load(walk.actor("s222400"), Case, number)
    waiting = db.session.scalars(access.visible(new, Obligation).where(Obligation.fulfilled_at.is_(None))).all()
    assert [(o.case_id, o.due_on) for o in waiting] == [(case.id, due)], "with the day it had"
    assert not db.session.scalars(access.visible(old, Obligation).where(Obligation.fulfilled_at.is_(None))).all()
    assert counts.differences() == {}
    assert verify().faults == []
    moved = access.load(new, Case, case.id)
    walk.visit(moved, new)
    assert walk.act(moved, "recommend", new, text="材料齐全，建议推荐。").office.code == "222400"


def test_past_periods_stay_where_they_were(case, clock):
    born = db.session.scalar(select(RegionSpan.from_on).where(RegionSpan.base_id == case.base_id))
    clock.set("2026-07-10 09:00")
    _move(case, on=date(2026, 7, 10))
    spans = db.session.execute(
        select(RegionSpan.region_id, RegionSpan.from_on, RegionSpan.to_on).where(RegionSpan.base_id == case.base_id)
        .order_by(RegionSpan.id)
    ).all()
    assert spans == [(_region("220104"), born, date(2026, 7, 10)), (_region(YANJI), date(2026, 7, 10), None)]


def test_a_later_day_is_carried_out_by_that_day_once(case, clock):
    row = _move(case, on=date(2026, 6, 20))
    assert row.applied_at is None and access.load(walk.actor("x220104"), Case, case.id)
    tick(date(2026, 6, 19))
    assert access.load(walk.actor("x220104"), Case, case.id)
    clock.set("2026-06-22 09:00")  # a machine that was off over the week-end
    tick(clock.today())
    tick(clock.today())
    db.session.expire_all()
    assert db.session.get(Relocation, row.id).moved_cases == 3
    with pytest.raises(NotVisible):
        access.load(walk.actor("x220104"), Case, case.id)


@pytest.mark.parametrize(("change", "field"), [
    ({"on": date(2026, 5, 31)}, "from_on"), ({"reason": "区划调整"}, "reason"), ({"code": "220104"}, "region"),
    ({"code": "220000"}, "region"),
])
def test_refusals_beside_their_twin(case, change, field):
    with pytest.raises(Refused) as refused:
        _move(case, **change)
    assert refused.value.field == field and refused.value.article == "3"
    assert _move(case).applied_at is not None


def test_only_the_manager_moves(case):
    for login in ("sheng1", "shengf", "x220104f", "s220100f"):
        with pytest.raises((Denied, NotVisible)):
            _move(case, who=login)


def test_a_division_with_other_offices(case):
    """梅河口's way for 朝阳: one office at both stations; back again the next day."""
    ids = {o.code: o.id for o in db.session.scalars(select(access.Office))}
    who = walk.actor("shengg")
    relocations.order_route(who, _region("220104"), ids["220100"], ids["220100"], from_on=date(2026, 6, 1), reason=WHY)
    db.session.expire_all()
    moved = db.session.get(Case, case.id)
    assert moved.office.code == "220100" and _office_is_the_routes(moved)
    with pytest.raises(NotVisible):
        access.load(walk.actor("x220104"), Case, case.id)
    routes = db.session.scalars(select(access.Route).where(access.Route.region_id == _region("220104")).order_by(access.Route.id)).all()
    assert [r.to_on for r in routes] == [date(2026, 6, 1), None]
    with pytest.raises(Refused) as refused:
        relocations.order_route(who, _region("220104"), ids["220100"], ids["220100"], from_on=date(2026, 6, 1), reason=WHY)
    assert (refused.value.article, refused.value.reason) == ("3", "长春市朝阳区现在就是这样办理")
    relocations.order_route(who, _region("220104"), ids["220104"], ids["220100"], from_on=date(2026, 6, 1), reason=WHY)
    db.session.expire_all()
    assert access.load(walk.actor("x220104"), Case, case.id)
    assert counts.differences() == {}


def test_no_page_shows_it_to_the_old_county_any_more(sqlite_app, clock):
    """P4: case, base, file, list, search, letters; and the new county has them all."""
    app = sqlite_app
    with app.app_context():
        today = clock.today()
        walk.open_round(today.year, today, today.replace(month=12, day=31))
        walk.province()
        walk.staff(YANJI)
        case = walk.submitted_case(CHAOYANG)
        outbox.drain()
        number, base = case.id, case.base_id
    pages = [f"/cases/{number}", f"/cases/{number}?tab=tenants", "/work", "/search?q=星桥", "/messages", f"/bases/{base}",
             "/bases", f"/rosters/base/{base}"]
    old = Visitor(app, "x220104")
    pages = [p for p in pages if old.status(p) == 200]
    assert len(pages) >= 6 and any("星桥" in old.get(p) for p in pages)
    with app.app_context():
        _move(case)
    for page in pages:
        text = old.client.get(page).get_data(as_text=True)
        assert "星桥创业孵化基地" not in text, page
    new = Visitor(app, "x222401")
    assert new.status(f"/cases/{number}") == 200 and "星桥" in new.get("/work") and "星桥" in new.get("/bases")


def test_by_the_pages(sqlite_app, clock, query_counter):
    app = sqlite_app
    with app.app_context():
        walk.province()
        walk.staff(YANJI)
        base, _ = walk.filed_base(CHAOYANG)
        number, region = base.id, base.region_id
    desk = Visitor(app, "shengg")
    assert f'href="/bases/{number}/move"' in desk.get(f"/bases/{number}")
    page = desk.get(f"/bases/{number}/move")
    late = desk.post(f"/bases/{number}/move", {"division_code": YANJI, "from_on": "2026-05-31", "reason": "短"}, page)
    assert late.status_code == 422 and late.text.count('class="wrong"') >= 2 and 'value="2026-05-31"' in late.text
    done = desk.post(f"/bases/{number}/move", {"division_code": YANJI, "from_on": "2026-6-1", "reason": WHY}, page)
    assert done.request.path == "/relocations" and "延边朝鲜族自治州延吉市" in done.text and WHY in done.text
    page = desk.get(f"/regions/{region}/route")
    same = desk.post(f"/regions/{region}/route", {"from_on": "2026-6-1", "reason": WHY, **_chosen(page)}, page)
    assert same.status_code == 422 and "现在就是这样办理" in same.text
    with query_counter() as queries:
        desk.get("/relocations")
    assert queries.count <= 8, queries


def _chosen(page: str) -> dict:
    return {name: re.search(rf'name="{name}">.*?value="(\d+)" selected', page, re.S)[1] for name in ("county", "city")}
