"""The ordered list of modules, what runs around each request, and the error pages."""

import importlib
import logging
import secrets
from types import SimpleNamespace

from flask import Flask, current_app, g, has_request_context, jsonify, render_template, request, url_for
from flask_login import LoginManager, UserMixin
from flask_wtf.csrf import CSRFError, CSRFProtect, generate_csrf
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, SecurityError

from incubator.kernel import access, clock, database, routing, security
from incubator.kernel.database import db
from incubator.kernel.errors import Conflict, Denied, NeedsCode, NeedsSignIn, NotVisible, Refused, TooMany
from incubator.policy.articles import article
from incubator.policy.permissions import PERMISSIONS, PUBLIC, ROLES

# the order of design.md §2; a later module may call an earlier one, never the other way round
MODULES = (
    "offices", "bases", "rosters", "obligations", "cases", "visits", "relaxations", "filings", "campaigns",
    "assessments", "meetings", "notices", "decisions", "recognitions", "renewals", "reports", "inspections", "sanctions",
    "changes", "legacy", "messages", "insight", "public", "simulation",
)
SITE_NAME = "吉林省创业孵化基地服务和管理系统"
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self';"
    " connect-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
)
csrf = CSRFProtect()
login_manager = LoginManager()


class _Numbered(logging.Filter):
    """Each line of the log carries the number that the page of the error shows."""

    def filter(self, record: logging.LogRecord) -> bool:
        if has_request_context() and "request_id" in g:
            record.msg = f"[{g.request_id}] {record.msg}"
        return True


_numbered = _Numbered()


class User(UserMixin):
    """Flask-Login's view of the actor; the session row stays the only truth about who is signed in."""

    def __init__(self, actor):
        self.actor = actor

    def get_id(self):
        return str(self.actor.person_id)


def install(app: Flask) -> None:
    for name in MODULES:
        package = importlib.import_module(f"incubator.{name}")
        for part in ("models", "commands", "panels", "views", "cli"):
            if _exists(package, part):
                module = importlib.import_module(f"incubator.{name}.{part}")
                if part == "views":
                    app.register_blueprint(module.bp)
                if part == "cli":
                    module.register(app)
    app.logger.addFilter(_numbered)
    csrf.init_app(app)
    login_manager.init_app(app)
    login_manager.request_loader(lambda _: User(g.actor) if g.get("actor", access.PUBLIC).person_id else None)
    app.before_request(_begin)
    app.after_request(_headers)
    app.teardown_request(_end)
    app.context_processor(_globals)
    app.jinja_env.globals["article"] = article
    _errors(app)


def _exists(package, part: str) -> bool:
    return importlib.util.find_spec(f"{package.__name__}.{part}") is not None


def _begin():
    """Who is acting, and may the actor call this route at all (deny by default)."""
    from incubator.offices import sessions

    g.request_id = secrets.token_hex(6)
    g.actor, g.sign_in = access.PUBLIC, None
    g.reading_token = database.begin_reading()
    if request.endpoint in ("static", "public.healthz"):
        return
    if current_app.config["PORTAL"].TRAINING:
        sessions.load_shift()
    g.actor, g.sign_in = sessions.load()
    if sessions.half_open(g.sign_in) and request.endpoint not in sessions.BEFORE_THE_CODE:
        g.actor = access.PUBLIC  # the password alone opens nothing
    if request.endpoint is None:  # no such page: said in the frame of whoever asks
        return
    routing.guard(g.actor, sessions.code_is_old(g.sign_in))
    _change_first(request.endpoint)


def _change_first(endpoint: str) -> None:
    """A one-time password opens nothing but the page that changes it (A7-1c)."""
    if g.sign_in is not None and g.actor.person_id and g.sign_in.must_change and endpoint not in (
        "offices.password", "offices.sign_out", "offices.keep", "offices.second_factor"
    ):
        raise MustChange()


class MustChange(Exception):
    """The next page is the change of password."""


def _end(error) -> None:
    token = g.pop("reading_token", None)
    if token is not None:
        database.end_reading(token)


def _headers(response):
    response.headers["Content-Security-Policy"] = response.headers.get("Content-Security-Policy", CSP)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["X-Frame-Options"] = "DENY"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=()"
    config = current_app.config["PORTAL"]
    if not config.COOKIE_PLAIN:
        response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    if request.endpoint != "static" and (g.get("sign_in") is not None or "no-store" not in response.headers):
        response.headers.setdefault("Cache-Control", "no-store")
    return response


class _Portal(SimpleNamespace):
    """What layouts read; unread is asked from the database only when a page shows it."""

    @property
    def unread(self) -> int:
        from incubator.messages.queries import unread

        if g.actor.person_id is None:
            return 0
        if not hasattr(g, "unread"):
            g.unread = unread(g.actor)
        return g.unread


def _globals():
    actor = g.get("actor", access.PUBLIC)
    config = current_app.config["PORTAL"]
    portal = _Portal(
        training=config.TRAINING, second_factor=config.SECOND_FACTOR, coded=getattr(g.get("sign_in"), "coded", False), today=clock.today(), site_name=SITE_NAME, nav=_nav(actor),
        actor=actor if actor.person_id else None, session_left=_session_left(actor),
        training_url=url_for("offices.clock") if config.TRAINING and actor.can("clock.move") else None,
    )
    return {"portal": portal, "today": clock.today(), "csrf_token": generate_csrf, "form_key": security.random_token}


def _session_left(actor) -> int | None:
    """Seconds until the session ends when nothing happens."""
    from incubator.offices import sessions

    return sessions.seconds_left(g.sign_in, actor.role) if g.get("sign_in") is not None else None


# at most seven words a person; each is shown to those of its tier who may call it
_OFFICE = ("county", "city", "province")
NAV = (
    ("本基地", "bases.desk", "roster.read", ("bases.desk", "filings.", "recognitions.", "renewals.", "changes.", "cases."), ("base",)),
    ("待办", "cases.worklist", "worklist.read", ("cases.", "visits.", "relaxations.", "changes.", "assessments.experts", "assessments.sheet", "obligations."),
     _OFFICE),
    ("待办", "cases.worklist", "worklist.read", ("cases.", "visits.", "relaxations.", "changes.", "assessments.experts", "assessments.sheet"), ("assigned",)),
    ("专家信息", "assessments.profile", "expert.profile", ("assessments.profile",), ("assigned",)),
    ("踏查", "assessments.plans", "visit.register", ("assessments.plan", "assessments.plans"), ("assigned",)),
    ("基地", "bases.register", "base.read", ("bases.", "legacy.", "insight.ahead"), _OFFICE),
    ("名册", "rosters.own", "roster.read", ("rosters.",), ("base",)),
    ("报告", "reports.index", "report.read", ("reports.",), (*_OFFICE, "base")),
    ("期限", "obligations.mine", "obligation.read", ("obligations.",), ("base", "assigned")),
    ("批次", "campaigns.index", "campaign.read", ("campaigns.",), (*_OFFICE, "base")),
    ("审定", "meetings.index", "meeting.read", ("meetings.", "notices.", "decisions."), _OFFICE),
    ("年检", "inspections.index", "inspection.read", ("inspections.", "sanctions."), _OFFICE),
    ("我的数据", "sanctions.former", "former.export", ("sanctions.former",), ("base",)),
    ("人员", "offices.people", "people.manage", ("offices.people",), ("admin",)),
    ("投递", "messages.undelivered", "outbox.manage", ("messages.undelivered",), ("admin",)),
    ("授权", "offices.roles", "role.grant", ("offices.roles",), ("admin",)),
    ("存证", "offices.ledger", "ledger.read", ("offices.ledger",), ("admin",)),
    ("设置", "offices.settings", "office.read", ("offices.settings",), (*_OFFICE, "admin")),
)


def _nav(actor) -> list[dict]:
    if actor.person_id is None:
        return []
    here = request.endpoint or ""
    return [
        {"label": label, "url": url_for(endpoint), "count": None,
         "current": any(here == p or (p.endswith(".") and here.startswith(p)) for p in places)}
        for label, endpoint, permission, places, tiers in NAV
        if actor.tier in tiers and actor.can(permission) and endpoint in current_app.view_functions
    ]


def wants_json() -> bool:
    return request.headers.get("X-CSRFToken") is not None or request.accept_mimetypes.best == "application/json"


def _page(template: str, status: int, **context):
    db.session.rollback()
    if wants_json():
        return jsonify({"error": context.get("reason") or context.get("message") or str(status)}), status
    return render_template(f"errors/{template}.html", request_id=g.get("request_id", ""), **context), status


def _denial(permission: str) -> dict | None:
    """What a person lacks and whom to ask: the permission in words, its article, the roles that have it (A3-1)."""
    asked = PERMISSIONS.get(permission)
    if asked is None or g.actor.role == PUBLIC:
        return None
    if g.actor.can(permission):
        return {"reason": f"这一件不归{g.actor.office_name or '本单位'}办", "article": asked.article, "way_out": "由案卷现在所在的单位办"}
    able = "、".join(ROLES[role].label for role in asked.roles if ROLES[role].tier not in ("public", "service"))
    return {"reason": f"没有“{asked.doc}”这一项权限", "article": asked.article,
            "way_out": f"这件事由{able}办，请他们办；本人应当有这个身份的，找安全管理员授予"}


def _errors(app: Flask) -> None:
    from incubator.offices import sessions
    from incubator.offices.views import code_page, password_page, sign_in_page

    @app.errorhandler(Refused)
    def refused(error):
        return _page("422", 422, error=error, reason=error.reason, article_code=error.article, way_out=error.way_out)

    @app.errorhandler(Conflict)
    def conflict(error):
        if wants_json():
            db.session.rollback()
            clashes = [{"field": k, "yours": error.yours[k], "theirs": error.theirs.get(k)} for k in error.yours]
            return jsonify({"error": error.message, "conflicts": clashes}), 409
        return _page("409", 409, message=error.message, kept=_kept())

    @app.errorhandler(NotVisible)
    def unseen(error):
        return _page("404", 404)

    @app.errorhandler(Denied)
    def denied(error):
        from incubator.offices import sessions

        db.session.rollback()
        sessions.note("denied", g.actor.person_id, f"{request.method} {request.path} {error.permission}", g.request_id)
        return _page("403", 403, refusal=_denial(error.permission))

    @app.errorhandler(NeedsSignIn)
    def needs_sign_in(error):
        db.session.rollback()
        if wants_json():
            return jsonify({"error": "sign in", "sign_in": url_for("offices.sign_in")}), 401
        return code_page(401) if sessions.half_open(g.sign_in) else sign_in_page(status=401)

    @app.errorhandler(NeedsCode)
    def needs_code(error):
        db.session.rollback()
        if wants_json():
            return jsonify({"error": "code"}), 401
        return code_page(401)

    @app.errorhandler(MustChange)
    def change_first(error):
        db.session.rollback()
        return password_page(first=True)

    @app.errorhandler(TooMany)
    def too_many(error):
        page, status = _page("429", 429, minutes=error.wait_minutes)
        return page, status, {"Retry-After": str(error.wait_minutes * 60)}

    @app.errorhandler(CSRFError)
    def stale_form(error):
        return _page("400", 400, reason="页面放得太久，或没有从本系统的页面提交", kept=_kept())

    @app.errorhandler(IntegrityError)
    def twice(error):
        return _page("409", 409, message="另一处刚刚办过同一件事，这一次没有写入", kept=_kept())

    @app.errorhandler(OperationalError)
    @app.errorhandler(PoolTimeout)
    def database_away(error):
        return _unavailable()

    @app.errorhandler(DBAPIError)
    def database_fault(error):
        if error.connection_invalidated:
            return _unavailable()
        raise error

    @app.errorhandler(SecurityError)
    def foreign_host(error):
        """No page can be drawn: what builds its addresses needs a host of ours (F9)."""
        return "网址里的主机名不是本系统的。\n", 400, {"Content-Type": "text/plain; charset=utf-8"}

    @app.errorhandler(HTTPException)
    def http(error):
        known = {400, 403, 404, 405, 413, 429, 500, 503}
        code = error.code or 500
        template = {405: "404"}.get(code, str(code) if code in known else "400")
        page, status = _page(template, code, reason="")
        return page, status, {"Allow": ", ".join(sorted(error.valid_methods or ()))} if code == 405 else {}

    @app.errorhandler(500)
    def broken(error):
        try:
            return _page("500", 500)
        except Exception:
            return _unavailable()


def _unavailable():
    with current_app.open_resource("../templates/errors/static_503.html", "rb") as page:
        return page.read(), 503, {"Retry-After": "30", "Content-Type": "text/html; charset=utf-8"}


def _kept() -> list[tuple[str, str]]:
    """What was typed, so that a page that refuses can show it."""
    from incubator.offices.views import NOT_KEPT

    skip = NOT_KEPT | {"version", "idem"}
    return [(k, v) for k, v in request.form.items(multi=True) if k not in skip and v][:200]
