"""第十三条: the operator keeps the base information current, and confirms it once a year (A13-1, A13-8)."""

from datetime import date

from sqlalchemy import func, select

from incubator.bases import profile as register
from incubator.bases.models import Base
from incubator.bases.queries import marks_of
from incubator.changes.profile_models import ProfileCheck
from incubator.kernel import access, clock, ledger, registry
from incubator.kernel.database import db, transaction
from incubator.kernel.errors import Conflict, Invalid, Refused
from incubator.obligations.commands import fulfil, open_obligation
from incubator.obligations.models import Obligation
from incubator.policy import profile as policy
from incubator.policy.counting import on_fixed_day
from incubator.policy.fields import clean, to_stored
from incubator.policy.fields.profile import PROFILE

DUTY = "profile_check"
KEPT = ("filed", "valid", "provisional")


def edit_profile(actor, raw: dict, *, seen_version: int) -> list[str]:
    """Another version of what is not protected; answers the fields that changed.

    A protected field is refused with the procedure that changes it (第十三、十八条).
    """
    access.require(actor, "profile.keep")
    with transaction():
        base = access.load(actor, Base, actor.base_id, lock=True)
        _refuse_protected(base, raw)
        if base.closed_at is not None or base.status_now == "revoked":
            raise Refused("13", "这个基地已经关闭或撤销，基本信息不再变动", "原有的内容仍可以查看")
        if register.kept_since(base) is None:
            raise Refused("13", "备案通过以后才有基本信息", "先填备案表")
        if base.version != seen_version:
            raise Conflict("基本信息刚刚被另一个人改过，这一次没有写入。看过现在的内容再改")
        return register.amend(base, actor, _judged(base, raw))


def _judged(base: Base, raw: dict) -> dict:
    typed = {**to_stored(PROFILE, register.values_of(base)), **{k: v for k, v in raw.items() if k in PROFILE}}
    read = clean(PROFILE, typed, context={"today": clock.today()})
    falls = policy.area_falls(register.reviewed_areas(base), read.values, register.area_minimums(base))
    read = clean(PROFILE, typed, context={"today": clock.today(), "area_falls": falls})
    if read.errors:
        raise Invalid(read.errors)
    return read.values


def _refuse_protected(base: Base, raw: dict) -> None:
    now = {"base_name": base.name, "investor_name": base.investor_name, "operator_name": base.operator_name,
           "address": base.address}
    for item in policy.PROTECTED:
        if item.name in raw and str(raw[item.name]).strip() != now[item.name]:
            raise Refused(item.article, f"{item.label}不能在基本信息里改", f"通过{item.procedure}办理", field=item.name)


# the yearly check -------------------------------------------------------------------------------


def confirm(actor, year: int, answers: dict[str, str]) -> bool:
    """Confirm the parts named; answers whether the year's check is whole with it, which fulfils its obligation."""
    access.require(actor, "profile.confirm")
    with transaction():
        base = access.load(actor, Base, actor.base_id, lock=True)
        if register.kept_since(base) is None or base.closed_at is not None:
            raise Refused("13", "备案有效的基地才核对基本信息", "先完成备案")
        if year != clock.today().year:
            raise Refused("13", f"现在核对的是 {clock.today().year} 年", "刷新页面再确认")
        given = {key: answers[key] for key, _, _ in policy.PARTS if answers.get(key)}
        if not given:
            raise Refused("13", "还没有选", "逐项选无变化或已更新", field="profile")
        if wrong := [key for key, answer in given.items() if answer not in dict(policy.ANSWERS)]:
            raise Refused("13", "没有这一项", "选无变化或已更新", field=wrong[0])
        for part, answer in given.items():
            db.session.add(ProfileCheck(base_id=base.id, year=year, part=part, answer=answer, at=clock.now(),
                                        by_person_id=actor.person_id, by_name=actor.name))
        db.session.flush()
        event = ledger.append(f"base:{base.id}", "profile_confirmed", actor, {"year": year, "parts": sorted(given)})
        whole = len(confirmed_in(base.id, year)) == len(policy.PARTS)
        if whole:
            fulfil((Obligation.kind == DUTY) & (Obligation.key == f"{base.id}:{year}"), actor, event.id)
        return whole


def confirmed_in(base_id: int, year: int) -> dict[str, ProfileCheck]:
    """Part → its last confirmation in that year."""
    rows = db.session.scalars(
        select(ProfileCheck).where(ProfileCheck.base_id == base_id, ProfileCheck.year == year).order_by(ProfileCheck.id)
    )
    return {row.part: row for row in rows}


def stale_parts(base: Base, today: date | None = None) -> list[str]:
    """Labels of the parts that nobody confirmed for twelve months (A13-8)."""
    rows = db.session.execute(
        select(ProfileCheck.part, func.max(ProfileCheck.at)).where(ProfileCheck.base_id == base.id).group_by(ProfileCheck.part)
    )
    found = policy.stale({part: clock.day_of(at) for part, at in rows}, register.kept_since(base), today or clock.today())
    return [label for key, label, _ in policy.PARTS if key in found]


@marks_of
def _not_confirmed(base: Base) -> list[str]:
    if base.closed_at is not None or base.status_now not in KEPT:
        return []
    parts = stale_parts(base)
    return [f"待核对：{'、'.join(parts)}，超过 12 个月没有确认"] if parts else []


@registry.daily(30, "profile_check")
def open_checks(day: date) -> int:
    """From 1 January to 31 March each base that was filed or imported before the year owes its check; a duty that was not told by
    its day is not laid on anybody afterwards. Returns how many were opened."""
    due = policy.check_due(day.year)
    if day > due:
        return 0
    told = select(Obligation.key).where(Obligation.kind == DUTY, Obligation.due_on == due)
    opened, begun = 0, date(day.year, 1, 1)
    with transaction():
        there = set(db.session.scalars(told))
        bases = db.session.scalars(
            select(Base).where(
                Base.status_now.in_(KEPT), Base.closed_at.is_(None),
                (Base.filed_on < begun) | (Base.filed_on.is_(None) & (Base.created_at < clock.start_of(begun))),
            ).order_by(Base.id)
        )
        for base in bases:
            if (key := f"{base.id}:{day.year}") not in there:
                open_obligation(kind=DUTY, key=key, due_on=due, article="13", region_id=base.region_id, base_id=base.id,
                                title=f"核对{day.year}年基本信息", basis=on_fixed_day(day, due))
                opened += 1
    return opened

