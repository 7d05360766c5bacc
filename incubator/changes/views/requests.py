"""The request of the base, the county's request for the investor, decision, implementation, account."""

import json

from flask import flash, g, jsonify, redirect, render_template, request, url_for

from incubator.bases.facts import standing_of
from incubator.bases.models import Base
from incubator.bases.queries import dues_of, own_base, todo_of
from incubator.cases import corrections
from incubator.cases.forms_page import form_page, save_draft, typed_changes, typed_text
from incubator.cases.panels import Panel
from incubator.cases.tables import form_table
from incubator.cases.views import page_of, special_act
from incubator.changes import deciding, requests
from incubator.changes.models import ChangeRequest
from incubator.changes.views import bp
from incubator.kernel import access, clock, files, registry
from incubator.kernel.errors import Conflict, Invalid, NotVisible, Refused
from incubator.kernel.forms import form_for, sent_key, sent_once
from incubator.kernel.routing import route
from incubator.kernel.workflow import Case
from incubator.policy import changes
from incubator.policy.fields import to_stored
from incubator.policy.fields.change import CHANGE, CHANGE_DONE, CHANGE_NOTICE, CHANGE_WITHDRAW, CHANGE_WORD


@route(bp, "/change", perm={"GET": "change.fill", "POST": "change.fill"})
def start():
    """What may be changed, how often it was, and the way in."""
    base = own_base(g.actor)
    if request.method == "POST":
        case = requests.open_change(g.actor)
        return redirect(url_for("changes.edit", case_id=case.id) if case.station.holder == "applicant"
                        and case.state != "to_implement" else url_for("cases.show", case_id=case.id))
    return render_template("changes/start.html", base=base, standing=standing_of(base), used=requests.used(base),
                           running=requests.running_change(base.id), types=changes.TYPES)


@route(bp, "/change/<int:case_id>", perm={"GET": "change.fill", "POST": "change.fill"})
def edit(case_id: int):
    case = access.load(g.actor, Case, case_id)
    if (form_table(case.kind) is not CHANGE or case.station.holder != "applicant" or case.state == "to_implement"
            or requests.is_for_investor(case)):
        return redirect(url_for("cases.show", case_id=case.id))
    base = access.load(g.actor, Base, case.base_id)
    return form_page(
        case, CHANGE, template="changes/edit.html", submit=requests.submit_change, may_submit="change.submit",
        check=requests.check_change, extra={"used": requests.used(base), "base": base},
    )


@route(bp, "/change/<int:case_id>/draft", perm={"POST": "change.fill"})
def autosave(case_id: int):
    case = access.load(g.actor, Case, case_id)
    if case.state == "to_implement":
        raise Conflict("已经同意，不能再改")
    if requests.is_for_investor(case):
        raise Conflict("由县工信局代投资主体提交，运营机构不能改")
    return jsonify(save_draft(case, CHANGE, typed_changes(CHANGE)))


@route(bp, "/bases/<int:base_id>/change", perm={"GET": "change.open_for", "POST": "change.open_for"})
def open_for(base_id: int):
    """The county files for an investor whose operator won't (AMB-32)."""
    base = access.load(g.actor, Base, base_id)
    form = form_for(CHANGE, {"address": base.address, "applicant": "investor"})

    def act():
        uploads = {f.name: form[f.name].uploads for f in requests.FILES}
        return url_for("cases.show", case_id=requests.open_for_investor(g.actor, base.id, form.raw(), uploads).id)

    shown = {"title": f"代投资主体提出变更：{base.name}", "crumb": (url_for("bases.show", base_id=base.id), base.name),
             "answer": "运营机构不配合时，凭投资主体签章的申请代为提交；由本局另一个人审查", "verb": "代为提交",
             "article_code": "18(1)", "back": url_for("bases.show", base_id=base.id), "skip": ("applicant",)}
    return _page(form, act, "代为提交了，运营机构已收到消息，可以写意见。", shown)


@route(bp, "/cases/<int:case_id>/change/correct", perm={"GET": "change.open_for", "POST": "change.open_for"})
def correct_for(case_id: int):
    """The county corrects what it filed for the investor; files that are not sent anew stay."""
    case = access.load(g.actor, Case, case_id)
    if form_table(case.kind) is not CHANGE or not _corrected_by_county(case):
        raise NotVisible("change")
    form = form_for(CHANGE, typed_text(CHANGE, to_stored(CHANGE, requests.asked(case))))
    returned = corrections.open_return(case)
    back = url_for("cases.show", case_id=case.id)

    def act():
        uploads = {f.name: form[f.name].uploads for f in requests.FILES}
        requests.correct_for_investor(g.actor, case.id, form.raw(), uploads, seen_version=_seen(), answers=corrections.typed(request.form))
        return back

    shown = {"title": f"代投资主体补正变更：{case.subject}", "crumb": (back, case.title), "case": case, "verb": "代为再次提交",
             "answer": "照投资主体的意思补正；没有重新上传的材料沿用上一版", "article_code": "18(1)", "back": back, "skip": ("applicant",),
             "remarks": json.loads(returned.remarks) if returned else [], "answers": corrections.typed(request.form)}
    return _page(form, act, "再次提交了。", shown)


@route(bp, "/cases/<int:case_id>/change/withdraw-for", perm={"GET": "change.open_for", "POST": "change.open_for"})
def withdraw_for(case_id: int):
    """The county withdraws on the investor's signed word."""
    def act(case, form):
        requests.withdraw_for_investor(g.actor, case.id, form.raw(), next(iter(form.file.uploads), None), seen_version=_seen())

    return _step(case_id, CHANGE_WITHDRAW, act, "撤回了，基地可以另行申请。", title="代投资主体撤回变更", verb="代为撤回", article_code="18(1)",
                 answer="投资主体不再要求变更时，凭签章的说明撤回；运营机构不能撤回代为提交的申请")


def _corrected_by_county(case: Case) -> bool:
    return case.state in requests.CORRECTIONS and requests.is_for_investor(case)


def _page(form, act, done: str, shown: dict):
    """A form of its own: shown, carried out once, or shown again with what is wrong."""
    homeless, status = [], 200
    if request.method == "POST":
        try:
            place = sent_once(act)
        except Invalid as invalid:
            homeless, status = form.show(invalid.problems), 422
        except Refused as refused:
            homeless, status = form.show([refused.as_problem()]), 422
        else:
            flash(done, "done")
            return redirect(place)
    return render_template("changes/form.html", form=form, homeless=homeless, **shown), status


def _step(case_id: int, table, act, done: str, *, title: str, answer: str, verb: str, values=None, article_code="18"):
    case = access.load(g.actor, Case, case_id)
    if form_table(case.kind) is not CHANGE:
        raise NotVisible("change")
    form = form_for(table, values)
    back = url_for("cases.show", case_id=case.id)

    def go():
        act(case, form)
        return back

    shown = {"title": f"{title}：{case.subject}", "crumb": (back, case.title), "answer": answer, "verb": verb, "case": case,
             "article_code": article_code, "back": back, "row": requests.find_request(case)}
    return _page(form, go, done, shown)


def _seen() -> int:
    return request.form.get("case_version", type=int) or 0


@route(bp, "/cases/<int:case_id>/change/comment", perm={"GET": "change.submit", "POST": "change.submit"})
def comment(case_id: int):
    return _step(case_id, CHANGE_WORD, lambda case, form: requests.comment(g.actor, case.id, form.raw()), "意见写进案卷了。",
                 title="对代为提交的变更写意见", answer="县、市、省审查时都能看到，只能写一次", verb="写进案卷", article_code="18(1)")


page_of("change", "approve", "changes.approve")
page_of("change", "implement", "changes.implement")
page_of("change", "implement_for", "changes.implement_for")


@route(bp, "/cases/<int:case_id>/change/approve", perm={"GET": "change.decide", "POST": "change.decide"}, step_up=True)
def approve(case_id: int):
    """The notice of the province: number, date, scan."""
    def act(case, form):
        deciding.approve(g.actor, case.id, form.raw(), next(iter(form.file.uploads), None), seen_version=_seen(),
                         text=request.form.get("text", "")[:500])

    return _step(case_id, CHANGE_NOTICE, act, "登记好了，运营机构已收到通知和实施期限。", title="同意变更", verb="同意变更",
                 answer="通知发给投资主体和运营机构两方，从通知日期起计实施期限")


@route(bp, "/cases/<int:case_id>/change/implement", perm={"GET": "change.implement", "POST": "change.implement"})
def implement(case_id: int):
    return _implement(case_id, "确认已实施")


@route(bp, "/cases/<int:case_id>/change/implement-for", perm={"GET": "change.implement_for", "POST": "change.implement_for"})
def implement_for(case_id: int):
    """The county confirms for an operator who doesn't (AMB-32)."""
    return _implement(case_id, "代为确认已实施")


def _implement(case_id: int, title: str):
    return _step(
        case_id, CHANGE_DONE, lambda case, form: deciding.implement(g.actor, case.id, form.raw(), seen_version=_seen()),
        "确认好了，登记的内容已经是变更以后的。", title=title, verb=title, values={"implemented_on": clock.today().isoformat()},
        answer="从实施日期起登记变更以后的名称或单位；换了运营机构的，原来的人从这一天起只能查看以前的内容",
    )


@special_act
def _account_act(case, actor):
    if not actor.can("account.dispatch") or not deciding.awaits_account(case, requests.find_request(case)):
        return None
    return {"label": "给新运营机构派发账号", "url": url_for("changes.dispatch", case_id=case.id), "kind": "main", "enabled": True,
            "reasons": []}


@special_act
def _comment_act(case, actor):
    if not actor.can("change.submit") or not requests.may_comment(case, requests.find_request(case), actor):
        return None
    return {"label": "写意见", "url": url_for("changes.comment", case_id=case.id), "kind": "plain", "enabled": True, "reasons": []}


@special_act
def _correct_act(case, actor):
    if not actor.can("change.open_for") or form_table(case.kind) is not CHANGE or not _corrected_by_county(case):
        return None
    return {"label": "代为补正", "url": url_for("changes.correct_for", case_id=case.id), "kind": "main", "enabled": True, "reasons": []}


@special_act
def _withdraw_act(case, actor):
    if (not actor.can("change.open_for") or form_table(case.kind) is not CHANGE or case.procedure.step(case.state, "withdraw_for") is None
            or not requests.is_for_investor(case)):
        return None
    return {"label": "代投资主体撤回", "url": url_for("changes.withdraw_for", case_id=case.id), "kind": "plain", "enabled": True,
            "reasons": []}


@route(bp, "/cases/<int:case_id>/change/dispatch", perm={"GET": "account.dispatch", "POST": "account.dispatch"})
def dispatch(case_id: int):
    """The new operator's account; the slip is shown once."""
    case = access.load(g.actor, Case, case_id)
    row = requests.request_of(case)
    if request.method == "GET":
        return render_template("changes/dispatch.html", case=case, wants=requests.asked(case), row=row)
    return render_template("filings/slip.html", slip=deciding.dispatch_once(g.actor, sent_key(), case_id))


# on other pages --------------------------------------------------------------------------------


@registry.panel("change", order=5)
def change_panel(case, actor, chosen: str) -> Panel | None:
    """Before and after, how often the period was used, the notice and what became of it."""
    row = requests.find_request(case)
    if row is None:
        return None
    base = access.load(actor, Base, case.base_id)
    notice = files.named([row.notice_file_id] if row.notice_file_id else []).get(row.notice_file_id)
    return Panel("change", "变更", "changes/panel.html", place="top", data={
        "row": row, "lines": compared(case, row), "used": requests.used(base), "notice": notice, "today": clock.today(),
        "late": row.implement_due is not None and case.state == "to_implement" and clock.today() > row.implement_due,
    })


def compared(case: Case, row: ChangeRequest) -> list[tuple[str, str, str]]:
    """What is changed: label, before, after."""
    before, wants = json.loads(row.before), requests.asked(case)
    found = []
    if changes.BASE_NAME in wants["types"]:
        found.append(("基地名称", before["base_name"], wants["new_base_name"]))
    if row.main_type == changes.OPERATOR:
        found.append(("运营机构", f"{before['operator_name']} {before['operator_uscc']}",
                      f"{wants['new_operator_name']} {wants['new_operator_uscc']}"))
    elif row.main_type == changes.INVESTOR:
        found.append(("投资主体", before["investor_name"], wants["new_investor_name"]))
    elif row.main_type == changes.ENTITY_RENAME:
        party = wants["rename_party"]
        found.append((dict(changes.APPLICANTS)[party], before[f"{party}_name"], wants["new_entity_name"]))
    return found


@todo_of
def change_todo(actor, base, cases):
    """A request that waits for the base, and an approved change to be carried out."""
    case = next((c for c in cases if c.kind == "change" and c.ended_at is None and c.station.holder == "applicant"), None)
    if case is None or not actor.can("change.fill") or _corrected_by_county(case):
        return
    due = dues_of(base.id).get(case.id)
    when = f"{due.month}月{due.day}日前" if due else "还没有提交"
    if case.state == "to_implement":
        yield {"mark": "soon", "when": when, "what": "实施变更并确认", "words": "实施以后写上日期，登记的内容才会变", "article": "18",
               "url": url_for("changes.implement", case_id=case.id) if actor.can("change.implement") else None, "label": "确认已实施"}
        return
    returned = case.state != "draft"
    yield {"mark": "soon" if returned else "wait", "when": when, "what": "补正变更申请" if returned else "变更申请还没有提交",
           "words": "一次说清了要改的地方" if returned else "填到哪里都存着", "article": "18",
           "url": url_for("changes.edit", case_id=case.id), "label": "去补正" if returned else "接着填"}
