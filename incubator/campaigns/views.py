"""The rounds of the year: list, one round, a new one; and the guide for everybody (第三条、第七条（五）)."""

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict

from incubator.campaigns import commands, queries, team
from incubator.campaigns.models import PARTS, Campaign, CampaignGuide
from incubator.cases.views import send
from incubator.kernel import access, clock, files
from incubator.kernel.errors import Invalid, Refused
from incubator.kernel.forms import form_for, rows_from, sent_once
from incubator.kernel.routing import route
from incubator.policy.fields.campaign import CAMPAIGN, default_materials
from incubator.policy.fields.reading import row_number

bp = Blueprint("campaigns", __name__)


@route(bp, "/campaigns", perm={"GET": "campaign.read"})
def index():
    rows, more = queries.rounds(g.actor, request.args.get("after", type=int))
    return render_template("campaigns/index.html", rows=rows, more=more, now=clock.now())


@route(bp, "/campaigns/<int:campaign_id>", perm={"GET": "campaign.read"})
def show(campaign_id: int):
    return _page(access.load(g.actor, Campaign, campaign_id))


def _page(row: Campaign, refused: Refused | None = None, status: int = 200):
    page = render_template(
        "campaigns/show.html", row=row, now=clock.now(), refused=refused, typed=request.form,
        kinds=dict(CAMPAIGN.field("materials").column("applies_to").choices),
        parties=dict(CAMPAIGN.field("materials").column("parties").choices),
    )
    return page, status


def _prefilled() -> dict:
    today = clock.today()
    return {
        "year": str(today.year), "kind": "recognition", "title": f"{today.year}年第一批认定",
        "materials": [
            {"key": m.key, "name": m.name, "compulsory": m.compulsory, "accept": list(m.accept),
             "max_files": str(m.max_files), "applies_to": list(m.applies_to), "parties": list(m.parties)}
            for m in default_materials("recognition")
        ],
    }


@route(bp, "/campaigns/new", perm={"GET": "campaign.manage", "POST": "campaign.manage"})
def new():
    """A round with its guide and its list of materials, prefilled with the default list."""
    form = form_for(CAMPAIGN, _prefilled() if request.method == "GET" else None)
    if request.method == "GET":
        return render_template("campaigns/edit.html", form=form, row=None, homeless=[])
    upload, file_id = _sent(form)
    try:
        made = sent_once(lambda: str(commands.create_campaign(g.actor, form.raw(), upload, file_id=file_id).id))
    except Refused as refused:
        return _refused_form(form, refused, None)
    flash("批次安排好了，申报单位的按钮上写着什么时候开始。", "done")
    return redirect(url_for("campaigns.show", campaign_id=int(made)))


@route(bp, "/campaigns/<int:campaign_id>/edit", perm={"GET": "campaign.manage", "POST": "campaign.manage"})
def edit(campaign_id: int):
    """Until a round opens everything but year and kind may be changed."""
    row = access.load(g.actor, Campaign, campaign_id)
    stored = {
        "year": str(row.year), "kind": row.kind, "title": row.title, "opens_on": row.opens_on.isoformat(),
        "closes_on": row.closes_on.isoformat() if row.closes_on else "", "second_reason": row.second_reason,
        "materials": row.material_items,
    }
    form = form_for(CAMPAIGN, stored if request.method == "GET" else None)
    if request.method == "GET":
        form.version.data = row.version
        return render_template("campaigns/edit.html", form=form, row=row, homeless=[])
    form.year.data, form.kind.data = stored["year"], stored["kind"]
    upload, file_id = _sent(form)
    try:
        sent_once(lambda: str(commands.change_campaign(
            g.actor, row.id, form.raw(), upload, seen_version=row_number(form.version.data) or 0, file_id=file_id
        ).id))
    except Refused as refused:
        return _refused_form(form, refused, row)
    flash("改好了。", "done")
    return redirect(url_for("campaigns.show", campaign_id=row.id))


def _sent(form):
    """The guide that came now, or the one kept from an attempt before; items ticked 不要 leave the list."""
    gone = {key.split("-")[1] for key in request.form if key.startswith("materials-") and key.endswith("-gone")}
    typed = MultiDict((k, v) for k, v in request.form.items(multi=True) if not (
        k.startswith("materials-") and k.split("-")[1] in gone))
    form.materials.rows = form.materials.data = [
        row for row in rows_from(typed, "materials", form.materials.spec)
        if any(value for name, value in row.items() if name != "key")
    ]
    return next(iter(form.guide_file.uploads), None), next(iter(form.guide_file.data or []), None)


def _refused_form(form, refused: Refused, row):
    upload = next(iter(form.guide_file.uploads), None)
    if upload is not None and refused.field != "guide_file":
        try:
            form.guide_file.data = [commands.keep_guide_file(g.actor, upload).id]
        except Refused as unfit:
            unfit.field = "guide_file"
            refused = unfit
    known = files.named(form.guide_file.data or [])
    form.guide_file.files = [known[i] for i in form.guide_file.data or [] if i in known]
    problems = refused.problems if isinstance(refused, Invalid) else [refused.as_problem()]
    return render_template("campaigns/edit.html", form=form, row=row, homeless=form.show(problems)), 422


@route(bp, "/campaigns/<int:campaign_id>/lengthen", perm={"POST": "campaign.manage"})
def lengthen(campaign_id: int):
    row = access.load(g.actor, Campaign, campaign_id)
    try:
        sent_once(lambda: str(commands.lengthen(
            g.actor, row.id, request.form.get("closes_on", ""), request.form.get("reason", ""),
            seen_version=request.form.get("version", type=int) or 0,
        ).id))
    except Refused as refused:
        return _page(row, refused, 422)
    flash("截止日延长了，理由一并公开。", "done")
    return redirect(url_for("campaigns.show", campaign_id=row.id))


@route(bp, "/campaigns/<int:campaign_id>/guide", perm={"POST": "campaign.manage"})
def replace_guide(campaign_id: int):
    row = access.load(g.actor, Campaign, campaign_id)
    upload = request.files.get("guide_file")
    try:
        sent_once(lambda: str(commands.replace_guide(
            g.actor, row.id, upload if upload and upload.filename else None, request.form.get("note", "")
        ).id))
    except Refused as refused:
        return _page(row, refused, 422)
    flash("指南换好了，原来的一份仍能下载。", "done")
    return redirect(url_for("campaigns.show", campaign_id=row.id))


@route(bp, "/guides", perm={"GET": "public.read"})
def guides():
    """The guides of the year, for everybody: a round that has closed stays, and says so."""
    return render_template("campaigns/guides.html", rows=queries.guides_of_year(g.actor), now=clock.now())


@route(bp, "/guides/<int:guide_id>/file", perm={"GET": "public.read"})
def guide_file(guide_id: int):
    return send(access.load(g.actor, CampaignGuide, guide_id).file)


@route(bp, "/campaigns/<int:campaign_id>/team", perm={"GET": "recognition.assess", "POST": "recognition.assess"})
def team_page(campaign_id: int):
    """The assessment team of a round: who leads, who is in it, from when to when (A8-1)."""
    row = access.load(g.actor, Campaign, campaign_id)
    if request.method == "GET":
        return _team(row)
    person = request.form.get("person", type=int) or 0
    try:
        if request.form.get("do") == "end":
            sent_once(lambda: str(team.end_member(g.actor, row.id, request.form.get("member", type=int) or 0).id))
            flash("从考核组里去掉了；已经指派的案卷另行撤下。", "done")
        else:
            sent_once(lambda: str(team.name_member(g.actor, row.id, person, request.form.get("part", "")).id))
            flash("列进考核组了。", "done")
    except Refused as refused:
        return _team(row, refused), 422
    return redirect(url_for("campaigns.team_page", campaign_id=row.id))


def _team(row: Campaign, refused: Refused | None = None):
    rows = team.members(row.id, ended=True)
    leads = {m.person_id for m in rows if m.to_on is None and m.part == "lead"}
    return render_template(
        "campaigns/team.html", row=row, rows=rows, refused=refused, typed=request.form, parts=PARTS,
        people=[person for person in team.eligible() if person.id not in leads],
    )
