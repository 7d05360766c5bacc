"""Opening, checking and submitting an application for recognition or promotion."""

from sqlalchemy import select

from incubator.bases.facts import standing_of
from incubator.bases.models import Base
from incubator.bases.queries import region_labels, relaxations_of
from incubator.cases import submissions
from incubator.cases.queries import latest_submission
from incubator.cases.tables import form_table
from incubator.decisions.queries import recognition_of
from incubator.kernel import access, clock, drafts, parameters, registry, workflow
from incubator.kernel.database import db, transaction
from incubator.kernel.errors import Invalid, Refused
from incubator.kernel.registry import Lack
from incubator.kernel.workflow import Case, Given
from incubator.policy.changes import MAJOR
from incubator.policy.criteria import STANDARDS, Finding, Relaxation
from incubator.policy.fields import Cleaned, clean, from_stored, to_stored
from incubator.policy.fields.filing import FILING
from incubator.policy.fields.recognition import BASE_FIELDS, declared_facts
from incubator.policy.procedures import APPLIED
from incubator.policy.standing import IN_FORCE, promotion_refusal
from incubator.recognitions import materials
from incubator.rosters import queries as rosters
from incubator.rosters.record_queries import graduates

_CARRIED = frozenset(f.name for f in BASE_FIELDS)
# what is true of one application only and is never carried over to the next
_ONCE = frozenset(("credit_reports", "credit_report_on", "truth_pledge", "work_summary", "next_plan", "decl_law", "decl_credit", "decl_property",
                   "decl_dispute", "decl_note", "relax_items", "guide_materials"))


_counts = []


def counts_of(fn):
    """Register ``fn(case) -> dict``: automatic fields of an application that a later module knows."""
    _counts.append(fn)
    return fn


def running_application(base_id: int, kind: str = "recognition") -> Case | None:
    return db.session.scalar(select(Case).where(Case.base_id == base_id, Case.kind == kind, Case.ended_at.is_(None)))


def open_application(actor, kind: str = "recognition") -> Case:
    """The base's application of that kind, prefilled with everything known (A7-3, A7-4); one of a kind at a time."""
    with transaction():
        base = access.load(actor, Base, actor.base_id)
        running = running_application(base.id, kind)
        if running is not None:
            return running
        case = workflow.open_case(kind, actor, region_id=base.region_id, subject=base.name, base_id=base.id)
        table = form_table(kind)
        known = prefilled(base)
        drafts.begin(case, table, {f.name: known[f.name] for f in table.fields if f.name in known}, actor)
        return case


def prefilled(base: Base) -> dict:
    """Everything known already: earlier applications, then the approved filing, then what the register says now."""
    values: dict = {}
    for kind in APPLIED:
        earlier = _last_version(base.id, kind)
        if earlier is not None:
            table = form_table(kind)
            old = submissions.content(earlier, table)["form"]
            counted = {f.name for f in table.fields if f.source == "auto"}  # counted anew: rosters went on since
            values |= {k: v for k, v in old.items() if k not in _ONCE and k not in counted and v not in (None, "", [])}
    filing = _last_version(base.id, "filing")
    if filing is not None:
        stored = submissions.content(filing, FILING)["form"]
        values |= {k: v for k, v in stored.items() if k in _CARRIED and v not in (None, "", [])}
    # a base that was moved to another division is there, whatever its filing says
    return values | (_registered(base) if base.status_now in IN_FORCE else {"division_code": base.region.code})


def _registered(base: Base) -> dict:
    """The register's own values: a change or a report of a major event may have come since the filing (A7-4)."""
    now = {
        "base_name": base.name, "address": base.address, "operator_name": base.operator_name,
        "operator_uscc": base.operator_uscc, "investor_name": base.investor_name, "investor_idno": base.investor_idno,
        "contact_name": base.contact_name, "contact_phone": base.contact_phone, "division_code": base.region.code,
        **{key: str(getattr(base, key)) for key in ("area_total", "area_incub", "area_public") if getattr(base, key) is not None},
    }
    return {key: value for key, value in now.items() if value}


def _last_version(base_id: int, kind: str):
    case_id = db.session.scalar(
        select(Case.id)
        .where(Case.base_id == base_id, Case.kind == kind, Case.submitted_at.is_not(None))
        .order_by(Case.id.desc())
        .limit(1)
    )
    return latest_submission(case_id) if case_id else None


def counts(case: Case) -> dict:
    """What the rosters and the register make of the form's automatic fields and of the standards."""
    found = dict(rosters.facts(case.base_id))
    if any(f.name == "grad_cum" for f in form_table(case.kind).fields):
        base = db.session.get(Base, case.base_id)
        found |= {"grad_cum": graduates(case.base_id), "recognised": standing_of(base).in_force}
        given = recognition_of(case.base_id)
        if given is not None:
            found |= {"recog_doc_no": given.decision.document_no, "recog_on": given.document_on}
    for fn in _counts:
        found |= fn(case)
    return found


def closed(case: Case) -> str:
    """Why an application that is complete could not be submitted now; empty where it could."""
    step = case.procedure.step(case.state, "submit")
    lacks = registry.lacks([name for name in step.needs if name != "application_complete"], case)
    return lacks[0].text if lacks else ""


def standing_counts(case: Case) -> dict:
    """Of these the numbers that a submission freezes for the standards."""
    return {k: v for k, v in counts(case).items() if isinstance(v, int)}


def check_application(case: Case) -> Cleaned:
    """The draft read as a submission would be, with the figures that the rosters make and what the guide asks for."""
    table = form_table(case.kind)
    stored, _ = drafts.read(case.id, table)
    read = clean(
        table, from_stored(table, stored),
        context={"today": clock.today(), "regions": region_labels(), "urban": case.region.urban, "computed": counts(case)},
    )
    said = {problem.field for problem in read.errors}
    read.problems += [p for p in materials.problems(case, table, read.values) if p.field not in said]
    return read


def checklist(case: Case) -> list[Finding]:
    """The live checklist on the draft (A5-8): Article 5, for a promotion Article 6 before it. Failing items do not keep from submitting."""
    table = form_table(case.kind)
    stored, _ = drafts.read(case.id, table)
    read = clean(table, from_stored(table, stored), draft=True, context={"today": clock.today()})
    granted = [Relaxation(r.standard, r.threshold, r.document_no) for r in relaxations_of([case])[case.id]]
    return STANDARDS[case.kind](
        {**declared_facts(read.values), **standing_counts(case)}, urban=case.region.urban,
        edition_on=case.edition_on or clock.today(), granted=granted, editions=parameters.editions(),
    )


@registry.evidence("not_in_force")
def _not_in_force(case: Case):
    if db.session.get(Base, case.base_id).status_now in IN_FORCE:
        yield Lack("8", "已经是省级创业孵化基地，不用再申请认定", "业绩突出的可以申请晋级示范基地")


@registry.evidence("promotion_open")
def _promotion_open(case: Case):
    """A6-1, AMB-30, T38, T39: a base in force, in good order, with nothing else of weight under way."""
    base = db.session.get(Base, case.base_id)
    refusal = promotion_refusal(standing_of(base), _others(case))
    if refusal is not None:
        yield Lack(refusal.article, refusal.reason, refusal.way_out)


def _others(case: Case) -> list[str]:
    """What is under way on the base beside this: one of them at a time (AMB-30)."""
    rows = db.session.scalars(
        select(Case.kind).where(
            Case.base_id == case.base_id, Case.kind.in_(sorted(MAJOR)), Case.id != case.id, Case.ended_at.is_(None),
            Case.submitted_at.is_not(None),
        )
    )
    return [MAJOR[kind] for kind in rows]


@registry.evidence("application_complete")
def _application_complete(case: Case):
    for problem in check_application(case).errors:
        yield Lack.of(problem, "7(2)")


def submit_application(actor, case_id: int, *, seen_version: int) -> Case:
    """Freeze the application with its rosters and counts, and send it to the station that waits for it (A7-3)."""
    access.require(actor, "recognition.submit")
    with transaction():
        case = access.load(actor, Case, case_id, lock=True)
        workflow.expect_version(case, seen_version)
        checked = check_application(case)
        if not checked.ok:
            raise Invalid(checked.errors)
        base = db.session.get(Base, case.base_id)
        _refuse_other_facts(base, checked.values)
        table = form_table(case.kind)
        submissions.check_files(actor, case, table, to_stored(table, checked.values))
        frozen = rosters.frozen(case.base_id)
        row = submissions.freeze(
            case, table, checked.values, actor, rosters=frozen, extra={"facts": standing_counts(case)}
        )
        if case.campaign_id is None:
            _enter_campaign(case)
        return workflow.advance(
            case.id, "submit", actor, seen_version=seen_version,
            given=Given(facts={"version": row.version_no, "hash": row.hash, "campaign": case.campaign_id}),
        )


def _enter_campaign(case: Case) -> None:
    """The round whose guide holds at the first submission; a correction stays in its round (A3-2)."""
    campaign = materials.guide(case)
    if campaign is not None:
        case.campaign_id = campaign.id
        db.session.flush()


def _refuse_other_facts(base: Base, values: dict) -> None:
    """What the filing fixed is changed by a new filing, after recognition by a change, not in the application (A7-3, A18-1)."""
    told = ("和登记时不一样", "和登记保持一致；确有变化的先办变更") if base.status_now in IN_FORCE else (
        "和备案时不一样", "和备案保持一致；确有变化的先重新备案")
    for name, label, known in (
        ("operator_uscc", "运营机构统一社会信用代码", base.operator_uscc),
        ("division_code", "所在县（市、区）", base.region.code),
        ("base_name", "基地名称", base.name),
    ):
        if values[name] != known:
            raise Refused("7(2)", label + told[0], told[1], name)
