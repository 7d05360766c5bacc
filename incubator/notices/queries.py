"""Reads of notices and objections."""

import json
import unicodedata
from dataclasses import dataclass
from datetime import date

from sqlalchemy import case as sql_case
from sqlalchemy import func, select
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from incubator.bases.models import Base
from incubator.kernel import access, clock, once, registry, security
from incubator.kernel.database import db
from incubator.kernel.parameters import whole, workday
from incubator.kernel.registry import Lack
from incubator.kernel.workflow import Case
from incubator.notices.models import Notice, NoticeItem, Objection
from incubator.offices.models import Membership, Person
from incubator.policy.calendar import chinese_date, notice_end
from incubator.policy.fields.objection import UNANSWERED, UPHELD
from incubator.policy.permissions import PROVINCE_DESK
from incubator.policy.procedures import RENOTICE, REOPENED, Step

PAGE = 20
READY_MOST = 200
SAME_UNIT = "同运营机构"
LEVELS = {"recognition": "base", "promotion": "demonstration"}  # what a case of a kind is published for
PUBLISHED = ("基地名称", "运营机构", "投资主体", "所在地", "等级")


@dataclass(frozen=True)
class OnNotice:
    """Where a case stands with its present notice: the item, and its named objections by result."""

    item: NoticeItem
    waiting: int
    upheld: int
    upheld_any: int


def on_notice(case_ids) -> dict[int, OnNotice]:
    """The present notice of each case, with its objections counted, in one query."""
    ids = list(case_ids)
    if not ids:
        return {}
    named = Objection.kind == "objection"

    def count(condition):
        return func.coalesce(func.sum(sql_case((condition, 1), else_=0)), 0)

    said = (
        select(
            Objection.case_id, Objection.notice_id,
            count(named & Objection.status.in_(UNANSWERED)).label("waiting"),
            count(named & Objection.status.in_(UPHELD)).label("upheld"),
            count(Objection.status.in_(UPHELD)).label("upheld_any"),
        )
        .where(Objection.case_id.in_(ids))
        .group_by(Objection.case_id, Objection.notice_id)
        .subquery()
    )
    rows = db.session.execute(
        select(NoticeItem, said.c.waiting, said.c.upheld, said.c.upheld_any)
        .join(NoticeItem.notice)
        .outerjoin(said, (said.c.case_id == NoticeItem.case_id) & (said.c.notice_id == NoticeItem.notice_id))
        .options(contains_eager(NoticeItem.notice))
        .where(NoticeItem.case_id.in_(ids), NoticeItem.closed_at.is_(None))
    )
    return {
        item.case_id: OnNotice(item, waiting or 0, upheld or 0, any_upheld or 0)
        for item, waiting, upheld, any_upheld in rows
    }


def notice_lacks(found: OnNotice | None, today: date) -> list[Lack]:
    """`notice_over`: the week has run out (A8-4)."""
    if found is None:
        return [Lack("8", "还没有公示", "先发布公示，满 1 周")]
    notice = found.item.notice
    if notice.over(today):
        return []
    return [Lack("8", f"公示到{chinese_date(notice.ends_on)} 24:00 止，还没有期满", "期满的次日起可以发文")]


def objection_lacks(found: OnNotice | None) -> list[Lack]:
    """`no_open_objection`: named objections are answered, and none of them held (A8-5, AMB-21)."""
    if found is None:
        return []
    where = f"/notices/{found.item.notice_id}"
    lacks = []
    if found.waiting:
        lacks.append(Lack("8", f"有 {found.waiting} 件实名异议没有答复", "答复异议", where))
    if found.upheld:
        lacks.append(
            Lack("8", f"有 {found.upheld} 件异议成立", "不予认定，或退回重新办理", f"/notices/back/{found.item.case_id}")
        )
    return lacks


def changed_facts(case: Case, base: Base, item: NoticeItem) -> list[str]:
    """Which of the published facts are no longer what the notice said (AMB-21)."""
    published = (item.base_name, item.operator_name, item.investor_name, item.region_name, item.level)
    now = (base.name, base.operator_name, investor_as_published(base), case.region.full_name, LEVELS[case.kind])
    return [label for label, was, is_ in zip(PUBLISHED, published, now, strict=True) if was != is_]


def until_words(item: NoticeItem) -> str:
    """Where a case stands with its notice, in a list of those that wait for a document."""
    return f"公示到 {chinese_date(item.notice.ends_on)}"


def changed_lacks(case: Case, found: OnNotice | None, base: Base | None = None) -> list[Lack]:
    """`published_as_is`: who is decided is who was published; otherwise the notice is made anew."""
    if found is None:
        return []
    changed = changed_facts(case, base or db.session.get(Base, case.base_id), found.item)
    if not changed:
        return []
    return [Lack("8", f"{'、'.join(changed)}和公示的不一样，须重新公示", "重新公示", f"/notices/back/{case.id}")]


def ways_back(case: Case, actor) -> list[Step]:
    """The stations that an upheld objection or a changed fact leads back to, for this actor, as they are open now."""
    outcomes = (*(outcome for outcome, _, _ in REOPENED), RENOTICE)
    steps = [case.procedure.step(case.state, outcome) for outcome in outcomes]
    return [
        step for step in steps
        if step is not None and actor.can(step.permission) and not registry.lacks(step.needs, case)
    ]


def verifiers() -> list[tuple[int, str]]:
    """Who may verify an objection: the people of the province's desk (核查人)."""
    today = clock.today()
    rows = db.session.execute(
        select(Person.id, Person.name).distinct()
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.role.in_(PROVINCE_DESK), Membership.to_on.is_(None) | (Membership.to_on > today),
               Person.disabled_at.is_(None))
        .order_by(Person.id)
    )
    return [tuple(row) for row in rows]


def people_named(ids) -> dict[int, str]:
    wanted = {i for i in ids if i}
    if not wanted:
        return {}
    return dict(db.session.execute(select(Person.id, Person.name).where(Person.id.in_(wanted))).all())


def ready_to_publish(actor) -> list[tuple[Case, Base]]:
    """Cases that passed and wait for their notice, with their bases."""
    rows = db.session.execute(
        access.visible(actor, Case, Case, Base)
        .join(Base, Base.id == Case.base_id)
        .where(Case.state == "proposed")
        .options(joinedload(Case.region))
        .order_by(Case.id)
        .limit(READY_MOST)
    )
    return [tuple(row) for row in rows]


def prefill(number: int) -> dict:
    """What a new notice starts with; the contact is that of the notice before."""
    today = clock.today()
    last = db.session.scalar(select(Notice).order_by(Notice.id.desc()).limit(1))
    return {
        "title": f"关于{today.year}年吉林省创业孵化基地拟认定名单的公示",
        "starts_on": today.isoformat(),
        "ends_on": notice_end(today, workday, whole("notice_days", today)).isoformat(),
        "body": (
            "经县（市、区）和市（州）工信部门推荐，省工业和信息化厅组织实地踏查、专家评审和集中审议，"
            f"拟认定 {number} 家单位为吉林省创业孵化基地。现将名单公示，听取意见。\n"
            "公示期内，单位和个人都可以实名提出异议，写明对象、事实和依据。我们核实后书面答复。"
            "异议只影响被提出的那一家，不影响其他单位。"
        ),
        "contact_unit": last.contact_unit if last else "吉林省工业和信息化厅创业服务处",
        "contact_phone": last.contact_phone if last else "",
        "contact_address": last.contact_address if last else "",
    }


def investor_as_published(base: Base) -> str:
    """The investor on a public page: 同运营机构 where they are one, a private person by the first character alone."""
    name = base.investor_name
    if not name or name == base.operator_name:
        return SAME_UNIT
    if json.loads(base.profile or "{}").get("investor_type") == "individual":
        return f"{name[:1]}××（个人）"
    return name


def page(before: int | None = None) -> tuple[list[tuple[Notice, int]], int | None]:
    """Notices newest first with the number of applicants, keyset by id: the public list and the archive."""
    size = select(func.count()).where(NoticeItem.notice_id == Notice.id).correlate(Notice).scalar_subquery()
    query = select(Notice, size).order_by(Notice.id.desc()).limit(PAGE + 1)
    if before:
        query = query.where(Notice.id < before)
    rows = [tuple(row) for row in db.session.execute(query)]
    return rows[:PAGE], rows[PAGE - 1][0].id if len(rows) > PAGE else None


def with_counts(actor, before: int | None = None) -> tuple[list[tuple], int | None]:
    """Notices for the province's list: applicants, and what the public said that waits for an answer."""
    rows, more = page(before)
    ids = [notice.id for notice, _ in rows]
    waiting = dict(
        db.session.execute(
            access.visible(actor, Objection, Objection.notice_id, func.count())
            .where(Objection.notice_id.in_(ids), Objection.status.in_(UNANSWERED))
            .group_by(Objection.notice_id)
        ).all()
    ) if ids else {}
    return [(notice, size, waiting.get(notice.id, 0)) for notice, size in rows], more


def in_full(notice_id: int, actor) -> Notice:
    """One notice with its list."""
    notice = access.load(actor, Notice, notice_id)
    db.session.scalars(select(Notice).where(Notice.id == notice.id).options(selectinload(Notice.items))).one()
    return notice


def cases_of(notice_id: int) -> dict[int, Case]:
    """The cases of a notice by id, for the pages of the province."""
    rows = db.session.scalars(
        select(Case).join(NoticeItem, NoticeItem.case_id == Case.id).where(NoticeItem.notice_id == notice_id)
    )
    return {case.id: case for case in rows}


def objections_of(actor, notice_id: int) -> list[Objection]:
    """What was said to a notice, unanswered first, then the newest."""
    order = sql_case((Objection.status.in_(UNANSWERED), 0), else_=1)
    return list(
        db.session.scalars(
            access.visible(actor, Objection).where(Objection.notice_id == notice_id)
            .options(selectinload(Objection.files)).order_by(order, Objection.id.desc()).limit(200)
        )
    )


@once.per_page
def items_of_case(case_id: int) -> list[NoticeItem]:
    """All notices in which a case stood, newest first."""
    return list(
        db.session.scalars(
            select(NoticeItem).where(NoticeItem.case_id == case_id).options(joinedload(NoticeItem.notice))
            .order_by(NoticeItem.id.desc())
        )
    )


def said_of_case(case_id: int) -> dict[int, tuple[int, int]]:
    """Notice id → named objections (all, unanswered) on a case."""
    rows = db.session.execute(
        select(Objection.notice_id, func.count(), func.sum(sql_case((Objection.status.in_(UNANSWERED), 1), else_=0)))
        .where(Objection.case_id == case_id, Objection.kind == "objection")
        .group_by(Objection.notice_id)
    )
    return {notice_id: (total, int(open_)) for notice_id, total, open_ in rows}


def of_base(base_id: int) -> list[NoticeItem]:
    """The notices in which a base stood, newest first: its public page."""
    return list(
        db.session.scalars(
            select(NoticeItem).where(NoticeItem.base_id == base_id).options(joinedload(NoticeItem.notice))
            .order_by(NoticeItem.id.desc()).limit(20)
        )
    )


def ever_published(q: str, most: int = 20) -> list[NoticeItem]:
    """Units once published whose name or operator holds `q`, each in its latest notice: where a complaint is made."""
    holds = NoticeItem.base_name.contains(q, autoescape=True) | NoticeItem.operator_name.contains(q, autoescape=True)
    latest = select(func.max(NoticeItem.id)).where(holds).group_by(NoticeItem.base_id).order_by(
        func.max(NoticeItem.id).desc()).limit(most)
    return list(
        db.session.scalars(
            select(NoticeItem).where(NoticeItem.id.in_(latest)).options(joinedload(NoticeItem.notice))
            .order_by(NoticeItem.id.desc())
        )
    )


def running(today: date) -> list[tuple[Notice, int]]:
    """Notices that run on a day, the one that ends first at the head, with the number of applicants."""
    size = select(func.count()).where(NoticeItem.notice_id == Notice.id).correlate(Notice).scalar_subquery()
    rows = db.session.execute(
        select(Notice, size).where(Notice.starts_on <= today, Notice.ends_on >= today)
        .order_by(Notice.ends_on, Notice.id).limit(10)
    )
    return [tuple(row) for row in rows]


def typed_code(code: str) -> str:
    """A receipt code as it was given, however it was typed: width, case, spaces and dashes do not count."""
    letters = "".join(c for c in unicodedata.normalize("NFKC", code).upper() if c.isalnum())
    return "-".join(letters[i : i + 8] for i in range(0, len(letters), 8))


def follow(code: str) -> Objection | None:
    """The message that a receipt code belongs to, with its notice and the name of the applicant as published."""
    return db.session.scalar(
        select(Objection).where(Objection.receipt_hash == security.digest(typed_code(code)))
        .options(joinedload(Objection.notice))
    )


def name_in(notice_id: int, case_id: int) -> str:
    return db.session.scalar(
        select(NoticeItem.base_name).where(NoticeItem.notice_id == notice_id, NoticeItem.case_id == case_id)
    )
