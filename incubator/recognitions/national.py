"""National titles, and who could be recommended for one (第九条, A9-2, A9-3)."""

from collections import defaultdict

from sqlalchemy import case as sql_case
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from incubator.bases.models import Base, NationalRecord
from incubator.cases import submissions
from incubator.cases.tables import form_table
from incubator.kernel import access, clock, ledger
from incubator.kernel.database import db, transaction
from incubator.kernel.errors import Invalid
from incubator.kernel.workflow import Case, Submission
from incubator.obligations.commands import open_obligation
from incubator.policy import national
from incubator.policy.counting import on_fixed_day
from incubator.policy.fields import Problem, clean, from_stored
from incubator.policy.fields.national import NATIONAL
from incubator.policy.fields.recognition import PROFESSIONAL_SERVICES
from incubator.policy.procedures import APPLIED
from incubator.policy.standing import IN_FORCE
from incubator.rosters.models import TeamMember, Tenant

PAGE = 20


def record_title(actor, base_id: int, raw: dict) -> NationalRecord:
    """Enter a national title with its three calendar years; the province owes a look when it ends (A9-3)."""
    access.require(actor, "national.keep")
    with transaction():
        base = access.load(actor, Base, base_id, lock=True)
        cleaned = clean(NATIONAL, raw, context={"today": clock.today()})
        if not cleaned.ok:
            raise Invalid(cleaned.errors)
        span = national.title_validity(cleaned.values["first_year"])
        twin = select(NationalRecord.id).where(
            NationalRecord.base_id == base.id, NationalRecord.title == cleaned.values["title"], NationalRecord.from_on == span.from_on
        )
        if db.session.scalar(twin) is not None:
            raise Invalid([Problem("first_year", "这个称号从这一年起的已经登记过", "9", "核对称号和年份")])
        row = NationalRecord(
            base_id=base.id, title=cleaned.values["title"], document_no=cleaned.values["document_no"],
            document_on=cleaned.values["document_on"], from_on=span.from_on, to_on=span.to_on, entered_at=clock.now(),
            entered_by=actor.person_id,
        )
        db.session.add(row)
        db.session.flush()
        open_obligation(
            kind="national_end", key=f"{base.id}:{row.id}", article="9", region_id=base.region_id, tier="province",
            office_id=access.province_office().id, title=f"{base.name}：{row.title}到期，核实", due_on=span.to_on,
            basis=on_fixed_day(clock.today(), span.to_on),
        )
        ledger.append(
            f"base:{base.id}", "national_title_recorded", actor,
            {"base": base.id, "title": row.title, "from": span.from_on, "to": span.to_on, "document": row.document_no},
        )
        return row


def candidates(actor, after: int = 0) -> tuple[list[tuple], int | None]:
    """Bases in force beside the national conditions, demonstration bases first, without those that hold a title now.

    Five queries a page: bases, tenants, team, applications, and their latest versions.
    """
    today = clock.today()
    titled = select(NationalRecord.base_id).where(NationalRecord.from_on <= today, NationalRecord.to_on >= today)
    rank = sql_case((Base.level_now == "demonstration", 0), else_=1)
    query = (
        access.visible(actor, Base).where(Base.status_now.in_(sorted(IN_FORCE)), Base.id.not_in(titled))
        .options(joinedload(Base.region)).order_by(rank, Base.id).offset(after).limit(PAGE + 1)
    )
    bases = list(db.session.scalars(query))
    figures = _figures([base.id for base in bases[:PAGE]], today)
    rows = [(base, national.compare(figures[base.id])) for base in bases[:PAGE]]
    return rows, after + PAGE if len(bases) > PAGE else None


def _figures(ids: list[int], today) -> dict[int, dict]:
    found: dict[int, dict] = defaultdict(dict)
    if not ids:
        return found
    for base_id, number, jobs in db.session.execute(
        select(Tenant.base_id, func.count(), func.coalesce(func.sum(Tenant.jobs), 0))
        .where(Tenant.base_id.in_(ids), Tenant.status == "active").group_by(Tenant.base_id)
    ):
        found[base_id] |= {"tenants": number, "jobs": jobs}
    for base_id, staff, mentors in db.session.execute(
        select(TeamMember.base_id, func.count(), func.sum(sql_case((TeamMember.category == "mentor", 1), else_=0)))
        .where(TeamMember.base_id.in_(ids), TeamMember.status == "active").group_by(TeamMember.base_id)
    ):
        found[base_id] |= {"staff": staff, "mentors": mentors}
    for base_id, kind, row in _latest(ids):
        said = from_stored(form_table(kind), submissions.content(row, form_table(kind))["form"])
        services = {line.get("service") for line in said.get("services") or ()}
        found[base_id] |= {
            "years": national.whole_years(said.get("operator_founded"), today), "partners": len(said.get("partners") or ()),
            "public_ratio": said.get("public_ratio"), "functions": len(services & {key for key, _ in PROFESSIONAL_SERVICES}),
        }
    return found


def _latest(ids: list[int]):
    """The latest version of the latest application of each base."""
    last = select(func.max(Case.id)).where(
        Case.base_id.in_(ids), Case.kind.in_(APPLIED), Case.submitted_at.is_not(None)).group_by(Case.base_id)
    rows = db.session.execute(
        select(Case.base_id, Case.kind, Submission).join(Submission, Submission.case_id == Case.id)
        .where(Case.id.in_(last)).order_by(Submission.version_no)
    )
    return [tuple(row) for row in rows]
