"""The desk of sanctions, and one plain form a page for each act on it."""

from flask import Blueprint, flash, g, redirect, render_template, request, url_for

from incubator.bases.facts import standing_of
from incubator.bases.models import Base
from incubator.cases.views import special_act
from incubator.decisions.models import DecisionItem
from incubator.kernel import access, clock
from incubator.kernel.errors import Invalid, NotVisible, Refused
from incubator.kernel.forms import answered, form_for, sent_once
from incubator.kernel.routing import route
from incubator.kernel.workflow import Case
from incubator.policy import sanctions as policy
from incubator.policy.calendar import chinese_date
from incubator.policy.duties import duty
from incubator.policy.fields import sanction as fields
from incubator.sanctions import following, queries, rectifications, revocations

bp = Blueprint("sanctions", __name__)


def _form(form, act, done: str, *, title: str, answer: str, article: str, back: str, button: str, case: Case | None = None,
          template: str = "sanctions/form.html", where=None, **shown):
    """Show a form, or carry out its act; on refusal everything typed stays."""
    homeless = []
    if request.method == "POST":
        try:
            place = sent_once(lambda: act(form) or back)
        except Invalid as invalid:
            homeless = form.show(invalid.problems)
        except Refused as refused:
            homeless = form.show([refused.as_problem()])
        else:
            flash(done, "done")
            return redirect(place if place.startswith("/") else back)
    page = render_template(template, form=form, homeless=homeless, title=title, answer=answer, article_code=article, back=back,
                           button=button, case=case, **shown)
    return page, 422 if request.method == "POST" else 200


def _seen() -> int:
    return request.form.get("case_version", type=int) or 0


def _case(case_id: int, find) -> Case:
    """The case in sight that has the row which `find` looks for."""
    case = access.load(g.actor, Case, case_id)
    if find(case.id) is None:
        raise NotVisible("case")
    return case


def _first(field):
    return next(iter(field.uploads), None)


def _page(case: Case) -> str:
    return url_for("cases.show", case_id=case.id)


@route(bp, "/sanctions", perm={"GET": "sanction.read"})
def index():
    """What runs and what is owed, the overdue first."""
    return render_template("sanctions/index.html", found=queries.overview(g.actor), routes=policy.ROUTES, kinds=_OWED)


_OWED = {kind: duty(kind).label for kind in (*policy.FOLLOW_UPS, "service", "propose_revocation")}


# acts beside the step table ---------------------------------------------------------------------


@special_act
def _contract_act(case, actor):
    row = next((r for r in queries.to_decide(actor, "rectification", [case.id])), None) if actor.can("rectification.contract") else None
    if row is None:
        return None
    return _act("写整改要求", url_for("sanctions.contract", case_id=case.id), main=not queries.items_of(case.id))


@special_act
def _report_act(case, actor):
    if not actor.can("rectification.report") or case.procedure.step(case.state, "report") is None:
        return None
    return _act("报整改情况", url_for("sanctions.report", case_id=case.id), main=True)


@special_act
def _checks_act(case, actor):
    if rectifications.VERIFIES.get(case.state) != actor.tier or queries.rectification_of(case.id) is None:
        return None
    return _act("逐项核实", url_for("sanctions.checks", case_id=case.id))


@special_act
def _apply_act(case, actor):
    if not actor.can("revocation.apply") or case.station.holder != "applicant" or queries.revocation_of(case.id) is None:
        return None
    return _act("填撤销申请", url_for("sanctions.apply", case_id=case.id), main=True)


def _act(label: str, url: str, *, main: bool = False) -> dict:
    return {"label": label, "url": url, "kind": "main" if main else "plain", "enabled": True, "reasons": []}


# rectification ----------------------------------------------------------------------------------


@route(bp, "/cases/<int:case_id>/contract", perm={"GET": "rectification.contract", "POST": "rectification.contract"})
def contract(case_id: int):
    """What each problem requires and what proves it (A15-2)."""
    case = access.load(g.actor, Case, case_id)
    findings = queries.contract_findings(case)
    if not findings:
        raise NotVisible("contract")
    before = {i.finding_id: i for i in queries.items_of(case.id)}
    form = form_for(fields.CONTRACT, {"items": [
        {"finding_id": f.id, "required": before[f.id].required if f.id in before else "", "proof": before[f.id].proof if f.id in before else ""}
        for f in findings]})
    return _form(
        form, lambda f: rectifications.write_contract(g.actor, case.id, f.raw(), seen_version=_seen()) and "", "整改要求写好了，可以登记限期整改文件。",
        title="写整改要求", answer="每条问题写明要达到的结果和用什么证明，通知书和验收都按它", article="15", back=_page(case), button="保存要求",
        case=case, template="sanctions/lines.html", lines=[{"key": f.id, "head": f.fact, "code": f.code} for f in findings], key="finding_id",
    )


@route(bp, "/cases/<int:case_id>/report", perm={"GET": "rectification.report", "POST": "rectification.report"})
def report(case_id: int):
    """What was done for each item, with the proofs (A15-5)."""
    case = _case(case_id, queries.rectification_of)
    if case.station.holder != "applicant":
        raise NotVisible("report")
    items = queries.items_of(queries.rectification_of(case.id).inspection_id)
    form = form_for(fields.REPORT, {"items": [{"item_id": i.id, "done": ""} for i in items]})
    return _form(
        form, lambda f: rectifications.report(g.actor, case.id, f.raw(), seen_version=_seen(), uploads=f.files.uploads) and "",
        "整改报告报送了，县里会到现场核实。", title="报整改情况", answer="逐项写做了什么，附证明材料；整改期间季报、年报照常报送", article="15",
        back=_page(case), button="报送整改报告", case=case, template="sanctions/lines.html", key="item_id",
        lines=[{"key": i.id, "head": i.finding.fact, "code": i.finding.code, "required": i.required, "proof": i.proof} for i in items],
    )


@route(bp, "/cases/<int:case_id>/checks", perm={"GET": "visit.register", "POST": "visit.register"})
def checks(case_id: int):
    """Each item as the office saw it on site; the county first, the province before it accepts."""
    case = _case(case_id, queries.rectification_of)
    if rectifications.VERIFIES.get(case.state) != g.actor.tier:
        raise NotVisible("checks")
    items = queries.items_of(queries.rectification_of(case.id).inspection_id)
    form = form_for(fields.CHECKS, {"items": [{"item_id": i.id, "met": "", "remark": ""} for i in items]})
    return _form(
        form, lambda f: rectifications.check_items(g.actor, case.id, f.raw(), seen_version=_seen()) and "", "逐项核实的结果写入案卷了。",
        title="逐项核实整改", answer="每项选是否达到，写现场看到的", article="15", back=_page(case), button="写入核实结果", case=case,
        template="sanctions/lines.html", key="item_id",
        lines=[{"key": i.id, "head": i.finding.fact, "code": i.finding.code, "required": i.required, "proof": i.proof} for i in items],
    )


# revocation -------------------------------------------------------------------------------------


@route(bp, "/revocation", perm={"POST": "revocation.apply"}, endpoint="open_application")
def open_application():
    """The base begins its own application."""
    return redirect(sent_once(lambda: url_for("sanctions.apply", case_id=revocations.open_application(g.actor).id)))


@route(bp, "/cases/<int:case_id>/revocation", perm={"GET": "revocation.apply", "POST": "revocation.apply"})
def apply(case_id: int):
    """Both consents, the reason, and what becomes of the tenants (T93)."""
    case = _case(case_id, queries.revocation_of)
    row = queries.revocation_of(case.id)
    if case.station.holder != "applicant":
        raise NotVisible("revocation")
    form = form_for(fields.APPLICATION, {"facts": row.facts, "tenants_plan": row.tenants_plan})
    if request.method == "POST" and answered() is None:
        revocations.keep_consents(g.actor, case.id, {name: _first(form[name]) for name in revocations.CONSENTS}, seen_version=_seen())
    kept = {name: bool(getattr(row, f"{name}_id")) for name in revocations.CONSENTS}
    return _form(
        form, lambda f: _page(revocations.apply(g.actor, case.id, f.raw(), seen_version=_seen())),
        "撤销申请提交了，由县里审核。", title="申请撤销", answer="投资主体和运营机构都同意才能申请；撤销前可以撤回", article="16(1)1",
        back=url_for("bases.desk"), button="提交撤销申请", case=case, kept=[revocations.CONSENT_WORDS[n] for n, there in kept.items() if there],
    )


def _base(base_id: int) -> Base:
    return access.load(g.actor, Base, base_id)


@route(bp, "/bases/<int:base_id>/revocation/propose", perm={"GET": "revocation.propose", "POST": "revocation.propose"})
def propose(base_id: int):
    """The county proposes, when the year of rectification or the validity is over (A16-2)."""
    base = _base(base_id)
    return _form(
        form_for(fields.PROPOSAL), lambda f: _page(revocations.propose(g.actor, base.id, f.raw())), "撤销提出了，由市里复核。",
        title="提出撤销", named=base.name, answer=f"现在是“{standing_of(base).text}”", article="16(1)2",
        back=url_for("bases.show", base_id=base.id), button="提出撤销", harm=True,
    )


@route(bp, "/bases/<int:base_id>/revocation/direct", perm={"GET": "revocation.direct", "POST": "revocation.direct"})
def direct(base_id: int):
    """The province begins by itself (A16-3)."""
    base = _base(base_id)
    return _form(
        form_for(fields.DIRECT), lambda f: _page(revocations.begin_direct(g.actor, base.id, f.raw(), uploads=f.evidence.uploads)),
        "直接撤销的程序开始了，接着事先告知。", title="直接撤销", named=base.name, answer=f"现在是“{standing_of(base).text}”", article="16(2)",
        back=url_for("bases.show", base_id=base.id), button="开始直接撤销", harm=True,
    )


@route(bp, "/cases/<int:case_id>/prior-notice", perm={"GET": "revocation.notify", "POST": "revocation.notify"})
def notify(case_id: int):
    case = _case(case_id, queries.revocation_of)
    form = form_for(fields.PRIOR_NOTICE, {"notified_on": clock.today().isoformat()})
    return _form(
        form, lambda f: revocations.notify(g.actor, case.id, f.raw(), seen_version=_seen(), upload=_first(f.file)) and "",
        "告知登记了，陈述申辩期从送达次日起算。", title="登记事先告知", answer="送达后才能决定，基地可以陈述申辩", article="16", back=_page(case),
        button="登记事先告知", case=case,
    )


@route(bp, "/cases/<int:case_id>/prior-notice/waive", perm={"GET": "revocation.waive", "POST": "revocation.waive"})
def waive(case_id: int):
    case = _case(case_id, queries.revocation_of)
    return _form(
        form_for(fields.WAIVER), lambda f: revocations.waive_notice(g.actor, case.id, f.raw(), seen_version=_seen()) and "",
        "不告知的理由写入案卷了。", title="不作事先告知", answer="由负责人决定，理由留在案卷里", article="16", back=_page(case), button="不作告知",
        case=case, harm=True,
    )


@route(bp, "/cases/<int:case_id>/defence", perm={"GET": "revocation.defend", "POST": "revocation.defend"})
def defend(case_id: int):
    """The base speaks, or the province records what came on paper (A16-4)."""
    case = _case(case_id, queries.notice_of)
    own = g.actor.tier == "base"
    until = queries.notice_of(case.id).defence_until
    if until is None:
        raise NotVisible("defence")
    return _form(
        form_for(fields.DEFENCE if own else fields.DEFENCE_RECORD),
        lambda f: revocations.defend(g.actor, case.id, f.raw(), seen_version=_seen(), upload=_first(f.file)) and "",
        "陈述申辩写入案卷了，省工信厅要逐份答复。", title="陈述申辩" if own else "登记陈述申辩", answer=f"到 {chinese_date(until)} 24:00 为止", article="16",
        back=_page(case), button="提交陈述申辩" if own else "登记", case=case,
    )


@route(bp, "/cases/<int:case_id>/defence/<int:defence_id>/answer", perm={"GET": "revocation.notify", "POST": "revocation.notify"})
def answer(case_id: int, defence_id: int):
    case = _case(case_id, queries.notice_of)
    row = next((d for d in queries.defences_of(case.id) if d.id == defence_id), None)
    if row is None:
        raise NotVisible("defence")
    return _form(
        form_for(fields.ANSWER), lambda f: revocations.answer(g.actor, case.id, row.id, f.raw(), seen_version=_seen()) and "", "答复写入案卷了。",
        title="答复陈述申辩", answer=row.words[:200], article="16", back=_page(case), button="答复", case=case,
    )


# after the decision -----------------------------------------------------------------------------


@route(bp, "/served/<int:item_id>", perm={"GET": "sanction.serve", "POST": "sanction.serve"})
def serve(item_id: int):
    """送达回证 of one decision on one base."""
    item = access.load(g.actor, DecisionItem, item_id)
    if item.kind not in queries.SANCTIONS:
        raise NotVisible("service")
    case = access.load(g.actor, Case, item.case_id)
    return _form(
        form_for(fields.SERVICE), lambda f: following.serve(g.actor, item.id, f.raw(), upload=_first(f.file)) and "", "送达回证登记了。",
        title="登记送达回证", answer=f"{item.decision.document_no}，{item.words.done}；拒收不影响决定生效，写明经过", article="15", back=_page(case), button="登记送达回证",
        case=case,
    )


@route(bp, "/cases/<int:case_id>/follow-up/<kind>", perm={"GET": "revocation.follow_up", "POST": "revocation.follow_up"})
def follow_up(case_id: int, kind: str):
    """The county takes the plaque back and tells the tax office (A17-1)."""
    case = _case(case_id, queries.revocation_of)
    if kind not in following.TABLES or queries.tax_stop(case.id) is None:
        raise NotVisible("follow_up")
    stop = queries.tax_stop(case.id)
    words = f"{chinese_date(stop.holds)}起不再享受税收优惠" if kind == policy.TAX else "收回了的填日期和情况，无法收回的写理由"
    return _form(
        form_for(following.TABLES[kind]), lambda f: following.follow_up(g.actor, case.id, kind, f.raw(), upload=_first(f.file)) and "",
        f"{policy.FOLLOW_UPS[kind]}登记了。", title=policy.FOLLOW_UPS[kind], answer=words, article="17", back=_page(case), button="登记", case=case,
    )


@route(bp, "/cases/<int:case_id>/tax-stop", perm={"GET": "revocation.tax_stop", "POST": "revocation.tax_stop"})
def tax_stop(case_id: int):
    case = _case(case_id, queries.revocation_of)
    stop = queries.tax_stop(case.id)
    if stop is None:
        raise NotVisible("tax_stop")
    return _form(
        form_for(fields.TAX_STOP), lambda f: following.override_tax_stop(g.actor, case.id, f.raw()) and "", "停止日期另定了，按规则算的日期仍然看得到。",
        title="另定停止享受税收优惠的日期", answer=f"按规则是 {chinese_date(stop.computed)}；法律法规另有规定的从其规定", article="17", back=_page(case), button="另定日期",
        case=case,
    )


from incubator.sanctions import former, lists  # noqa: E402,F401  more routes of the same blueprint


