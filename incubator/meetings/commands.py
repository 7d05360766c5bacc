"""Opening a meeting, settling its dossiers one by one, closing it (第八条; A8-3, A8-3a)."""

import json
from collections.abc import Iterable, Mapping

from sqlalchemy import func, select

from incubator.kernel import access, clock, files, ledger, workflow
from incubator.kernel.database import db, transaction
from incubator.kernel.errors import Conflict, Invalid, NotVisible, Refused
from incubator.kernel.workflow import Case, Given
from incubator.meetings import queries
from incubator.meetings.models import VERDICTS, Meeting, MeetingItem
from incubator.policy.fields import clean
from incubator.policy.fields.meeting import MEETING, has_quorum


def open_meeting(actor, raw: Mapping) -> Meeting:
    """A meeting that was held, with every dossier that waits for one."""
    access.require(actor, "meeting.record")
    cleaned = clean(MEETING, raw, context={"today": clock.today()})
    if not cleaned.ok:
        raise Invalid(cleaned.errors)
    values = cleaned.values
    people = [
        {"name": row["name"], "office": row.get("office") or "", "present": bool(row.get("present"))}
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


def settle_item(actor, meeting_id: int, case_id: int, verdict: str, reason: str = "", *, seen_version: int,
                recused: Iterable[str] = ()) -> Case:
    """Settle one dossier: its verdict moves the case, or is refused and leaves everything as it was (T52, T108)."""
    with transaction():
        meeting = _open(actor, meeting_id)
        item = db.session.scalar(
            select(MeetingItem).where(MeetingItem.meeting_id == meeting.id, MeetingItem.case_id == case_id)
            .execution_options(populate_existing=True)
        )
        if item is None:
            raise NotVisible("meeting_item")
        if item.verdict:
            raise Conflict(f"这一家已经记为“{item.verdict_label}”，没有再写。")
        if verdict not in dict(VERDICTS):
            raise Refused("8", "还没有选结论", "选通过、不通过或暂缓", "verdict")
        gone = _recused(meeting, recused)
        present = meeting.present_count - len(gone)
        if not has_quorum(present, meeting.named_count):
            raise Refused(
                "8", f"回避后到会 {present} 人，应到 {meeting.named_count} 人，没有超过半数", "这一家另行开会审议", "recused"
            )
        case = workflow.advance(
            case_id, verdict, actor, seen_version=seen_version,
            given=Given(text=reason.strip(), facts={
                "meeting": meeting.id, "present": present, "named": meeting.named_count, "recused": len(gone),
            }),
        )
        item.verdict, item.reason, item.recused = verdict, reason.strip(), json.dumps(gone, ensure_ascii=False)
        item.named_count, item.present_count = meeting.named_count, present
        item.settled_at, item.settled_by = clock.now(), actor.person_id
        db.session.flush()
        return case


def _recused(meeting: Meeting, names: Iterable[str]) -> list[str]:
    chosen = list(dict.fromkeys(name for name in names if name))
    there = {row["name"] for row in meeting.present}
    strangers = [name for name in chosen if name not in there]
    if strangers:
        raise Refused("8", f"{'、'.join(strangers)}不在到会人员里", "只记到会后回避的人", "recused")
    return chosen


def close_meeting(actor, meeting_id: int, upload) -> Meeting:
    """Form the record: every dossier has its verdict, the signed minutes are there; nothing changes any more."""
    with transaction():
        meeting = _open(actor, meeting_id)
        left = db.session.scalar(
            select(func.count()).select_from(MeetingItem)
            .where(MeetingItem.meeting_id == meeting.id, MeetingItem.verdict == "")
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
