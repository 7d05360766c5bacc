"""People and their roles: two administrators, each with a half of it (三权分立, R-2.6)."""

from flask import flash, g, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from incubator.kernel import security
from incubator.kernel.access import Office
from incubator.kernel.database import db
from incubator.kernel.errors import Refused
from incubator.kernel.forms import sent_once
from incubator.kernel.routing import route
from incubator.offices import commands
from incubator.offices.forms import PersonForm
from incubator.offices.models import Membership, Person
from incubator.offices.views import bp
from incubator.policy.permissions import ROLES


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
        login, password = _slip(lambda: commands.give_person(
            g.actor, login=form.login.data.strip().lower(), name=form.name.data.strip()
        ))
    except Refused as refused:
        form.login.errors = [f"{refused.reason}，{refused.way_out}"]
        return _people_page(form, status=422)
    return _people_page(PersonForm(formdata=None), slip={"login": login, "password": password})


def _slip(give) -> list[str]:
    """Login and one-time password of the person that `give` makes, kept sealed with the form's key (P24)."""
    def go() -> str:
        person = give()
        return security.vault().seal(f"{person.login} {person.slip}")

    return security.vault().open(sent_once(go)).split(" ")


def _done(act, *args, **kwargs) -> None:
    """An act whose answer is a page that is always the same; at most once for the form that came."""
    def go() -> str:
        act(g.actor, *args, **kwargs)
        return "done"

    sent_once(go)


@route(bp, "/people/<int:person_id>/disable", perm={"POST": "people.manage"})
def disable_person(person_id: int):
    _done(commands.disable_person, person_id)
    flash("已停用，从现在起不能登录；他办过的事项都在。", "done")
    return redirect(url_for("offices.people"))


@route(bp, "/people/<int:person_id>/enable", perm={"POST": "people.manage"})
def enable_person(person_id: int):
    _done(commands.enable_person, person_id)
    flash("已恢复。", "done")
    return redirect(url_for("offices.people"))


@route(bp, "/roles", perm={"GET": "role.grant", "POST": "role.grant"}, step_up=True)
def roles():
    if request.method == "POST":
        person = db.session.scalar(select(Person).where(Person.login == request.form.get("login", "").strip().lower()))
        role = request.form.get("role", "")
        if person is None or role not in ROLES or ROLES[role].tier in ("public", "base", "service"):
            raise Refused("3", "没有这个人或这个角色", "核对登录名，从列表里选角色", field="login")
        _done(commands.grant_role, person.id, role, office_id=request.form.get("office", type=int))
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


@route(bp, "/roles/<int:membership_id>/withdraw", perm={"POST": "role.grant"}, step_up=True)
def withdraw_role(membership_id: int):
    _done(commands.withdraw_role, membership_id)
    flash("角色已收回，马上生效。", "done")
    return redirect(url_for("offices.roles"))


@route(bp, "/roles/unlock", perm={"POST": "account.unlock"})
def unlock():
    login = request.form.get("login", "").strip()[:40]
    _done(commands.unlock, login)
    flash(f"{login} 已解锁，可以马上再登录。", "done")
    return redirect(url_for("offices.roles"))
