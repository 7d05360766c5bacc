"""Persons, their roles and their memberships: who may act, from which day to which (domain §2.1)."""

from collections.abc import Collection
from datetime import date, timedelta

from sqlalchemy import select

from incubator.kernel import access, clock, ledger, registry, security
from incubator.kernel.database import db, transaction
from incubator.kernel.errors import Refused
from incubator.kernel.parameters import whole
from incubator.offices import sessions
from incubator.offices.models import Membership, Person, held_roles
from incubator.policy.permissions import ROLES, excluded


def add_person(actor, *, login: str, name: str, phone: str = "", password: str | None = None, must_change=True) -> Person:
    """A person without any right yet; the one-time password is returned on the row as `slip`."""
    with transaction():
        if db.session.scalar(select(Person.id).where(Person.login == login)):
            raise Refused("3", f"登录名 {login} 已经有人用了", "换一个登录名", field="login")
        slip = password or security.one_time_password()
        now = clock.now()
        person = Person(
            login=login, name=name, phone=phone or None, phone_index=security.vault().blind(phone) if phone else None,
            password_hash=security.vault().hash_password(slip), password_at=now, created_at=now,
            must_change_by=now + timedelta(days=whole("slip_days", clock.today())) if must_change else None,
        )
        db.session.add(person)
        db.session.flush()
        ledger.append("system", "person_added", actor, {"person": person.id})
        person.slip = slip
        return person


def give_person(actor, *, login: str, name: str) -> Person:
    """The system administrator opens a person (R-2.6); roles are the security administrator's."""
    access.require(actor, "people.manage")
    return add_person(actor, login=login, name=name)


def reissue_password(actor, person_id: int) -> tuple[Person, str]:
    """A new one-time password; the old one and all sessions end (A7-1c)."""
    with transaction():
        person = db.session.get(Person, person_id)
        slip = security.one_time_password()
        person.password_hash = security.vault().hash_password(slip)
        person.must_change_by = clock.now() + timedelta(days=whole("slip_days", clock.today()))
        sessions.end_all(person.id)
        ledger.append("system", "password_reissued", actor, {"person": person.id})
        return person, slip


def disable_person(actor, person_id: int) -> None:
    """The person may do nothing from the next request on; what the person did stays (P16, R-2.2)."""
    access.require(actor, "people.manage")
    with transaction():
        person = db.session.get(Person, person_id)
        if person is None or person.disabled_at is not None:
            raise Refused("3", "这个人不存在或已经停用", "回到人员名单核对")
        person.disabled_at = clock.now()
        sessions.end_all(person.id)
        registry.left(person.id, None)
        ledger.append("system", "person_disabled", actor, {"person": person.id})


def enable_person(actor, person_id: int) -> None:
    access.require(actor, "people.manage")
    with transaction():
        person = db.session.get(Person, person_id)
        if person is None or person.disabled_at is None:
            raise Refused("3", "这个人不存在或没有停用", "回到人员名单核对")
        person.disabled_at = None
        ledger.append("system", "person_enabled", actor, {"person": person.id})


# a base's people are the business of the province and of the base itself (A7-1), not of the security administrator
_NOT_GRANTED = ("public", "base", "service")


def grant_role(actor, person_id: int, role: str, *, office_id: int | None = None) -> Membership:
    """The security administrator grants a staff role (second person; R-2.5, R-2.6)."""
    access.require(actor, "role.grant")
    if ROLES[role].tier in _NOT_GRANTED:
        raise Refused("3", f"{ROLES[role].label}不在这里授予", "基地的账号由省工信厅派发，填报人由基地自己添加")
    if actor.person_id == person_id:
        raise Refused("3", "不能给自己授权", "由另一位安全管理员办理")
    return add_membership(actor, person_id, role, office_id=office_id)


def add_membership(actor, person_id: int, role: str, *, office_id=None, base_id=None) -> Membership:
    """A membership from today on, refused where roles exclude one another or tiers mix."""
    with transaction():
        db.session.execute(select(Person.id).where(Person.id == person_id).with_for_update())  # one role after another
        _refuse_double_role(person_id, role, office_id, base_id)
        held = set(db.session.scalars(held_roles(person_id)))
        clash = excluded(role, held)
        if clash:
            names = "、".join(ROLES[r].label for r in sorted(clash))
            raise Refused("3", f"{ROLES[role].label}不能和{names}由同一个人担任", "先收回原来的角色，或换一个人")
        _one_tier(person_id, role, office_id)
        membership = Membership(
            person_id=person_id, role=role, office_id=office_id, base_id=base_id, from_on=clock.today(),
            granted_by=actor.person_id,
        )
        db.session.add(membership)
        db.session.flush()
        sessions.end_all(person_id)
        ledger.append(
            "system", "role_granted", actor,
            {"person": person_id, "role": role, "office": office_id, "base": base_id, "membership": membership.id},
        )
        return membership


def _refuse_double_role(person_id: int, role: str, office_id: int | None, base_id: int | None) -> None:
    twin = select(Membership.id).where(
        Membership.person_id == person_id, Membership.role == role, Membership.office_id == office_id,
        Membership.base_id == base_id, Membership.to_on.is_(None),
    )
    if db.session.scalar(twin.limit(1)) is not None:
        raise Refused("3", f"已经是{ROLES[role].label}，不用再授予", "回到现有角色核对", field="role")


def _one_tier(person_id: int, role: str, office_id: int | None) -> None:
    """R-2.5: one tier only; county and city both only where one office holds both stations."""
    tier = ROLES[role].tier
    if tier not in ("county", "city"):
        return
    others = db.session.scalars(
        select(Membership).where(Membership.person_id == person_id, Membership.to_on.is_(None))
    )
    for other in others:
        other_tier = ROLES[other.role].tier
        if other_tier not in ("county", "city"):
            continue
        if other.office_id != office_id:
            raise Refused("3", "一个人只能在一个县或市的工信部门任职", "先收回原来的角色")
        both = select(access.Route.id).where(
            access.Route.to_on.is_(None), access.Route.county_office_id == office_id,
            access.Route.city_office_id == office_id,
        )
        if other_tier != tier and db.session.scalar(both.limit(1)) is None:
            raise Refused("3", "县级和市级的角色不能由同一个人担任", "只有县市两级合一的机构可以")


def withdraw_role(actor, membership_id: int) -> None:
    access.require(actor, "role.grant")
    with transaction():
        membership = db.session.get(Membership, membership_id)
        if membership is None or membership.to_on is not None or ROLES[membership.role].tier in _NOT_GRANTED:
            raise Refused("3", "这个角色不存在或已经收回", "回到人员名单核对")
        end_membership(actor, membership)


def to_former(actor, base_id: int, on: date, *, keep: Collection[int] = ()) -> int:
    """The people of a base see what was the base's until `on` and do nothing more (第十七、十八条; A18-6); how many.

    Their rights end now; `keep` are the persons who stay.
    """
    with transaction():
        rows = db.session.scalars(
            select(Membership).where(
                Membership.base_id == base_id, Membership.role.in_(("base_admin", "base_clerk")),
                Membership.to_on.is_(None), Membership.person_id.not_in(keep),
            ).order_by(Membership.id)
        ).all()
        for person_id in dict.fromkeys(row.person_id for row in rows):
            for row in rows:
                if row.person_id == person_id:
                    end_membership(actor, row)
            add_membership(actor, person_id, "base_former", base_id=base_id).from_on = on
        db.session.flush()
        return len(rows)


def end_membership(actor, membership: Membership) -> None:
    """End a membership yesterday, so that it holds no more from now on; its sessions end."""
    with transaction():
        membership.to_on = clock.today() - timedelta(days=1)
        if membership.to_on < membership.from_on:
            membership.from_on = membership.to_on
        sessions.end_all(membership.person_id)
        if membership.office_id is not None:
            registry.left(membership.person_id, membership.office_id)
        ledger.append("system", "role_withdrawn", actor, {"membership": membership.id, "person": membership.person_id})
