"""Sign-in, sign-out, password and change of membership; what a form held stays over an ended session."""

from urllib.parse import urlsplit

from flask import current_app, flash, g, jsonify, redirect, render_template, request, url_for

from incubator.kernel.errors import Refused
from incubator.kernel.routing import route
from incubator.offices import commands, sessions
from incubator.offices.forms import PasswordForm, SignInForm
from incubator.offices.views import bp

RESUME = "resume-"
# pages that hand on what another page held
CARRYING = frozenset({"offices.sign_in", "offices.second_factor", "offices.fresh_code"})
# what a page never gives back: the form's token, and anything that is a password
NOT_KEPT = frozenset({"csrf_token", "password", "current", "new", "again", "code"})


def safe_path(path: str | None) -> str:
    """`path` if it stays on this site, else nothing (P17)."""
    if not path or not path.startswith("/") or path[1:2] in ("/", "\\") or "\\" in path:
        return ""
    if any(ord(c) < 33 or ord(c) == 127 for c in path):
        return ""
    parts = urlsplit(path)
    return path if not parts.scheme and not parts.netloc else ""


def carried() -> tuple[list[tuple[str, str]], str]:
    """What was typed on the page that had to wait, and where it was going."""
    if request.method != "POST":
        return [], ""
    if request.endpoint in CARRYING:
        kept = [(k.removeprefix(RESUME), v) for k, v in request.form.items(multi=True) if k.startswith(RESUME)]
        return kept, safe_path(request.form.get("resume_path"))
    return [(k, v) for k, v in request.form.items(multi=True) if k not in NOT_KEPT], safe_path(request.full_path.rstrip("?"))


def sign_in_page(status: int = 200, form: SignInForm | None = None, resume=None, resume_path: str = ""):
    """The sign-in page. After an ended session it keeps the fields of the POST that met it."""
    if form is None:
        form = SignInForm(formdata=None)
    if resume is None and request.method == "POST" and request.endpoint != "offices.sign_in":
        resume, resume_path = carried()
    target = safe_path(request.args.get("next") or request.form.get("next"))
    if not target and status == 401 and request.method == "GET":
        target = request.full_path.rstrip("?")
    return (
        render_template("offices/sign_in.html", form=form, resume=resume, resume_path=resume_path, next=target),
        status,
    )


@route(bp, "/login", perm={"GET": "sign.in", "POST": "sign.in"})
def sign_in():
    form = SignInForm()
    kept, resume_path = carried()
    if request.method == "GET":
        return sign_in_page(form=form)
    if not form.validate():
        return sign_in_page(422, form, kept or None, resume_path)
    try:
        _, token = commands.sign_in(form.username.data, form.password.data, request.remote_addr or "")
    except Refused as refused:
        form.username.errors = [f"{refused.reason}。{refused.way_out}"]
        return sign_in_page(422, form, kept or None, resume_path)
    _, g.sign_in = sessions.of(token)
    if sessions.half_open(g.sign_in):
        return with_cookie(current_app.make_response(_then_code(resume_path)), token)
    if resume_path:
        page = render_template("offices/resume.html", kept=kept, resume_path=resume_path)
        return with_cookie(current_app.make_response(page), token)
    target = safe_path(request.form.get("next")) or url_for("cases.home")
    return with_cookie(redirect(target), token)


def _then_code(resume_path: str):
    """To the page that asks for the code, with all that the sign-in page carried."""
    from incubator.offices.views.second_factor import code_page

    if resume_path:
        return code_page()
    return redirect(url_for("offices.second_factor", next=safe_path(request.form.get("next")) or None))


def with_cookie(response, token: str):
    config = current_app.config["PORTAL"]
    response.set_cookie(
        sessions.cookie_name(), token, secure=not config.COOKIE_PLAIN, httponly=True, samesite="Lax", path="/"
    )
    return response


@route(bp, "/logout", perm={"POST": "self.use"}, endpoint="sign_out")
def sign_out():
    commands.sign_out(g.actor, request.cookies.get(sessions.cookie_name(), ""))
    response = redirect(url_for("public.home"))
    response.delete_cookie(sessions.cookie_name(), path="/")
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@route(bp, "/session/keep", perm={"GET": "self.use"})
def keep():
    """The page asks to stay signed in; answers until when the session lives now."""
    return jsonify({"left": sessions.seconds_left(g.sign_in, g.actor.role)})


@route(bp, "/membership", perm={"POST": "self.use"})
def membership():
    token = commands.switch_membership(
        g.actor, request.cookies.get(sessions.cookie_name(), ""), request.form.get("membership", type=int) or 0
    )
    return with_cookie(redirect(safe_path(request.form.get("next")) or url_for("cases.home")), token)


def password_page(first: bool = False, form: PasswordForm | None = None, status: int = 200):
    form = form or PasswordForm(formdata=None)
    return render_template("offices/change_password.html", form=form, first=first), status


@route(bp, "/account/password", perm={"GET": "self.use", "POST": "self.use"})
def password():
    first = bool(g.sign_in and g.sign_in.must_change)
    form = PasswordForm()
    if request.method == "GET":
        return password_page(first, form)
    if not form.validate():
        return password_page(first, form, 422)
    try:
        commands.change_password(g.actor, form.current.data, form.new.data)
    except Refused as refused:
        field = {"old": form.current, "new": form.new}[refused.field]
        field.errors = [f"{refused.reason}，{refused.way_out}"]
        return password_page(first, form, 422)
    flash("密码改好了，用新密码登录。", "done")
    response = redirect(url_for("offices.sign_in"))
    response.delete_cookie(sessions.cookie_name(), path="/")
    return response
