"""Routes with a declared permission per method; without one the program does not start (P1, P2, design law 4)."""

from flask import Blueprint, Flask, Request, request
from werkzeug.datastructures import ImmutableMultiDict, iter_multi_items
from werkzeug.routing import IntegerConverter

from incubator.kernel import access
from incubator.kernel.errors import Denied, NeedsCode, NeedsSignIn
from incubator.policy.fields.reading import MOST_ROWS
from incubator.policy.permissions import PERMISSIONS

_declared: dict[tuple[str, str], str] = {("static", "GET"): "public.read"}
_of_weight: dict[tuple[str, str], dict[str, str]] = {}
READING = ("GET", "HEAD", "OPTIONS")


class Sent(ImmutableMultiDict):
    """What came with a request: without the NULs that no text of a database takes; whole numbers are those of a column."""

    def __init__(self, mapping=None):
        pairs = iter_multi_items(mapping) if mapping is not None else ()
        super().__init__([(_without_nul(name), _without_nul(value)) for name, value in pairs])

    def get(self, key, default=None, type=None):  # noqa: A002 (as werkzeug names it)
        return super().get(key, default, _whole if type is int else type)

    def getlist(self, key, type=None):  # noqa: A002
        return super().getlist(key, _whole if type is int else type)


def _without_nul(said):
    return said.replace("\0", "") if isinstance(said, str) else said


def _whole(text: str) -> int:
    number = int(text)
    if abs(number) > MOST_ROWS:
        raise ValueError(text)
    return number


class RowNumber(IntegerConverter):
    """A number in an address: one that a row can have, else there is no such page."""

    def __init__(self, url_map, *args, **kwargs):
        super().__init__(url_map, *args, **{"max": MOST_ROWS, **kwargs})


class PortalRequest(Request):
    """A request whose HEAD is read as GET: no view can take it for a POST (P3). The answer's body is left out."""

    parameter_storage_class = Sent

    def __init__(self, environ, *args, **kwargs):
        super().__init__(environ, *args, **kwargs)
        if self.method == "HEAD":
            self.method = "GET"


def route(blueprint: Blueprint, rule: str, *, perm: dict[str, str], step_up: bool | dict[str, str] = False, **options):
    """Like ``blueprint.route`` with ``perm={"GET": "case.read", "POST": "filing.submit"}``.

    `step_up`: what changes something here asks for a fresh code of the second factor (reliability §3.10); with
    ``{"do": "issue"}`` only a form with that button.
    """

    def put(view):
        endpoint = options.pop("endpoint", view.__name__)
        for method, permission in perm.items():
            if permission not in PERMISSIONS:
                raise RuntimeError(f"{blueprint.name}.{endpoint} names the unknown permission {permission}")
            _declared[f"{blueprint.name}.{endpoint}", method] = permission
            if step_up and method not in READING:
                _of_weight[f"{blueprint.name}.{endpoint}", method] = step_up if isinstance(step_up, dict) else {}
        blueprint.add_url_rule(rule, endpoint, view, methods=list(perm), **options)
        return view

    return put


def permission_of(endpoint: str | None, method: str) -> str | None:
    """The declared permission; OPTIONS asks no more than GET."""
    return _declared.get((endpoint or "", "GET" if method == "OPTIONS" else method))


def declared() -> dict[tuple[str, str], str]:
    return dict(_declared)


def of_weight() -> dict[tuple[str, str], dict[str, str]]:
    """The routes that ask for a fresh code, and with which button."""
    return dict(_of_weight)


def guard(actor: access.Actor, code_is_old: bool = False) -> None:
    """Deny by default: runs before every request. Acts of weight are refused while the actor's last code is old."""
    if request.endpoint is None:
        return
    permission = permission_of(request.endpoint, request.method)
    if permission is None:
        raise Denied("")
    if not actor.can(permission):
        raise NeedsSignIn() if actor.role == "public" else Denied(permission)
    button = _of_weight.get((request.endpoint, request.method)) if code_is_old else None
    if button is not None and all(request.form.get(name) == wanted for name, wanted in button.items()):
        raise NeedsCode()


def check(app: Flask) -> None:
    """Every (endpoint, method) of the URL map has a permission, or the program does not start."""
    missing = [
        f"{rule.endpoint} {method}"
        for rule in app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
        if permission_of(rule.endpoint, method) is None
    ]
    if missing:
        raise RuntimeError("routes without a permission: " + ", ".join(sorted(missing)))
