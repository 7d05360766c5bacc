"""Sign-in, password, memberships, people and the pages of routes, parameters and holidays."""

from datetime import date
from urllib.parse import urlsplit

from flask import Blueprint, current_app, flash, g, jsonify, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from incubator.kernel import access, clock, ledger
from incubator.kernel.access import Office, Route
from incubator.kernel.database import db
from incubator.kernel.errors import Refused
from incubator.kernel.parameters import Holiday, value
from incubator.kernel.routing import route
from incubator.offices import commands, sessions
from incubator.offices.forms import PasswordForm, PersonForm, SignInForm
from incubator.offices.models import Membership, Person
from incubator.policy.parameters import PARAMETERS
from incubator.policy.permissions import ROLES

bp = Blueprint("offices", __name__)
RESUME = "resume-"
# what a page never gives back: the form's token, and anything that is a password
NOT_KEPT = frozenset({"csrf_token", "password", "current", "new", "again"})


def safe_path(path: str | None) -> str:
    """`path` if it stays on this site, else nothing (P17)."""
    if not path or not path.startswith("/") or path[1:2] in ("/", "\\") or "\\" in path:
        return ""
    if any(ord(c) < 33 or ord(c) == 127 for c in path):
        return ""
    parts = urlsplit(path)
    return path if not parts.scheme and not parts.netloc else ""


def sign_in_page(status: int = 200, form: SignInForm | None = None, resume=None, resume_path: str = ""):
    """The sign-in page. After an ended session it keeps the fields of the POST that met it."""
    if form is None:
        form = SignInForm(formdata=None)
    if resume is None and request.method == "POST" and request.endpoint != "offices.sign_in":
        resume = [(k, v) for k, v in request.form.items(multi=True) if k not in NOT_KEPT]
        resume_path = request.path
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
    kept = [(k.removeprefix(RESUME), v) for k, v in request.form.items(multi=True) if k.startswith(RESUME)]
    resume_path = safe_path(request.form.get("resume_path"))
    if request.method == "GET":
        return sign_in_page(form=form)
    if not form.validate():
        return sign_in_page(422, form, kept or None, resume_path)
    try:
        _, token = commands.sign_in(form.username.data, form.password.data, request.remote_addr or "")
    except Refused as refused:
        form.username.errors = [f"{refused.reason}。{refused.way_out}"]
        return sign_in_page(422, form, kept or None, resume_path)
    if resume_path:
        page = render_template("offices/resume.html", kept=kept, resume_path=resume_path)
        return with_cookie(current_app.make_response(page), token)
    target = safe_path(request.form.get("next")) or url_for("cases.home")
    return with_cookie(redirect(target), token)


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


# people -------------------------------------------------------------------------------------


@route(bp, "/people", perm={"GET": "people.manage"})
def people():
    return _people_page(PersonForm(formdata=None))


def _people_page(form, slip=None, status: int = 200):
    q = request.args.get("q", "").strip()[:40]
    after = request.args.get("after", 0, type=int)
    query = (
        select(Person)
        .where(Person.id > after)
        .options(selectinload(Person.memberships).joinedload(Membership.office))
        .order_by(Person.id)
        .limit(31)
    )
    if q:
        query = query.where(Person.name.contains(q, autoescape=True) | (Person.login == q.lower()))
    rows = list(db.session.scalars(query))
    more = rows[29].id if len(rows) > 30 else None
    return render_template(
        "offices/people.html", rows=rows[:30], more=more, q=q, form=form, slip=slip, roles=ROLES,
    ), status


@route(bp, "/people/add", perm={"POST": "people.manage"})
def add_person():
    form = PersonForm()
    if not form.validate():
        return _people_page(form, status=422)
    try:
        person = commands.give_person(g.actor, login=form.login.data.strip().lower(), name=form.name.data.strip())
    except Refused as refused:
        form.login.errors = [f"{refused.reason}，{refused.way_out}"]
        return _people_page(form, status=422)
    return _people_page(PersonForm(formdata=None), slip={"login": person.login, "password": person.slip})


@route(bp, "/people/<int:person_id>/disable", perm={"POST": "people.manage"})
def disable_person(person_id: int):
    commands.disable_person(g.actor, person_id)
    flash("已停用，从现在起不能登录；他办过的事项都在。", "done")
    return redirect(url_for("offices.people"))


@route(bp, "/people/<int:person_id>/enable", perm={"POST": "people.manage"})
def enable_person(person_id: int):
    commands.enable_person(g.actor, person_id)
    flash("已恢复。", "done")
    return redirect(url_for("offices.people"))


@route(bp, "/roles", perm={"GET": "role.grant", "POST": "role.grant"})
def roles():
    if request.method == "POST":
        person = db.session.scalar(select(Person).where(Person.login == request.form.get("login", "").strip().lower()))
        role = request.form.get("role", "")
        if person is None or role not in ROLES or ROLES[role].tier in ("public", "base", "service"):
            raise Refused("3", "没有这个人或这个角色", "核对登录名，从列表里选角色", field="login")
        commands.grant_role(g.actor, person.id, role, office_id=request.form.get("office", type=int))
        flash(f"{person.name}现在是{ROLES[role].label}。他要重新登录。", "done")
        return redirect(url_for("offices.roles"))
    rows = db.session.scalars(
        select(Membership)
        .where(Membership.to_on.is_(None), Membership.base_id.is_(None), Membership.id > request.args.get("after", 0, type=int))
        .options(joinedload(Membership.person), joinedload(Membership.office))
        .order_by(Membership.id).limit(101)
    ).all()
    offices = db.session.scalars(select(Office).order_by(Office.code)).all()
    more = rows[99].id if len(rows) > 100 else None
    return render_template("offices/roles.html", rows=rows[:100], offices=offices, roles=ROLES, more=more)


@route(bp, "/roles/<int:membership_id>/withdraw", perm={"POST": "role.grant"})
def withdraw_role(membership_id: int):
    commands.withdraw_role(g.actor, membership_id)
    flash("角色已收回，马上生效。", "done")
    return redirect(url_for("offices.roles"))


@route(bp, "/roles/unlock", perm={"POST": "account.unlock"})
def unlock():
    login = request.form.get("login", "").strip()[:40]
    commands.unlock(g.actor, login)
    flash(f"{login} 已解锁，可以马上再登录。", "done")
    return redirect(url_for("offices.roles"))


# what the province has set ------------------------------------------------------------------


@route(bp, "/settings", perm={"GET": "office.read"})
def settings():
    """Divisions with their routes, and the parameters in force, each with its article."""
    on = clock.today()
    rows = db.session.scalars(
        select(Route)
        .join(Route.region)
        .where(Route.to_on.is_(None))
        .options(joinedload(Route.region), joinedload(Route.county_office), joinedload(Route.city_office))
        .order_by(access.Region.code)
    ).all()
    values = [(p, value(p.key, on)) for p in PARAMETERS.values()]
    holidays = db.session.scalars(
        select(Holiday).where(Holiday.day >= on).order_by(Holiday.day).limit(60)
    ).all()
    return render_template("offices/settings.html", routes=rows, parameters=values, holidays=holidays)


@route(bp, "/ledger", perm={"GET": "ledger.read"}, endpoint="ledger")
def ledger_page():
    events = db.session.scalars(select(ledger.Event).order_by(ledger.Event.id.desc()).limit(50)).all()
    result = ledger.verify() if request.args.get("verify") else None
    return render_template("offices/ledger.html", events=events, result=result)


@route(bp, "/training/clock", perm={"GET": "clock.move", "POST": "clock.move"}, endpoint="clock")
def training_clock():
    """Training only: put the date that everybody sees to another day."""
    if not current_app.config["PORTAL"].TRAINING:
        raise Refused("22", "正式环境不能调整日期", "在培训环境练习")
    if request.method == "POST":
        try:
            wanted = date.fromisoformat(request.form.get("day", "").strip())
        except ValueError:
            raise Refused("22", "日期没有看懂", "写成 2026-11-24", field="day") from None
        commands.show_day(g.actor, wanted)
        flash(f"现在按 {wanted.year}年{wanted.month}月{wanted.day}日 算。", "done")
        return redirect(url_for("offices.clock"))
    return render_template("offices/clock.html")
