"""Importing older bases, settling their ends, setting their names right, their accounts (第二十条, AMB-16, A19-1, A20-2)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from incubator.bases import commands as bases
from incubator.bases.facts import standing_of
from incubator.bases.models import Base
from incubator.bases.queries import region_by_code, region_labels
from incubator.decisions.commands import owe_plaque
from incubator.decisions.models import Decision
from incubator.decisions.queries import number_taken
from incubator.filings.commands import Slip, login_once
from incubator.filings.many import Failed
from incubator.kernel import access, clock, files, ledger, security
from incubator.kernel.database import again_if_taken, db, transaction
from incubator.kernel.errors import Conflict, Invalid, NotVisible, Refused
from incubator.kernel.parameters import whole, workday
from incubator.legacy.models import LegacyBase
from incubator.obligations.commands import fulfil, open_obligation
from incubator.obligations.models import Obligation
from incubator.offices import commands as offices
from incubator.offices.models import Person
from incubator.policy.calendar import station_due
from incubator.policy.fields import Problem, canonical, clean, to_stored
from incubator.policy.fields.decision import LEGACY as KIND
from incubator.policy.fields.legacy import HEADS, LEGACY, LEGACY_END, LEGACY_NAME, OPEN_END
from incubator.policy.identifiers import WrongIdentifier, base_name, document_number, name_key, site_key

PERMISSION = "legacy.import"
MOST, AT_ONCE = 1000, 50


@dataclass
class Planned:
    """What would become of one row: ``new``, ``known``, ``changed`` or ``wrong``, with what is wrong or noticed."""

    number: int
    name: str
    state: str
    values: dict = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    flagged: bool = False
    changed: bool = False


def plan(actor, rows: Iterable[Mapping[str, str]]) -> list[Planned]:
    """The dry run: every row judged against the rules, the register and the rows before it; writes nothing.

    `rows` are dicts by heading or field name. A row that was imported before is recognised by code and site.
    """
    access.require(actor, PERMISSION)
    rows = list(rows)
    if not rows:
        raise Refused("20", "表里没有一行", "按模板填好再导入", field="rows")
    if len(rows) > MOST:
        raise Refused("20", f"一次最多 {MOST} 行，这里有 {len(rows)} 行", "分几次导入", field="rows")
    known = {row.row_key: row for row in db.session.scalars(select(LegacyBase))}
    labels, names, accounts = region_labels(), _names(), _accounts()
    found, seen, papers = [], set(), {}
    for number, row in enumerate(rows, 1):
        planned = _one(number, row, known, labels)
        if planned.state == "new":
            planned.problems += _clash(planned.values, names, accounts) + _other_day(number, planned.values, papers)
        key = _key(planned.values) if planned.state != "wrong" else None
        if key and key in seen:
            planned.problems.append(Problem("operator_uscc", "和前面一行是同一家运营机构、同一处场地", "20", "删去重复的一行"))
        if planned.problems:
            planned.state = "wrong"
        elif planned.state == "new":
            names.add(name_key(planned.values["name"]))
            accounts.add(key)
        if key:
            seen.add(key)
        found.append(planned)
    return found


def _one(number: int, row: Mapping[str, str], known: dict, labels) -> Planned:
    raw = {HEADS.get(str(head).strip(), str(head).strip()): value for head, value in row.items()}
    if str(raw.get("valid_to") or "").strip() == OPEN_END:
        raw["valid_to"] = ""
    elif not str(raw.get("valid_to") or "").strip():
        raw["valid_to"] = "（空）"  # an empty cell is a slip; who doesn't know writes 待核定
    read = clean(LEGACY, raw, context={"today": clock.today(), "regions": labels})
    planned = Planned(number, str(raw.get("name") or "").strip(), "new", read.values, _told(read.errors))
    if read.errors:
        planned.state = "wrong"
        return planned
    try:
        base_name(read.values["name"])
    except WrongIdentifier:
        planned.flagged = True
    before = known.get(_key(read.values))
    if before is not None:
        planned.state = "known" if before.row_hash == _hash(read.values) else "changed"
        planned.changed = planned.state == "changed"
    return planned


def _told(problems: list[Problem]) -> list[Problem]:
    return [Problem("valid_to", f"没有写有效期止，不知道的写“{OPEN_END}”", "20", "照原文件填日期") if p.field == "valid_to" and "（空）" in p.message
            else p for p in problems]


def _key(values: Mapping) -> str:
    return f"{values['operator_uscc']}:{security.digest(site_key(values['address']))}"


def _hash(values: dict) -> str:
    return security.digest(canonical(to_stored(LEGACY, values)))


def _names() -> set[str]:
    return set(db.session.scalars(select(Base.name_key).where(Base.closed_at.is_(None))))


def _accounts() -> set[str]:
    rows = db.session.execute(select(Base.operator_uscc, Base.site_key).where(Base.account_open.is_(True)))
    return {f"{code}:{security.digest(site)}" for code, site in rows}


def _clash(values: dict, names: set[str], accounts: set[str]) -> list[Problem]:
    found = []
    if name_key(values["name"]) in names:
        found.append(Problem("name", f"“{values['name']}”已有基地使用", "19", "核对名称；确是两家的先和对方区分"))
    if _key(values) in accounts:
        found.append(Problem("operator_uscc", "这家运营机构在这个地址已经有账号", "7(1)", "核对是否已在系统里"))
    return found


def _other_day(number: int, values: dict, papers: dict) -> list[Problem]:
    """A document has one date: that of the register, or of the row above that named it first (`papers`)."""
    no, on = document_number(values["document_no"]), values["document_on"]
    if no not in papers:
        known = number_taken(no.agency, no.year, no.n)
        if known is not None and known.kind != KIND:
            return [Problem("document_no", f"{no} 已登记为现行办法的文件", "20", "核对原文件的文号")]
        papers[no] = (known.document_on, "登记的日期是") if known else (on, f"第 {number} 行写的日期是")
    dated, said = papers[no]
    return [] if dated == on else [Problem("document_on", f"文号 {no} {said} {dated}", "20", "核对原文件的文号和日期")]


def import_rows(actor, rows: Iterable[Mapping[str, str]], scan) -> list[Planned]:
    """Import what is new as one act, all or nothing; rows imported before are skipped, changed ones only reported.

    `scan` is the old list or document as kept on paper: what stands behind level and validity.
    """
    access.require(actor, PERMISSION)
    rows = list(rows)
    with transaction():
        planned = plan(actor, rows)
        wrong = [p for p in planned if p.state == "wrong"]
        if wrong:
            raise Invalid([Problem("rows", f"第 {p.number} 行{p.name}：{each.message}", each.article, each.way_out)
                           for p in wrong for each in p.problems])
        fresh = [p for p in planned if p.state == "new"]
        if not fresh:
            return planned
        if scan is None or not scan.filename:
            raise Refused("20", "还没有上传原文件扫描件", "上传当时的认定文件或名单（pdf、jpg 或 png）", field="file")
        paper = files.accept(scan, actor, office_id=actor.office_id)
        ids = []
        for each in fresh:
            base = bases.import_legacy(actor, each.values, region_by_code(each.values["division_code"]),
                                       _decision(actor, each.values, paper))
            ids.append(base.id)
            if each.values.get("valid_to") is None:
                _owe_end(base)
            db.session.add(LegacyBase(
                base_id=base.id, row_key=_key(each.values), row_hash=_hash(each.values), name_fits=not each.flagged,
                decision_id=_decision(actor, each.values, paper).id, imported_at=clock.now(), imported_by=actor.person_id,
            ))
            db.session.flush()
        ledger.append("system", "legacy_imported", actor, {"bases": ids, "paper": paper.sha256, "rows": len(rows)})
        return planned


def _decision(actor, values: dict, paper) -> Decision:
    """The document behind level and validity: one row for all bases that it names."""
    number = document_number(values["document_no"])
    row = number_taken(number.agency, number.year, number.n)
    if row is None:
        row = Decision(kind=KIND, doc_word=number.agency, doc_year=number.year, doc_n=number.n, document_on=values["document_on"],
                       title=f"{number}（按原办法）", file_id=paper.id, entered_at=clock.now(), entered_by=actor.person_id)
        db.session.add(row)
        db.session.flush()
    elif row.kind != KIND or row.document_on != values["document_on"]:
        raise Refused("20", f"“{values['name']}”：文号 {number} 登记的日期是 {row.document_on}", "核对原文件的文号和日期", field="rows")
    return row


def _owe_end(base: Base) -> None:
    """待核定: the province owes the end that the old paper did not say, until it is settled (T16, AMB-16)."""
    today = clock.today()
    open_obligation(
        kind="settle_end", key=f"{base.id}:end", article="20", region_id=base.region_id, tier="province",
        office_id=access.province_office().id, title=f"{base.name}：核定有效期",
        due_on=station_due(today, whole("station_days_province", today), workday),
    )


def _legacy(actor, base_id: int) -> tuple[LegacyBase, Base]:
    base = access.load(actor, Base, base_id, lock=True)
    row = db.session.get(LegacyBase, base.id)
    if row is None:
        raise NotVisible("legacy_base")
    return row, base


def settle_end(actor, base_id: int, raw: dict) -> Base:
    """The province settles the end that the old paper did not say."""
    access.require(actor, PERMISSION)
    typed = clean(LEGACY_END, raw)
    if not typed.ok:
        raise Invalid(typed.errors)
    with transaction():
        row, base = _legacy(actor, base_id)
        bases.settle_end(base, actor, typed.values["valid_to"], reason=typed.values["reason"])
        row.end_reason = typed.values["reason"]
        db.session.flush()
        fulfil((Obligation.kind == "settle_end") & (Obligation.key == f"{base.id}:end"), actor)
        return base


def normalise_name(actor, base_id: int, raw: dict) -> Base:
    """A19-1: an old name brought into form by the province; it is no change and counts as none. The plaque follows (A8-7)."""
    access.require(actor, PERMISSION)
    typed = clean(LEGACY_NAME, raw)
    problems = list(typed.errors)
    if typed.ok:
        try:
            base_name(typed.values["name"])
        except WrongIdentifier as wrong:
            problems.append(Problem("name", wrong.reason, wrong.article, wrong.way_out))
    if problems:
        raise Invalid(problems)
    with transaction():
        row, base = _legacy(actor, base_id)
        if row.name_fits:
            raise Refused("19", "这家的名称已经合格式", "名称要变更的，由基地按第十八条申请", field="name")
        bases.change_identity(base, actor, case=None, on=clock.today(), base_name=typed.values["name"])
        row.name_fits, row.name_reason = True, typed.values["reason"]
        db.session.flush()
        if standing_of(base).in_force:
            owe_plaque(None, base)
        return base


# accounts -----------------------------------------------------------------------------------------


def without_account(actor, ids: list[int] | None = None) -> list[LegacyBase]:
    query = (
        access.visible(actor, LegacyBase).where(LegacyBase.person_id.is_(None)).order_by(LegacyBase.base_id).limit(AT_ONCE)
        .options(joinedload(LegacyBase.base).joinedload(Base.region))
    )
    return list(db.session.scalars(query.where(LegacyBase.base_id.in_(ids)) if ids else query))


def dispatch_all(actor, key: str, ids: list[int]) -> tuple[list[Slip], list[Failed]]:
    """The accounts of these bases, each in its own transaction, at most once for the form that `key` names (A20-2, P24)."""
    access.require(actor, "account.dispatch")
    slips, failed = [], []
    names = dict(db.session.execute(access.visible(actor, Base, Base.id, Base.name).where(Base.id.in_(ids))).all())
    for base_id in dict.fromkeys(ids):
        part = security.digest(f"{key}:{base_id}") if key else ""
        try:
            slips.append(again_if_taken(lambda b=base_id, k=part: _slip(actor, k, b)))
        except Refused as refused:
            failed.append(Failed(names.get(base_id, ""), refused.reason, refused.way_out))
        except (Conflict, NotVisible):
            failed.append(Failed(names.get(base_id, ""), "不是导入的旧基地，或已经转走"))
    return slips, failed


def _slip(actor, key: str, base_id: int) -> Slip:
    login, password = login_once(actor, key, lambda: _dispatch(actor, base_id))
    base = access.load(actor, Base, base_id)
    person = db.session.get(Person, db.session.get(LegacyBase, base_id).person_id)
    return Slip(login, password, base.contact_name, base.name, clock.day_of(person.must_change_by) if person.must_change_by else None)


def _dispatch(actor, base_id: int) -> tuple[str, str]:
    with transaction():
        row, base = _legacy(actor, base_id)
        if row.person_id is not None:
            raise Refused("20", "这家的账号已经派发", "丢了的向省工信厅申请重发")
        person = offices.add_person(actor, login=base.code, name=base.contact_name, phone=base.contact_phone)
        offices.add_membership(actor, person.id, "base_admin", base_id=base.id)
        row.person_id = person.id
        db.session.flush()
        ledger.append(f"base:{base.id}", "legacy_account_dispatched", actor, {"person": person.id})
        return person.login, person.slip
