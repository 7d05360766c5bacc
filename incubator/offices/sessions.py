"""Sessions on the server: who sends this request, and until when (reliability §3.9)."""

from datetime import timedelta

from flask import current_app, request
from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import joinedload

from incubator.kernel import access, clock, security
from incubator.kernel.database import db, side_note
from incubator.offices.models import AccessLog, ClockShift, Membership, Person, SignIn
from incubator.policy.permissions import ROLES

IDLE_ADMIN = timedelta(minutes=15)
IDLE_USUAL = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)
SEEN_EVERY = timedelta(minutes=5)
FRESH = timedelta(minutes=5)  # how long a code vouches for acts of weight
# what a half-open session may ask for
BEFORE_THE_CODE = frozenset({"offices.second_factor", "offices.sign_out", "offices.keep"})


def cookie_name() -> str:
    return current_app.config["PORTAL"].SESSION_COOKIE_NAME


def open_session(person: Person, membership: Membership | None, *, factor_at=None, until=None, pending=None) -> str:
    """A new session in the caller's transaction; returns the cookie's value.

    `factor_at`: when the second factor was last given. `until`: the end of the session that this one goes on with.
    `pending`: the secret of a second factor that this session is to confirm.
    """
    token = security.random_token()
    now = clock.now()
    db.session.add(
        SignIn(
            id_hash=security.digest(token), person_id=person.id, membership_id=membership.id if membership else None,
            created_at=now, last_seen=now, abs_expiry=until or now + ABSOLUTE, ip=request.remote_addr or "",
            agent=(request.user_agent.string or "")[:200], factor_at=factor_at, pending=pending,
        )
    )
    cap = current_app.config["PORTAL"].SESSION_CAP
    if cap and membership is not None and ROLES[membership.role].is_staff:
        db.session.flush()
        _keep_newest(person.id, cap - 1, besides=security.digest(token))
    return token


def _keep_newest(person_id: int, number: int, *, besides: str) -> None:
    """End all sessions of a person but the one just opened and the `number` newest others."""
    others = (
        select(SignIn.id_hash)
        .where(SignIn.person_id == person_id, SignIn.id_hash != besides)
        .order_by(SignIn.created_at.desc(), SignIn.id_hash)
    )
    for old in list(db.session.scalars(others))[number:]:
        db.session.execute(delete(SignIn).where(SignIn.id_hash == old))


def end_session(token: str) -> None:
    db.session.execute(delete(SignIn).where(SignIn.id_hash == security.digest(token)))


def end_all(person_id: int) -> None:
    """After a change of password or role, or when a person is disabled (P16)."""
    db.session.execute(delete(SignIn).where(SignIn.person_id == person_id))


def load() -> tuple[access.Actor, SignIn | None]:
    """The actor of this request and its session; the public without a live one."""
    token = request.cookies.get(cookie_name())
    return of(token) if token else (access.PUBLIC, None)


def of(token: str) -> tuple[access.Actor, SignIn | None]:
    """Whose session a cookie's value names, and that session while it lives."""
    row = db.session.execute(
        select(SignIn, Person)
        .join(Person, Person.id == SignIn.person_id)
        .where(SignIn.id_hash == security.digest(token))
    ).first()
    if row is None or row.Person.disabled_at is not None:
        return access.PUBLIC, None
    session, person = row
    memberships = memberships_of(person.id)
    current = next((m for m in memberships if m.id == session.membership_id), None)
    if current is None or clock.now() >= ends_at(session, current.role):
        return access.PUBLIC, None
    session.must_change = person.must_change_by is not None
    session.coded = asks_for_codes(memberships)
    _note_seen(session)
    return actor_of(person, current, memberships), session


def asks_for_codes(memberships: list[Membership]) -> bool:
    """Whether the person gives a code after the password: all staff, under whatever membership they act now."""
    return current_app.config["PORTAL"].SECOND_FACTOR and any(ROLES[m.role].is_staff for m in memberships)


def half_open(session: SignIn | None) -> bool:
    """The password was right and the code is still to come: such a session opens no more than nobody's."""
    return session is not None and session.coded and session.factor_at is None


def code_is_old(session: SignIn | None) -> bool:
    """Whether an act of weight asks for a fresh code first."""
    return session is not None and session.coded and (
        session.factor_at is None or clock.now() - session.factor_at > FRESH
    )


def own(person_id: int) -> list[SignIn]:
    """The live sessions of a person, the last used first."""
    query = select(SignIn).where(SignIn.person_id == person_id, SignIn.abs_expiry > clock.now())
    return list(db.session.scalars(query.order_by(SignIn.last_seen.desc(), SignIn.id_hash).limit(50)))


def memberships_of(person_id: int) -> list[Membership]:
    today = clock.today()
    return list(
        db.session.scalars(
            select(Membership)
            .where(
                Membership.person_id == person_id, Membership.from_on <= today,
                Membership.to_on.is_(None) | (Membership.to_on >= today),
            )
            .options(joinedload(Membership.office))
            .order_by(Membership.id)
        )
    )


def actor_of(person: Person, membership: Membership, memberships: list[Membership] | None = None) -> access.Actor:
    labels = tuple(
        {"id": m.id, "label": m.label, "current": m.id == membership.id} for m in memberships or [membership]
    )
    office = membership.office
    place, since = (office.short_name, None) if office else _place(membership)
    return access.Actor(
        role=membership.role, person_id=person.id, membership_id=membership.id, office_id=membership.office_id,
        base_id=membership.base_id, name=person.name,
        office_name=place, memberships=labels, since=since,
        until=membership.from_on if membership.role == "base_former" else None,
    )


def _place(membership: Membership) -> tuple:
    """Where somebody without an office works: the base's name, else the role; and since when its operator runs it."""
    if membership.base_id is None:
        return ROLES[membership.role].label, None
    base = db.metadata.tables["base"]  # a later module's table, read only
    return db.session.execute(select(base.c.name, base.c.operator_since).where(base.c.id == membership.base_id)).one()


def ends_at(session: SignIn, role: str):
    """The instant at which an idle session ends; the page warns before it."""
    idle = IDLE_ADMIN if ROLES[role].tier == "admin" else IDLE_USUAL
    return min(session.abs_expiry, getattr(session, "seen_now", session.last_seen) + idle)


def seconds_left(session: SignIn, role: str) -> int:
    """How long the session lives when nothing happens."""
    return max(0, int((ends_at(session, role) - clock.now()).total_seconds()))


def _note_seen(session: SignIn) -> None:
    """Keep when the person was last here, at most every five minutes; an autosave counts like a page."""
    now = clock.now()
    if now - session.last_seen < SEEN_EVERY:
        return
    session.seen_now = now
    with side_note() as connection:
        connection.execute(update(SignIn).where(SignIn.id_hash == session.id_hash).values(last_seen=now))


def note(kind: str, person_id: int | None, what: str, request_id: str = "") -> None:
    """One line of the access log, kept even when the request is refused."""
    with side_note() as connection:
        connection.execute(
            insert(AccessLog).values(
                at=clock.now(), kind=kind, person_id=person_id, what=what[:500], ip=request.remote_addr or "",
                request_id=request_id,
            )
        )


def load_shift() -> None:
    """Training: take over the shown date from the database, so that all processes agree."""
    clock.set_shift(db.session.scalar(select(ClockShift.seconds)) or 0)
