"""Deny by default: a route that names no permission stops the start."""

import pytest
from flask import Blueprint, Flask

from incubator.kernel import routing
from incubator.policy.permissions import PERMISSIONS


def test_a_route_without_a_permission_stops_the_start(sqlite_app):
    app = Flask("bare")
    bp = Blueprint("bare", __name__)
    bp.add_url_rule("/x", "open_door", lambda: "", methods=["GET", "POST"])
    app.register_blueprint(bp)
    with pytest.raises(RuntimeError, match=r"bare.open_door GET, bare.open_door POST"):
        routing.check(app)


def test_each_method_names_its_own(sqlite_app):
    app = Flask("half")
    bp = Blueprint("half", __name__)
    routing.route(bp, "/x", perm={"GET": "case.read"})(named := _view())
    bp.add_url_rule("/x", "view_post", named, methods=["POST"])
    app.register_blueprint(bp)
    with pytest.raises(RuntimeError, match=r"^routes without a permission: half.view_post POST$"):
        routing.check(app)


def _view():
    def view():
        return ""

    return view


def test_an_unknown_permission_is_no_permission():
    with pytest.raises(RuntimeError, match="unknown permission fly"):
        routing.route(Blueprint("odd", __name__), "/x", perm={"GET": "fly"})(_view())


def test_the_portal_itself_passes_and_names_only_known_ones(sqlite_app):
    routing.check(sqlite_app)
    assert set(routing.declared().values()) <= set(PERMISSIONS)


def test_no_writing_method_shares_the_right_to_read(sqlite_app):
    """P3: the right to look is never the right to change."""
    reading = {"case.read", "base.read", "roster.read", "public.read", "worklist.read", "file.read"}
    shared = [key for key, permission in routing.declared().items() if key[1] != "GET" and permission in reading]
    assert not shared
