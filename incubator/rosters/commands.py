"""Keeping the rosters (第十三条) and the reviewer's word on one tenant (A5-6)."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from incubator.bases.models import Base as IncubatorBase
from incubator.kernel import access, clock, files, ledger, security, workflow
from incubator.kernel.database import db, transaction
from incubator.kernel.errors import Conflict, Invalid, Refused
from incubator.kernel.forms import seal_values
from incubator.kernel.workflow import Case
from incubator.policy.fields import Problem, canonical, clean, to_stored
from incubator.rosters import queries
from incubator.rosters.models import TeamMember, Tenant, TenantOverride
from incubator.rosters.tables import (
    PEOPLE,
    TENANTS,
    Roster,
    kept_fields,
    number_in,
    put,
    values_of,
    with_defaults,
)

LEAVING = ("status", "out_on", "out_kind")
REASON_AT_LEAST = 10


@dataclass
class Kept:
    """A row after it was written, and what was noticed about it without standing in its way."""

    row: object
    warnings: list[Problem] = field(default_factory=list)


def add(actor, roster: Roster, raw: dict) -> Kept:
    """A new row of the actor's own base."""
    access.require(actor, "roster.keep")
    with one_row_a_number(roster), transaction():
        base = living_base(actor)
        values, warnings = _judge(actor, base, roster, {**raw, "status": "active", "out_on": "", "out_kind": ""})
        row = roster.model(base_id=base.id, version=1)
        _write(actor, roster, row, values, "added", [f.name for f in kept_fields(roster) if values.get(f.name)])
        return Kept(row, warnings)


def change(actor, roster: Roster, row_id: int, raw: dict, *, seen_version: int) -> Kept:
    """Another version of a row; fields that ``raw`` does not bring stay as they are."""
    access.require(actor, "roster.keep")
    with one_row_a_number(roster), transaction():
        base, row = _own_row(actor, roster, row_id, seen_version)
        values, warnings = _judge(actor, base, roster, {**values_of(roster, row), **raw}, row)
        return Kept(_revise(actor, roster, row, values), warnings)


def leave(actor, roster: Roster, row_id: int, raw: dict, *, seen_version: int) -> Kept:
    """毕业, 退出 or 离岗: the row stays with its day and way out. Only the words of leaving are judged."""
    access.require(actor, "roster.keep")
    with transaction():
        _, row = _own_row(actor, roster, row_id, seen_version)
        if row.out_on is not None:
            raise Refused("13", "这一行已经不在名册上", "要改日期的，在离开名单里改")
        before = values_of(roster, row)
        given = {name: raw.get(name, "") for name in LEAVING if name in roster.table}
        if roster.struck and not given["out_on"]:
            given["out_on"] = clock.today().isoformat()
        if given["status"] in ("", "active"):
            given["status"] = "left"
        read = clean(roster.table, {**before, **given}, context={"today": clock.today()})
        if wrong := [p for p in read.errors if p.field in LEAVING]:
            raise Invalid(wrong)
        return Kept(_revise(actor, roster, row, before | {name: read.values.get(name) for name in given}))


def end_team(base_id: int, actor, on) -> int:
    """The team of an operator that was replaced leaves with it; the next operator enters its own (A18-6)."""
    rows = db.session.scalars(
        select(TeamMember).where(TeamMember.base_id == base_id, TeamMember.out_on.is_(None)).order_by(TeamMember.id)
    ).all()
    for row in rows:
        row.version += 1
        _write(actor, PEOPLE, row, values_of(PEOPLE, row) | {"status": "left", "out_on": max(on, row.in_on)}, "left",
               ["status", "out_on"])
    return len(rows)


def keep_file(actor, upload) -> files.StoredFile:
    """A proof of a row, kept for the base before the row is judged, so that it need not be chosen twice."""
    access.require(actor, "roster.keep")
    with transaction():
        base = access.load(actor, IncubatorBase, living_base(actor).id, lock=True)
        return files.accept(upload, actor, base_id=base.id, again=True)


def override_tenant(actor, tenant_id: int, *, counts: bool, reason: str, case_id: int | None = None) -> TenantOverride:
    """A reviewer counts a tenant or not, against the classification, with a reason (A5-6).

    With ``case_id`` it is said in the course of that review and stands in its timeline.
    """
    access.require(actor, "roster.override")
    reason = " ".join(reason.split())
    with transaction():
        tenant = access.load(actor, Tenant, tenant_id, fresh=True)
        if tenant.out_on is not None:
            raise Refused("5(4)", "这户已经不在名册上，不计户数", "核对是哪一户")
        if len(reason) < REASON_AT_LEAST:
            raise Refused("5(4)", f"理由至少写 {REASON_AT_LEAST} 个字", "写明看到了什么、为什么这样算", field="reason")
        if counts and _counts_elsewhere(tenant):
            raise Refused("5(4)", f"不能改判为计入：{queries.ELSEWHERE}", "等它在那个基地退出后再改判")
        case = _case_of(actor, tenant, case_id)
        row = TenantOverride(
            tenant_id=tenant.id, counts=counts, reason=reason[:500], kind=tenant.kind, subject=tenant.subject,
            industry=tenant.industry, case_id=case.id if case else None, by_person_id=actor.person_id,
            by_name=actor.name, office_name=actor.office_name, at=clock.now(),
        )
        db.session.add(row)
        db.session.flush()
        said = {"tenant": tenant.id, "override": row.id, "counts": counts, "reason_hash": security.digest(row.reason)}
        if case is not None:
            workflow.record(case, "tenant_overridden", actor, said)
        else:
            ledger.append(f"base:{tenant.base_id}", "tenant_overridden", actor, said)
        return row


def _counts_elsewhere(tenant: Tenant) -> bool:
    mine = next(line for line in queries.tenants_now(tenant.base_id) if line.id == tenant.id)
    return mine.verdict.twin == "elsewhere"


def _case_of(actor, tenant: Tenant, case_id: int | None) -> Case | None:
    """The review in whose course it is said; one that has ended is no longer written to."""
    if not case_id:
        return None
    case = access.load(actor, Case, case_id, fresh=True)
    if case.base_id != tenant.base_id:
        raise Refused("5(4)", "这户不在这件案卷的基地", "从案卷的名册打开")
    return None if case.ended_at is not None else case


# rows ---------------------------------------------------------------------------------------


def living_base(actor) -> IncubatorBase:
    base = access.load(actor, IncubatorBase, actor.base_id)
    if base.closed_at is not None or base.status_now == "revoked":
        raise Refused("13", "这个基地已经关闭或撤销，名册不再变动", "原有的内容仍可以查看")
    return base


def _own_row(actor, roster: Roster, row_id: int, seen_version: int):
    base = living_base(actor)
    row = access.load(actor, roster.model, row_id, fresh=True)
    if row.version != seen_version:
        raise Conflict(f"“{roster.name_of(values_of(roster, row))}”这一行刚刚被另一个人改过，这一次没有写入。看过现在的内容再改")
    return base, row


@contextmanager
def one_row_a_number(roster: Roster) -> Iterator[None]:
    """Two people who add the same one at once find the index's answer, told like the rule's."""
    try:
        yield
    except IntegrityError as clash:
        if "change" in str(clash.orig):
            raise
        raise roster.refuse_twice() from None


def _judge(actor, base: IncubatorBase, roster: Roster, raw: dict, row=None) -> tuple[dict, list[Problem]]:
    raw = with_defaults(roster, raw)
    read = clean(roster.table, raw, context=_context(base, roster, raw, row))
    wrong = [p for p in read.errors if p.field not in _unasked(roster, raw)]
    if wrong:
        raise Invalid(wrong)
    _own_files(actor, base, roster, read.values)
    return read.values, read.warnings


def _unasked(roster: Roster, raw: dict) -> set[str]:
    """Empty boxes that are no fault of their own: proofs that may follow, and the subject while its code is wrong."""
    names = {*roster.later, *(("subject",) if roster is TENANTS and number_in(roster, raw) is None else ())}
    return {name for name in names if not raw.get(name)}


def _context(base: IncubatorBase, roster: Roster, raw: dict, row) -> dict:
    """What the table's checks ask of the other rows: the same number, and the areas together."""
    model, number = roster.model, number_in(roster, raw)
    others = (model.base_id == base.id) & model.out_on.is_(None) & (model.id != (row.id if row is not None else 0))
    context = {"today": clock.today()}
    taken = set()
    if number:
        same = model.idno_index == security.vault().blind(number) if roster is PEOPLE else model.uscc == number
        taken = {number} if db.session.scalar(select(model.id).where(others, same).limit(1)) else set()
    context[roster.taken] = taken
    if roster is not TENANTS:
        return context
    used = db.session.scalar(select(func.coalesce(func.sum(model.area), 0)).where(others))
    return context | {"area_used_by_others": used, "area_incub": base.area_incub}


def _own_files(actor, base: IncubatorBase, roster: Roster, values: dict) -> None:
    """A proof is a file of this base: an id cannot be borrowed."""
    for spec in kept_fields(roster):
        for file_id in (values.get(spec.name) or []) if spec.kind in ("file", "files") else []:
            stored = access.load(actor, files.StoredFile, file_id)
            if stored.base_id != base.id:
                raise Refused("13", "这个附件不属于本基地", "重新上传", field=spec.name)


def _revise(actor, roster: Roster, row, values: dict):
    """Write what differs as the row's next version; nothing when nothing differs."""
    changed = differing(roster, row, values)
    if not changed:
        return row
    was, now = row.status, values.get("status")
    kind = "changed" if (was == "active") == (now == "active") else "left" if was == "active" else "back"
    row.version += 1
    _write(actor, roster, row, values, kind, changed)
    return row


def differing(roster: Roster, row, values: dict) -> list[str]:
    """The fields in which ``values`` differ from the row."""
    before, after = to_stored(roster.table, values_of(roster, row)), to_stored(roster.table, values)
    return [f.name for f in kept_fields(roster) if _plain(before.get(f.name)) != _plain(after.get(f.name))]


def _plain(value):
    return None if value in ("", []) else value


def _write(actor, roster: Roster, row, values: dict, kind: str, changed: list[str]) -> None:
    fill(roster, row, values)
    db.session.add(row)
    db.session.flush()
    content = keep_version(actor, roster, row, kind, changed)
    db.session.flush()
    ledger.append(
        f"base:{row.base_id}", f"roster_{kind}", actor,
        {"roster": roster.key, "row": row.id, "version": row.version, "fields": changed,
         "hash": security.digest(content)},
    )


def fill(roster: Roster, row, values: dict) -> None:
    """Write values into a row, with what is looked up by."""
    put(roster, row, values)
    if roster is PEOPLE:
        row.idno_index = security.vault().blind(row.idno)


def keep_version(actor, roster: Roster, row, kind: str, changed: list[str]) -> str:
    """One more version of a row that has its id; answers the content that is kept."""
    content = canonical(seal_values(roster.table, to_stored(roster.table, values_of(roster, row))))
    db.session.add(
        roster.change(
            row_id=row.id, base_id=row.base_id, version=row.version, kind=kind, fields=canonical(changed),
            content=content, at=clock.now(), by_person_id=actor.person_id, by_name=actor.name,
        )
    )
    return content


def noticed(base: IncubatorBase, roster: Roster, row) -> list[Problem]:
    """What would be asked about a row as it stands: shown once after it was written."""
    values = values_of(roster, row)
    return clean(roster.table, values, context=_context(base, roster, values, row)).warnings
