"""Rosters as spreadsheets: the template, what goes out (a POST, noted with its number of rows), what comes in."""

from urllib.parse import quote

from flask import Response, flash, g, redirect, render_template, request, url_for

from incubator.bases.models import Base as IncubatorBase
from incubator.bases.queries import own_base
from incubator.kernel import access, clock, sheets
from incubator.kernel.errors import Refused
from incubator.kernel.forms import sent_once
from incubator.kernel.routing import route
from incubator.offices import sessions
from incubator.rosters import importing, queries
from incubator.rosters import sheets as rosters
from incubator.rosters.tables import KEPT, TENANTS, Roster
from incubator.rosters.views import bp

ANY = "<any(tenants,team,graduates,services,activities,taxes):key>"
SHOWN = 100


@route(bp, f"/rosters/{ANY}/template", perm={"GET": "roster.keep"})
def template(key: str):
    """An empty sheet with the columns of the roster and how each is filled."""
    return _send(rosters.template(KEPT[key]), f"{KEPT[key].title}模板.xlsx")


@route(bp, f"/rosters/{ANY}/export", perm={"POST": "roster.export"}, endpoint="export")
def own_export(key: str):
    if g.actor.tier != "base":
        return redirect(url_for("bases.register"))
    return _export(KEPT[key], own_base(g.actor))


@route(bp, f"/bases/<int:base_id>/rosters/{ANY}/export", perm={"POST": "roster.export"}, step_up=True)
def base_export(base_id: int, key: str):
    """What staff takes along of people who are not its own: with a fresh code."""
    return _export(KEPT[key], access.load(g.actor, IncubatorBase, base_id))


def _export(roster: Roster, base: IncubatorBase):
    lines = queries.lines(roster, base.id, cap=sheets.MAX_ROWS - 1, actor=g.actor)
    content = rosters.export(roster, lines)
    sessions.note("export", g.actor.person_id, f"{roster.key} of base {base.id}: {len(lines)} rows", g.request_id)
    return _send(content, f"{base.name}{roster.title}{clock.today():%Y%m%d}.xlsx")


def _send(content: bytes, name: str) -> Response:
    response = Response(content, mimetype=sheets.MEDIA)
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    response.headers["Cache-Control"] = "private, no-store"
    return response


@route(bp, f"/rosters/{ANY}/import", perm={"GET": "roster.keep", "POST": "roster.keep"}, endpoint="take_in")
def take_in(key: str):
    """All of a sheet or nothing; with the button that says so, its right lines only."""
    roster = KEPT[key]
    if request.method == "GET":
        return _page(roster)
    file_id = request.form.get("kept", type=int)
    try:
        if file_id is None:
            file_id = importing.keep_sheet(g.actor, _upload()).id
        words = sent_once(lambda: importing.import_sheet(
            g.actor, roster, file_id, only_right=request.form.get("do") == "right"
        ).words)
    except importing.WrongLines as wrong:
        return _page(roster, wrong, wrong.sheet, file_id), 422
    except Refused as refused:
        return _page(roster, refused), 422
    flash(f"{roster.title}：{words}。", "done")
    return redirect(url_for("rosters.page", key=key))


def _upload():
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        raise Refused("13", "还没有选文件", "选一个 .xlsx 文件再传", field="file")
    return upload


def _page(roster: Roster, refused: Refused | None = None, sheet=None, file_id: int | None = None):
    return render_template(
        "rosters/import.html", base=own_base(g.actor), roster=roster, refused=refused, sheet=sheet, file_id=file_id,
        columns=rosters.columns_of(roster), heading=rosters.heading, shown=SHOWN, tenants=roster is TENANTS,
        faults=[(line.line, p) for line in sheet.wrong for p in line.errors] if sheet else [],
    )
