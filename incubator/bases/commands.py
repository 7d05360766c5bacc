"""Births and facts of bases. Called by the procedures that decide; never by a page directly."""

import json

from sqlalchemy import select, update

from incubator.bases.facts import refresh_status
from incubator.bases.models import (
    Base,
    InvestorSpan,
    LevelSpan,
    NameSpan,
    OperatorSpan,
    RegionSpan,
    Relaxation,
    SanctionSpan,
    ValidityPeriod,
)
from incubator.kernel import clock, ledger, registry
from incubator.kernel.database import db, transaction
from incubator.kernel.errors import Refused
from incubator.kernel.security import digest
from incubator.policy.identifiers import name_key, site_key


def open_base(actor, *, region, name, address, operator_name, operator_uscc, contact_name, contact_phone, case) -> Base:
    """The base row is born at dispatch (A7-1b), without any standing; one open account per operator and site."""
    with transaction():
        refuse_double_account(operator_uscc, address)
        refuse_taken_name(name)
        number = registry.next_number(f"base:{region.code}")
        base = Base(
            code=f"{account_prefix(region.code)}{number:03d}", name=name, name_key=name_key(name), region_id=region.id,
            address=address, site_key=site_key(address), operator_name=operator_name, operator_uscc=operator_uscc,
            contact_name=contact_name, contact_phone=contact_phone, created_at=clock.now(),
        )
        db.session.add(base)
        db.session.flush()
        db.session.add(RegionSpan(base_id=base.id, region_id=region.id, from_on=clock.today()))
        ledger.append(f"base:{base.id}", "base_opened", actor, {"base": base.id, "case": case.id, "region": region.code})
        return base


def account_prefix(region_code: str) -> str:
    """``jd`` and the division's digits or letters: never the credit code, which is public (A7-1c)."""
    return "jd" + region_code.replace("-", "").lower()


def refuse_double_account(operator_uscc: str, address: str) -> None:
    """A7-1a, P7: one open account per operator and site; the partial unique index says the same."""
    twin = select(Base.name).where(
        Base.operator_uscc == operator_uscc, Base.site_key == site_key(address), Base.account_open.is_(True)
    )
    name = db.session.scalar(twin)
    if name is not None:
        raise Refused("7(1)", f"这家运营机构在这个地址已经有账号，是“{name}”", "用已有账号登录；忘了密码可以向省工信厅申请重发")


def refuse_taken_name(name: str, except_base: int | None = None) -> None:
    """A19-1: names are unique in the province, compared without spaces and width."""
    twin = select(Base.id).where(Base.name_key == name_key(name), Base.closed_at.is_(None))
    if except_base:
        twin = twin.where(Base.id != except_base)
    if db.session.scalar(twin) is not None:
        raise Refused("19", f"“{name}”已有基地使用", "换一个名称", field="base_name")


PROFILE = (
    "investor_type", "relation", "legal_rep", "operator_founded", "property_kind", "property_no", "lease_end",
    "coop_agreement_end", "base_type", "main_industry", "operation_start", "invest_total", "invest_source", "contact_email",
)


def record_filing(base: Base, values: dict, actor, *, filing_no: str, case) -> None:
    """Take the approved filing over into the register and open its spans, in the caller's transaction."""
    refuse_taken_name(values["base_name"], except_base=base.id)
    today = clock.today()
    base.filing_no, base.filed_on = filing_no, base.filed_on or today
    base.name, base.name_key = values["base_name"], name_key(values["base_name"])
    base.address = values["address"]
    if site_key(values["address"]) != base.site_key:
        refuse_double_account(base.operator_uscc, values["address"])
        base.site_key = site_key(values["address"])
    base.investor_name, base.investor_idno = values["investor_name"], values["investor_idno"]
    base.operator_name, base.operator_uscc = values["operator_name"], values["operator_uscc"]
    base.contact_name, base.contact_phone = values["contact_name"], values["contact_phone"]
    for key in ("area_total", "area_incub", "area_public", "area_maker"):
        setattr(base, key, values.get(key))
    base.profile = json.dumps(
        {key: _plain(values.get(key)) for key in PROFILE}, ensure_ascii=False, sort_keys=True
    )
    base.version += 1
    _open_span(NameSpan, base, case, today, name=base.name)
    _open_span(InvestorSpan, base, case, today, name=base.investor_name, idno=base.investor_idno)
    _open_span(OperatorSpan, base, case, today, name=base.operator_name, uscc=base.operator_uscc)
    refresh_status(base)
    ledger.append(f"base:{base.id}", "base_filed", actor, {"case": case.id, "filing_no": filing_no})


def _plain(value):
    return value if value is None or isinstance(value, (list, str, int)) else str(value)


def _open_span(model, base: Base, case, on, **facts) -> None:
    """Open a span, closing the one before on the day before; an equal one stays."""
    current = db.session.scalar(select(model).where(model.base_id == base.id, model.to_on.is_(None)))
    if current is not None:
        if all(getattr(current, k) == v for k, v in facts.items()):
            return
        current.to_on = on
        db.session.flush()
    db.session.add(model(base_id=base.id, from_on=on, case_id=case.id if case else None, **facts))
    db.session.flush()


def move_base(base: Base, actor, region, *, reason: str, on) -> None:
    """The base lies in another division from `on`; what past periods count for stays where it was (R-2.3)."""
    span = db.session.scalar(select(RegionSpan).where(RegionSpan.base_id == base.id, RegionSpan.to_on.is_(None)))
    before, span.to_on = base.region.code, on
    db.session.flush()
    db.session.add(RegionSpan(base_id=base.id, region_id=region.id, from_on=on))
    base.region_id, base.region, base.version = region.id, region, base.version + 1
    db.session.flush()
    ledger.append(f"base:{base.id}", "base_moved", actor,
                  {"base": base.id, "from": before, "to": region.code, "on": on, "reason_hash": digest(reason)})


def close_base(base: Base, actor, *, reason: str, case) -> None:
    """不予备案 or 备案注销: the row stays, closed; its account may be asked for anew (A7-1b)."""
    base.closed_at, base.account_open = clock.now(), False
    base.version += 1
    refresh_status(base)
    ledger.append(f"base:{base.id}", "base_closed", actor, {"case": case.id, "reason": reason})


def recognise(base: Base, actor, *, decision, case, validity, level: str) -> None:
    """What a decision of recognition opens: level and validity (第八、十条), in the caller's transaction."""
    db.session.add(
        ValidityPeriod(
            base_id=base.id, from_on=validity.from_on, to_on=validity.to_on, in_force_on=decision.document_on,
            decision_id=decision.id,
        )
    )
    db.session.add(
        LevelSpan(base_id=base.id, level=level, from_on=decision.document_on, decision_id=decision.id, case_id=case.id)
    )
    db.session.execute(
        update(Relaxation).where(Relaxation.case_id == case.id, Relaxation.in_force_on.is_(None))
        .values(in_force_on=decision.document_on)
    )
    base.version += 1
    db.session.flush()
    refresh_status(base)
    ledger.append(
        f"base:{base.id}", "base_recognised", actor,
        {"case": case.id, "decision": decision.id, "level": level, "valid_from": validity.from_on,
         "valid_to": validity.to_on},
    )


def import_legacy(actor, values: dict, region, decision) -> Base:
    """An older base as its paper has it: level, validity and spans from the paper's day, the end as typed (AMB-16)."""
    refuse_double_account(values["operator_uscc"], values["address"])
    refuse_taken_name(values["name"])
    on = decision.document_on
    base = Base(
        code=f"{account_prefix(region.code)}{registry.next_number(f'base:{region.code}'):03d}", name=values["name"],
        name_key=name_key(values["name"]), region_id=region.id, address=values["address"], site_key=site_key(values["address"]),
        operator_name=values["operator_name"], operator_uscc=values["operator_uscc"], investor_name=values["investor_name"],
        contact_name=values["contact_name"], contact_phone=values["contact_phone"], created_at=clock.now(),
    )
    db.session.add(base)
    db.session.flush()
    db.session.add_all([
        RegionSpan(base_id=base.id, region_id=region.id, from_on=on), NameSpan(base_id=base.id, from_on=on, name=base.name),
        InvestorSpan(base_id=base.id, from_on=on, name=base.investor_name),
        OperatorSpan(base_id=base.id, from_on=on, name=base.operator_name, uscc=base.operator_uscc),
        LevelSpan(base_id=base.id, level=values["level"], from_on=on, decision_id=decision.id),
        ValidityPeriod(base_id=base.id, from_on=on, to_on=values.get("valid_to"), in_force_on=on, decision_id=decision.id,
                       legacy=True),
    ])
    refresh_status(base)
    return base


def settle_end(base: Base, actor, to_on, *, reason: str) -> None:
    """The end of an older base's validity, once; before that it waits (待核定)."""
    period = db.session.scalar(
        select(ValidityPeriod).where(ValidityPeriod.base_id == base.id, ValidityPeriod.to_on.is_(None)).with_for_update()
    )
    if period is None:
        raise Refused("20", "这家基地的有效期已经核定", "回到名单核对")
    if to_on <= period.from_on:
        raise Refused("20", "有效期止不晚于原文件日期", "核对原文件", field="valid_to")
    period.to_on = to_on
    base.version += 1
    refresh_status(base)
    ledger.append(f"base:{base.id}", "base_end_settled", actor, {"to": to_on, "reason_hash": digest(reason)})


def change_identity(base: Base, actor, *, case, on, base_name="", operator: tuple[str, str] | None = None,
                    investor: tuple[str, str] | None = None, new_people: bool = False) -> None:
    """A change that was carried out on `on` (`case` None: a name that the province set right): name, operator (name, code), investor (name, number); A18-2.

    With `new_people` the operator is another unit, whose people see nothing personal of those before (A18-6).
    """
    if base_name:
        refuse_taken_name(base_name, except_base=base.id)
        base.name, base.name_key = base_name, name_key(base_name)
        _open_span(NameSpan, base, case, on, name=base_name)
    if operator:
        if operator[1] != base.operator_uscc:
            refuse_double_account(operator[1], base.address)
        base.operator_name, base.operator_uscc = operator
        _open_span(OperatorSpan, base, case, on, name=operator[0], uscc=operator[1])
    if investor:
        base.investor_name, base.investor_idno = investor
        _open_span(InvestorSpan, base, case, on, name=investor[0], idno=investor[1])
    if new_people:
        base.operator_since = clock.now()
    base.version += 1
    db.session.flush()
    ledger.append(
        f"base:{base.id}", "base_changed", actor,
        {"case": case.id if case else None, "on": on, "name": bool(base_name), "operator": bool(operator), "investor": bool(investor)},
    )


def set_level(base: Base, actor, *, decision, case, level: str) -> None:
    """Promotion or downgrade: the level from the document's date; validity stays as it is (AMB-05, A15-1)."""
    current = db.session.scalar(select(LevelSpan).where(LevelSpan.base_id == base.id, LevelSpan.to_on.is_(None)))
    if current is not None:
        current.to_on = decision.document_on
        db.session.flush()
    db.session.add(
        LevelSpan(base_id=base.id, level=level, from_on=decision.document_on, decision_id=decision.id, case_id=case.id)
    )
    base.version += 1
    refresh_status(base)
    ledger.append(
        f"base:{base.id}", "base_level_set", actor,
        {"case": case.id, "decision": decision.id, "level": level, "from": decision.document_on},
    )


def renew(base: Base, actor, *, decision, case, validity) -> None:
    """Another period of validity from the day after the old end (A10-3), in the caller's transaction."""
    db.session.add(
        ValidityPeriod(
            base_id=base.id, from_on=validity.from_on, to_on=validity.to_on, in_force_on=decision.document_on,
            decision_id=decision.id,
        )
    )
    base.version += 1
    refresh_status(base)
    ledger.append(
        f"base:{base.id}", "base_renewed", actor,
        {"case": case.id, "decision": decision.id, "valid_from": validity.from_on, "valid_to": validity.to_on},
    )


def impose(base: Base, actor, *, kind: str, decision, case, from_on, due_on=None) -> SanctionSpan:
    """A sanction from `from_on`, with the document that imposed it; one of a kind runs at a time (P7)."""
    span = SanctionSpan(
        base_id=base.id, kind=kind, from_on=from_on, due_on=due_on, decision_id=decision.id, case_id=case.id
    )
    db.session.add(span)
    base.version += 1
    refresh_status(base)
    ledger.append(
        f"base:{base.id}", "base_sanctioned", actor,
        {"case": case.id, "decision": decision.id, "sanction": kind, "from": from_on, "due": due_on},
    )
    return span


def lift(base: Base, actor, *, kind: str, case, on) -> None:
    """The end of a sanction; `on` is its last day."""
    span = open_sanction(base.id, kind)
    if span is None:
        raise Refused("15", "没有这项还在执行的处理", "回到基地页核对")
    span.to_on = on
    base.version += 1
    refresh_status(base)
    ledger.append(f"base:{base.id}", "base_sanction_lifted", actor, {"case": case.id, "sanction": kind, "on": on})


def open_sanction(base_id: int, kind: str) -> SanctionSpan | None:
    """The sanction of a kind that runs."""
    return db.session.scalar(
        select(SanctionSpan).where(SanctionSpan.base_id == base_id, SanctionSpan.kind == kind, SanctionSpan.to_on.is_(None))
    )
