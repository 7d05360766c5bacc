"""The page on which relaxations are proposed and decided, standard by standard."""

from flask import Blueprint, flash, g, redirect, render_template, request, url_for

from incubator.cases import behalf
from incubator.cases.views import special_act
from incubator.kernel import access, files
from incubator.kernel.errors import Invalid, Refused
from incubator.kernel.forms import form_for, sent_once
from incubator.kernel.routing import route
from incubator.kernel.workflow import Case
from incubator.policy.criteria import relax_hint
from incubator.policy.fields.relaxation import RELAXATION_GRANT, RELAXATION_PROPOSAL, RELAXATION_REFUSAL
from incubator.relaxations import commands, queries
from incubator.relaxations.models import RelaxationProposal
from incubator.visits import queries as visits

bp = Blueprint("relaxations", __name__)
TABLES = {"propose": RELAXATION_PROPOSAL, "grant": RELAXATION_GRANT, "refuse": RELAXATION_REFUSAL}


@special_act
def _relaxation_act(case, actor):
    if actor.can("relaxation.propose") and queries.proposed_here(case):
        if not any(f.conclusion == "RELAXABLE" for f in visits.findings_of(case)):
            return None
        return _act(case, "提出放宽建议", actor)
    if actor.can("relaxation.read") and queries.granted_here(case) and queries.open_proposals(case.id):
        return _act(case, "决定放宽" if actor.can("relaxation.grant") else "看放宽建议")
    return None


def _act(case, label: str, actor=None) -> dict:
    return {"label": label, "url": commands.relaxations_url(case, actor), "kind": "plain", "enabled": True,
            "reasons": []}


@route(bp, "/cases/<int:case_id>/relaxations", perm={"GET": "relaxation.read"})
def show(case_id: int):
    return _page(access.load(g.actor, Case, case_id))


def _page(case: Case, standard: str = "", do: str = "", form=None, problems=()):
    items, who = queries.items_of(g.actor, case), behalf.acting(case)
    may_propose = who.can("relaxation.propose") and queries.proposed_here(case) and who.office_id == case.office_id
    may_grant = g.actor.can("relaxation.grant") and queries.granted_here(case)
    return render_template(
        "relaxations/show.html", case=case, items=items, behalf=behalf.asked(), desk=who.office_id, may_propose=may_propose, may_grant=may_grant,
        facts=visits.facts_of(case), hint=relax_hint, problems=[{"field": p.field, "message": p.text} for p in problems],
        form_of=lambda item, act: form if (item.standard.key, act) == (standard, do) else _fresh(item, act),
        opened=(standard, do), papers=files.named([g.file_id for i in items for g in i.grants]),
    )


def _fresh(item, act: str):
    """An empty form of that act; the threshold is prefilled with what was asked for, else with what is reached."""
    start = item.proposal.threshold if item.proposal else item.finding.actual.partition(" ")[0]
    return form_for(TABLES[act], {"threshold": _plain(start)} if act != "refuse" else {}, bound=False)


def _plain(number) -> str:
    text = str(number).replace("\u2009", "").replace(",", "")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _proposer(case_id: int):
    """The office that has the dossier, or the province's lead in its place (A3-5)."""
    access.require(g.actor, "act.on_behalf" if behalf.asked() else "relaxation.propose")
    return behalf.acting(access.load(g.actor, Case, case_id))


@route(bp, "/cases/<int:case_id>/relaxations/<standard>/propose", perm={"POST": "case.act"})
def propose(case_id: int, standard: str):
    who = _proposer(case_id)
    return _answer(case_id, standard, "propose", lambda form, seen: commands.propose(
        who, case_id, standard, form.raw(), seen_version=seen,
    ), "建议提出了，上报后由省工信厅决定。")


@route(bp, "/cases/<int:case_id>/relaxations/<standard>/grant", perm={"POST": "relaxation.grant"})
def grant(case_id: int, standard: str):
    return _answer(case_id, standard, "grant", lambda form, seen: commands.grant(
        g.actor, case_id, standard, form.raw(), seen_version=seen, upload=next(iter(form.file.uploads), None),
    ), "已同意放宽，审议按放宽后的标准判断；认定以后年检和续延也用它。")


@route(bp, "/cases/<int:case_id>/relaxations/<standard>/refuse", perm={"POST": "relaxation.grant"})
def refuse(case_id: int, standard: str):
    proposal = queries.open_proposals(case_id).get(standard)
    return _answer(case_id, standard, "refuse", lambda form, seen: commands.refuse(
        g.actor, case_id, proposal.id if proposal else 0, form.raw(), seen_version=seen,
    ), "已答复不同意放宽，这一项按原标准审议。")


@route(bp, "/cases/<int:case_id>/relaxations/<int:proposal_id>/withdraw", perm={"POST": "case.act"})
def withdraw(case_id: int, proposal_id: int):
    who = _proposer(case_id)
    row = access.load(g.actor, RelaxationProposal, proposal_id)
    seen = request.form.get("version", type=int) or 0
    sent_once(lambda: str(commands.withdraw(who, case_id, row.id, seen_version=seen) or row.id))
    flash("建议收回了。", "done")
    return redirect(url_for("relaxations.show", case_id=case_id, behalf=request.form.get("behalf") or None))


def _answer(case_id: int, standard: str, act: str, run, said: str):
    case = access.load(g.actor, Case, case_id)
    form = form_for(TABLES[act])
    seen = request.form.get("case_version", type=int) or 0
    try:
        sent_once(lambda: str(getattr(run(form, seen), "id", "")) or standard)
    except Invalid as invalid:
        form.show(invalid.problems)
        return _page(case, standard, act, form, invalid.problems), 422
    except Refused as refused:
        form.show([refused.as_problem()])
        return _page(case, standard, act, form, [refused.as_problem()]), 422
    flash(said, "done")
    return redirect(url_for("relaxations.show", case_id=case_id, behalf=request.form.get("behalf") or None))
