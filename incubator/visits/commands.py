"""Registering a visit, and the evidence that visits give (第七条（三）（四）、第八条)."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

from sqlalchemy import select, update

from incubator.cases import submissions
from incubator.kernel import access, clock, files, registry, security, workflow
from incubator.kernel.database import db, transaction
from incubator.kernel.errors import Conflict, Denied, Invalid, Refused
from incubator.kernel.registry import Lack
from incubator.kernel.workflow import Case
from incubator.obligations.commands import fulfil
from incubator.obligations.models import Obligation
from incubator.policy.calendar import chinese_date
from incubator.policy.criteria import Fact
from incubator.policy.fields import Problem, canonical, clean, parse, thousands, to_stored
from incubator.policy.fields.visit import CHECK_ROWS, VISIT, verified_facts
from incubator.policy.procedures import VISITED_AT
from incubator.visits import queries
from incubator.visits.models import SiteVisit, VisitStop

FILE_FIELDS = ("signatures", "photos")
_ROWS = {row.key: row for row in CHECK_ROWS}


def kind_for(actor, case: Case) -> str | None:
    """The kind of visit that this actor may register on the case now, None when there is none (A7-5, A8-1)."""
    kind = VISITED_AT.get((case.kind, case.state))
    if kind is None or not actor.can("visit.register"):
        return None
    if actor.tier == "assigned":
        mine = case.station.holder == "province" and access.person_is_assigned(actor.person_id, case.id, "site_team")
    else:
        mine = actor.tier == case.station.holder and actor.office_id == case.office_id
    return kind if mine else None


def register_visit(actor, case_id: int, raw: Mapping, *, seen_version: int, uploads: Mapping | None = None) -> SiteVisit:
    """Keep the record of one visit; raises `Invalid` with every problem, `Refused` where there is no visit to make.

    ``raw`` as `policy.fields.visit.VISIT` names it, with ids of files already taken in; ``uploads`` may bring
    further ones by field. What was declared is written beside each row by the program.
    """
    access.require(actor, "visit.register")
    workflow.judge_behalf(actor)
    with transaction():
        case = access.load(actor, Case, case_id, fresh=True)
        if case.version != seen_version:
            raise Conflict(workflow.who_acted(case))
        kind = kind_for(actor, case)
        if kind is None:
            if VISITED_AT.get((case.kind, case.state)):
                raise Denied("visit.register")
            raise Refused("7(3)", f"{case.station.label}这一环节不登记踏查", "回到案卷，按现在的环节办理")
        raw = {**raw, "visit_kind": kind, **_taken_in(actor, case, raw, uploads)}
        values = judge(case, raw)
        _refuse_before_submission(case, values["visited_on"])
        stored = to_stored(VISIT, values)
        _refuse_foreign_files(case, stored)
        text = canonical(stored)
        known = queries.dossier(case)
        visit = SiteVisit(
            case_id=case.id, base_id=case.base_id, kind=kind, visited_on=values["visited_on"],
            visitor_count=len(values["visitors"]), version_no=known.submission.version_no if known.submission else 0,
            content=text, hash=security.digest(text), verified=canonical(verified_facts(values)),
            opinion=values["opinion"], registered_by=actor.person_id, registered_name=actor.name,
            office_id=actor.office_id, office_name=actor.office_name or actor.role_label,
            behalf_reason=actor.behalf_reason, entered_at=clock.now(),
        )
        db.session.add(visit)
        db.session.flush()
        _end_stop(visit)
        event = workflow.record(
            case, "visit_registered", actor,
            {"visit": visit.id, "kind": kind, "on": values["visited_on"], "people": visit.visitor_count,
             "hash": visit.hash},
        )
        fulfil((Obligation.case_id == case.id) & (Obligation.kind == "site_visit"), actor, event.id)
        return visit


def _end_stop(visit: SiteVisit) -> None:
    """A visit of the assessment team ends the stop that was planned for it."""
    if visit.kind == "assessment":
        db.session.execute(
            update(VisitStop).where(VisitStop.case_id == visit.case_id, VisitStop.ended_at.is_(None))
            .values(ended_at=clock.now(), visit_id=visit.id)
        )


def _taken_in(actor, case: Case, raw: Mapping, uploads: Mapping | None) -> dict[str, list[int]]:
    found = {}
    for name in FILE_FIELDS:
        ids = [int(i) for i in raw.get(name) or []]
        for upload in (uploads or {}).get(name, ()):
            ids.append(files.accept(upload, actor, case_id=case.id, office_id=actor.office_id).id)
        found[name] = ids
    return found


def _refuse_foreign_files(case: Case, stored: dict) -> None:
    """Files of a record belong to its case: an id cannot be borrowed from another dossier."""
    ids = set(submissions.file_ids(VISIT.fields, stored))
    own = set(db.session.scalars(
        select(files.StoredFile.id).where(files.StoredFile.id.in_(ids), files.StoredFile.case_id == case.id)
    ))
    if ids - own:
        raise Refused("7(3)", "有的附件不属于这个案卷", "重新上传签字页和照片", "signatures")


def _refuse_before_submission(case: Case, visited_on: date) -> None:
    """A7-5, T42: a visit before the application proves nothing about it."""
    submitted = clock.day_of(case.submitted_at)
    if visited_on < submitted:
        begun = queries.begun(case)
        raise Refused(
            case.station.article or "7(3)", f"踏查日期{chinese_date(visited_on)}早于{begun}的{chinese_date(submitted)}",
            f"{begun}以后再到现场踏查一次，按那一天登记", "visited_on",
        )


def judge(case: Case, raw: Mapping) -> dict:
    """The typed values of a record, or `Invalid`; rows are named as they came in.

    A row left open is dropped. A figure alone says whether it agrees, “相符” alone takes over the figure declared.
    """
    facts = queries.facts_of(case)
    rows, places, problems = [], [], []
    for index, given in enumerate(raw.get("check_rows") or ()):
        if not any(str(given.get(name) or "").strip() for name in ("verified", "agrees", "remark")) and not given.get("photo"):
            continue
        row, problem = _completed(dict(given), facts, index)
        rows.append(row)
        places.append(index)
        problems += problem
    cleaned = clean(VISIT, {**raw, "check_rows": rows}, context={"today": clock.today()})
    problems = [_in_place(p, places) for p in cleaned.errors] + problems
    if problems:
        raise Invalid(problems)
    return cleaned.values


def _completed(given: dict, facts: Mapping[str, Fact], index: int) -> tuple[dict, list[Problem]]:
    row = _ROWS.get(given.get("item"))
    if row is None:
        return given, []
    fact = facts.get(row.fact)
    declared = fact.declared if fact else None
    given["declared"] = shown(row, declared)
    if row.kind == "bool":
        given["verified"] = ""
        return given, []
    typed, agrees = _number(given.get("verified")), given.get("agrees")
    if typed is None and agrees in ("yes", "相符") and declared is not None:
        given["verified"] = str(declared)
    elif typed is None and agrees in ("no", "不符"):
        return given, [Problem(f"check_rows-{index}-verified", f"{row.label}选的是不符，没有写核实值", row.article,
                               "写现场核实的数")]
    elif typed is not None and not agrees:
        given["agrees"] = "yes" if declared is not None and typed == Decimal(declared) else "no"
    elif typed is not None and agrees in ("yes", "相符") and declared is not None and typed != Decimal(declared):
        return given, [Problem(f"check_rows-{index}-agrees", f"{row.label}核实值和申报值不同，不能选相符", row.article,
                               "改选不符并写明现场情况")]
    return given, []


def _number(typed: object) -> Decimal | None:
    try:
        return parse(replace(VISIT.field("check_rows").column("verified")), typed) if typed else None
    except ValueError:
        return None


def _in_place(problem: Problem, places: list[int]) -> Problem:
    name, _, rest = problem.field.partition("-")
    index, _, column = rest.partition("-")
    if name != "check_rows" or not index.isdigit():
        return problem
    return replace(problem, field=f"{name}-{places[int(index)]}-{column}")


def shown(row, value: object) -> str:
    """A declared value as it stands beside its check row."""
    if value is None:
        return ""
    if row.kind == "bool":
        return ("是" if value else "否") if isinstance(value, bool) else f"{value} 处"
    return f"{thousands(value, 2 if row.kind == 'decimal' else None)} {row.unit}"


# evidence ---------------------------------------------------------------------------------


def visit_url(case: Case, actor=None) -> str:
    return f"/cases/{case.id}/visit" + ("?behalf=1" if actor is not None and actor.own_role else "")


@registry.evidence("visit_county")
def _visit_county(case: Case):
    """A7-5, T41: no recommendation without a visit after the submission."""
    if not queries.has_visit(case, "initial_review"):
        yield Lack("7(3)", "请先登记实地踏查记录", "登记实地踏查", visit_url(case))


@registry.evidence("visit_province")
def _visit_province(case: Case):
    """A8-1: the assessment team sees every site itself."""
    if not queries.has_visit(case, "assessment"):
        yield Lack("8", "还差省级考核组的踏查记录", "登记实地踏查", visit_url(case))


def verified_of(visit: SiteVisit) -> dict:
    return json.loads(visit.verified)
