"""The plan of a year, the draw that anybody can do again, findings and the conclusion."""

import json

from flask import Blueprint, flash, g, redirect, render_template, request, url_for

from incubator.bases.facts import standing_of
from incubator.bases.models import Base
from incubator.cases.views import page_of, special_act
from incubator.inspections import commands, leads, plans, queries
from incubator.inspections.models import InspectionPlan
from incubator.kernel import access, clock, once
from incubator.kernel.database import db
from incubator.kernel.errors import Invalid, NotVisible, Refused
from incubator.kernel.forms import form_for, sent_once
from incubator.kernel.routing import route
from incubator.kernel.workflow import Case
from incubator.policy import inspections as policy
from incubator.policy.fields.inspection import (
    ADHOC_INSPECTION,
    BATCHES_MOST,
    FINDING_EXPLANATION,
    INSPECTION_CONCLUSION,
    INSPECTION_DRAW,
    INSPECTION_FINDING,
    INSPECTION_PLAN,
)
from incubator.policy.fields.reading import row_number
from incubator.visits.commands import visit_url

bp = Blueprint("inspections", __name__)

for _kind in commands.KINDS:
    page_of(_kind, "conclude", "inspections.conclude")


@special_act
def _conclude_act(case, actor):
    """The way to the conclusion, and to the second visit, which has its page elsewhere."""
    step = case.procedure.step(case.state, "conclude") if case.kind in commands.KINDS else None
    if step is None or not actor.can(step.permission):
        return None
    return {"label": step.label, "url": url_for("inspections.conclude", case_id=case.id), "kind": "main", "enabled": True,
            "reasons": []}


@route(bp, "/inspections", perm={"GET": "inspection.read"})
def index():
    return render_template("inspections/index.html", rows=queries.plans(g.actor))


@route(bp, "/inspections/new", perm={"GET": "inspection.plan", "POST": "inspection.plan"})
def new():
    """A plan: year, day and batches; who is inspected follows from the register."""
    year = clock.today().year
    form = form_for(INSPECTION_PLAN, {
        "year": year, "decided_on": clock.today().isoformat(),
        "batches": [{"title": "第一批", "starts_on": f"{year}-04-01", "ends_on": f"{year}-06-30"},
                    {"title": "第二批", "starts_on": f"{year}-07-01", "ends_on": f"{year}-09-30"}],
    })
    if request.method == "GET":
        return render_template("inspections/new.html", form=form, homeless=[], most=BATCHES_MOST)
    try:
        place = sent_once(lambda: url_for("inspections.show", plan_id=plans.make_plan(g.actor, form.raw()).id))
    except Invalid as invalid:
        return render_template("inspections/new.html", form=form, homeless=form.show(invalid.problems), most=BATCHES_MOST), 422
    except Refused as refused:
        return render_template("inspections/new.html", form=form, homeless=form.show([refused.as_problem()]), most=BATCHES_MOST), 422
    flash("计划建好了，基地按市（州）排进了批次。接着抽取踏查名单，核对后下达。", "done")
    return redirect(place)


@route(bp, "/inspections/<int:plan_id>", perm={"GET": "inspection.read"})
def show(plan_id: int):
    return _plan_page(access.load(g.actor, InspectionPlan, plan_id))


def _plan_page(plan, problems=(), typed=None, base_id=0):
    everyone = queries.items_of(plan)
    seen = queries.items_of(plan, g.actor)
    cases = {c.id: c for c in db.session.scalars(
        access.visible(g.actor, Case).where(Case.id.in_([i.case_id for i in seen if i.case_id])))}
    number = queries.counted(plan, everyone) if g.actor.tier == "province" else None
    missing = [b for b in queries.eligible(plan.year) if b.code in number.missing] if number and number.missing else []
    return render_template(
        "inspections/show.html", plan=plan, items=seen, cases=cases, number=number, drawn=queries.draw_of(plan.id), missing=missing,
        may=g.actor.can("inspection.plan"), problems=[{"field": p.field, "message": p.text} for p in problems],
        typed=typed or {}, open_base=base_id,
    )


@route(bp, "/inspections/<int:plan_id>/arrange", perm={"POST": "inspection.plan"})
def arrange(plan_id: int):
    """One base to another batch, or listed as not arranged with its reason."""
    plan = access.load(g.actor, InspectionPlan, plan_id)
    base_id, to = request.form.get("base", type=int) or 0, request.form.get("batch", "")
    reason = request.form.get("skip_reason", "")

    def go() -> str:
        plans.arrange(g.actor, plan.id, base_id, batch=row_number(to), skip_reason=reason,
                      seen_version=request.form.get("version", type=int) or 0)
        return url_for("inspections.show", plan_id=plan.id) + f"#b{base_id}"

    try:
        return redirect(sent_once(go))
    except Invalid as invalid:
        return _plan_page(plan, invalid.problems, {"skip_reason": reason, "batch": to}, base_id), 422
    except Refused as refused:
        return _plan_page(plan, [refused.as_problem()], {"skip_reason": reason, "batch": to}, base_id), 422


@route(bp, "/inspections/<int:plan_id>/confirm", perm={"POST": "inspection.plan"})
def confirm(plan_id: int):
    plan = access.load(g.actor, InspectionPlan, plan_id)
    try:
        place = sent_once(lambda: url_for("inspections.show", plan_id=plans.confirm(
            g.actor, plan.id, seen_version=request.form.get("version", type=int) or 0).id))
    except Refused as refused:
        return _plan_page(plan, [refused.as_problem()]), 422
    flash("计划下达了，批次到了开始日，各基地的年检自己开始。", "done")
    return redirect(place)


@route(bp, "/inspections/<int:plan_id>/draw", perm={"GET": "inspection.read", "POST": "inspection.plan"})
def draw(plan_id: int):
    """Seed, list and how to compute it again; before the draw, the form."""
    plan = access.load(g.actor, InspectionPlan, plan_id)
    form = form_for(INSPECTION_DRAW, {"share": 30})
    problems = []
    if request.method == "POST":
        try:
            place = sent_once(lambda: url_for("inspections.draw", plan_id=plan.id, done=plans.draw(
                g.actor, plan.id, form.raw(), seen_version=request.form.get("plan_version", type=int) or 0).id))
            return redirect(place)
        except Invalid as invalid:
            problems = form.show(invalid.problems)
        except Refused as refused:
            problems = form.show([refused.as_problem()])
    row = queries.draw_of(plan.id)
    names = {i.base.code: i for i in queries.items_of(plan, g.actor)} if row else {}
    return render_template(
        "inspections/draw.html", plan=plan, row=row, form=form, homeless=problems, names=names, why=policy.WHY,
        must=policy.RISK_TO_VISIT, prefectures=queries.prefectures(), may=g.actor.can("inspection.plan"),
        reasons={code: json.loads(i.risk_reasons) for code, i in names.items()},
    ), 422 if request.method == "POST" else 200


@route(bp, "/bases/<int:base_id>/inspect", perm={"GET": "inspection.open", "POST": "inspection.open"})
def adhoc(base_id: int):
    """An inspection outside the plan (A14-4)."""
    base = access.load(g.actor, Base, base_id)
    event = next((lead for lead in leads.of_base(base.id) if lead.case_id == request.args.get("event", type=int)), None)
    form = form_for(ADHOC_INSPECTION, event.cause if event else None)
    if request.method == "GET":
        return render_template("inspections/adhoc.html", base=base, standing=standing_of(base), form=form, homeless=[])
    try:
        return redirect(sent_once(lambda: url_for("cases.show", case_id=commands.open_adhoc(g.actor, base.id, form.raw()).id)))
    except Invalid as invalid:
        homeless = form.show(invalid.problems)
    except Refused as refused:
        homeless = form.show([refused.as_problem()])
    return render_template("inspections/adhoc.html", base=base, standing=standing_of(base), form=form, homeless=homeless), 422


# findings and the conclusion --------------------------------------------------------------------


def _inspection(case_id: int) -> Case:
    case = access.load(g.actor, Case, case_id)
    if case.kind not in commands.KINDS:
        raise NotVisible("inspection")
    return case


@route(bp, "/cases/<int:case_id>/findings", perm={"GET": "inspection.review", "POST": "inspection.review"})
def add_finding(case_id: int):
    case = _inspection(case_id)
    event = next((lead for lead in leads.of_case(case) if lead.case_id == request.args.get("event", type=int)), None)
    form = form_for(INSPECTION_FINDING, {"fact": event.cause["facts"][:500]} if event else None)
    if request.method == "GET":
        return render_template("inspections/finding.html", case=case, form=form, homeless=[])

    def go() -> str:
        commands.add_finding(g.actor, case.id, form.raw(), seen_version=request.form.get("case_version", type=int) or 0,
                             uploads=form.evidence.uploads)
        return url_for("cases.show", case_id=case.id)

    try:
        place = sent_once(go)
    except Invalid as invalid:
        return render_template("inspections/finding.html", case=case, form=form, homeless=form.show(invalid.problems)), 422
    except Refused as refused:
        return render_template("inspections/finding.html", case=case, form=form, homeless=form.show([refused.as_problem()])), 422
    flash("写入了一条问题，基地能看到，可以说明。", "done")
    return redirect(place)


@route(bp, "/cases/<int:case_id>/findings/event/<int:event_id>/<int:number>", perm={"POST": "inspection.review"})
def take_lead(case_id: int, event_id: int, number: int):
    """A fact of a verified event, taken over as it was verified."""
    case = _inspection(case_id)
    seen = request.form.get("version", type=int) or 0
    sent_once(lambda: str(commands.take_lead(g.actor, case.id, event_id, number, seen_version=seen).id))
    flash("写入了一条问题，基地能看到，可以说明。", "done")
    return redirect(url_for("cases.show", case_id=case.id))


@route(bp, "/cases/<int:case_id>/findings/<int:finding_id>/withdraw", perm={"POST": "inspection.review"})
def withdraw_finding(case_id: int, finding_id: int):
    case = _inspection(case_id)
    seen = request.form.get("version", type=int) or 0
    sent_once(lambda: str(commands.withdraw_finding(g.actor, case.id, finding_id, seen_version=seen) or finding_id))
    flash("这一条撤回了，结论不再计它。", "done")
    return redirect(url_for("cases.show", case_id=case.id))


@route(bp, "/cases/<int:case_id>/findings/<int:finding_id>/explain", perm={"GET": "inspection.explain", "POST": "inspection.explain"})
def explain(case_id: int, finding_id: int):
    case = _inspection(case_id)
    row = next((f for f in queries.findings_of(case) if f.id == finding_id), None)
    if row is None:
        raise NotVisible("finding")
    form = form_for(FINDING_EXPLANATION)
    if request.method == "GET":
        return render_template("inspections/explain.html", case=case, row=row, form=form, homeless=[])
    seen = request.form.get("case_version", type=int) or 0
    try:
        sent_once(lambda: str(commands.explain(g.actor, case.id, row.id, form.raw(), seen_version=seen).id))
    except Invalid as invalid:
        return render_template("inspections/explain.html", case=case, row=row, form=form, homeless=form.show(invalid.problems)), 422
    except Refused as refused:
        return render_template("inspections/explain.html", case=case, row=row, form=form, homeless=form.show([refused.as_problem()])), 422
    flash("说明交了，省工信厅写结论时会看到。", "done")
    return redirect(url_for("cases.show", case_id=case.id))


@route(bp, "/cases/<int:case_id>/conclusion", perm={"GET": "inspection.conclude", "POST": "inspection.conclude"})
def conclude(case_id: int):
    """The suggestion with its reasons, and the conclusion that a person writes."""
    case = _inspection(case_id)
    if case.procedure.step(case.state, "conclude") is None:
        raise NotVisible("conclusion")
    with once.page():
        suggestion, visited = queries.suggestion_of(case), queries.visited(case)
    form = form_for(INSPECTION_CONCLUSION, {"conclusion": suggestion.conclusion})
    level, homeless = queries.level_of(case), []
    form.conclusion.choices = [(key, policy.CONCLUSIONS[key]) for key in policy.offered(level)]
    if request.method == "POST":
        seen = request.form.get("case_version", type=int) or 0
        try:
            place = sent_once(lambda: url_for("cases.show", case_id=commands.conclude(
                g.actor, case.id, form.raw(), seen_version=seen).id))
        except Invalid as invalid:
            homeless = form.show(invalid.problems)
        except Refused as refused:
            homeless = form.show([refused.as_problem()])
        else:
            flash("结论写入案卷了，基地会收到消息。", "done")
            return redirect(place)
    return render_template(
        "inspections/conclude.html", case=case, form=form, homeless=homeless, suggestion=suggestion,
        findings=queries.findings_of(case), visited=visited, visit=visit_url(case),
    ), 422 if homeless or form.errors or request.method == "POST" else 200
