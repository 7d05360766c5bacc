"""The plan of a year: made, arranged, drawn from, confirmed; its batches begin on their day (A14-1, AMB-18)."""

import json

from sqlalchemy import select

from incubator.bases.facts import standing_of
from incubator.bases.models import Base
from incubator.inspections import queries
from incubator.inspections.models import InspectionBatch, InspectionDraw, InspectionItem, InspectionPlan
from incubator.kernel import access, clock, ledger, registry, security, workflow
from incubator.kernel.database import db, transaction
from incubator.kernel.errors import Conflict, Invalid, NotVisible, Refused
from incubator.policy import inspections as policy
from incubator.policy.fields import clean
from incubator.policy.fields.inspection import INSPECTION_DRAW, INSPECTION_PLAN, INSPECTION_SKIP

RULE = "A14-1"


def make_plan(actor, raw: dict) -> InspectionPlan:
    """The plan of a year with its batches; every base that must be inspected is put into one at once."""
    access.require(actor, "inspection.plan")
    values = _clean(INSPECTION_PLAN, raw)
    with transaction():
        if queries.plan_of(values["year"]) is not None:
            raise Refused("14", f"{values['year']}年已经有年检计划", "在那份计划里调整", "year")
        plan = InspectionPlan(
            year=values["year"], decided_on=values["decided_on"], made_by=actor.person_id, made_at=clock.now()
        )
        db.session.add(plan)
        db.session.flush()
        batches = [
            InspectionBatch(plan_id=plan.id, number=n, title=row["title"], starts_on=row["starts_on"], ends_on=row["ends_on"])
            for n, row in enumerate(values["batches"], 1)
        ]
        db.session.add_all(batches)
        db.session.flush()
        found = queries.eligible(plan.year)
        placed = policy.spread([(base.code, base.region.parent_code or base.region.code) for base in found], len(batches))
        db.session.add_all(
            InspectionItem(plan_id=plan.id, base_id=base.id, batch_id=batches[placed[base.code] - 1].id) for base in found
        )
        db.session.flush()
        ledger.append("system", "inspection_plan_made", actor,
                      {"plan": plan.id, "year": plan.year, "batches": len(batches), "bases": [base.id for base in found]})
        return plan


def arrange(actor, plan_id: int, base_id: int, *, batch: int | None, skip_reason: str = "", seen_version: int) -> None:
    """Move one base to another batch, list it as not arranged with its reason, or take in one that is missing."""
    access.require(actor, "inspection.plan")
    with transaction():
        plan = _plan(actor, plan_id, seen_version)
        item = db.session.scalar(
            select(InspectionItem).where(InspectionItem.plan_id == plan.id, InspectionItem.base_id == base_id)
        )
        if item is None:
            if base_id not in {base.id for base in queries.eligible(plan.year)}:
                raise NotVisible("base")
            item = InspectionItem(plan_id=plan.id, base_id=base_id)
        if item.case_id is not None:
            raise Refused("14", "这一家的年检已经开始", "在它的案卷里办理")
        if batch is None:
            reason = _clean(INSPECTION_SKIP, {"skip_reason": skip_reason})["skip_reason"]
            item.batch_id, item.skip_reason = None, reason
        else:
            row = next((b for b in plan.batches if b.number == batch), None)
            if row is None:
                raise Refused("14", "没有这个批次", "从批次里选")
            item.batch_id, item.skip_reason = row.id, ""
        db.session.add(item)
        plan.version += 1
        db.session.flush()
        ledger.append("system", "inspection_arranged", actor,
                      {"plan": plan.id, "base": base_id, "batch": batch, "reason_hash": security.digest(item.skip_reason)})


def draw(actor, plan_id: int, raw: dict, *, seen_version: int) -> InspectionDraw:
    """Draw who is visited, once for a plan; seed, list and result are kept as they are (A14-2)."""
    access.require(actor, "inspection.plan")
    values = _clean(INSPECTION_DRAW, raw)
    with transaction():
        plan = _plan(actor, plan_id, seen_version)
        if queries.draw_of(plan.id) is not None:
            raise Refused("14", f"{plan.year}年的踏查名单已经抽取，不能重抽", "名单以外要踏查的，在案卷里安排")
        found = queries.candidates(plan)
        if not found:
            raise Refused("14", "批次里还没有基地", "先把基地排进批次")
        by_code = {item.base.code: (item, risk) for item, risk in found}
        lines = policy.draw(
            values["seed"],
            [policy.Candidate(code, item.base.region.parent_code or item.base.region.code, risk.points)
             for code, (item, risk) in by_code.items()],
            values["share"],
        )
        for line in lines:
            item, risk = by_code[line.code]
            item.drawn, item.risk = bool(line.why), risk.points
            item.risk_reasons = json.dumps(risk.reasons, ensure_ascii=False)
        content = json.dumps([vars(line) for line in lines], ensure_ascii=False, sort_keys=True)
        row = InspectionDraw(
            plan_id=plan.id, seed=values["seed"], share=values["share"], content=content, hash=security.digest(content),
            drawn_by=actor.person_id, drawn_name=actor.name, drawn_at=clock.now(),
        )
        db.session.add(row)
        plan.version += 1
        db.session.flush()
        ledger.append("system", "inspection_drawn", actor,
                      {"plan": plan.id, "seed": row.seed, "share": row.share, "hash": row.hash,
                       "visits": sum(bool(line.why) for line in lines)})
        return row


def confirm(actor, plan_id: int, *, seen_version: int) -> InspectionPlan:
    """Let the plan take effect: the count must be whole and the draw made. Batches that are due begin at once."""
    access.require(actor, "inspection.plan")
    with transaction():
        plan = _plan(actor, plan_id, seen_version)
        if plan.confirmed_at is not None:
            raise Refused("14", "计划已经下达", "批次到了日子自己开始")
        number = queries.counted(plan)
        if not number.whole:
            raise Refused("14", number.words, "把漏了的排进批次，或者列为本年未安排并写明理由")
        if queries.draw_of(plan.id) is None:
            raise Refused("14", "还没有抽取踏查名单", "填种子抽取后再下达")
        plan.confirmed_at, plan.confirmed_by, plan.version = clock.now(), actor.person_id, plan.version + 1
        db.session.flush()
        ledger.append("system", "inspection_plan_confirmed", actor,
                      {"plan": plan.id, "eligible": number.eligible, "batched": number.batched, "listed": number.listed})
        begin(clock.today())
        return plan


@registry.daily(40, "inspection_batches")
def begin(day) -> int:
    """Open the inspections of every batch that has begun; a base no longer in force is dropped with the reason."""
    who, opened = access.service(RULE), 0
    with transaction():
        for item, _ in queries.due_to_begin(day):
            base = db.session.get(Base, item.base_id)
            now = standing_of(base, day)
            if not now.in_force:
                item.dropped_reason = f"批次开始时是“{now.label}”"
                ledger.append(f"base:{base.id}", "inspection_dropped", who, {"plan": item.plan_id, "state": now.state})
                continue
            plan = db.session.get(InspectionPlan, item.plan_id)
            case = workflow.open_case(
                "inspection", who, region_id=base.region_id, subject=base.name, base_id=base.id,
                edition_on=plan.decided_on, facts={"plan": plan.id, "drawn": item.drawn},
            )
            item.case_id = case.id
            opened += 1
        db.session.flush()
    return opened


def _plan(actor, plan_id: int, seen_version: int) -> InspectionPlan:
    plan = access.load(actor, InspectionPlan, plan_id, lock=True)
    if plan.version != seen_version:
        raise Conflict("计划刚才有人改过，这一次没有写入。")
    return plan


def _clean(table, raw: dict) -> dict:
    cleaned = clean(table, raw, context={"today": clock.today()})
    if not cleaned.ok:
        raise Invalid(cleaned.errors)
    return cleaned.values

