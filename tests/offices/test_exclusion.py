"""Which roles one person never holds together: the command and the database say the same (domain §2.1, R-2.5, R-2.6)."""

import itertools

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from incubator.kernel.database import db
from incubator.kernel.errors import Denied, Refused
from incubator.offices import commands as offices
from tests import walk

# numbers and last column of the table of domain §2.1, read by hand
NUMBER = {
    "base_admin": 2, "base_clerk": 3, "base_former": 4, "county_clerk": 5, "county_lead": 6, "city_clerk": 7,
    "city_lead": 7, "prov_clerk": 8, "prov_lead": 9, "prov_manager": 10, "site_team": 11, "expert": 12,
    "sys_admin": 13, "sec_admin": 14, "auditor": 15,
}
NEVER_WITH = {
    2: {*range(5, 16)}, 3: {*range(5, 16)}, 4: {*range(5, 16)},
    5: {2, 3, 4, 8, 9, 10, 12, 13, 14, 15}, 6: {2, 3, 4, 8, 9, 10, 12, 13, 14, 15}, 7: {2, 3, 4, 8, 9, 10, 12, 13, 14, 15},
    8: {*range(2, 8), *range(12, 16)}, 9: {*range(2, 8), *range(12, 16)}, 10: {*range(2, 8), *range(12, 16)},
    11: {2, 3, 4, 13, 14, 15}, 12: {*range(2, 11), 13, 14, 15},
    13: {*range(2, 13), 14, 15}, 14: {*range(2, 14), 15}, 15: {*range(2, 15)},
}
MERGED = "220581"  # one office for both local stations, so that tiers alone refuse nothing here


def _place(role: str, base_id: int) -> dict:
    number = NUMBER[role]
    if number <= 4:
        return {"base_id": base_id}
    if number <= 7:
        return {"office_id": walk.office_id(MERGED)}
    return {"office_id": walk.office_id("220000")} if number <= 10 else {}


def test_every_pair_by_the_command_and_by_the_database(app, clock):
    with app.app_context():
        base, _ = walk.open_account(walk.Unit("长春互斥创业孵化基地", "220104", 17))
        pairs = list(itertools.permutations(NUMBER, 2))
        for n, (held, wanted) in enumerate(pairs):
            clash = NUMBER[wanted] in NEVER_WITH[NUMBER[held]]
            someone = walk.person(f"ren{n}", "某人")
            offices.add_membership(walk.SEED, someone.id, held, **_place(held, base.id))
            if clash:
                with pytest.raises(Refused) as refused:
                    offices.add_membership(walk.SEED, someone.id, wanted, **_place(wanted, base.id))
                assert (refused.value.article, "不能和" in refused.value.reason) == ("3", True), (held, wanted)
            assert _database_refuses(someone.id, wanted, _place(wanted, base.id)) is clash, (held, wanted)
        assert len(pairs) == 210


def _database_refuses(person_id: int, role: str, place: dict) -> bool:
    values = {"person_id": person_id, "role": role, "office_id": place.get("office_id"), "base_id": place.get("base_id")}
    try:
        db.session.execute(text(
            "INSERT INTO membership (person_id, role, office_id, base_id, from_on)"
            " VALUES (:person_id, :role, :office_id, :base_id, '2026-06-01')"), values)
    except DBAPIError as fault:
        if "exclude one another" not in str(fault):
            raise
        return True
    finally:
        db.session.rollback()
    return False


@pytest.mark.parametrize("change", [
    "UPDATE membership SET role = 'auditor' WHERE role = 'site_team'",
    "UPDATE membership SET to_on = NULL WHERE to_on IS NOT NULL",
    "UPDATE membership SET person_id = (SELECT id FROM person WHERE login = 'ren1') WHERE role = 'sec_admin'",
])
def test_the_database_refuses_a_change_that_brings_two_together(change, app, clock):
    """By raw SQL too: changing a role, reopening an ended one, handing one over."""
    with app.app_context():
        walk.person("ren1", "甲", ("prov_lead", "220000"), ("site_team", None))
        walk.person("ren2", "乙", ("sec_admin", None))
        ended = offices.add_membership(walk.SEED, walk.person("ren3", "丙").id, "expert")
        offices.end_membership(walk.SEED, ended)
        offices.add_membership(walk.SEED, ended.person_id, "prov_clerk", office_id=walk.office_id("220000"))
        with pytest.raises(DBAPIError, match="exclude one another"):
            db.session.execute(text(change))
        db.session.rollback()
        db.session.execute(text("UPDATE membership SET role = 'prov_clerk' WHERE role = 'prov_lead'"))  # a twin that may


def test_nobody_can_hold_the_roles_of_nobody(app, clock):
    """`public` and `service` are no memberships: the table itself refuses them."""
    with app.app_context():
        someone = walk.person("ren1", "甲")
        for role in ("public", "service", "root"):
            with pytest.raises(DBAPIError):
                db.session.execute(text("INSERT INTO membership (person_id, role, from_on) VALUES (:p, :r, '2026-06-01')"),
                                   {"p": someone.id, "r": role})
            db.session.rollback()


# one tier, one office ----------------------------------------------------------------------


def test_county_and_city_in_one_hand_only_where_one_office_holds_both(app, clock):
    with app.app_context():
        merged = walk.person("ren1", "甲", ("county_lead", "220581"), ("city_lead", "220581"))
        assert {m.role for m in walk.sessions.memberships_of(merged.id)} == {"county_lead", "city_lead"}
        someone = walk.person("ren2", "乙", ("county_clerk", "220104"))
        for role, office, reason in (
            ("city_clerk", "220100", "一个人只能在一个县或市的工信部门任职"),
            ("county_clerk", "220102", "一个人只能在一个县或市的工信部门任职"),
            ("city_clerk", "220104", "县级和市级的角色不能由同一个人担任"),
        ):
            with pytest.raises(Refused) as refused:
                offices.add_membership(walk.SEED, someone.id, role, office_id=walk.office_id(office))
            assert (refused.value.article, refused.value.reason) == ("3", reason)
        offices.add_membership(walk.SEED, someone.id, "county_lead", office_id=walk.office_id("220104"))  # the same office


# who grants ------------------------------------------------------------------------------------------


def test_only_the_security_administrator_grants_and_withdraws(app, clock):
    with app.app_context():
        walk.province()
        for login, role in (("xtgl", "sys_admin"), ("aqgl", "sec_admin"), ("sjy", "auditor")):
            walk.person(login, login, (role, None))
        fresh = walk.person("ren1", "甲")
        office = walk.office_id("220000")
        for login in ("xtgl", "sjy", "sheng1", "shengf", "shengg"):
            with pytest.raises(Denied):
                offices.grant_role(walk.actor(login), fresh.id, "prov_clerk", office_id=office)
        held = offices.grant_role(walk.actor("aqgl"), fresh.id, "prov_clerk", office_id=office)
        for login in ("xtgl", "sjy", "shengg"):
            with pytest.raises(Denied):
                offices.withdraw_role(walk.actor(login), held.id)
        offices.withdraw_role(walk.actor("aqgl"), held.id)
        assert walk.sessions.memberships_of(fresh.id) == []
        with pytest.raises(Refused, match="已经收回"):
            offices.withdraw_role(walk.actor("aqgl"), held.id)


def test_the_security_administrator_neither_serves_himself_nor_the_bases(app, clock):
    with app.app_context():
        guard = walk.person("aqgl", "安全管理员", ("sec_admin", None))
        _, admin = walk.open_account(walk.Unit("长春授权创业孵化基地", "220104", 17))
        with pytest.raises(Refused) as refused:
            offices.grant_role(walk.actor("aqgl"), guard.id, "sec_admin")
        assert (refused.value.article, refused.value.reason) == ("3", "不能给自己授权")
        for role in ("base_admin", "base_clerk", "service", "public"):
            with pytest.raises(Refused, match="不在这里授予"):
                offices.grant_role(walk.actor("aqgl"), walk.person("ren1", "甲").id, role)
        with pytest.raises(Refused, match="不存在或已经收回"):
            offices.withdraw_role(walk.actor("aqgl"), admin.membership_id)
