"""Deny by default: a route that names no permission stops the start."""

import pytest
from flask import Blueprint, Flask, request

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


def test_what_comes_is_made_fit_for_a_database(sqlite_app):
    """No NUL in any text, no number that no column takes, wherever it is read from (P18)."""
    sent = {"text": "a\0b", "version": "7", "far": "99999999999999999999", "longer": "9" * 5_000, "below": "-2147483648"}
    with sqlite_app.test_request_context("/?page=3&after=99999999999&q=x%00y", method="POST", data=sent):
        assert (request.form["text"], request.args["q"]) == ("ab", "xy")
        assert request.form.get("version", type=int) == 7 and request.args.get("page", type=int) == 3
        assert [request.form.get(name, type=int) for name in ("far", "longer", "below")] == [None] * 3
        assert request.args.get("after", 0, type=int) == 0 and request.form.getlist("far", type=int) == []


@pytest.mark.parametrize("address", ["/public/bases/2147483648", "/cases/99999999999999999999", "/public/notices/" + "9" * 500])
def test_an_address_with_a_number_that_no_row_has_is_no_page(app, clock, address):
    assert app.test_client().get(address).status_code == 404
    assert app.test_client().get("/public/bases/2147483647").status_code == 404, "looked for, and not there"
