"""Letters that also leave the portal: to whom, by which channel, and what became of each attempt (§3.5.3).

The outbox carries numbers only; addresses and words are read when it is delivered. An attempt is written and
committed before the provider is called; one without a result is asked about before the message is sent again.
"""

from datetime import date

from flask import current_app
from sqlalchemy import exists, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from incubator.kernel import access, clock, ledger, outbox, registry
from incubator.kernel.database import db, transaction
from incubator.kernel.errors import Refused
from incubator.messages import channels
from incubator.messages.models import Contact, Delivery, DeliveryAttempt, Letter
from incubator.offices.models import Person
from incubator.policy.posting import MAIL_CHOICES, TEXT_CHOICES, USUAL_MAIL, USUAL_TEXT, at_once, mail_refusal

LINES = 20


def ways() -> dict[str, object]:
    return channels.set_up(current_app.config["PORTAL"])


def choices_of(person_id: int) -> Contact:
    return db.session.get(Contact, person_id) or Contact(person_id=person_id, mail=USUAL_MAIL, text=USUAL_TEXT)


def choose(actor, *, address: str, mail: str, text: str) -> Contact:
    """Where and how often the person wants to be told outside the portal; legal notices go out whatever is chosen."""
    access.require(actor, "self.use")
    address = address.strip()
    if refusal := mail_refusal(address):
        raise Refused(refusal.article, refusal.reason, refusal.way_out, field="address")
    if mail not in MAIL_CHOICES or text not in TEXT_CHOICES:
        raise Refused("13", "没有选怎么发", "选一种发送方式", field="mail")
    with transaction():
        row = db.session.get(Contact, actor.person_id, populate_existing=True)
        if row is None:
            row = Contact(person_id=actor.person_id, digest_upto=_last_letter())
            db.session.add(row)
        elif mail == "daily" and row.mail != "daily":
            row.digest_upto = _last_letter()
        changed = [name for name, now in (("address", address or None), ("mail", mail), ("text", text))
                   if getattr(row, name) != now]
        row.address, row.mail, row.text, row.changed_at = address or None, mail, text, clock.now()
        ledger.append("system", "contact_changed", actor, {"person": actor.person_id, "fields": changed})
        return row


def _last_letter() -> int:
    return db.session.scalar(select(func.max(Letter.id))) or 0


def post(letters: list[tuple[int, int, bool]]) -> None:
    """In the transaction that wrote them: (letter, person, legal) go out by the channels that their people chose."""
    found = ways()
    if not found or not letters:
        return
    people = {person_id for _, person_id, _ in letters}
    chosen = {row.person_id: row for row in db.session.scalars(select(Contact).where(Contact.person_id.in_(people)))}
    phones = set(db.session.scalars(select(Person.id).where(Person.id.in_(people), Person.phone_index.is_not(None))))
    for letter_id, person_id, legal in letters:
        row = chosen.get(person_id)
        reachable = {"mail": row is not None and row.address is not None, "text": person_id in phones}
        wants = {"mail": row.mail if row else USUAL_MAIL, "text": row.text if row else USUAL_TEXT}
        for channel in found:
            if reachable[channel] and at_once(wants[channel], legal):
                outbox.put("post", f"post:{channel}:{letter_id}", {"letter": letter_id, "channel": channel})


@registry.daily(70, "mail_digest")
def collect(day: date) -> int:
    """One e-mail a day for those who want it so: what came since the last one. Of missed days the last speaks."""
    if day < clock.today() or "mail" not in ways():
        return 0
    done = 0
    for person_id in db.session.scalars(select(Contact.person_id).where(Contact.mail == "daily").order_by(Contact.person_id)).all():
        with transaction():
            row = db.session.get(Contact, person_id, populate_existing=True)
            upto = db.session.scalar(select(func.max(Letter.id)).where(_gathered(person_id, row.digest_upto)))
            if row.address is None or not upto:
                continue
            moved = db.session.execute(
                update(Contact).where(Contact.person_id == person_id, Contact.digest_upto == row.digest_upto)
                .values(digest_upto=upto).execution_options(synchronize_session=False)
            )
            if moved.rowcount == 1:
                outbox.put("post", f"digest:{person_id}:{upto}",
                           {"person": person_id, "after": row.digest_upto, "upto": upto, "channel": "mail"})
                done += 1
        db.session.expire_all()
    return done


def _gathered(person_id: int, after: int, upto: int | None = None):
    """What a digest tells: letters that did not go out at once."""
    told = (Letter.person_id == person_id) & (Letter.id > after) & Letter.legal.is_(False)
    return told if upto is None else told & (Letter.id <= upto)


@registry.external("post")
def carry(row) -> None:
    """Deliver one message outside the portal. Runs outside any transaction; raises to be tried again."""
    facts, key = row.facts, row.dedup_key
    way = ways().get(facts["channel"])
    if way is None:
        return  # switched off meanwhile: the letter lies in the portal all the same
    with transaction():
        words = _words(facts)
    if words is None:
        return
    person_id, address, subject, body = words
    delivery_id, number, open_attempt = _begin(row, person_id)
    if delivery_id is None:
        return
    try:
        told = way.known(key) if open_attempt else None
        _end(delivery_id, number, "known" if told is not None else "sent",
             told if told is not None else way.send(address, subject, body, key))
    except channels.Undelivered as wrong:
        _end(delivery_id, number, wrong.result, "", str(wrong))
        raise


def _begin(row, person_id: int) -> tuple[int | None, int, bool]:
    """Write the attempt and commit it: (delivery, number, whether an earlier one has no result)."""
    facts = row.facts
    insert = (postgresql if db.session.get_bind().dialect.name == "postgresql" else sqlite).insert
    with transaction():
        db.session.execute(
            insert(Delivery).values(message=row.dedup_key, channel=facts["channel"], person_id=person_id,
                                    letter_id=facts.get("letter"), provider_id="", made_at=clock.now())
            .on_conflict_do_nothing(index_elements=["message"])
        )
        delivery = db.session.scalars(
            select(Delivery).where(Delivery.message == row.dedup_key).with_for_update().execution_options(populate_existing=True)
        ).one()
        if delivery.sent_at is not None:
            return None, 0, False
        last = db.session.scalar(
            select(DeliveryAttempt).where(DeliveryAttempt.delivery_id == delivery.id)
            .order_by(DeliveryAttempt.number.desc()).limit(1)
        )
        number = last.number + 1 if last else 1
        db.session.add(DeliveryAttempt(delivery_id=delivery.id, number=number, begun_at=clock.now(), result=""))
        return delivery.id, number, last is not None and last.result in ("", "unknown")


def _end(delivery_id: int, number: int, result: str, provider_id: str, detail: str = "") -> None:
    with transaction():
        db.session.execute(
            update(DeliveryAttempt)
            .where(DeliveryAttempt.delivery_id == delivery_id, DeliveryAttempt.number == number)
            .values(result=result, provider_id=provider_id[:120], detail=detail[:200], ended_at=clock.now())
        )
        if result in ("sent", "known"):
            db.session.execute(
                update(Delivery).where(Delivery.id == delivery_id, Delivery.sent_at.is_(None))
                .values(sent_at=clock.now(), provider_id=provider_id[:120])
            )


def _words(facts: dict) -> tuple[int, str, str, str] | None:
    """Person, address, subject and text of what is to go out; None where nobody is there to get it any more."""
    base_url = current_app.config["PORTAL"].PUBLIC_BASE_URL
    if "letter" in facts:
        letter = db.session.get(Letter, facts["letter"])
        person_id, subject = letter.person_id, letter.subject
        place = letter.path or (f"/cases/{letter.case_id}" if letter.case_id else "/messages")
        body = f"{letter.body}\n{base_url}{place}\n"
    else:
        person_id = facts["person"]
        subjects = db.session.scalars(
            select(Letter.subject).where(_gathered(person_id, facts["after"], facts["upto"]), Letter.read_at.is_(None))
            .order_by(Letter.id).limit(LINES + 1)
        ).all()
        if not subjects:
            return None
        subject = "创业孵化基地系统：今天的消息"
        more = "\n……其余在系统里看" if len(subjects) > LINES else ""
        body = "没有看过的消息：\n" + "\n".join(f"{n}. {line}" for n, line in enumerate(subjects[:LINES], 1)) + f"{more}\n{base_url}/messages\n"
    person = db.session.get(Person, person_id)
    contact = db.session.get(Contact, person_id)
    address = person.phone if facts["channel"] == "text" else (contact.address if contact else None)
    if not address or person.disabled_at is not None:
        return None
    return person_id, address, subject, body


def unanswered(limit: int = 50) -> list[tuple[Delivery, DeliveryAttempt]]:
    """Deliveries that are not done, with their last attempt: for whoever looks after the portal."""
    later = DeliveryAttempt.__table__.alias()
    last = ~exists().where(later.c.delivery_id == DeliveryAttempt.delivery_id, later.c.number > DeliveryAttempt.number)
    rows = db.session.execute(
        select(Delivery, DeliveryAttempt).join(DeliveryAttempt, DeliveryAttempt.delivery_id == Delivery.id)
        .where(Delivery.sent_at.is_(None), last).order_by(Delivery.id.desc()).limit(limit)
    )
    return [tuple(row) for row in rows]
