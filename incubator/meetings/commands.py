"""Opening a meeting, settling its dossiers one by one, closing it (第八条; A8-3, A8-3a)."""

import json
from collections.abc import Iterable, Mapping

from sqlalchemy import func, select

from incubator.assessments import interests as assessments
from incubator.kernel import access, clock, files, ledger, registry, workflow
from incubator.kernel.database import db, transaction
from incubator.kernel.errors import Conflict, Invalid, NotVisible, Refused
from incubator.kernel.registry import Lack
from incubator.kernel.workflow import Case, Given
from incubator.meetings import interests, queries
from incubator.meetings.models import VERDICTS, Meeting, MeetingItem, MeetingRecusal
from incubator.policy.fields import clean
from incubator.policy.fields.meeting import MEETING, has_quorum

RECUSAL_REASON = 4
ANSWER = 10


def open_meeting(actor, raw: Mapping) -> Meeting:
    """A meeting that was held, with every dossier that waits for one."""
    access.require(actor, "meeting.record")
    cleaned = clean(MEETING, raw, context={"today": clock.today()})
    if not cleaned.ok:
        raise Invalid(cleaned.errors)
    values = cleaned.values
    people = [
        {"name": row["name"], "office": row.get("office") or "", "uscc": row.get("uscc") or "",
         "present": bool(row.get("present"))}
        for row in values["members"]
    ]
    with transaction():
        waiting = queries.waiting(actor)
        if not waiting:
            raise Refused("8", "现在没有等着审议的申请", "考核评审完成、提请审议后再开")
        meeting = Meeting(
            held_on=values["held_on"], place=values["place"], members=json.dumps(people, ensure_ascii=False),
            named_count=len(people), present_count=sum(row["present"] for row in people), created_at=clock.now(),
            created_by=actor.person_id,
        )
        db.session.add(meeting)
        db.session.flush()
        _put(meeting, waiting)
        ledger.append("system", "meeting_opened", actor, {
            "meeting": meeting.id, "on": meeting.held_on, "named": meeting.named_count,
            "present": meeting.present_count, "cases": [case.id for case in waiting],
        })
        return meeting


def take_in(actor, meeting_id: int) -> int:
    """Put the dossiers that came meanwhile on the record of an open meeting; returns how many."""
    with transaction():
        meeting = _open(actor, meeting_id)
        waiting = [case for case in queries.waiting(actor) if case.id not in _taken(meeting.id)]
        if not waiting:
            raise Refused("8", "没有新到的申请", "暂缓过的下一次会议再审")
        _put(meeting, waiting)
        ledger.append("system", "meeting_extended", actor,
                      {"meeting": meeting.id, "cases": [case.id for case in waiting]})
        return len(waiting)


def _put(meeting: Meeting, cases: Iterable[Case]) -> None:
    db.session.add_all(MeetingItem(meeting_id=meeting.id, case_id=case.id) for case in cases)
    db.session.flush()


def _taken(meeting_id: int) -> set[int]:
    return set(db.session.scalars(select(MeetingItem.case_id).where(MeetingItem.meeting_id == meeting_id)))


def _open(actor, meeting_id: int) -> Meeting:
    access.require(actor, "meeting.record")
    meeting = access.load(actor, Meeting, meeting_id, fresh=True)
    if meeting.closed_at is not None:
        raise Refused("8", "审议记录已经形成，不能再改", "暂缓的在下一次会议审议")
    return meeting


def recuse_member(actor, meeting_id: int, case_id: int, name: str, reason: str) -> MeetingRecusal:
    """A member leaves the room for one dossier: recorded with the reason, before its verdict (A8-3a)."""
    with transaction():
        meeting = _open(actor, meeting_id)
        item = _item(meeting, case_id)
        if item.verdict:
            raise Refused("8", f"这一家已经记为“{item.verdict_label}”，回避要在结论以前记", "暂缓的在下一次会议记回避")
        if name not in {row["name"] for row in meeting.present}:
            raise Refused("8", f"{name or '这个人'}不在到会人员里", "只记到会后回避的人", "recused")
        if name in {row.name for row in queries.recusals([item.id])}:
            raise Refused("8", f"{name}已经记了回避", "选另一位", "recused")
        if len(reason.strip()) < RECUSAL_REASON:
            raise Refused("8", f"回避的理由至少写 {RECUSAL_REASON} 个字", "写是什么关系，例如 亲属任职", "recused")
        row = MeetingRecusal(item_id=item.id, name=name, reason=reason.strip()[:300], by_person_id=actor.person_id, at=clock.now())
        db.session.add(row)
        db.session.flush()
        case = access.load(actor, Case, case_id, fresh=True)
        workflow.record(case, "member_recused", actor, {"meeting": meeting.id, "item": item.id})
        return row


def settle_item(actor, meeting_id: int, case_id: int, verdict: str, reason: str = "", *, seen_version: int,
                interest_note: str = "") -> Case:
    """Settle one dossier: its verdict moves the case, or is refused and leaves everything as it was (T52, T108).

    Who has an interest has recused himself before; a member or unit that is only called alike is answered in
    `interest_note`. Holding is always possible where the quorum is there. A pass without words of its own keeps
    what the meeting had before it as its reason.
    """
    with transaction():
        meeting = _open(actor, meeting_id)
        item = _item(meeting, case_id)
        if item.verdict:
            raise Conflict(f"这一家已经记为“{item.verdict_label}”，没有再写。")
        if verdict not in dict(VERDICTS):
            raise Refused("8", "还没有选结论", "选通过、不通过或暂缓", "verdict")
        gone = [row.name for row in queries.recusals([item.id])]
        present = meeting.present_count - len(gone)
        if not has_quorum(present, meeting.named_count):
            raise Refused(
                "8", f"回避后到会 {present} 人，应到 {meeting.named_count} 人，没有超过半数", "这一家另行开会审议", "recused"
            )
        case = access.load(actor, Case, case_id, fresh=True)
        workflow.expect_version(case, seen_version)
        _refuse_members(meeting, case, gone, interest_note)
        if verdict == "not_pass":
            for lack in assessments.lacks(case):
                raise Refused(lack.article, lack.text, f"{lack.cure_label}，或记为暂缓")
        reason = reason.strip() or (queries.usual_reason_of(case) if verdict == "pass" else "")
        case = workflow.advance(
            case_id, verdict, actor, seen_version=seen_version,
            given=Given(text=reason, facts={
                "meeting": meeting.id, "present": present, "named": meeting.named_count, "recused": len(gone),
            }),
        )
        item.verdict, item.reason, item.recused = verdict, reason, json.dumps(gone, ensure_ascii=False)
        item.named_count, item.present_count = meeting.named_count, present
        item.interest_note = interest_note.strip()[:500]
        item.settled_at, item.settled_by = clock.now(), actor.person_id
        db.session.flush()
        return case


def _item(meeting: Meeting, case_id: int) -> MeetingItem:
    item = db.session.scalar(
        select(MeetingItem).where(MeetingItem.meeting_id == meeting.id, MeetingItem.case_id == case_id)
        .execution_options(populate_existing=True)
    )
    if item is None:
        raise NotVisible("meeting_item")
    return item


def _refuse_members(meeting: Meeting, case: Case, gone: list[str], note: str) -> None:
    experts = interests.experts_named(row["name"] for row in meeting.present)
    for concern in interests.concerns(case, meeting.present, experts, gone):
        if concern.sure:
            raise Refused("8", concern.words, "先记这位的回避，再记结论", "recused")
        if len(note.strip()) < ANSWER:
            raise Refused("8", concern.words, "记回避，或核对后写明情况，至少 10 个字", "interest")


def close_meeting(actor, meeting_id: int, upload) -> Meeting:
    """Form the record: every dossier that is still open has its verdict, the signed minutes are there; nothing changes any more."""
    with transaction():
        meeting = _open(actor, meeting_id)
        left = db.session.scalar(
            select(func.count()).select_from(MeetingItem)
            .join(Case, Case.id == MeetingItem.case_id)
            .where(MeetingItem.meeting_id == meeting.id, MeetingItem.verdict == "", Case.ended_at.is_(None))
        )
        if left:
            raise Refused("8", f"还有 {left} 家没有结论", "逐家记下结论；定不下来的记为暂缓并写明理由")
        if upload is None or not upload.filename:
            raise Refused("8", "还没有上传签字的会议纪要", "上传 PDF、JPG 或 PNG，不超过 20 MB", "minutes")
        row = files.accept(upload, actor, office_id=actor.office_id)
        meeting.minutes_file_id, meeting.closed_at, meeting.closed_by = row.id, clock.now(), actor.person_id
        db.session.flush()
        ledger.append("system", "meeting_closed", actor, {"meeting": meeting.id, "minutes": row.sha256})
        return meeting


@registry.evidence("minutes_formed")
def _minutes_formed(case: Case):
    """What is decided rests on a meeting whose record is formed: its minutes are signed and nothing changes any more (A8-3)."""
    meeting = db.session.scalar(
        select(Meeting).join(MeetingItem, MeetingItem.meeting_id == Meeting.id)
        .where(MeetingItem.case_id == case.id, MeetingItem.verdict == "pass").order_by(MeetingItem.id.desc()).limit(1)
    )
    if meeting is not None and meeting.closed_at is None:
        yield Lack("8", "集中审议还没有形成记录", "上传签字的会议纪要", f"/meetings/{meeting.id}")
