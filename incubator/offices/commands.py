"""Signing in and out, passwords, the throttle; with the acts on people and roles under one name."""

import re
from datetime import timedelta

from flask import current_app
from sqlalchemy import delete, select, update

from incubator.kernel import access, clock, ledger, registry, security
from incubator.kernel.database import db, transaction
from incubator.kernel.errors import Refused, TooMany
from incubator.offices import second_factor, sessions
from incubator.offices.models import ClockShift, Person, SignIn, Throttle
from incubator.offices.people import (
    add_membership,
    add_person,
    disable_person,
    enable_person,
    end_membership,
    give_person,
    grant_role,
    reissue_password,
    to_former,
    withdraw_role,
)
from incubator.offices.throttle import WINDOW, count_attempt, throttle_public

__all__ = [  # the acts of this module, wherever they are written down
    "WINDOW", "add_membership", "add_person", "change_password", "count_attempt", "disable_person", "enable_person",
    "end_expired_sessions", "end_membership", "end_other_sessions", "give_person", "grant_role", "move_clock", "password_problem",
    "reissue_password", "show_day", "sign_in", "sign_out", "switch_membership", "throttle_public", "to_former", "unlock",
    "withdraw_role",
]

PER_ACCOUNT = 5
PER_ADDRESS = 100


def _wrong() -> Refused:
    """One answer to everybody who is not let in (P15)."""
    return Refused("7(1)", "登录名或密码不对", "核对后再试；连续 5 次不对会锁定 15 分钟", field="username")


def sign_in(login: str, password: str, ip: str) -> tuple[Person, str]:
    """Check a password and open a session; returns the person and the cookie's value.

    The attempt is counted and committed before it is judged, in one atomic statement, so that parallel guesses
    find the same lock (P14). Unknown, disabled and wrong answer alike, in the same time (P15).
    """
    login = login.strip().lower()[:40]
    with transaction():
        allowed = count_attempt(f"login:{login}", PER_ACCOUNT) and count_attempt(f"login-from:{ip}", PER_ADDRESS)
    if not allowed:
        sessions.note("locked", None, f"login {login}")
        raise TooMany()
    person = db.session.scalar(select(Person).where(Person.login == login))
    stored = person.password_hash if person is not None and person.disabled_at is None else None
    if person is not None and person.must_change_by is not None and person.must_change_by < clock.now():
        stored = None
    db.session.rollback()
    if not security.vault().verify_password(stored, password):
        sessions.note("sign_in_failed", None, f"login {login}")
        raise _wrong()
    with transaction():
        person = db.session.scalar(select(Person).where(Person.login == login))
        if person.disabled_at is not None or person.password_hash != stored:
            raise _wrong()
        db.session.execute(
            update(Throttle).where(Throttle.bucket == f"login:{login}").values(count=0)
        )
        memberships = sessions.memberships_of(person.id)
        if not memberships:
            raise _wrong()
        first = sessions.asks_for_codes(memberships) and not second_factor.has_factor(person.id)
        token = sessions.open_session(person, memberships[0], pending=second_factor.new_secret() if first else None)
    sessions.note("sign_in", person.id, f"membership {memberships[0].id}")
    return person, token


def sign_out(actor, token: str) -> None:
    with transaction():
        sessions.end_session(token)
    sessions.note("sign_out", actor.person_id, "")


def end_other_sessions(actor, token: str) -> int:
    """Sign a person out everywhere but here; how many sessions that ended."""
    with transaction():
        ended = db.session.execute(
            delete(SignIn).where(SignIn.person_id == actor.person_id, SignIn.id_hash != security.digest(token))
        ).rowcount
    sessions.note("sign_out", actor.person_id, f"{ended} other sessions")
    return ended


def switch_membership(actor, token: str, membership_id: int) -> str:
    """Work under another membership: an act of its own, with a new session id (domain §2.1)."""
    with transaction():
        person = db.session.get(Person, actor.person_id)
        membership = next((m for m in sessions.memberships_of(person.id) if m.id == membership_id), None)
        if membership is None:
            raise Refused("3", "没有这个身份", "从右上角列出的身份里选")
        before = db.session.get(SignIn, security.digest(token))
        factor_at = before.factor_at if before is not None else None
        sessions.end_session(token)
        new = sessions.open_session(person, membership, factor_at=factor_at)
    sessions.note("switch", actor.person_id, f"membership {membership_id}")
    return new


WEAK = ("password", "12345678", "qwerty", "jilin", "fuhua", "chuangye", "admin")


def password_problem(password: str, login: str) -> str:
    """What is wrong with a new password, or nothing (policy djbh: at least 10, three of four classes)."""
    classes = sum(bool(re.search(p, password)) for p in (r"[a-z]", r"[A-Z]", r"\d", r"[^A-Za-z0-9]"))
    lowered = password.lower()
    if len(password) < 10:
        return "新密码至少 10 位"
    if classes < 3:
        return "新密码要有大写、小写、数字、符号中的三种"
    if login in lowered or any(word in lowered for word in WEAK):
        return "新密码里有登录名或太常见的词，容易被猜到"
    return ""


def change_password(actor, old: str, new: str) -> None:
    """Set a new password and end every session of the person (P16)."""
    person = db.session.get(Person, actor.person_id)
    stored, login = person.password_hash, person.login
    db.session.rollback()
    if not security.vault().verify_password(stored, old):
        raise Refused("7(1)", "现在的密码不对", "重新填写现在的密码", field="old")
    problem = password_problem(new, login)
    if problem:
        raise Refused("7(1)", problem, "换一个再试", field="new")
    if security.vault().verify_password(stored, new):
        raise Refused("7(1)", "新密码和现在的一样", "换一个再试", field="new")
    hashed = security.vault().hash_password(new)
    with transaction():
        person = db.session.get(Person, actor.person_id)
        person.password_hash, person.password_at, person.must_change_by = hashed, clock.now(), None
        sessions.end_all(person.id)
        ledger.append("system", "password_changed", actor, {"person": person.id})


def unlock(actor, login: str) -> None:
    """Open an account again that wrong passwords locked, before its 15 minutes are over; never one's own."""
    access.require(actor, "account.unlock")
    with transaction():
        person = db.session.scalar(select(Person).where(Person.login == login.strip().lower()))
        if person is None:
            raise Refused("3", f"没有登录名 {login}", "核对登录名", field="unlock")
        if person.id == actor.person_id:
            raise Refused("3", "不能给自己解锁", "由另一位安全管理员办理", field="unlock")
        db.session.execute(update(Throttle).where(Throttle.bucket == f"login:{person.login}").values(count=0))
        ledger.append("system", "account_unlocked", actor, {"person": person.id})


@registry.daily(90, "sessions")
def end_expired_sessions(day) -> int:
    """Rows of sessions that nobody can use any more, and windows of attempts that are long over, are removed."""
    with transaction():
        gone = db.session.execute(delete(SignIn).where(SignIn.abs_expiry < clock.now())).rowcount
        db.session.execute(delete(Throttle).where(Throttle.window_start < clock.now() - timedelta(days=1)))
    return gone


def show_day(actor, day) -> None:
    """Training only: let everybody see `day`, at the present time of day; then do what the day changes."""
    seconds = clock.shift_seconds() + (day - clock.today()).days * 86_400
    move_clock(actor, seconds)


def move_clock(actor, seconds: int) -> None:
    """Training only: show another date to everybody."""
    access.require(actor, "clock.move")
    if not current_app.config["PORTAL"].TRAINING:
        raise Refused("22", "正式环境不能调整日期", "在培训环境练习")
    with transaction():
        row = db.session.get(ClockShift, 1)
        leap = timedelta(seconds=seconds - (row.seconds if row else 0))
        if row is None:
            db.session.add(ClockShift(id=1, seconds=seconds))
        else:
            row.seconds = seconds
        for session in db.session.scalars(select(SignIn)):  # nobody sat idle for the days that are leapt over
            session.created_at, session.last_seen = session.created_at + leap, session.last_seen + leap
            session.abs_expiry += leap
        ledger.append("system", "clock_moved", actor, {"seconds": seconds})
    clock.set_shift(seconds)
