"""Opening, checking and submitting an application for recognition."""

from sqlalchemy import select

from incubator.bases.models import Base
from incubator.bases.queries import region_labels
from incubator.campaigns.queries import open_campaign
from incubator.cases import submissions
from incubator.cases.queries import latest_submission
from incubator.kernel import access, clock, drafts, parameters, registry, workflow
from incubator.kernel.database import db, transaction
from incubator.kernel.errors import Invalid, Refused
from incubator.kernel.registry import Lack
from incubator.kernel.workflow import Case, Given
from incubator.policy.criteria import Finding, assess
from incubator.policy.fields import Cleaned, clean, from_stored, to_stored
from incubator.policy.fields.filing import FILING
from incubator.policy.fields.recognition import BASE_FIELDS, RECOGNITION, declared_facts
from incubator.rosters import queries as rosters

_CARRIED = frozenset(f.name for f in BASE_FIELDS)
# what is true of one application only and is never carried over to the next
_ONCE = frozenset(("credit_reports", "credit_report_on", "truth_pledge", "decl_law", "decl_credit", "decl_property",
                   "decl_dispute", "decl_note", "relax_items"))


def running_application(base_id: int) -> Case | None:
    return db.session.scalar(
        select(Case).where(Case.base_id == base_id, Case.kind == "recognition", Case.ended_at.is_(None))
    )


def open_application(actor) -> Case:
    """The base's application, prefilled from its filing and from an earlier application (A7-3); one at a time."""
    with transaction():
        base = access.load(actor, Base, actor.base_id)
        running = running_application(base.id)
        if running is not None:
            return running
        if base.status_now in ("valid", "provisional"):
            raise Refused("8", "已经是省级创业孵化基地，不用再申请认定", "业绩突出的可以申请晋级示范基地")
        case = workflow.open_case("recognition", actor, region_id=base.region_id, subject=base.name, base_id=base.id)
        drafts.begin(case, RECOGNITION, prefilled(base.id), actor)
        return case


def prefilled(base_id: int) -> dict:
    """Everything known already: the approved filing, then what an earlier application said."""
    values: dict = {}
    earlier = _last_version(base_id, "recognition")
    if earlier is not None:
        old = submissions.content(earlier, RECOGNITION)["form"]
        values |= {k: v for k, v in old.items() if k not in _ONCE and v not in (None, "", [])}
    filing = _last_version(base_id, "filing")
    if filing is not None:
        stored = submissions.content(filing, FILING)["form"]
        values |= {k: v for k, v in stored.items() if k in _CARRIED and v not in (None, "", [])}
    return values


def _last_version(base_id: int, kind: str):
    case_id = db.session.scalar(
        select(Case.id)
        .where(Case.base_id == base_id, Case.kind == kind, Case.submitted_at.is_not(None))
        .order_by(Case.id.desc())
        .limit(1)
    )
    return latest_submission(case_id) if case_id else None


def check_application(case: Case) -> Cleaned:
    """The draft read as a submission would be, with the figures that the rosters make."""
    stored, _ = drafts.read(case.id, RECOGNITION)
    counts = rosters.facts(case.base_id)
    return clean(
        RECOGNITION, from_stored(RECOGNITION, stored),
        context={"today": clock.today(), "regions": region_labels(), "urban": case.region.urban, "computed": counts},
    )


def checklist(case: Case) -> list[Finding]:
    """The live checklist of Article 5 on the draft (A5-8): failing items do not keep from submitting."""
    stored, _ = drafts.read(case.id, RECOGNITION)
    read = clean(RECOGNITION, from_stored(RECOGNITION, stored), draft=True, context={"today": clock.today()})
    facts = {**declared_facts(read.values), **rosters.facts(case.base_id)}
    return assess(
        facts, urban=case.region.urban, edition_on=case.edition_on or clock.today(), editions=parameters.editions()
    )


@registry.evidence("application_complete")
def _application_complete(case: Case):
    for problem in check_application(case).errors:
        yield Lack(problem.article or "7(2)", problem.message)


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
        submissions.check_files(actor, case, RECOGNITION, to_stored(RECOGNITION, checked.values))
        frozen = rosters.frozen(case.base_id)
        row = submissions.freeze(
            case, RECOGNITION, checked.values, actor, rosters=frozen, extra={"facts": rosters.facts(case.base_id)}
        )
        if case.campaign_id is None:
            _enter_campaign(case)
        return workflow.advance(
            case.id, "submit", actor, seen_version=seen_version,
            given=Given(facts={"version": row.version_no, "hash": row.hash, "campaign": case.campaign_id}),
        )


def _enter_campaign(case: Case) -> None:
    """The round that is open at the first submission; a correction stays in its round (A3-2)."""
    campaign = open_campaign("recognition", clock.now())
    if campaign is not None:
        case.campaign_id = campaign.id
        db.session.flush()


def _refuse_other_facts(base: Base, values: dict) -> None:
    """What the filing fixed is changed by a new filing, not in the application (A7-3)."""
    for name, label, known in (
        ("operator_uscc", "运营机构统一社会信用代码", base.operator_uscc),
        ("division_code", "所在县（市、区）", base.region.code),
        ("base_name", "基地名称", base.name),
    ):
        if values[name] != known:
            raise Refused("7(2)", f"{label}和备案时不一样", "和备案保持一致；确有变化的先重新备案", name)
