"""Rehearsal of a standard and the next 90 days, on the real register (第二十二、十二条)."""

from datetime import date

import pytest
from sqlalchemy import select

from incubator.insight import rehearsal
from incubator.insight.ahead import foresee, remind
from incubator.insight.register import in_force
from incubator.kernel import outbox
from incubator.kernel.database import db
from incubator.kernel.errors import Denied, NotVisible, Refused
from incubator.kernel.ledger import Event
from incubator.messages.models import Letter
from incubator.obligations.commands import tick
from incubator.policy.fields import to_stored
from incubator.policy.foresight import lapse
from incubator.rosters import queries as rosters
from incubator.rosters.commands import change
from incubator.rosters.many import facts_of, rosters_of
from incubator.rosters.models import Tenant
from incubator.rosters.tables import TENANTS, values_of
from tests import walk
from tests.cases.apart import signed_in
from tests.recognised import NAMES, admin, base

pytestmark = pytest.mark.usefixtures("recognised")


def manager():
    return walk.actor("shengg")


def tried(value: str, key: str = "base:jobs", day: str = "2025-07-01"):
    return rehearsal.rehearse(manager(), key, value, day)


def test_many_rosters_say_the_same_as_each():
    ids = [base(name).id for name in NAMES]
    found = rosters_of(ids, walk.clock.today())
    assert {i: facts_of(found[i]) for i in ids} == {i: rosters.facts(i) for i in ids}


def test_a_draft_shows_who_would_turn(query_counter, db_digest, recognised):
    """Before it takes effect, and without writing anything."""
    jobs = rosters.facts(base().id)["jobs"]
    db.session.remove()
    before = db_digest(recognised)
    same, worse = tried(str(jobs)), tried(str(jobs + 1))
    assert (same.judged, same.turned) == (2, ()) and {t.looked.base.name for t in worse.turned} == set(NAMES)
    assert all(t.worse for t in worse.turned) and worse.before == 100
    assert [t.looked.base.name for t in tried("3630", "base:area_total").turned] == list(NAMES)
    assert tried("40", "demonstration:tenants_countable").judged == 0, "nobody is a demonstration base"
    db.session.remove()
    assert db_digest(recognised) == before
    with query_counter() as queries:
        tried("200")
    assert queries.count <= 20


def test_a_draft_that_could_not_be_set_is_refused():
    for value, day in (("很多", "2025-07-01"), ("NaN", "2025-07-01"), ("999999", "2025-07-01"), ("200", "2025-03-02"), ("200", "明天")):
        with pytest.raises(Refused):
            tried(value, day=day)
    with pytest.raises(NotVisible):
        tried("5", key="station_days")
    with pytest.raises(Denied):
        rehearsal.rehearse(walk.actor("x220104"), "base:jobs", "200", "2025-07-01")


def test_the_next_ninety_days_of_an_office(clock, query_counter):
    """A lapse, and tenants whose agreements end: each with its reason, only for the office that has the base in sight."""
    county, other = walk.actor("x220104"), walk.actor("x222401")
    assert foresee(county).lapses == foresee(county).standards == []
    who = admin()
    lines = rosters.tenants_now(base().id)
    counted = [line for line in lines if line.verdict.counts]
    for line in counted[: len(counted) - 14]:
        row = db.session.get(Tenant, line.id)
        change(who, TENANTS, row.id, to_stored(TENANTS.table, values_of(TENANTS, row)) | {"agr_end": "2025-04-30"}, seen_version=row.version)
    found = foresee(county)
    assert {(s.base.name, s.ahead.on) for s in found.standards} >= {(NAMES[0], date(2025, 5, 1))}
    assert all(s.base.name == NAMES[0] for s in found.standards) and "到期" in found.standards[0].ahead.why
    assert foresee(other).standards == []
    clock.set("2029-11-01 09:00")
    found = foresee(county)
    assert [(e.base.name, e.ahead.article) for e in found.lapses] == [(NAMES[0], "10")]
    assert {e.base.name for e in foresee(manager()).lapses} == set(NAMES)
    with pytest.raises(Denied):
        foresee(who)
    db.session.remove()
    with query_counter() as queries:
        foresee(manager())
    assert queries.count <= 20


def test_who_files_a_renewal_is_not_said_to_lapse(clock):
    """A10-2: once it is submitted the base stays valid while it is undecided."""
    clock.set("2029-11-01 09:00")
    assert [e.base.name for e in foresee(walk.actor("x220104")).lapses] == [NAMES[0]]
    each = next(x for x in in_force(manager(), walk.clock.today()) if x.base.name == NAMES[0])
    assert not each.renewing and lapse(each.standing, walk.clock.today(), filed=True) is None


def test_what_is_foreseen_is_said_to_the_base_once_a_click(clock):
    """A12-1: a line that still stands becomes a letter and a record; one that does not is refused."""
    clock.set("2025-03-05 09:00")
    who, county = admin(), walk.actor("x220104")
    counted = [line for line in rosters.tenants_now(base().id) if line.verdict.counts]
    for line in counted[: len(counted) - 14]:
        row = db.session.get(Tenant, line.id)
        change(who, TENANTS, row.id, to_stored(TENANTS.table, values_of(TENANTS, row)) | {"agr_end": "2025-04-30"}, seen_version=row.version)
    what = foresee(county).standards[0].ahead.what
    remind(county, base().id, what)
    while outbox.drain():
        pass
    [letter] = db.session.scalars(select(Letter).where(Letter.subject == f"提醒：{what}")).all()
    assert letter.person_id == who.person_id and NAMES[0] in letter.body and "到期" in letter.body
    assert db.session.scalar(select(Event.kind).where(Event.chain_id == f"base:{base().id}").order_by(Event.id.desc())) == "foreseen"
    for someone, said, error in ((county, "没有的事", Refused), (walk.actor("x222401"), what, NotVisible), (who, what, Denied)):
        with pytest.raises(error):
            remind(someone, base().id, said)


def test_what_shows_no_sign_is_only_counted(clock):
    """Who will miss a day: overdue, near and not begun, or late before; the others are a number."""
    clock.set("2026-04-02 09:00")
    tick(walk.clock.today())
    early = foresee(manager())
    clock.set("2026-04-15 09:00")
    tick(walk.clock.today())
    near = foresee(manager())
    assert all("还没有" in line.ahead.why for line in near.deadlines) and any("只剩 5 天" in line.ahead.why for line in near.deadlines)
    quarter = "2026年第一季度季报"
    assert early.in_time > 0 and not any(line.ahead.what == quarter for line in early.deadlines)
    assert near.in_time < early.in_time and any(line.ahead.what == quarter for line in near.deadlines)


@pytest.mark.parametrize("both_db", ["sqlite"], indirect=True)
def test_pages(recognised, clock):
    someone = signed_in(recognised, "shengg")
    page = someone.get("/rehearsal?key=base:jobs&value=200&from_on=2025-07-01")
    assert "达标变为不达标" in page.text and NAMES[1][:4] in page.text
    assert someone.get("/rehearsal?key=base:jobs&value=x&from_on=2025-07-01").status_code == 422
    clock.set("2029-11-01 09:00")
    county = signed_in(recognised, "x220104")
    page = county.get("/ahead")
    assert "有效期到2029年12月31日" in page.text and county.get("/rehearsal").status_code == 403
