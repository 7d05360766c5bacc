"""第十三条: base information is kept current by the operator, protected fields by their procedure; checked once a year."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from incubator.bases import profile as register
from incubator.bases.models import Base, BaseChange
from incubator.bases.queries import marks
from incubator.changes import profiles
from incubator.changes.profile_models import ProfileCheck
from incubator.kernel.database import db, transaction
from incubator.kernel.errors import Conflict, Denied, Invalid, Refused
from incubator.kernel.ledger import Event
from incubator.obligations.models import Obligation
from incubator.policy.fields.profile import PROFILE
from tests.rosters import steps

ALL = dict.fromkeys(("profile", "contact", "premises", "team"), "same")


@pytest.fixture(autouse=True)
def _inside(app, clock):
    with app.app_context():
        yield


@pytest.fixture
def base():
    base_id, admin = steps.filed()
    return db.session.get(Base, base_id), admin


def edit(base, admin, **typed):
    return profiles.edit_profile(admin, typed, seen_version=db.session.get(Base, base.id, populate_existing=True).version)


def test_each_edit_is_a_version_and_stands_in_the_register(base):
    row, admin = base
    phone = row.contact_phone
    assert edit(row, admin, contact_name="刘新", contact_phone="13900001234") == ["contact_name", "contact_phone"]
    assert edit(row, admin, lease_end="2032-12-31", property_kind="leased") != []
    assert edit(row, admin, contact_name="刘新") == []
    row = db.session.get(Base, row.id, populate_existing=True)
    assert (row.contact_name, register.values_of(row)["lease_end"]) == ("刘新", date(2032, 12, 31))
    kept = register.versions(row.id)
    assert [r.kind for r, _ in kept] == ["edited", "edited", "filed"] and kept[2][1]["contact_phone"] == phone
    assert "13900001234" not in "".join(db.session.scalars(select(BaseChange.content)))
    assert db.session.scalars(select(Event.kind).where(Event.kind.startswith("profile_"))).all() == ["profile_edited"] * 2
    for statement in ("UPDATE base_change SET content = '{}'", "DELETE FROM base_change"):
        with pytest.raises(DBAPIError, match="append-only"), transaction():
            db.session.execute(text(statement))
        db.session.rollback()


def test_protected_fields_name_the_procedure_that_changes_them(base):
    row, admin = base
    for name, words, article in (("base_name", "变更申请", "18"), ("investor_name", "变更申请", "18"),
                                 ("operator_name", "变更申请", "18"), ("address", "重大事项报告", "13")):
        with pytest.raises(Refused) as refused:
            edit(row, admin, **{name: "另一个"})
        assert words in refused.value.way_out and refused.value.article == article
    assert edit(row, admin, base_name=row.name, contact_name="刘新") == ["contact_name"]


def test_areas_grow_but_do_not_fall_far_not_even_in_small_steps(base):
    row, admin = base
    total, incub, public = row.area_total, row.area_incub, row.area_public
    assert edit(row, admin, area_total=str(total + 500)) == ["area_total"]
    assert edit(row, admin, area_total=str(total)) == ["area_total"]
    with pytest.raises(Invalid) as wrong:
        edit(row, admin, area_incub=str(incub * Decimal("0.79")))
    assert wrong.value.problems[0].field == "area_incub" and "重大事项报告" in wrong.value.problems[0].way_out
    assert register.reviewed_areas(row) == {"area_total": total, "area_incub": incub, "area_public": public}


def test_the_second_of_two_is_told_and_others_may_not(base):
    row, admin = base
    seen = row.version
    edit(row, admin, contact_name="刘新")
    with pytest.raises(Conflict):
        profiles.edit_profile(admin, {"contact_name": "旧页"}, seen_version=seen)
    with pytest.raises(Denied):
        profiles.edit_profile(steps.county(), {"contact_name": "县里"}, seen_version=seen)


# once a year ------------------------------------------------------------------------------------


def test_the_yearly_check_is_owed_told_and_fulfilled(base, clock):
    row, admin = base
    clock.set("2026-12-31 09:00")
    assert profiles.open_checks(date(2026, 12, 31)) == 0
    clock.set("2027-01-01 09:00")
    assert (profiles.open_checks(date(2027, 1, 1)), profiles.open_checks(date(2027, 1, 2))) == (1, 0)
    owed = db.session.scalar(select(Obligation).where(Obligation.kind == "profile_check"))
    assert (owed.base_id, owed.due_on, owed.title) == (row.id, date(2027, 3, 31), "核对2027年基本信息")
    with pytest.raises(Refused, match="还没有选"):
        profiles.confirm(admin, 2027, {})
    with pytest.raises(Refused):
        profiles.confirm(admin, 2026, ALL)
    assert not profiles.confirm(admin, 2027, {"contact": "changed"})
    assert profiles.confirm(admin, 2027, {k: v for k, v in ALL.items() if k != "contact"})
    db.session.refresh(owed)
    assert owed.fulfilled_at is not None and owed.fulfilled_by_person == admin.person_id
    assert profiles.open_checks(date(2027, 1, 3)) == 0
    assert {r.part: r.answer for r in db.session.scalars(select(ProfileCheck))}["contact"] == "changed"


def test_what_nobody_confirmed_for_a_year_is_marked(base, clock):
    row, admin = base
    clock.set("2027-06-01 09:00")
    assert marks(row) == []
    clock.set("2027-06-02 09:00")
    assert marks(row) == ["待核对：基本情况、联系方式、场地和租赁期、服务团队和辅导员，超过 12 个月没有确认"]
    profiles.confirm(admin, 2027, {"contact": "same"})
    assert "联系方式" not in marks(row)[0]


def test_the_form_has_nothing_that_is_protected():
    assert not {"base_name", "investor_name", "operator_name", "address", "operator_uscc"} & {f.name for f in PROFILE.fields}
