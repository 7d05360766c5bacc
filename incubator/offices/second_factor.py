"""Codes from a person's telephone after the password (等保三级 8.1.4.1 d; reliability §3.10).

A secret is shown to one session only and holds from the first right code on. A code is good for its half minute and
the two beside it, once; the attempt is counted and committed before it is judged. Ten recovery codes serve where the
telephone is lost; then another person, the security administrator, resets the factor. A password never does.
"""

import secrets
import unicodedata
from datetime import timedelta

import pyotp
import segno
from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from incubator.kernel import access, clock, ledger, security
from incubator.kernel.database import db, transaction
from incubator.kernel.errors import NeedsSignIn, Refused, TooMany
from incubator.offices import sessions
from incubator.offices.models import Membership, Person, RecoveryCode, SecondFactor, SignIn, Throttle
from incubator.offices.throttle import count_attempt

STEP = 30  # seconds
PER_PERSON = 5  # attempts in a quarter of an hour
PER_DAY = 50
RECOVERY_CODES = 10
ISSUER = "吉林创业孵化基地"
ARTICLE = "7(1)"


def has_factor(person_id: int) -> bool:
    return db.session.scalar(select(SecondFactor.person_id).where(SecondFactor.person_id == person_id)) is not None


def codes_left(person_id: int) -> int:
    return db.session.scalar(
        select(func.count()).select_from(RecoveryCode)
        .where(RecoveryCode.person_id == person_id, RecoveryCode.used_at.is_(None))
    )


def new_secret() -> str:
    return pyotp.random_base32()


def normal(typed: str) -> str:
    """What was typed without spaces and hyphens, full-width digits as plain ones, once and before everything else."""
    text = unicodedata.normalize("NFKC", typed or "").upper()
    return "".join(c for c in text if c.isalnum() and c.isascii())[:40]


def address(person: Person, secret: str) -> str:
    """What the picture says to the telephone."""
    return pyotp.TOTP(secret).provisioning_uri(name=person.login, issuer_name=ISSUER)


def picture(text: str) -> tuple[int, str]:
    """The QR code of a text: its width in modules and one SVG path over its dark ones."""
    rows = [bytes(row) for row in segno.make(text, error="m", micro=False).matrix]
    path = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark)
    return len(rows), path


def begin_change(actor, token: str) -> None:
    """A new telephone: this session is shown a secret; the old one holds until the new one is confirmed."""
    with transaction():
        _own_session(actor, token).pending = new_secret()


def confirm(actor, token: str, typed: str) -> tuple[str, list[str]]:
    """The secret shown to this session holds from now on; returns the new cookie and ten recovery codes.

    All other sessions of the person end. At the first time nothing may stand yet: whoever comes second signs in anew.
    """
    code = normal(typed)
    _count(actor.person_id)
    with transaction():
        session = _own_session(actor, token)
        secret = session.pending
        if secret is None:
            raise Refused(ARTICLE, "这一页已经过时", "重新登录后再设置", field="code")
        step = _step_of(secret, code)
        if step is None:
            raise _wrong()
        if session.factor_at is None:
            insert = (postgresql if db.session.get_bind().dialect.name == "postgresql" else sqlite).insert
            made = db.session.execute(
                insert(SecondFactor)
                .values(person_id=actor.person_id, secret=secret, last_step=step, set_at=clock.now())
                .on_conflict_do_nothing()
            ).rowcount
            if not made:
                raise Refused(ARTICLE, "这个账号已经设置过动态验证码", "退出后重新登录，填手机上的验证码", field="code")
        else:
            row = db.session.get(SecondFactor, actor.person_id, populate_existing=True)
            row.secret, row.last_step, row.set_at = secret, step, clock.now()
        codes = _make_codes(actor.person_id)
        new = _again(actor, session, everywhere=True)
        _forget_attempts(actor.person_id)
        ledger.append("system", "second_factor_set", actor, {"person": actor.person_id})
    return new, codes


def give_code(actor, token: str, typed: str) -> str:
    """A code, or a recovery code, on a session that is half open or whose last code is old; the new cookie.

    Of many that bring the same code at the same time one is let in (P14): the step is taken by compare-and-set.
    """
    code = normal(typed)
    _count(actor.person_id)
    by_recovery = len(code) > 6
    with transaction():
        session = _own_session(actor, token)
        if not (_use_recovery(actor.person_id, code) if by_recovery else _use_step(actor.person_id, code)):
            raise _wrong()
        new = _again(actor, session)
        _forget_attempts(actor.person_id)
        if by_recovery:
            ledger.append("system", "recovery_code_used", actor, {"person": actor.person_id})
    sessions.note("recovery_code" if by_recovery else "second_factor", actor.person_id, "")
    return new


def renew_codes(actor) -> list[str]:
    """Ten new recovery codes; the old ones serve no more."""
    with transaction():
        if not has_factor(actor.person_id):
            raise Refused(ARTICLE, "还没有设置动态验证码", "先设置动态验证码")
        codes = _make_codes(actor.person_id)
        ledger.append("system", "recovery_codes_made", actor, {"person": actor.person_id})
    return codes


def reset(actor, login: str) -> None:
    """The telephone is lost and so are the codes: the person sets a new factor at the next sign-in."""
    access.require(actor, "factor.reset")
    with transaction():
        person = db.session.scalar(select(Person).where(Person.login == login.strip().lower()))
        if person is None:
            raise Refused("3", f"没有登录名 {login}", "核对登录名", field="reset")
        if person.id == actor.person_id:
            raise Refused("3", "不能重置自己的动态验证码", "用恢复码登录，或由另一位安全管理员办理", field="reset")
        take_away(actor, person)


def take_away(actor, person: Person) -> None:
    """The factor with its recovery codes and all sessions; the command line calls it where no administrator is left."""
    with transaction():
        if not db.session.execute(delete(SecondFactor).where(SecondFactor.person_id == person.id)).rowcount:
            raise Refused("3", f"{person.login} 没有设置动态验证码", "核对登录名", field="reset")
        db.session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person.id))
        _forget_attempts(person.id)
        sessions.end_all(person.id)
        ledger.append("system", "second_factor_reset", actor, {"person": person.id})


# how a code is judged ---------------------------------------------------------------------------


def _wrong() -> Refused:
    return Refused(ARTICLE, "验证码不对，或者已经用过", "等手机上换了下一个再填；连续 5 次不对要等 15 分钟", field="code")


def _count(person_id: int) -> None:
    """Count the attempt, commit, then judge (P14)."""
    with transaction():
        often = count_attempt(f"code:{person_id}", PER_PERSON)
        daily = count_attempt(f"code-day:{person_id}", PER_DAY, timedelta(days=1))
    if not (often and daily):
        sessions.note("locked", person_id, "second factor")
        raise TooMany()


def _forget_attempts(person_id: int) -> None:
    names = (f"code:{person_id}", f"code-day:{person_id}")
    db.session.execute(update(Throttle).where(Throttle.bucket.in_(names)).values(count=0))


def _step_of(secret: str, code: str) -> int | None:
    """The step of time whose code this is: the present one or one of the two beside it."""
    now, made = int(clock.now().timestamp()) // STEP, pyotp.TOTP(secret)
    found = [s for s in (now - 1, now, now + 1) if secrets.compare_digest(made.generate_otp(s), code)]
    return max(found) if found and len(code) == 6 else None


def _use_step(person_id: int, code: str) -> bool:
    secret = db.session.scalar(select(SecondFactor.secret).where(SecondFactor.person_id == person_id))
    step = _step_of(secret, code) if secret else None
    if step is None:
        return False
    return db.session.execute(
        update(SecondFactor)
        .where(SecondFactor.person_id == person_id, SecondFactor.last_step < step)
        .values(last_step=step)
    ).rowcount == 1


def _use_recovery(person_id: int, code: str) -> bool:
    return db.session.execute(
        update(RecoveryCode)
        .where(RecoveryCode.person_id == person_id, RecoveryCode.code_hash == _hashed(code), RecoveryCode.used_at.is_(None))
        .values(used_at=clock.now())
    ).rowcount == 1


def _hashed(code: str) -> str:
    return security.vault().blind(f"recovery {code}")


def _make_codes(person_id: int) -> list[str]:
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person_id))
    codes = ["".join(secrets.choice(security.CODE_ALPHABET) for _ in range(10)) for _ in range(RECOVERY_CODES)]
    db.session.add_all([RecoveryCode(person_id=person_id, code_hash=_hashed(code)) for code in codes])
    db.session.flush()
    return [f"{code[:5]}-{code[5:]}" for code in codes]


# the session --------------------------------------------------------------------------------------


def _own_session(actor, token: str) -> SignIn:
    session = db.session.get(SignIn, security.digest(token), populate_existing=True)
    if session is None or session.person_id != actor.person_id:
        raise NeedsSignIn()
    return session


def _again(actor, session: SignIn, everywhere: bool = False) -> str:
    """The session under a new id, with the time of its code; `everywhere` ends all others of the person."""
    person, membership = db.session.get(Person, actor.person_id), db.session.get(Membership, session.membership_id)
    if everywhere:
        sessions.end_all(person.id)
    else:
        db.session.execute(delete(SignIn).where(SignIn.id_hash == session.id_hash))
    db.session.expunge(session)
    return sessions.open_session(person, membership, factor_at=clock.now(), until=session.abs_expiry)
