"""Telling people what happened to a case."""

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite

from incubator.assessments.models import ScoreSheet, ScoreUrging
from incubator.kernel import access, clock, ledger, outbox, registry
from incubator.kernel.database import db, transaction
from incubator.kernel.errors import NotVisible
from incubator.kernel.workflow import Case
from incubator.messages import posting
from incubator.messages.models import Letter
from incubator.obligations.models import Obligation
from incubator.offices.models import Membership, Person
from incubator.policy.duties import duty
from incubator.policy.permissions import ROLES
from incubator.policy.posting import of_legal_weight
from incubator.policy.procedures import procedure

_TIER_ROLES = {
    tier: tuple(r.key for r in ROLES.values() if r.tier == tier) for tier in ("county", "city", "province")
}


@registry.on_moved
def tell_of_step(case, step, event, actor) -> None:
    """Store the message with the act; it is delivered after the commit."""
    outbox.put("case_moved", f"case_moved:{case.id}:{event.seq}", {"case": case.id, "seq": event.seq,
               "outcome": step.outcome, "from": step.from_state, "to": step.to_state})


@registry.topic("case_moved")
def deliver_step(row) -> None:
    """Letters to those who have the case now, and to the base whenever an office acted."""
    facts = row.facts
    case = db.session.get(Case, facts["case"])
    table = procedure(case.kind)
    step = next((s for s in table.steps_from(facts["from"]) if s.outcome == facts["outcome"]), None)
    station = table.station(facts["to"])
    until = db.session.scalar(
        select(Obligation.due_on).where(Obligation.kind == "station", Obligation.key == f"{case.id}:{facts['seq']}")
    )
    deadline = f"办理期限到 {until.month}月{until.day}日。" if until else ""
    said = step.said if step else station.label
    if station.holder in _TIER_ROLES and facts["from"] != facts["to"]:
        office = access.office_at(case.region_id, station.holder)
        people = select(Membership.person_id).where(
            Membership.office_id == office, Membership.role.in_(_TIER_ROLES[station.holder]),
            Membership.to_on.is_(None),
        )
        send(people, f"{row.dedup_key}:office", f"{case.subject}：{station.verb or station.label}",
             f"{case.title} 到了{station.label}。{deadline}", case.id)
    if case.base_id is not None and step is not None and step.by != "applicant":
        people = select(Membership.person_id).where(
            Membership.base_id == case.base_id, Membership.to_on.is_(None),
            Membership.role.in_(("base_admin", "base_clerk")),
        )
        follows = f"现在是“{station.label}”。" + (deadline if station.holder == "applicant" else "")
        send(people, f"{row.dedup_key}:base", f"{table.label}：{said}", f"{case.title}：{said}。{follows}", case.id,
             legal=of_legal_weight(step, station))


def way_to(owed: Obligation) -> str:
    """The second sentence of a letter about a deadline; the link itself stands under it, in the portal it is the title."""
    return f"打开链接可以{duty(owed.kind).verb}，也看得到期限怎么算的。"


def people_of(owed: Obligation):
    """Subselect of those who are told of an obligation: the base's people, the office's at its tier, the person."""
    if owed.person_id is not None:
        return select(Person.id).where(Person.id == owed.person_id)
    if owed.base_id is not None:
        return people_at_base(owed.base_id)
    return people_at(owed.office_id, owed.tier)


def people_at_base(base_id: int):
    """Subselect of the people who work for a base in the portal."""
    return select(Membership.person_id).where(
        Membership.base_id == base_id, Membership.to_on.is_(None), Membership.role.in_(("base_admin", "base_clerk"))
    )


def people_at(office_id: int, tier: str):
    """Subselect of the people of an office at one of its stations."""
    return select(Membership.person_id).where(
        Membership.office_id == office_id, Membership.to_on.is_(None), Membership.role.in_(_TIER_ROLES[tier])
    )


@registry.topic("expert_told")
def tell_expert(row) -> None:
    """To an expert: a sheet is owed, or is asked for again, in the province's words."""
    facts = row.facts
    sheet = db.session.get(ScoreSheet, facts["sheet"])
    case = db.session.get(Case, sheet.case_id)
    if sheet.status != "open":
        return
    until = f"，请在 {sheet.due_on.month}月{sheet.due_on.day}日前交评审表" if sheet.due_on else ""
    subject, body = f"{case.subject}：请评审", f"{case.title} 请您评审{until}。先声明有没有利害关系，再看案卷、打分。"
    if facts["what"] == "urged":
        subject = f"{case.subject}：催交评审表"
        body = f"{db.session.get(ScoreUrging, facts['urging']).text}（{case.title}{until}）"
    send(select(Person.id).where(Person.id == sheet.person_id), row.dedup_key, subject, body, case.id)


def send(people, key: str, subject: str, body: str, case_id: int | None, path: str = "", *,
         legal: bool = False) -> None:
    """One letter to each person of the subselect `people`, at most once per `key`.

    `path` where it leads elsewhere than to the case; `legal` when nobody may switch its other channels off.
    """
    insert = (postgresql if db.session.get_bind().dialect.name == "postgresql" else sqlite).insert
    ids = db.session.scalars(select(Person.id).where(Person.id.in_(people), Person.disabled_at.is_(None)))
    written = []
    for person_id in sorted(set(ids)):
        letter_id = db.session.scalar(
            insert(Letter)
            .values(
                person_id=person_id, dedup_key=f"{key}:{person_id}", subject=subject[:120], body=body,
                case_id=case_id, path=path, legal=legal, sent_at=clock.now(),
            )
            .on_conflict_do_nothing(index_elements=["dedup_key"]).returning(Letter.id)
        )
        if letter_id is not None:
            written.append((letter_id, person_id, legal))
    posting.post(written)


def mark_read(actor, letter_id: int) -> Letter:
    with transaction():
        letter = access.load(actor, Letter, letter_id)
        if letter.read_at is None:
            letter.read_at = clock.now()
        return letter


def mark_all_read(actor) -> None:
    with transaction():
        db.session.execute(
            update(Letter).where(access.sight(actor, Letter), Letter.read_at.is_(None)).values(read_at=clock.now())
        )


def resend(actor, row_id: int) -> None:
    """Try a message again that was given up after eight attempts (§3.5.4)."""
    access.require(actor, "outbox.manage")
    with transaction():
        if not outbox.revive(row_id):
            raise NotVisible("outbox")
        ledger.append("system", "message_resent", actor, {"outbox": row_id})
