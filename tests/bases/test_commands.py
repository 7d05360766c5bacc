"""The register: births, names, accounts, spans and the copies for lists."""

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from incubator.bases import commands
from incubator.bases.facts import standing_of
from incubator.bases.models import Base, NameSpan
from incubator.kernel import access, ledger
from incubator.kernel.database import db, transaction
from incubator.kernel.ledger import Event
from tests import walk
from tests.filings import steps


@pytest.fixture(autouse=True)
def _inside(app, clock):
    with app.app_context():
        yield


def twin_of(base, **changes) -> Base:
    values = {c.name: getattr(base, c.name) for c in Base.__table__.columns if c.name not in ("id", "filing_no")}
    return Base(**{**values, "code": "jd999999001", "site_key": "x", "name_key": "x", **changes})


@pytest.mark.parametrize("clash", ["name_key", "site_key", "code"])
def test_the_indexes_say_what_the_rules_say(clash):
    base, _ = walk.open_account(steps.unit())
    with pytest.raises(IntegrityError), transaction():
        db.session.add(twin_of(base, **{clash: getattr(base, clash)}))
    with transaction():
        db.session.add(twin_of(base))


def test_a_closed_base_gives_its_name_and_site_free():
    base, _ = walk.open_account(steps.unit())
    keys = {"name_key": base.name_key, "site_key": base.site_key}
    with pytest.raises(IntegrityError), transaction():
        db.session.add(twin_of(base, **keys, account_open=False))
    with transaction():
        db.session.add(twin_of(base, **keys, account_open=False, closed_at=base.created_at))


@pytest.mark.parametrize("same", ["长春青禾101创业孵化基地 ", "长春青禾１０１创业孵化基地", "长春 青禾101创业孵化基地"])
def test_names_are_compared_without_spaces_and_width(same):
    walk.open_account(steps.unit())
    with pytest.raises(commands.Refused) as refused:
        commands.refuse_taken_name(same)
    assert refused.value.article == "19"
    commands.refuse_taken_name("长春青禾102创业孵化基地")


def test_sites_are_compared_without_punctuation():
    base, _ = walk.open_account(steps.unit())
    with pytest.raises(commands.Refused) as refused:
        commands.refuse_double_account(base.operator_uscc, "示例街，101号")
    assert refused.value.article == "7(1)" and base.name in refused.value.reason
    commands.refuse_double_account(base.operator_uscc, "示例街 102 号")
    commands.refuse_double_account(walk.uscc(555), "示例街，101号")


def test_a_changed_name_closes_one_span_and_opens_the_next(clock):
    case, admin = steps.approved()
    clock.set("2026-06-20 09:00")
    walk.act(case, "reopen", steps.city(), text=steps.REASON)
    walk.act(case, "return", steps.county(), text=steps.REASON, remarks=[steps.REMARK])
    steps.resubmit(case, admin, base_name="长春青苗创业孵化基地")
    case = walk.act(case, "approve", steps.county())
    spans = list(db.session.scalars(select(NameSpan).order_by(NameSpan.id)))
    assert [(s.name, s.from_on, s.to_on) for s in spans] == [
        ("长春青禾101创业孵化基地", date(2026, 6, 1), date(2026, 6, 20)),
        ("长春青苗创业孵化基地", date(2026, 6, 20), None),
    ]
    base = db.session.get(Base, case.base_id)
    assert (base.name, case.subject, base.filed_on) == ("长春青苗创业孵化基地", "长春青苗创业孵化基地", date(2026, 6, 1))


def test_the_life_of_a_base_is_on_its_chain():
    case, admin = steps.approved()
    walk.act(case, "cancel", admin, text="场地到期不再续租，注销备案")
    kinds = list(db.session.scalars(
        select(Event.kind).where(Event.chain_id == f"base:{case.base_id}").order_by(Event.seq)))
    assert kinds == ["base_opened", "base_filed", "base_closed"]
    assert ledger.verify().faults == []


def test_standing_follows_the_day_of_its_facts():
    case, _ = steps.approved()
    base = db.session.get(Base, case.base_id)
    on = {day: standing_of(base, day).state for day in (date(2026, 5, 31), date(2026, 6, 1), date(2030, 1, 1))}
    assert on == {date(2026, 5, 31): "account", date(2026, 6, 1): "filed", date(2030, 1, 1): "filed"}


def test_who_sees_which_base():
    here, admin = walk.open_account(steps.unit())
    there, _ = walk.open_account(steps.unit(102, "220202"))
    mei, _ = walk.open_account(steps.unit(103, "220581"))
    walk.person("tonghua", "通化经办", ("city_clerk", "220500"))
    seen = {
        name: set(db.session.scalars(access.visible(who, Base, Base.id)))
        for name, who in {
            "county": steps.county(), "city": steps.city(), "base": admin, "province": walk.province()["clerk"],
            "tonghua": walk.actor("tonghua"), "meihekou": steps.county("220581"), "public": access.PUBLIC,
        }.items()
    }
    assert seen == {
        "county": {here.id}, "city": {here.id}, "base": {here.id}, "province": {here.id, there.id, mei.id},
        "tonghua": set(), "meihekou": {mei.id}, "public": set(),
    }
