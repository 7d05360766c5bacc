"""The operator's page of base information: what it keeps itself, what a procedure changes, and the yearly check."""

from itertools import pairwise

from flask import flash, g, redirect, render_template, request, url_for

from incubator.bases import profile as register
from incubator.bases.models import Base
from incubator.bases.queries import own_base, todo_of
from incubator.cases.forms_page import typed_text
from incubator.changes import profiles
from incubator.changes.views import bp
from incubator.kernel import access, clock
from incubator.kernel.errors import Conflict, Invalid, Refused
from incubator.kernel.forms import form_for, sent_once
from incubator.kernel.routing import route
from incubator.obligations.ways import Way, way_of
from incubator.policy import profile as policy
from incubator.policy.fields import Problem, differences, show, to_stored
from incubator.policy.fields.profile import PROFILE


@route(bp, "/profile", perm={"GET": "profile.keep", "POST": "profile.keep"})
def profile():
    """The fields that are not protected; each save is a version."""
    base = own_base(g.actor)
    if request.method == "GET":
        return _page(base, _form(base))
    form, problems = _form(base, bound=True), []
    raw = form.raw() | {item.name: request.form[item.name] for item in policy.PROTECTED if item.name in request.form}
    try:
        changed = sent_once(lambda: "、".join(
            PROFILE.field(n).label
            for n in profiles.edit_profile(g.actor, raw, seen_version=request.form.get("version", type=int) or 0)
        ) or "-")
    except Invalid as invalid:
        return _page(base, form, form.show(invalid.problems)), 422
    except Refused as refused:
        return _page(base, form, form.show([refused.as_problem()])), 422
    except Conflict as conflict:
        base = access.load(g.actor, Base, base.id, fresh=True)
        form.version.data = base.version
        problems = [Problem("", conflict.message, "13")]
        return _page(base, form, problems, clash=True), 409
    flash("没有变化。" if changed == "-" else f"存好了：{changed}。改前的样子留着。", "done")
    return redirect(url_for("changes.profile"))


@route(bp, "/profile/check", perm={"POST": "profile.confirm"})
def confirm_profile():
    """This year's answers, part by part (A13-8)."""
    base, year = own_base(g.actor), request.form.get("year", type=int) or 0
    answers = {key: request.form.get(f"part-{key}", "") for key, _, _ in policy.PARTS}
    try:
        whole = sent_once(lambda: "1" if profiles.confirm(g.actor, year, answers) else "0")
    except Refused as refused:
        return _page(base, _form(base), [refused.as_problem()]), 422
    flash(f"{year} 年的基本信息核对完了。" if whole == "1" else "记下了，其余的接着核对。", "done")
    return redirect(url_for("changes.profile", _anchor="check"))


def _form(base, bound: bool = False):
    form = form_for(PROFILE, typed_text(PROFILE, to_stored(PROFILE, register.values_of(base))), bound=bound)
    if not bound:
        form.version.data = base.version
    return form


def _page(base, form, problems=(), clash: bool = False):
    today = clock.today()
    found = register.versions(base.id)
    now = {"base_name": base.name, "investor_name": base.investor_name, "operator_name": base.operator_name, "address": base.address}
    return render_template(
        "changes/profile.html", base=base, form=form, homeless=list(problems), clash=clash, now=now, protected=policy.PROTECTED,
        stands=register.values_of(base) if clash else {}, table=PROFILE, year=today.year, due=policy.check_due(today.year),
        parts=policy.PARTS, answers=policy.ANSWERS, done=profiles.confirmed_in(base.id, today.year),
        stale=profiles.stale_parts(base), today=today, shown=show,
        versions=[
            (row, differences(PROFILE, before[1], values))
            for (row, values), before in pairwise(found)
        ],
    )


@todo_of
def _check(actor, base, cases) -> list[dict]:
    """The yearly check on the operator's home, from 1 January until it is done."""
    today = clock.today()
    due = policy.check_due(today.year)
    since = register.kept_since(base)
    owed = since is not None and since.year < today.year and base.closed_at is None
    if not owed or today > due or not actor.can("profile.keep") or len(profiles.confirmed_in(base.id, today.year)) == len(policy.PARTS):
        return []
    return [{"mark": "soon", "when": f"{due.month}月{due.day}日前", "what": f"核对{today.year}年基本信息",
             "words": "基本情况、联系方式、场地、团队逐项确认", "article": "13", "url": url_for("changes.profile", _anchor="check"),
             "label": "去核对"}]


@way_of("profile_check")
def _check_way(actor, row) -> Way | None:
    return Way(url_for("changes.profile", _anchor="check"), "去核对") if actor.can("profile.keep") else None
