"""The major-event report: filed by the base, verified by the county, then taken over by the register (A13-7)."""

import json
from datetime import datetime

from sqlalchemy import select

from incubator.bases import commands as bases
from incubator.bases import profile as register
from incubator.bases.facts import standing_of
from incubator.bases.models import Base
from incubator.cases import submissions
from incubator.cases.queries import latest_submission
from incubator.changes.major_models import MajorEvent
from incubator.inspections import leads
from incubator.inspections import queries as inspections
from incubator.inspections.leads import Lead
from incubator.kernel import access, clock, drafts, registry, security, workflow
from incubator.kernel.database import db, transaction
from incubator.kernel.errors import Invalid, Refused
from incubator.kernel.parameters import whole, workday
from incubator.kernel.registry import Lack
from incubator.kernel.workflow import Case, Given
from incubator.obligations.commands import open_obligation
from incubator.obligations.models import Obligation
from incubator.policy import major_events as policy
from incubator.policy.calendar import station_due
from incubator.policy.fields import canonical, clean, from_stored, to_stored
from incubator.policy.fields.major_event import AREA_FIELDS, MAJOR_CHECK, MAJOR_EVENT
from incubator.policy.identifiers import site_key
from incubator.visits.commands import visit_url
from incubator.visits.queries import visits_of

KIND = "major_event"
_INSPECTED = ("next_inspection", leads.SPECIAL)


def registered(base: Base) -> dict:
    """What the register says now of what an event may change."""
    return {**{name: getattr(base, name) for name in AREA_FIELDS}, "address": base.address}


def open_event(actor) -> Case:
    """A new report with the areas of the register filled in; several events may run side by side."""
    access.require(actor, "profile.keep")
    with transaction():
        base = access.load(actor, Base, actor.base_id, lock=True)
        if register.kept_since(base) is None or base.closed_at is not None or base.status_now == "revoked":
            raise Refused("13", "备案有效的基地才报告重大事项", "先完成备案；已关闭、撤销的不再报告")
        draft = db.session.scalar(select(Case).where(Case.base_id == base.id, Case.kind == KIND, Case.state == "draft"))
        if draft is not None:
            return draft
        case = workflow.open_case(KIND, actor, region_id=base.region_id, subject=base.name, base_id=base.id)
        drafts.begin(case, MAJOR_EVENT, {k: str(v) for k, v in registered(base).items() if v is not None and k != "address"}, actor)
        return case


def check_event(case: Case):
    """The draft read as a submission would be."""
    stored, _ = drafts.read(case.id, MAJOR_EVENT)
    base = db.session.get(Base, case.base_id)
    return clean(MAJOR_EVENT, from_stored(MAJOR_EVENT, stored), context={"today": clock.today(), "register": registered(base)})


@registry.evidence("event_complete")
def _complete(case: Case):
    for problem in check_event(case).errors:
        yield Lack.of(problem, "13")


def submit_event(actor, case_id: int, *, seen_version: int) -> Case:
    """Freeze the report; whether it came in time is judged on the first submission."""
    access.require(actor, "major_event.submit")
    with transaction():
        case = access.load(actor, Case, case_id, lock=True)
        workflow.expect_version(case, seen_version)
        base = access.load(actor, Base, case.base_id, lock=True)
        checked = check_event(case)
        if not checked.ok:
            raise Invalid(checked.errors)
        values = checked.values
        submissions.check_files(actor, case, MAJOR_EVENT, to_stored(MAJOR_EVENT, values))
        version = submissions.freeze(case, MAJOR_EVENT, values, actor)
        happened = values["happened_on"]
        row = find_event(case) or MajorEvent(case_id=case.id, base_id=base.id, reported_on=clock.today(),
                                             before=canonical(registered(base)))
        row.kind, row.happened_on = values["kind"], happened
        row.due_on = policy.report_due(happened, whole("major_days", happened), workday)
        db.session.add(row)
        db.session.flush()
        return workflow.advance(
            case.id, "submit", actor, seen_version=seen_version,
            given=Given(facts={"version": version.version_no, "hash": version.hash, "kind": row.kind, "late": row.late}),
        )


def find_event(case: Case) -> MajorEvent | None:
    return db.session.get(MajorEvent, case.id)


@registry.evidence("visit_event")
def _visited(case: Case):
    """Area, address and use are seen on site before the county says anything."""
    row = find_event(case)
    if row is not None and row.kind in policy.ON_SITE and not _visits(case):
        yield Lack("13", "还差实地踏查记录", "登记实地踏查", visit_url(case))


def _visits(case: Case) -> list:
    return [visit for visit in visits_of(case) if visit.kind == "major_event"]


def verify_event(actor, case_id: int, raw: dict, *, seen_version: int) -> Case:
    """What the county found, and what follows; the register changes from the day verified (A13-7, AMB-38)."""
    access.require(actor, "major_event.check")
    with transaction():
        case = access.load(actor, Case, case_id, lock=True)
        workflow.expect_version(case, seen_version)
        row = find_event(case)
        base = db.session.get(Base, case.base_id, populate_existing=True, with_for_update=True)
        read = clean(MAJOR_CHECK, {**raw, "kind": row.kind}, context={"today": clock.today()})
        if not read.ok:
            raise Invalid(read.errors)
        values = read.values
        verified = {name: values.get(name) for name in verified_fields(row.kind)}
        found = policy.findings(row.kind, verified, register.area_minimums(base), use_changed=values.get("use_changed") == "yes")
        _raise(policy.valid_from_refusal(row.happened_on, values["valid_from"]), "valid_from")
        _raise(policy.follow_up_refusal(found, values["follow_up"]), "follow_up")
        visits = _visits(case)
        row.verified, row.valid_from, row.opinion = canonical(verified), values["valid_from"], values["opinion"]
        row.findings = canonical([{"code": f.code, "fact": f.fact} for f in found])
        row.follow_up, row.visit_id = values["follow_up"], visits[-1].id if visits else None
        row.checked_at, row.checked_by, row.checked_name = clock.now(), actor.person_id, f"{actor.office_name} {actor.name}"[:60]
        db.session.flush()
        return workflow.advance(
            case.id, "check", actor, seen_version=seen_version,
            given=Given(text=values["opinion"], facts={"valid_from": row.valid_from, "follow_up": row.follow_up,
                                                       "verified": security.digest(row.verified)}),
        )


def verified_fields(kind: str) -> tuple[str, ...]:
    return {policy.AREA: AREA_FIELDS, policy.ADDRESS: ("address",), policy.USE: ("use_changed",)}.get(kind, ())


def reported(case: Case) -> dict:
    """The newest version's form in stored form."""
    return submissions.content(latest_submission(case.id), MAJOR_EVENT)["form"]


def proposed(case: Case, row: MajorEvent) -> dict:
    """What the county's form offers: the verified values of the last visit, else what was reported; today."""
    told, visits = reported(case), _visits(case)
    seen = json.loads(visits[-1].verified) if visits else {}
    values = {name: seen.get(name, told.get(name)) for name in verified_fields(row.kind) if name != "use_changed"}
    if row.kind == policy.USE and "use_unchanged" in seen:
        values["use_changed"] = "no" if seen["use_unchanged"] else "yes"
    return values | {"valid_from": clock.today().isoformat()}


def _raise(refusal, field: str) -> None:
    if refusal is not None:
        raise Refused(refusal.article, refusal.reason, refusal.way_out, field=field)


@registry.effect("take_over_event")
def _take_over(case: Case, step, actor, given: Given) -> None:
    """The register says what was verified; a check without its facts is no check."""
    row = find_event(case)
    if row is None or row.checked_at is None:
        raise Refused("13", "还没有填核实的情况", "在“核实完毕”的页面上填")
    base = db.session.get(Base, case.base_id, populate_existing=True)
    verified = json.loads(row.verified)
    if row.kind == policy.ADDRESS and verified["address"] != base.address:
        key = site_key(verified["address"])
        if key != base.site_key:
            bases.refuse_double_account(base.operator_uscc, verified["address"])
        base.address, base.site_key = verified["address"], key
        register.amend(base, actor, {}, kind="verified", case=case, valid_from=row.valid_from, more=("address",))
    elif row.kind == policy.AREA:
        values = from_stored(MAJOR_CHECK, verified)
        register.amend(base, actor, values, kind="verified", case=case, valid_from=row.valid_from)
    if row.follow_up == leads.SPECIAL:
        _owe_inspection(base, case)


def _owe_inspection(base: Base, case: Case) -> None:
    """A14-4: the province owes an inspection outside the plan; one that runs already shows the event by itself."""
    if not standing_of(base).in_force or inspections.running_adhoc(base.id) is not None:
        return
    today = clock.today()
    open_obligation(
        kind=leads.SPECIAL, key=f"{base.id}:{case.id}", article="14", region_id=base.region_id, case=case, tier="province",
        office_id=access.province_office().id, title=f"{base.name}：开专项检查",
        due_on=station_due(today, whole("station_days_province", today), workday),
    )


def events_to_inspect(base_id: int, since: datetime | None = None) -> list[MajorEvent]:
    """Events of a base that were verified after an instant and go to an inspection or to Article 16(2) (A14-4, AMB-38)."""
    query = select(MajorEvent).where(MajorEvent.base_id == base_id, MajorEvent.follow_up.in_((*_INSPECTED, "revocation")))
    if since is not None:
        query = query.where(MajorEvent.checked_at > since)
    return list(db.session.scalars(query.order_by(MajorEvent.case_id)))


def owed_inspection(row: MajorEvent) -> bool:
    """Whether the inspection that an event asks for has not been begun yet."""
    return row.follow_up == leads.SPECIAL and db.session.scalar(select(Obligation.id).where(
        Obligation.kind == leads.SPECIAL, Obligation.key == f"{row.base_id}:{row.case_id}", Obligation.fulfilled_at.is_(None)
    )) is not None


@leads.leads_of
def _leads(base_id: int, since: datetime | None) -> list[Lead]:
    """The events that an inspection judges; those of Article 16(2) have their own way."""
    return [
        Lead(
            row.case_id, row.kind, dict(policy.KINDS)[row.kind], row.happened_on, clock.day_of(row.checked_at), row.opinion,
            row.follow_up, dict(policy.FOLLOW_UPS)[row.follow_up], tuple((f["code"], f["fact"]) for f in row.found),
        )
        for row in events_to_inspect(base_id, since) if row.follow_up in _INSPECTED
    ]
