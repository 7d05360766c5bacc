"""Opening, keeping, submitting and reviewing a report (第十三条)."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from incubator.bases.models import Base
from incubator.bases.queries import region_labels
from incubator.cases import submissions
from incubator.cases.queries import latest_submission
from incubator.kernel import access, clock, drafts, files, ledger, registry, workflow
from incubator.kernel.database import db, transaction
from incubator.kernel.errors import Conflict, Invalid, NotVisible, Refused
from incubator.kernel.registry import Lack
from incubator.kernel.workflow import Case, Given, Opinion, Submission
from incubator.obligations import counts
from incubator.obligations.commands import fulfil
from incubator.obligations.models import Obligation
from incubator.policy import indicators
from incubator.policy.fields import Cleaned, Problem, clean, from_stored, to_stored
from incubator.policy.fields.report import REPORTS, SOFT, TYPED_OF_A_QUARTER
from incubator.policy.periods import Period, open_refusal, period_of
from incubator.policy.standing import REVOKED
from incubator.reports import duties
from incubator.reports.models import FIGURES, TICKS, Report, ReportFigures, ReportScan, ReportTick
from incubator.reports.sources import Sources, last_form, sources
from incubator.rosters import commands as rosters
from incubator.rosters.models import Tenant
from incubator.rosters.tables import TENANTS

# what the next report takes over from the last one: who fills it in, and the shares that seldom change
CARRIED = ("jobs_grad", "jobs_vet", "jobs_return", "filler", "filler_phone", "in_charge")
CARRIED_OF_A_YEAR = (
    "filler", "filler_phone", "in_charge", "staff_total", "staff_college", "staff_prof", "staff_trained", "area_office", "area_other",
    "n_tech", "n_high", "n_special", "n_above", "ip_total", "ip_invent", "fund",
)


def open_report(actor, code: str) -> Case:
    """The base's report of a period, born with its first draft (A13-3); opened twice it is the same one."""
    access.require(actor, "report.fill")
    period = period_of(code)
    if refused := open_refusal(period, clock.today()):
        raise Refused(refused.article, refused.reason, refused.way_out)
    try:
        with transaction():
            return _opened(actor, period)
    except IntegrityError:  # two people of the base in one instant
        if (found := report_of(actor.base_id, period)) is None:
            raise
        return found.case


def report_of(base_id: int, period: Period) -> Report | None:
    return db.session.scalar(
        select(Report).where(Report.base_id == base_id, Report.kind == period.kind, Report.period_start == period.span.from_on)
    )


def _opened(actor, period: Period) -> Case:
    if (found := report_of(actor.base_id, period)) is not None:
        return found.case
    base = access.load(actor, Base, actor.base_id)
    owed = db.session.scalar(
        select(Obligation).where(Obligation.kind == duties.KIND, Obligation.key == duties.key_of(base.id, period)).with_for_update()
    )
    if owed is None or owed.fulfilled_at is not None:
        raise Refused("13", f"{period.label}不用报", "从“要办的事”里打开要报的季报或年报；认定文件日期不晚于期末的，当期起报")
    case = workflow.open_case(period.kind, actor, region_id=base.region_id, subject=base.name, base_id=base.id,
                              facts={"period": period.code})
    report = Report(case_id=case.id, base_id=base.id, kind=period.kind, period_start=period.span.from_on)
    db.session.add(report)
    db.session.flush()
    drafts.begin(case, REPORTS[period.kind], prefilled(report), actor)
    counts.note(owed, -1)
    owed.case_id, owed.state = case.id, case.state
    counts.note(owed, +1)
    db.session.flush()
    return case


def prefilled(report: Report) -> dict:
    """What is known before anything is typed: the last report, the rosters, for a year its quarters."""
    last = last_form(report.base_id, report.period)
    if report.period.quarter:
        taken = {name: last[name] for name in CARRIED if last.get(name) not in (None, "")}
        if not last:
            found = sources(report, {})
            taken["jobs_start"] = sum(h.before or 0 for h in found.heads)
        return taken
    taken = {name: last[name] for name in CARRIED_OF_A_YEAR if last.get(name) not in (None, "")}
    return {**_of_the_quarters(report), **taken, **_of_the_base(report.base_id)}


def _of_the_quarters(report: Report) -> dict:
    found = [q for q in sources(report, {}).context["quarters"] if q]
    taken = last_form(report.base_id, Period(report.period.year + 1, 1))
    who = {name: taken[name] for name in ("filler", "filler_phone", "in_charge") if taken.get(name)}
    sums = {}
    for name in ("t_revenue", "t_tax"):
        parts = [q[name] for q in found if name in q]
        if parts:
            sums[name] = str(sum(parts))
    return {**sums, **who}


def _of_the_base(base_id: int) -> dict:
    base = db.session.get(Base, base_id)
    names = ("area_total", "area_incub", "area_public", "area_maker")
    return {name: str(value) for name in names if (value := getattr(base, name)) is not None}


# the draft ----------------------------------------------------------------------------------------


@dataclass
class Checked:
    """A draft read as a submission would be, with what it was read against."""

    cleaned: Cleaned
    sources: Sources
    asked: list[Problem]
    stored: dict

    @property
    def errors(self) -> list[Problem]:
        return self.cleaned.errors


def check_report(case: Case) -> Checked:
    """The draft with the figures of today's rosters; `asked` are the soft checks, with or without a reason yet."""
    report, table = db.session.get(Report, case.id), REPORTS[case.kind]
    stored, _ = drafts.read(case.id, table)
    found = sources(report, stored)
    values = from_stored(table, stored)
    if found.heads:
        values["heads"] = [{"tenant": h.tenant, "name": h.name, "jobs": h.jobs} for h in found.heads]
    context = {"today": clock.today(), "regions": region_labels(), "computed": found.computed, **found.context}
    cleaned = clean(table, values, context=context)
    return Checked(cleaned, found, indicators.warnings(SOFT[case.kind], cleaned.values, context), stored)


def check_form(case: Case) -> Cleaned:
    return check_report(case).cleaned


@registry.evidence("report_complete")
def _report_complete(case: Case):
    for problem in check_report(case).errors:
        yield Lack.of(problem, "13")


def take_unchanged(actor, case_id: int) -> Case:
    """本期无变化: the typed figures of the last quarter once more; whoever sends it still ticks and submits."""
    access.require(actor, "report.fill")
    with transaction():
        case = access.load(actor, Case, case_id, lock=True)
        report, table = db.session.get(Report, case.id), REPORTS[case.kind]
        if case.station.holder != "applicant":
            raise Conflict("已经报送，不能再改")
        last = last_form(report.base_id, report.period)
        if not report.period.quarter or not last:
            raise Refused("13", "没有上一季的季报可以照用", "逐项填写")
        _, draft = drafts.read(case.id, table)
        changes = {name: last.get(name) for name in (*TYPED_OF_A_QUARTER, *CARRIED) if last.get(name) is not None}
        drafts.save(case, table, {**changes, "incident": False, "incident_note": "", "reasons": []}, actor, seen_version=draft.version)
        return case


# the submission -------------------------------------------------------------------------------------


def submit_report(actor, case_id: int, *, seen_version: int) -> Case:
    """Freeze the report with its figures and reasons, bring the changed head counts to the roster, send it to the county.

    Late is late by the obligation's day; it is accepted all the same (T67).
    """
    access.require(actor, "report.submit")
    with transaction():
        case = access.load(actor, Case, case_id, lock=True)
        workflow.expect_version(case, seen_version)
        table, checked = REPORTS[case.kind], check_report(case)
        if checked.errors:
            raise Invalid(checked.errors)
        values = checked.cleaned.values
        given = indicators.reasons(values)
        values["reasons"] = [{"figure": p.field, "reason": given[p.field]} for p in checked.asked if p.field != "diff_note"] \
            if "reasons" in values or checked.asked else []
        said = [{"figure": p.field, "asked": p.message, "reason": given[p.field]} for p in checked.asked]
        submissions.check_files(actor, case, table, to_stored(table, values))
        row = submissions.freeze(case, table, values, actor, extra={"asked": said})
        _bring_heads(actor, checked.sources)
        _keep_figures(db.session.get(Report, case.id), values, row.version_no, len(said))
        return workflow.advance(
            case.id, "submit", actor, seen_version=seen_version,
            given=Given(facts={"version": row.version_no, "hash": row.hash, "warnings": len(said)}),
        )


def _bring_heads(actor, found: Sources) -> None:
    """The head counts that changed, on the roster by its own command; a row changed or gone since then is left as it is."""
    changed = {h.tenant: h for h in found.heads if h.jobs != h.roster}
    if not changed:
        return
    rows = db.session.scalars(
        select(Tenant).where(Tenant.id.in_(changed), Tenant.base_id == actor.base_id, Tenant.out_on.is_(None)).order_by(Tenant.id)
    ).all()
    for row in rows:
        if row.jobs == changed[row.id].roster:
            rosters.change(actor, TENANTS, row.id, {"jobs": str(changed[row.id].jobs)}, seen_version=row.version)


def _keep_figures(report: Report, values: dict, version_no: int, warnings: int) -> None:
    row = db.session.get(ReportFigures, report.case_id)
    if row is None:
        row = ReportFigures(case_id=report.case_id, base_id=report.base_id, kind=report.kind, period_start=report.period_start)
        db.session.add(row)
    row.version_no, row.warnings = version_no, warnings
    for name in FIGURES:
        setattr(row, name, values.get(name))
    db.session.flush()


@registry.effect("keep_report")
def _keep_report(case: Case, step, actor, given: Given) -> None:
    """What the first submission settles: the edition (the period's last day), and that the obligation is fulfilled."""
    if "version" not in given.facts:
        raise Refused("13", "报告要从填报页报送", "打开填报页，检查后报送")
    report = db.session.get(Report, case.id)
    if report.first_submitted_at is None:
        report.first_submitted_at, case.edition_on = clock.now(), report.period.span.to_on
        db.session.flush()
    event = db.session.scalar(select(ledger.Event.id).where(ledger.Event.case_id == case.id, ledger.Event.seq == case.seq))
    fulfil((Obligation.kind == duties.KIND) & (Obligation.key == duties.key_of(report.base_id, report.period)), actor, event)


# the review -----------------------------------------------------------------------------------------


@dataclass
class Reviewed(Given):
    """What an office gives with a report: beside the words, a comment to each tick."""

    notes: dict = field(default_factory=dict)


def review(actor, case_id: int, outcome: str, ticks: dict, *, seen_version: int, text: str = "", remarks=(), lead_name: str = "") -> Case:
    """Pass or return a report with the three ticks, each with its comment (A3-4).

    `ticks`: name → (holds, comment). What does not hold has a comment, and cannot be passed.
    """
    with transaction():
        for name, label in zip(TICKS, ("真实性", "完整性", "准确性"), strict=True):
            holds, note = ticks.get(name, (None, ""))
            if holds is None:
                raise Refused("3", f"{label}还没有审核", "逐项选定没有问题或有问题", name)
            if not holds and not note.strip():
                raise Refused("3", f"{label}有问题，没有写明", "写明问题在哪里", name)
        wrong = [name for name in TICKS if not ticks[name][0]]
        if outcome != "return" and wrong:
            raise Refused("3", "有一项没有通过，不能审核通过", "退回补正，或改为没有问题", wrong[0])
        if outcome == "return" and not wrong:
            raise Refused("3", "三项都没有问题，不能退回补正", "选定有问题的一项并写明，或审核通过", TICKS[0])
        given = Reviewed(
            text=text.strip(), remarks=list(remarks), lead_name=lead_name.strip(),
            facts={"ticks": {name: bool(ticks[name][0]) for name in TICKS}},
            notes={name: ticks[name][1].strip()[:300] for name in TICKS},
        )
        return workflow.advance(case_id, outcome, actor, seen_version=seen_version, given=given)


@registry.effect("keep_ticks")
def _keep_ticks(case: Case, step, actor, given: Given) -> None:
    """The ticks of the office; in a batch all three hold, and only reports without warnings are in it (A3-4)."""
    version = latest_submission(case.id)
    ticks, notes = given.facts.get("ticks"), given.notes if isinstance(given, Reviewed) else {}
    if ticks is None:
        if "batch" not in given.facts or (why := stands_alone(case)):
            raise Refused("3", why if "batch" in given.facts else "要逐项审核真实性、完整性、准确性", "打开报告逐项审核")
        ticks = dict.fromkeys(TICKS, True)
    opinion = db.session.scalar(select(Opinion.id).where(Opinion.case_id == case.id, Opinion.seq == case.seq).order_by(Opinion.id.desc()))
    row = ReportTick(opinion_id=opinion, case_id=case.id, version_no=version.version_no)
    for name in TICKS:
        setattr(row, name, ticks[name])
        setattr(row, f"{name}_note", notes.get(name, ""))
    db.session.add(row)
    db.session.flush()


def stands_alone(case: Case) -> str:
    """Why a report is not passed in a batch: it carries figures that were explained, or was corrected."""
    row = db.session.get(ReportFigures, case.id)
    if row is None or row.warnings:
        return f"有 {row.warnings if row else 0} 处数字写了说明，要单独看"
    return "退回或解锁后重新报送的，要单独看" if row.version_no > 1 else ""


@registry.evidence("base_can_answer")
def _can_answer(case: Case):
    """A16-6: nothing more is asked of a base whose people only read; its report is judged as it stands."""
    if db.session.get(Base, case.base_id).status_now == REVOKED:
        yield Lack("16", "基地已撤销，账号只能查看，没有人能补正", "按报送的内容审核")


# the stamped print ----------------------------------------------------------------------------------


def keep_scan(actor, case_id: int, printed: str, upload) -> ReportScan:
    """A stamped scan, matched to the very version whose hash stands on the print; another version is refused."""
    access.require(actor, "report.submit")
    printed = "".join(printed.split()).lower()
    with transaction():
        case = access.load(actor, Case, case_id, lock=True)
        report = db.session.get(Report, case.id)
        if report is None:
            raise NotVisible("report")
        latest = latest_submission(case.id)
        if latest is None:
            raise Refused("13", "还没有报送，没有可以盖章的版本", "报送后打印盖章", "hash")
        if len(printed) < 12 or not latest.hash.startswith(printed):
            earlier = [v for v in _versions(case.id) if len(printed) >= 12 and v.hash.startswith(printed)]
            raise Refused(
                "13", f"扫描件是版本 {earlier[0].version_no} 的，现在是版本 {latest.version_no}" if earlier
                else "校验码和现在的版本对不上", "打印现在的版本，盖章后重新扫描", "hash")
        if upload is None or not upload.filename:
            raise Refused("13", "没有选扫描件", "选 pdf、jpg 或 png", "file")
        stored = files.accept(upload, actor, case_id=case.id, base_id=report.base_id, again=True)
        known = db.session.scalar(select(ReportScan).where(ReportScan.submission_id == latest.id, ReportScan.file_id == stored.id))
        if known is not None:
            return known
        row = ReportScan(case_id=case.id, submission_id=latest.id, hash=latest.hash, file_id=stored.id,
                         by_person_id=actor.person_id, by_name=actor.name, at=clock.now())
        db.session.add(row)
        db.session.flush()
        workflow.record(case, "scan_matched", actor, {"version": latest.version_no, "hash": latest.hash, "file_hash": stored.sha256})
        return row


def _versions(case_id: int) -> list[Submission]:
    return list(db.session.scalars(select(Submission).where(Submission.case_id == case_id).order_by(Submission.version_no)))


def moment(typed: str, field: str):
    """An instant as a person types it, 2026-04-20 16:30 in Shanghai. Raises Refused when it cannot be read."""
    try:
        return datetime.strptime(" ".join(typed.replace("：", ":").split()), "%Y-%m-%d %H:%M").replace(tzinfo=clock.SHANGHAI)
    except ValueError:
        raise Refused("13", "时间读不出来", "写成 2026-04-20 16:30", field) from None
