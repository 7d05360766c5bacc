"""The import with its dry run, what still waits (ends, names, accounts), and the slips."""

from flask import Response, flash, g, redirect, render_template, request, url_for
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from incubator.bases.models import Base, ValidityPeriod
from incubator.kernel import access, sheets
from incubator.kernel.database import db
from incubator.kernel.errors import Invalid, Refused
from incubator.kernel.forms import form_for, sent_key, sent_once
from incubator.kernel.routing import route
from incubator.legacy import commands, reading
from incubator.legacy.models import LegacyBase
from incubator.legacy.views import bp
from incubator.policy.fields import Problem
from incubator.policy.fields.legacy import HEADS, LEGACY_END, LEGACY_NAME

PAGE = 200


@route(bp, "/legacy", perm={"GET": "legacy.import"})
def index():
    """What was imported and what waits: ends to be settled (T16), names out of form, accounts."""
    rows = access.visible(g.actor, LegacyBase).options(joinedload(LegacyBase.base).joinedload(Base.region)).order_by(LegacyBase.base_id)
    open_ends = select(ValidityPeriod.base_id).where(ValidityPeriod.to_on.is_(None))
    return render_template(
        "legacy/index.html", total=db.session.scalar(access.visible(g.actor, LegacyBase, func.count())),
        ends=db.session.scalars(rows.where(LegacyBase.base_id.in_(open_ends)).limit(PAGE)).all(),
        names=db.session.scalars(rows.where(LegacyBase.name_fits.is_(False)).limit(PAGE)).all(),
        accounts=commands.without_account(g.actor), most=commands.AT_ONCE,
    )


@route(bp, "/legacy/template", perm={"GET": "legacy.import"})
def template():
    """An empty workbook with the headings and what each column takes."""
    answer = Response(reading.template(), mimetype=sheets.MEDIA)
    answer.headers["Content-Disposition"] = "attachment; filename=legacy-bases.xlsx"
    return answer


@route(bp, "/legacy/import", perm={"GET": "legacy.import", "POST": "legacy.import"}, step_up={"do": "import"})
def import_page():
    """A workbook, or rows pasted from one: first judged row by row, then imported as one act."""
    text = request.form.get("rows", "")
    planned, problems, rows = [], [], []
    if request.method == "POST":
        try:
            sheet = request.files.get("sheet")
            if sheet is not None and sheet.filename:
                text = reading.workbook(g.actor, sheet)
            rows = reading.pasted(text)
            if request.form.get("do") == "import":
                place = sent_once(lambda: _imported(rows))
                flash("导入好了。下面是还要办的。", "done")
                return redirect(place)
            planned = commands.plan(g.actor, rows)
        except Invalid as invalid:
            problems = invalid.problems
            planned = commands.plan(g.actor, rows)
        except Refused as refused:
            problems = [refused.as_problem()]
            planned = commands.plan(g.actor, rows) if rows and refused.field != "rows" else []
    count = {state: sum(p.state == state for p in planned) for state in ("new", "known", "changed", "wrong")}
    page = render_template("legacy/import.html", text=text, planned=planned, count=count, heads=HEADS,
                           problems=[{"field": p.field if isinstance(p, Problem) else "", "message": p.message} for p in problems])
    return (page, 422) if problems else page


def _imported(rows) -> str:
    commands.import_rows(g.actor, rows, request.files.get("file"))
    return url_for("legacy.index")


def _page(base_id: int, table, act, title: str, answer: str, done: str):
    base = access.load(g.actor, Base, base_id)
    form = form_for(table, {"name": base.name} if "name" in table else None)
    homeless, status = [], 200
    if request.method == "POST":
        try:
            place = sent_once(lambda: (act(g.actor, base.id, form.raw()), url_for("legacy.index"))[1])
        except Invalid as invalid:
            homeless, status = form.show(invalid.problems), 422
        except Refused as refused:
            homeless, status = form.show([refused.as_problem()]), 422
        else:
            flash(done, "done")
            return redirect(place)
    return render_template("legacy/form.html", form=form, homeless=homeless, title=title, answer=answer, subject=base.name,
                           back=url_for("legacy.index"), crumb="旧办法认定的基地"), status


@route(bp, "/legacy/<int:base_id>/end", perm={"GET": "legacy.import", "POST": "legacy.import"})
def settle_end(base_id: int):
    return _page(base_id, LEGACY_END, commands.settle_end, "核定有效期", "照原文件或补充文件填写，核定以后不能再改，第二十条", "核定好了。")


@route(bp, "/legacy/<int:base_id>/name", perm={"GET": "legacy.import", "POST": "legacy.import"})
def normalise_name(base_id: int):
    return _page(base_id, LEGACY_NAME, commands.normalise_name, "规范名称", "由省工信厅规范，不占变更次数，第十九条", "名称规范好了。")


@route(bp, "/legacy/accounts", perm={"POST": "account.dispatch"})
def accounts():
    """The ticked bases' accounts, all slips on one printable page (A20-2)."""
    ids = request.form.getlist("base", type=int)[: commands.AT_ONCE]
    if not ids:
        raise Refused("20", "没有勾选", "勾选要派发账号的基地", field="base")
    slips, failed = commands.dispatch_all(g.actor, sent_key(), ids)
    return render_template("filings/slips.html", slips=slips, failed=failed)
