"""吉林省创业孵化基地服务和管理系统: carries out the province's Measures for entrepreneurship incubation bases."""

from pathlib import Path

from flask import Flask
from flask_migrate import Migrate

from incubator import presentation, web
from incubator.kernel import logs, registry, routing
from incubator.kernel.database import db, engine_options
from incubator.kernel.security import Vault

ROOT = Path(__file__).parent.parent
migrate = Migrate()


def create_app(config) -> Flask:
    """Build, wire and return the application; refuses to start when tables and registrations differ."""
    app = Flask(__name__, template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "incubator" / "static"))
    app.request_class = routing.PortalRequest
    app.url_map.converters["int"] = routing.RowNumber
    app.config.from_object(config)
    app.config.update(
        PORTAL=config,
        SQLALCHEMY_DATABASE_URI=config.DATABASE_URL,
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(config.DATABASE_URL),
        # Flask's own signed cookie carries the form token only; who is signed in stands in a row (sessions)
        SESSION_COOKIE_NAME=f"{config.SESSION_COOKIE_NAME}-form",
        SESSION_COOKIE_PATH="/",
        WTF_CSRF_TIME_LIMIT=None,
        MAX_FORM_PARTS=4000,
        MAX_FORM_MEMORY_SIZE=4 * 1024 * 1024,
        TRUSTED_HOSTS=list(config.TRUSTED_HOSTS) or None,
    )
    logs.guard()
    app.extensions["vault"] = Vault(config)
    db.init_app(app)
    web.install(app)
    migrate.init_app(app, db, directory=str(ROOT / "migrations"), render_as_batch=True)
    presentation.register(app)
    registry.check()
    routing.check(app)
    return app
