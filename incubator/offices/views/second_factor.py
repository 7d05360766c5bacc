"""The code after the password and before acts of weight; one's own second factor and one's own sessions."""

import re

from flask import current_app, flash, g, redirect, render_template, request, url_for
from sqlalchemy import select

from incubator.kernel import clock, security
from incubator.kernel.database import db
from incubator.kernel.errors import Refused
from incubator.kernel.forms import sent_once
from incubator.kernel.routing import route
from incubator.offices import commands, second_factor, sessions
from incubator.offices.forms import CodeForm
from incubator.offices.models import Person
from incubator.offices.views import bp
from incubator.offices.views.sign_in import carried, safe_path, with_cookie


def _token() -> str:
    return request.cookies.get(sessions.cookie_name(), "")


def code_page(status: int = 200, form: CodeForm | None = None):
    """Asks for a code. A half-open session is signing in; any other is about to do something of weight.

    Somebody who has no second factor yet is shown how to set one.
    """
    form = form or CodeForm(formdata=None)
    kept, resume_path = carried()
    target = safe_path(request.args.get("next") or request.form.get("next"))
    if not target and status == 401 and request.method == "GET":
        target = safe_path(request.full_path.rstrip("?"))
    half = sessions.half_open(g.sign_in)
    shown = {"form": form, "kept": kept, "resume_path": resume_path, "next": target, "half": half}
    if half and not second_factor.has_factor(g.sign_in.person_id):
        page = render_template("offices/second_factor_set.html", action=url_for("offices.second_factor"), **shown, **_secret())
    else:
        page = render_template(
            "offices/second_factor.html", **shown,
            action=url_for("offices.second_factor" if half else "offices.fresh_code"),
        )
    return page, status


def _secret() -> dict:
    """The secret shown to this session: in groups to be typed, and as a picture."""
    secret = g.sign_in.pending
    if secret is None:
        return {"secret": "", "qr": None, "uri": ""}
    person = db.session.scalar(select(Person).where(Person.id == g.sign_in.person_id))
    uri = second_factor.address(person, secret)
    size, path = second_factor.picture(uri)
    return {"secret": " ".join(re.findall("....", secret)), "qr": {"size": size, "path": path}, "uri": uri}


def _refuse(form: CodeForm, refused: Refused):
    form.code.errors = [f"{refused.reason}，{refused.way_out}"]
    return code_page(422, form)


@route(bp, "/login/code", perm={"GET": "self.use", "POST": "self.use"}, endpoint="second_factor")
def sign_in_code():
    """The second half of signing in."""
    if not sessions.half_open(g.sign_in):
        return redirect(url_for("cases.home"))
    form = CodeForm()
    if request.method == "GET":
        return code_page(form=form)
    if not form.validate():
        return code_page(422, form)
    try:
        if not second_factor.has_factor(g.actor.person_id):
            token, codes = second_factor.confirm(g.actor, _token(), form.code.data)
            return with_cookie(current_app.make_response(_codes_page(codes)), token)
        token = second_factor.give_code(g.actor, _token(), form.code.data)
    except Refused as refused:
        return _refuse(form, refused)
    return with_cookie(_go_on(), token)


@route(bp, "/account/code", perm={"POST": "self.use"})
def fresh_code():
    """A fresh code before an act of weight; what was typed goes on afterwards."""
    _refuse_without()
    form = CodeForm()
    if not form.validate():
        return code_page(422, form)
    try:
        token = second_factor.give_code(g.actor, _token(), form.code.data)
    except Refused as refused:
        return _refuse(form, refused)
    return with_cookie(_go_on(), token)


def _go_on():
    """To what waited for the code: a form as it was typed, or a page."""
    kept, resume_path = carried()
    if resume_path:
        page = render_template("offices/resume.html", kept=kept, resume_path=resume_path, coded=True)
        return current_app.make_response(page)
    return redirect(safe_path(request.form.get("next")) or url_for("cases.home"))


def _codes_page(codes: list[str]) -> str:
    kept, resume_path = carried()
    return render_template(
        "offices/recovery_codes.html", codes=codes, kept=kept, resume_path=resume_path,
        next=safe_path(request.form.get("next")) or url_for("cases.home"),
    )


def _refuse_without() -> None:
    if not g.sign_in.coded:
        raise Refused("7(1)", "这个账号登录不用动态验证码", "只有工作人员的账号用")


# one's own account ------------------------------------------------------------------------------


@route(bp, "/account/second-factor", perm={"GET": "self.use", "POST": "self.use"})
def factor():
    """One's own second factor; after “换手机” the new one, to be confirmed by its first code."""
    _refuse_without()
    form = CodeForm()
    if request.method == "POST" and form.validate():
        try:
            token, codes = second_factor.confirm(g.actor, _token(), form.code.data)
        except Refused as refused:
            form.code.errors = [f"{refused.reason}，{refused.way_out}"]
        else:
            return with_cookie(current_app.make_response(_codes_page(codes)), token)
    status = 422 if form.errors else 200
    if g.sign_in.pending is not None:
        page = render_template(
            "offices/second_factor_set.html", form=form, half=False, action=url_for("offices.factor"), kept=[],
            resume_path="", next="", **_secret(),
        )
        return page, status
    return render_template("offices/factor.html", left=second_factor.codes_left(g.actor.person_id)), status


@route(bp, "/account/second-factor/change", perm={"POST": "self.use"}, step_up=True)
def change_factor():
    _refuse_without()
    second_factor.begin_change(g.actor, _token())
    return redirect(url_for("offices.factor"))


@route(bp, "/account/second-factor/codes", perm={"POST": "self.use"}, step_up=True)
def renew_codes():
    """New recovery codes, kept sealed with the form's key: the form sent twice shows the same ones (P24)."""
    _refuse_without()
    told = sent_once(lambda: security.vault().seal(" ".join(second_factor.renew_codes(g.actor))))
    return _codes_page(security.vault().open(told).split(" "))


@route(bp, "/account/sessions", perm={"GET": "self.use"}, endpoint="sessions")
def own_sessions():
    here = g.sign_in.id_hash
    rows = [(row, device(row.agent), row.id_hash == here) for row in sessions.own(g.actor.person_id)]
    return render_template("offices/sessions.html", rows=rows, now=clock.now())


@route(bp, "/account/sessions/end", perm={"POST": "self.use"})
def end_sessions():
    ended = commands.end_other_sessions(g.actor, _token())
    flash(f"退出了 {ended} 处，只剩这里。" if ended else "别处没有登录。", "done")
    return redirect(url_for("offices.sessions"))


_BROWSERS = (("Edg", "Edge"), ("MicroMessenger", "微信"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
_SYSTEMS = (("Windows", "Windows"), ("Android", "安卓手机"), ("iPhone", "苹果手机"), ("iPad", "平板"), ("Mac OS", "苹果电脑"),
            ("Linux", "Linux"))


def device(agent: str) -> str:
    """What a browser says of itself, in words that its owner knows it by."""
    found = [next((word for mark, word in pairs if mark in agent), "") for pairs in (_BROWSERS, _SYSTEMS)]
    return "，".join(filter(None, found)) or "认不出的设备"


# another person's --------------------------------------------------------------------------------


@route(bp, "/roles/factor", perm={"POST": "factor.reset"}, step_up=True)
def reset_factor():
    login = request.form.get("login", "").strip()[:40]

    def go() -> str:
        second_factor.reset(g.actor, login)
        return "done"

    sent_once(go)
    flash(f"{login} 的动态验证码重置了，他下次登录重新设置。", "done")
    return redirect(url_for("offices.roles"))
