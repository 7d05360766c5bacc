"""What people who were of a base may take with them: its own data up to their last day, each file noted (A16-6, A18-6)."""

import csv
import io
import json
from collections.abc import Iterable

from flask import Response, g, render_template
from sqlalchemy import select

from incubator.bases import queries as bases
from incubator.bases.facts import standing_of
from incubator.bases.models import Base, ValidityPeriod
from incubator.decisions.models import Decision, DecisionItem
from incubator.kernel import access, clock, files, security
from incubator.kernel.database import db
from incubator.kernel.errors import NotVisible
from incubator.kernel.routing import route
from incubator.kernel.workflow import Case, Submission
from incubator.offices import sessions
from incubator.policy.calendar import chinese_date
from incubator.policy.fields import mask, show
from incubator.policy.procedures import PROCEDURES
from incubator.rosters import record_queries as records
from incubator.rosters.queries import file_ids
from incubator.rosters.tables import ACTIVITIES, GRADUATES, PEOPLE, SERVICES, TAXES, TENANTS, Roster
from incubator.sanctions.views import bp

FORMULA = tuple("=+-@\t\r\n＝＋－＠")


@route(bp, "/former", perm={"GET": "former.export"})
def former():
    """What was the base's own up to that day, to be taken along."""
    base = bases.own_base(g.actor)
    return render_template("sanctions/former.html", base=base, standing=standing_of(base), kinds=KINDS, until=g.actor.until)


@route(bp, "/former/<kind>", perm={"POST": "former.export"})
def export(kind: str):
    """One file; that it was taken stands in the access log."""
    if kind not in KINDS:
        raise NotVisible("export")
    base = bases.own_base(g.actor)
    content, rows = KINDS[kind][1](base)
    sessions.note("export", g.actor.person_id, f"former {kind} base {base.id}, {rows} rows")
    told = kind == "cases"
    response = Response(content.encode("utf-8" if told else "utf-8-sig"), mimetype="application/json" if told else "text/csv")
    response.headers["Content-Disposition"] = f"attachment; filename={base.code}-{kind}.{'json' if told else 'csv'}"
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _sheet(heads: Iterable[str], rows: list[list[str]]) -> tuple[str, int]:
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerow(heads)
    writer.writerows([_plain(cell) for cell in row] for row in rows)
    return out.getvalue(), len(rows)


def _plain(text: str) -> str:
    """A text that a spreadsheet takes for a formula gets a mark before it (P19)."""
    text = str(text or "")
    return f"'{text}" if text.lstrip().startswith(FORMULA) else text


def _roster(roster: Roster, *, gone: bool = False):
    def make(base: Base) -> tuple[str, int]:
        lines = records.as_left(g.actor, roster, base.id, gone=gone)
        names = {i: row.name for i, row in files.named(i for line in lines for i in file_ids(line)).items()}
        fields = roster.table.fields
        return _sheet(
            [f.label for f in fields], [[show(f, line.values.get(f.name), context={"files": names}) for f in fields] for line in lines])

    return make


def _cases(base: Base) -> tuple[str, int]:
    """Every version that the base submitted in the actor's time, personal numbers masked."""
    rows = db.session.execute(
        access.visible(g.actor, Case, Case.kind, Case.number, Submission.version_no, Submission.at, Submission.hash, Submission.content)
        .join(Submission, Submission.case_id == Case.id).where(Case.base_id == base.id, access.in_time(g.actor, Submission.at))
        .order_by(Submission.id)
    ).all()
    told = [
        {"kind": r.kind, "number": r.number, "version": r.version_no, "at": r.at.isoformat(), "hash": r.hash,
         "content": _readable(json.loads(r.content))}
        for r in rows
    ]
    return json.dumps({"base": base.name, "code": base.code, "until": chinese_date(g.actor.until), "submissions": told},
                      ensure_ascii=False, indent=1), len(told)


def _readable(value):
    """The same content; a sealed number, which nobody outside could open, is masked instead."""
    if isinstance(value, dict):
        return {key: _readable(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_readable(each) for each in value]
    return mask(security.vault().open(value)) if security.is_sealed(value) else value


def _decisions(base: Base) -> tuple[str, int]:
    """The documents on the base up to that day, those of the older rules among them (第二十条)."""
    items = select(DecisionItem.decision_id).where(DecisionItem.base_id == base.id)
    older = select(ValidityPeriod.decision_id).where(ValidityPeriod.base_id == base.id)
    found = db.session.scalars(
        select(Decision).where(Decision.id.in_(items.union(older)), Decision.document_on <= g.actor.until)
        .order_by(Decision.document_on, Decision.id)
    ).all()
    given = {
        item.decision_id: item.consequence for item in db.session.scalars(
            select(DecisionItem).where(DecisionItem.base_id == base.id, DecisionItem.decision_id.in_([d.id for d in found])))
    }
    return _sheet(
        ("文号", "文件日期", "标题", "类别", "内容"),
        [[d.document_no, chinese_date(d.document_on), d.title, d.words.label, given.get(d.id, d.words.done)] for d in found])


def _files(base: Base) -> tuple[str, int]:
    """Every file of the base and of its cases that the actor may open, with the place where it is downloaded."""
    of_cases = select(Case.id).where(Case.base_id == base.id)
    found = db.session.execute(
        access.visible(g.actor, files.StoredFile, files.StoredFile, Case.kind, Case.number)
        .outerjoin(Case, Case.id == files.StoredFile.case_id)
        .where((files.StoredFile.base_id == base.id) | files.StoredFile.case_id.in_(of_cases), access.in_time(g.actor, files.StoredFile.at))
        .order_by(files.StoredFile.id)
    ).all()
    return _sheet(
        ("文件名", "所在事项", "上传日期", "字节", "校验值（SHA-256）", "下载地址"),
        [[row.name, f"{PROCEDURES[kind].label} {number or ''}".strip() if kind else "名册和基本信息", chinese_date(clock.day_of(row.at)),
          str(row.size), row.sha256, row.url] for row, kind, number in found])


KINDS = {
    "tenants": ("在孵企业名册", _roster(TENANTS)), "left": ("毕业和退出的企业", _roster(TENANTS, gone=True)),
    "team": ("服务团队和辅导员名册", _roster(PEOPLE)), "graduates": ("毕业企业登记", _roster(GRADUATES)),
    "services": ("服务台账", _roster(SERVICES)), "activities": ("双创活动登记", _roster(ACTIVITIES)),
    "taxes": ("税收优惠登记", _roster(TAXES)), "decisions": ("有关本基地的文件目录", _decisions),
    "files": ("附件目录", _files), "cases": ("提交过的各版申报材料", _cases),
}
