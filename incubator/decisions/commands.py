"""Entering a document: judged, previewed, and issued for all its bases in one transaction (第八、十条)."""

from dataclasses import dataclass, field

from incubator.bases.models import Base
from incubator.bases.plaques import on_plaque, on_plaque_back, valid_plaque
from incubator.decisions import kinds, queries
from incubator.decisions.models import Decision, DecisionItem
from incubator.kernel import access, clock, files, ledger, workflow
from incubator.kernel.database import db, transaction
from incubator.kernel.errors import Conflict, Invalid, Refused
from incubator.kernel.parameters import whole, workday
from incubator.kernel.workflow import Case
from incubator.obligations.commands import fulfil, open_obligation
from incubator.obligations.models import Obligation
from incubator.policy.calendar import station_due, year_warning
from incubator.policy.fields import Problem, clean
from incubator.policy.fields.decision import DECISION
from incubator.policy.identifiers import DocumentNumber, document_number


@dataclass
class Judged:
    """A document as typed, what it would decide, and what stands against it."""

    kind: kinds.Kind
    rows: list[kinds.Waiting]
    values: dict = field(default_factory=dict)
    number: DocumentNumber | None = None
    warning: str | None = None
    notes: list[Problem] = field(default_factory=list)
    supplemented: Decision | None = None
    problems: list[Problem] = field(default_factory=list)
    items: dict[int, DecisionItem] = field(default_factory=dict)


def judge(actor, cases: dict[int, int], raw: dict, *, has_file: bool, kind: str = "recognition") -> Judged:
    """Read the document and look at each of its bases; writes nothing, so the page can show what would follow."""
    access.require(actor, kinds.ISSUE)
    known = kinds.get(kind)
    judged = Judged(known, known.waiting(actor, list(cases)))
    items = [{"case_id": row.case.id, "base_name": row.base.name} for row in judged.rows]
    cleaned = clean(
        DECISION, {**raw, "kind": kind, "file": [0] if has_file else [], "items": items},
        context={
            "today": clock.today(), "notice_end": max((r.notice_end for r in judged.rows if r.notice_end), default=None),
            "late_days": whole("late_document_days", clock.today()),
        },
    )
    judged.problems = [p for p in cleaned.errors if not (p.field == "items" and not cases)]
    judged.values, judged.notes = cleaned.values, list(cleaned.warnings)
    judged.problems += _supplement(judged)
    if not cases:
        judged.problems.append(Problem("cases", f"还没有选{known.words.label}哪几家", known.words.article, "在名单里至少勾选一家"))
    judged.problems += _blocked(known, cases, judged.rows)
    if "document_no" in cleaned.values and not any(p.field == "document_no" for p in judged.problems):
        judged.number = document_number(cleaned.values["document_no"])
        taken = queries.number_taken(judged.number.agency, judged.number.year, judged.number.n)
        if taken is not None:
            judged.problems.append(
                Problem("document_no", f"文号 {judged.number} 已经登记过，是“{taken.title}”", "8",
                        "核对文件原件上的文号")
            )
    document_on = cleaned.values.get("document_on")
    if document_on is not None:
        judged.warning = year_warning(judged.number.year, document_on) if judged.number else None
        judged.items = {row.case.id: _item(actor, known, row, document_on) for row in judged.rows}
    return judged


def _item(actor, kind: kinds.Kind, row: kinds.Waiting, document_on) -> DecisionItem:
    """The row that the document would get for this base; columns of its kind come from who registered it."""
    return DecisionItem(**{
        "case_id": row.case.id, "base_id": row.base.id, "kind": kind.key, "document_on": document_on,
        "notice_end": row.notice_end, "initiator_id": row.initiator_id,
        "approver_id": actor.person_id, **kind.columns(row, document_on),
    })


def _supplement(judged: Judged) -> list[Problem]:
    """The earlier document that this one supplements: it exists, decides the same, and is no later (A8-3b, AMB-21)."""
    chosen, dated = judged.values.get("supplements"), judged.values.get("document_on")
    if not chosen:
        return []
    judged.supplemented = db.session.get(Decision, chosen)
    if judged.supplemented is None or judged.supplemented.kind != judged.kind.key:
        return [Problem("supplements", "没有这份文件", "8", "从名单里选，或者不选")]
    if dated and dated < judged.supplemented.document_on:
        return [Problem("supplements", f"这份文件的日期早于要补充的 {judged.supplemented.document_no}", "8", "核对两份文件的日期")]
    return []


def _blocked(kind: kinds.Kind, cases: dict[int, int], rows: list[kinds.Waiting]) -> list[Problem]:
    """A8-3b: one base that may not be decided refuses the whole document."""
    problems = [
        Problem("cases", f"“{row.base.name}”：{lack.text}", lack.article, f"{lack.cure_label or '办妥后再登记'}，或把它移出这份文件")
        for row in rows for lack in row.lacks
    ]
    if len(rows) < len(cases):
        problems.append(
            Problem("cases", f"有 {len(cases) - len(rows)} 家已不在待发文里", kind.words.article, "回到名单重新勾选")
        )
    return problems


def issue(actor, kind: str, cases: dict[int, int], raw: dict, upload=None, *, file_id: int | None = None,
          confirm_year: bool = False) -> Decision:
    """Enter a document of `kind` and let it take effect on every base it names (`cases`: id → version seen), all or nothing.

    The scan is an upload, or `file_id` of one that the same office uploaded for the preview. Raises `Invalid` with
    every problem, `Refused` on "confirm_year" where number and date name two years (AMB-25), `Conflict` where
    somebody acted on one of the cases since the page was read.
    """
    access.require(actor, kinds.ISSUE)
    with transaction():
        known = kinds.get(kind)
        versions = _prepared(actor, known, cases)
        judged = judge(actor, versions, raw, has_file=upload is not None or file_id is not None, kind=kind)
        if judged.problems:
            raise Invalid(judged.problems)
        if judged.warning and not confirm_year:
            raise Refused("10", judged.warning.rstrip("。"), "勾选“核对过原件，文号年份无误”再登记", "confirm_year")
        scan = _scan(actor, upload, file_id)
        decision = Decision(
            kind=kind, doc_word=judged.number.agency, doc_year=judged.number.year, doc_n=judged.number.n,
            document_on=judged.values["document_on"], title=judged.values["title"], file_id=scan.id,
            late_reason=judged.values.get("late_reason") or "", entered_at=clock.now(), entered_by=actor.person_id,
            supplements_id=judged.supplemented.id if judged.supplemented else None,
        )
        db.session.add(decision)
        db.session.flush()
        for row in judged.rows:
            item = judged.items[row.case.id]
            item.decision_id = decision.id
            db.session.add(item)
            db.session.flush()
            known.take_effect(actor, decision, item, row, versions[row.case.id])
        ledger.append(
            "system", "decision_entered", actor,
            {"decision": decision.id, "kind": kind, "document": decision.document_no, "document_on": decision.document_on,
             "cases": [row.case.id for row in judged.rows]},
        )
        return decision


def issue_decision(actor, cases: dict[int, int], raw: dict, upload=None, **more) -> Decision:
    """A document of recognition (A8-5)."""
    return issue(actor, "recognition", cases, raw, upload, **more)


def _prepared(actor, kind: kinds.Kind, cases: dict[int, int]) -> dict[int, int]:
    """Do what the day's run would have done (a notice that ran out ends); the versions from then on.

    Whoever acted since the page was read refuses the whole document.
    """
    versions = {}
    for case_id, seen in cases.items():
        case = access.load(actor, Case, case_id, fresh=True)
        if case.version != seen:
            raise Conflict(workflow.who_acted(case))
        kind.prepare(case)
        versions[case_id] = access.load(actor, Case, case_id, fresh=True).version
    return versions


def _scan(actor, upload, file_id: int | None) -> files.StoredFile:
    """The scanned document: official and public, so bases and local offices may read it."""
    if upload is not None:
        return keep_scan(actor, upload)
    row = access.load(actor, files.StoredFile, file_id)
    if row.by_person_id != actor.person_id or row.case_id is not None or row.base_id is not None:
        raise Refused("8", "这个文件不是为这份文件上传的", "重新上传文件扫描件", "file")
    row.is_public = True
    return row


def keep_scan(actor, upload, *, public: bool = True) -> files.StoredFile:
    """Store the scan in a transaction of its own or the caller's; for the preview it is not public yet."""
    access.require(actor, kinds.ISSUE)
    with transaction():
        return files.accept(upload, actor, office_id=actor.office_id, public=public, again=True)


def owe_plaque(case: Case | None, base: Base, decision: Decision | None = None) -> None:
    """A new level or name is owed a plaque by the province (A8-6); where an old one is out, its return by the county (A8-7).

    `case` None: a name that the province set right without one (第十九条).
    """
    today = clock.today()
    of = f"c{case.id}" if case else "name"
    common = {
        "key": f"{base.id}:{decision.id if decision else of}", "article": "8", "region_id": base.region_id, "case": case,
    }
    said = "" if case else f"{base.name}："
    open_obligation(
        kind="plaque", tier="province", office_id=access.province_office().id, title=said and f"{said}发新名称的牌匾",
        due_on=station_due(today, whole("station_days_province", today), workday), **common,
    )
    if valid_plaque(base.id) is not None:
        open_obligation(
            kind="plaque_back", tier="county", office_id=access.office_at(base.region_id, "county"), title=said and f"{said}收回旧牌匾",
            due_on=station_due(today, whole("station_days", today), workday), **common,
        )


def _owed(kind: str, base_id: int):
    return (Obligation.kind == kind) & Obligation.key.startswith(f"{base_id}:")


@on_plaque
def _plaque_out(base: Base, plaque, actor) -> None:
    """The plaque that says what the base is now fulfils whatever was owed for it."""
    fulfil(_owed("plaque", base.id), actor)


@on_plaque_back
def _plaque_returned(base_id: int, plaque, actor) -> None:
    fulfil(_owed("plaque_back", base_id), actor)
