"""advance(): who, when, on which version; and the database that says the same by its keys (reliability §3.2)."""

from unittest import mock

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from incubator.kernel import access, registry, workflow
from incubator.kernel.database import db, transaction
from incubator.kernel.errors import Conflict, Denied, NotVisible, Refused
from incubator.kernel.ledger import Event
from incubator.kernel.workflow import Case, Given, Opinion
from tests import walk
from tests.filings import steps
from tests.filings.steps import REASON


@pytest.fixture(autouse=True)
def _inside(app, clock):
    with app.app_context():
        yield


@pytest.fixture
def case():
    return steps.submitted()[0]


def shell():
    """A transaction beside the session's, which on SQLite must let go of its lock."""
    db.session.commit()
    return db.engine.begin()


# the order of questions -------------------------------------------------------------------


def test_an_outcome_that_the_table_does_not_offer(case):
    for outcome in ("fly", "cancel", "open"):
        with pytest.raises(Refused) as refused:
            workflow.advance(case.id, outcome, steps.county(), seen_version=case.version)
        assert refused.value.article == "7(1)" and "县审这一环节没有这一步" in refused.value.reason
        assert refused.value.way_out
    assert steps.fresh(case).version == case.version


def test_a_stale_version_says_who_acted_and_writes_nothing(case, db_digest, app):
    workflow.record(case, "visit_registered", steps.county(), {})
    db.session.commit()
    before = db_digest(app)
    for seen in (case.version - 1, case.version + 1, 0):
        with pytest.raises(Conflict) as conflict:
            workflow.advance(case.id, "approve", steps.county(), seen_version=seen)
        assert conflict.value.status == 409 and "现在是“县审”" in conflict.value.message
        assert "没有写入案卷" in conflict.value.message
    assert db_digest(app) == before
    assert workflow.advance(case.id, "approve", steps.county(), seen_version=case.version).state == "approved"


def test_out_of_sight_is_404_and_another_tier_is_403(case):
    with pytest.raises(NotVisible):
        workflow.advance(case.id, "approve", walk.actor(*walk.staff("220102").county), seen_version=case.version)
    for who in (steps.city(), walk.province()["lead"]):
        with pytest.raises(Denied):
            workflow.advance(case.id, "approve", who, seen_version=case.version)
    assert workflow.actions(case, steps.city()) == []


def test_the_clerk_is_not_offered_what_is_the_leads(case):
    offered = {a.step.outcome for a in workflow.actions(case, steps.county())}
    assert offered == {"approve", "return"}
    assert {a.step.outcome for a in workflow.actions(case, steps.lead())} == {"approve", "return", "refuse"}


def test_the_grey_button_and_the_refusal_are_one(case):
    lack = registry.Lack("5(2)", "还差一张平面图", "去上传", "/x")
    step = case.procedure.step("county_review", "approve")
    with mock.patch.object(registry, "lacks", lambda names, c: [lack] if names == step.needs else []):
        action = next(a for a in workflow.actions(case, steps.county()) if a.step == step)
        assert not action.enabled and action.lacks == (lack,)
        with pytest.raises(Refused) as refused:
            workflow.advance(case.id, "approve", steps.county(), seen_version=case.version)
    assert (refused.value.article, refused.value.reason, refused.value.way_out) == ("5(2)", "还差一张平面图", "去上传")
    assert workflow.advance(case.id, "approve", steps.county(), seen_version=case.version).state == "approved"


def test_what_a_step_writes(case):
    seq = case.seq
    moved = workflow.advance(
        case.id, "approve", steps.county(), seen_version=case.version, given=Given(text="材料齐全", lead_name="赵")
    )
    assert (moved.seq, moved.state) == (seq + 1, "approved") and moved.ended_at is not None
    event = steps.one(select(Event).where(Event.case_id == case.id, Event.seq == moved.seq))
    opinion = steps.one(select(Opinion).where(Opinion.case_id == case.id, Opinion.seq == moved.seq))
    assert (event.from_state, event.to_state, event.prev_seq) == ("county_review", "approved", seq)
    assert (opinion.text, opinion.lead_name, opinion.office_name, opinion.round) == ("材料齐全", "赵", "朝阳区工信局", 1)
    assert event.facts["facts"]["opinion"] == opinion.id


def test_an_effect_that_fails_takes_the_step_back(case, db_digest, app):
    before = db_digest(app)
    with mock.patch.object(registry, "run_effects", side_effect=RuntimeError("broken")), pytest.raises(RuntimeError):
        workflow.advance(case.id, "approve", steps.county(), seen_version=case.version)
    assert db_digest(app) == before


# four eyes (R-2.1, T45) -------------------------------------------------------------------


def application(region: str, number: int) -> Case:
    """A recognition case at the county's station; its evidence is other tests' matter and left out here."""
    told = walk.Unit(f"四眼{number}创业孵化基地", region, number)
    base, admin = walk.filed_base(told)
    with mock.patch.object(registry, "lacks", return_value=[]):
        with transaction():
            opened = workflow.open_case(
                "recognition", admin, region_id=base.region_id, subject=base.name, base_id=base.id
            )
        return workflow.advance(opened.id, "submit", admin, seen_version=1)


def zones() -> list[str]:
    """梅河口, a 长白山 zone, and a functional zone whose city office holds both stations."""
    found = db.session.execute(
        select(access.Region.code, access.Region.level)
        .join(access.Route, access.Route.region_id == access.Region.id)
        .where(access.Route.county_office_id == access.Route.city_office_id).order_by(access.Region.code)
    ).all()
    codes = {code for code, _ in found}
    zone = next(code for code, level in found if level == "functional_zone")
    changbai = next(code for code in sorted(codes) if code.startswith("JL-CBS"))
    assert "220581" in codes
    return ["220581", changbai, zone]


def test_t45_one_person_never_takes_two_stations_in_a_row():
    for number, region in enumerate(zones(), 301):
        case = application(region, number)
        local = walk.staff(region)
        a_county, b_city = walk.actor(*local.county), walk.actor(*local.city)
        a_city = walk.actor(local.county[0], "city_lead")
        assert a_county.office_id == b_city.office_id and a_county.person_id == a_city.person_id
        with mock.patch.object(registry, "lacks", return_value=[]):
            case = workflow.advance(case.id, "recommend", a_county, seen_version=case.version, given=Given(text=REASON))
            for outcome in ("forward", "return_county", "not_forward"):
                with pytest.raises(Refused) as refused:
                    workflow.advance(
                        case.id, outcome, a_city, seen_version=case.version, given=Given(text=REASON)
                    )
                assert refused.value.article == "7(4)"
                assert "须由另一个人办理" in refused.value.reason
            case = workflow.advance(case.id, "forward", b_city, seen_version=case.version)
        assert case.office.is_province, "never by way of 通化市"
        last = steps.one(select(Opinion).where(Opinion.case_id == case.id).order_by(Opinion.id.desc()).limit(1))
        assert last.prev_person_id == a_county.person_id


def onward(case: Case, *moves) -> Case:
    """Each move is an outcome and who takes it; evidence is left out."""
    with mock.patch.object(registry, "lacks", return_value=[]):
        for outcome, who in moves:
            case = workflow.advance(case.id, outcome, who, seen_version=case.version, given=Given(text=REASON))
    return case


def refused_to(case: Case, who, *outcomes: str) -> None:
    before = case.version
    for outcome in outcomes:
        with pytest.raises(Refused) as refused:
            onward(case, (outcome, who))
        assert "须由另一个人办理" in refused.value.reason and refused.value.way_out
    assert steps.fresh(case).version == before


@pytest.mark.parametrize("place", range(3), ids=["meihekou", "changbaishan", "zone"])
def test_t45_holds_for_what_the_province_sends_back(place):
    """The two local stations stay two persons' after a return from above and after an objection that was upheld."""
    region = zones()[place]
    case, local, prov = application(region, 320 + place), walk.staff(region), walk.province()
    a_county, b_city = walk.actor(*local.county), walk.actor(*local.city)
    a_city, b_county = walk.actor(local.county[0], "city_lead"), walk.actor(local.city[0], "county_lead")
    lead, clerk = prov["lead"], prov["clerk"]
    case = onward(case, ("recommend", a_county), ("forward", b_city), ("return_city", clerk))
    assert case.state == "city_review"
    refused_to(case, a_city, "forward", "return_county", "not_forward")
    case = onward(case, ("forward", b_city), ("accept", clerk), ("conclude", clerk), ("pass", clerk), ("publish", clerk),
                  ("notice_ended", access.service("test")), ("back_to_city", lead))
    assert case.state == "city_review"
    refused_to(case, a_city, "forward", "return_county", "not_forward")
    case = onward(case, ("return_county", b_city))
    refused_to(case, b_county, "recommend", "not_recommend")
    case = onward(case, ("recommend", a_county), ("forward", b_city))
    assert case.state == "prov_acceptance"


def test_whoever_proposed_a_revocation_does_not_pass_it_on_at_the_city():
    """R-2.1, A16-2: what the county opens at the city's station comes from the county's person."""
    base, _ = walk.filed_base(walk.Unit("四眼撤销创业孵化基地", "220581", 330))
    local = walk.staff("220581")
    proposer = walk.actor(*local.county_lead)
    with mock.patch.object(registry, "lacks", return_value=[]), transaction():
        case = workflow.open_case("revocation", proposer, region_id=base.region_id, subject=base.name, base_id=base.id,
                                  outcome="propose")
    twin, other = walk.actor(local.county_lead[0], "city_lead"), walk.actor(local.city[0], "city_lead")
    assert twin.person_id == proposer.person_id != other.person_id
    refused_to(case, twin, "forward", "return_county")
    assert onward(case, ("forward", other)).state == "prov_review"
    last = steps.one(select(Opinion).where(Opinion.case_id == case.id))
    assert last.prev_person_id == proposer.person_id


def test_four_eyes_in_the_database_too():
    case = application("220581", 310)
    local = walk.staff("220581")
    with mock.patch.object(registry, "lacks", return_value=[]):
        workflow.advance(case.id, "recommend", walk.actor(*local.county), seen_version=case.version, given=Given(text=REASON))
    person = walk.actor(*local.county).person_id
    row = (
        "INSERT INTO opinion (case_id, station, round, outcome, seq, person_id, prev_person_id, person_name,"
        " office_name, by_office, lead_name, text, remarks, doc_no, at)"
        " VALUES (:case, 'city_review', :round, 'forward', 9, :person, :previous, '', '', TRUE, '', '', '[]', '',"
        " '2026-06-01 01:00:00')"
    )
    with pytest.raises(IntegrityError), shell() as connection:
        connection.execute(text(row), {"case": case.id, "round": 1, "person": person, "previous": person})
    other = walk.actor(*local.city).person_id
    with shell() as connection:
        connection.execute(text(row), {"case": case.id, "round": 1, "person": other, "previous": person})


# the keys of the database -------------------------------------------------------------------

EVENT = """INSERT INTO event (chain_id, seq, prev_seq, prev_hash, case_id, case_kind, kind, from_state, to_state, body,
 body_hash, mac, alg, key_id, occurred_at) VALUES (:chain, :seq, :prev, :hash, :case, :kind, 'raw', :a, :b, '{}',
 'x', 'x', 'x', 'x', '2026-06-01 01:00:00')"""
MOVE = "UPDATE case_ SET state = :b, seq = :seq WHERE id = :case"
LAWFUL = {"a": "county_review", "b": "approved", "kind": "filing", "steps": 1}


def by_hand(case, *, event=True, move=True, **changes) -> None:
    """What somebody with a database shell writes, in one transaction."""
    raw = {**LAWFUL, **changes}
    seq = case.seq + raw.pop("steps")
    values = {"chain": f"case:{case.id}", "seq": seq, "prev": seq - 1, "hash": "raw", "case": case.id, **raw}
    with shell() as connection:
        if event:
            connection.execute(text(EVENT), values)
        if move:
            connection.execute(text(MOVE), {"b": values["b"], "seq": seq, "case": case.id})


@pytest.mark.parametrize("attempt", [
    pytest.param({"event": False, "steps": 0}, id="a raw change of state"),
    pytest.param({"event": False}, id="state and number without an event"),
    pytest.param({"b": "draft"}, id="an illegal pair"),
    pytest.param({"b": "flying"}, id="a state that does not exist"),
    pytest.param({"a": "correction"}, id="a lying from"),
    pytest.param({"steps": 2}, id="a skipped number"),
    pytest.param({"prev": None}, id="no number before"),
    pytest.param({"kind": "recognition"}, id="another kind"),
    pytest.param({"kind": None}, id="no kind"),
    pytest.param({"a": None}, id="no from"),
    pytest.param({"steps": 0}, id="a number taken"),
])
def test_an_unlawful_step_is_refused_by_raw_sql(case, attempt):
    with pytest.raises(IntegrityError):
        by_hand(case, **attempt)
    assert steps.fresh(case).state == "county_review"
    by_hand(case)  # the lawful twin
    assert steps.fresh(case).state == "approved"


def test_going_back_to_an_earlier_event_is_refused(case):
    with pytest.raises(IntegrityError), shell() as connection:
        connection.execute(text(MOVE), {"b": "draft", "seq": case.seq - 1, "case": case.id})
    with pytest.raises(IntegrityError), shell() as connection:
        connection.execute(text("UPDATE case_ SET kind = 'recognition' WHERE id = :i"), {"i": case.id})


def test_one_running_case_of_a_kind_per_base(case):
    row = {c.name: getattr(case, c.name) for c in Case.__table__.columns if c.name != "id"}
    with pytest.raises(IntegrityError), transaction():
        db.session.add(Case(**{**row, "number": "2026-0099"}))
