"""What a document needs whose bases stood on a public notice (A8-5): recognition and promotion."""

from collections.abc import Iterable

from sqlalchemy import select

from incubator.decisions.kinds import Waiting, rows_at
from incubator.kernel import clock
from incubator.kernel.database import db
from incubator.kernel.registry import Lack
from incubator.kernel.workflow import Case, Opinion
from incubator.notices import queries as notices
from incubator.notices.commands import end_notice

STATES = ("to_decide", "on_notice")


def waiting(kind: str, actor, ids: Iterable[int] | None = None) -> list[Waiting]:
    """Cases of `kind` in sight that wait for their document or whose notice still runs, in four queries."""
    rows = rows_at(actor, kind, STATES, ids)
    found = notices.on_notice([case.id for case, _ in rows])
    recorded, latest = _opinions([case.id for case, _ in rows])
    today = clock.today()
    result = []
    for case, base in rows:
        noticed, by = found.get(case.id), recorded.get(case.id)
        lacks = notices.notice_lacks(noticed, today) + notices.objection_lacks(noticed)
        lacks += notices.changed_lacks(case, noticed, base)
        lacks += second_person_lacks(actor, by, latest.get(case.id))
        item = noticed.item if noticed else None
        result.append(
            Waiting(
                case, base, by, tuple(lacks), notice_end=item.notice.ends_on if item else None,
                where=notices.until_words(item) if item else "", where_url=f"/notices/{item.notice_id}" if item else "",
                more=item,
            )
        )
    return result


def prepare(case: Case) -> None:
    """The notice that ran out ends, in case the day's run has not come by yet."""
    end_notice(case.id, clock.today())


def second_person_lacks(actor, recorded: int | None, before: int | None) -> list[Lack]:
    """P26, R-2.1: neither who recorded the deliberation nor who acted last before issues the document."""
    if recorded is None:
        return [Lack("8", "没有集中审议的记录", "先登记集中审议")]
    if actor.person_id == recorded:
        return [Lack("8", "集中审议是本人登记的", "由另一位负责人登记认定文件")]
    if actor.person_id == before:
        return [Lack("8", "公示是本人发布的", "由另一位负责人登记认定文件")]
    return []


def _opinions(case_ids) -> tuple[dict[int, int], dict[int, int]]:
    """Who recorded the latest deliberation of each case, and whose opinion at another station is the latest."""
    recorded, latest = {}, {}
    rows = db.session.execute(
        select(Opinion.case_id, Opinion.station, Opinion.person_id)
        .where(Opinion.case_id.in_(list(case_ids)), Opinion.by_office.is_(True), Opinion.person_id.is_not(None))
        .order_by(Opinion.id)
    )
    for case_id, station, person_id in rows:
        if station == "deliberation":
            recorded[case_id] = person_id
        if station not in STATES:
            latest[case_id] = person_id
    return recorded, latest
