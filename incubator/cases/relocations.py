"""A base moved to another county with its open work; a division with other offices (R-2.3, R-2.10).

Reading moves whole and at once: the old office loses sight of everything, the new one sees everything, the past
included. What offices did stays theirs as text; in whose figures a past period counts stays where it was.
"""

from datetime import date

from sqlalchemy import select

from incubator.bases import commands as bases
from incubator.bases.models import Base
from incubator.cases.models import Relocation
from incubator.kernel import access, clock, ledger, registry, workflow
from incubator.kernel.access import Office, Region, Route
from incubator.kernel.database import db, transaction
from incubator.kernel.errors import Conflict, Refused
from incubator.kernel.workflow import Case
from incubator.obligations.commands import pass_on, pass_on_without_case

REASON = 10


def order_base(actor, base_id: int, region_id: int, *, from_on: date, reason: str, seen_version: int) -> Relocation:
    """The province moves a base to another division from a day on: today at once, later by the day itself."""
    access.require(actor, "route.manage")
    with transaction():
        base = access.load(actor, Base, base_id, lock=True)
        if base.version != seen_version:
            raise Conflict("这家基地的资料在这一页打开以后改过，没有转；看清现在在哪里再转")
        region = _region(region_id)
        if region.id == base.region_id:
            raise Refused("3", f"“{base.name}”现在就在{region.full_name}", "选另一个县（市、区）", field="region")
        row = _keep(actor, from_on, reason, base_id=base.id, region_id=region.id)
        return _apply_if_due(actor, row)


def order_route(actor, region_id: int, county_office_id: int, city_office_id: int, *, from_on: date,
                reason: str) -> Relocation:
    """The province gives a division other offices from a day on; the open work of its bases goes along."""
    access.require(actor, "route.manage")
    with transaction():
        region = _region(region_id)
        route = access.open_route(region.id)
        offices = {o.id: o for o in db.session.scalars(select(Office).where(Office.id.in_([county_office_id, city_office_id])))}
        if len(offices) != len({county_office_id, city_office_id}) or any(o.is_province for o in offices.values()):
            raise Refused("3", "没有这个县级或市级机构", "从名单里选县级和市级机构", field="county")
        if (route.county_office_id, route.city_office_id) == (county_office_id, city_office_id):
            raise Refused("3", f"{region.full_name}现在就是这样办理", "选另外的机构", field="county")
        row = _keep(actor, from_on, reason, region_id=region.id, county_office_id=county_office_id,
                    city_office_id=city_office_id)
        return _apply_if_due(actor, row)


def _region(region_id: int) -> Region:
    region = db.session.get(Region, region_id)
    if region is None or not region.selectable:
        raise Refused("3", "没有这个县（市、区）", "从名单里选", field="region")
    return region


def _keep(actor, from_on: date, reason: str, **what) -> Relocation:
    if from_on < clock.today():
        raise Refused("3", "日期不能早于今天", "填今天或以后的日期", field="from_on")
    if len(reason.strip()) < REASON:
        raise Refused("3", f"理由至少写 {REASON} 个字", "写明依据的文件或情况", field="reason")
    row = Relocation(from_on=from_on, reason=reason.strip()[:300], by_person_id=actor.person_id, by_name=actor.name,
                     at=clock.now(), **what)
    db.session.add(row)
    db.session.flush()
    ledger.append("system", "relocation_ordered", actor, {"relocation": row.id, "from_on": from_on})
    return row


def _apply_if_due(actor, row: Relocation) -> Relocation:
    if row.from_on <= clock.today():
        _apply(actor, row)
    return row


@registry.daily(5, "relocations")
def carry_out(day: date) -> int:
    """Moves that were ordered for a day that has come; before anything else that the day changes."""
    due = db.session.scalars(
        select(Relocation.id).where(Relocation.applied_at.is_(None), Relocation.from_on <= day).order_by(Relocation.id)
    ).all()
    done = 0
    for number in due:
        with transaction():
            row = db.session.scalars(
                select(Relocation).where(Relocation.id == number).with_for_update().execution_options(populate_existing=True)
            ).one()
            if row.applied_at is None:
                _apply(access.service("R-2.3"), row)
                done += 1
    return done


def _apply(actor, row: Relocation) -> None:
    """One move, whole: the base or the route, every case, every open obligation."""
    if row.base_id is not None:
        base = db.session.get(Base, row.base_id)
        bases.move_base(base, actor, row.region, reason=row.reason, on=clock.today())
        cases = select(Case).where(Case.base_id == base.id)
    else:
        _new_route(row)
        cases = select(Case).where(Case.region_id == row.region_id)
    for case in db.session.scalars(cases.order_by(Case.id).with_for_update()).all():
        workflow.relocate(case, row.region_id, actor, {"relocation": row.id})
        pass_on(case)
        row.moved_cases += 1
    pass_on_without_case(row.region_id, row.base_id)
    row.applied_at = clock.now()
    db.session.flush()
    ledger.append("system", "relocation_applied", actor, {"relocation": row.id, "cases": row.moved_cases})


def _new_route(row: Relocation) -> None:
    """Close the open row of the division and open another on the same day."""
    today = clock.today()
    route = access.open_route(row.region_id)
    route.to_on = today
    db.session.flush()
    db.session.add(Route(region_id=row.region_id, county_office_id=row.county_office_id,
                         city_office_id=row.city_office_id, from_on=today, reason=row.reason))
    db.session.flush()
