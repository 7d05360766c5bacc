"""P1 by role: every route of tests/permissions_roles.yaml, asked by every role; denied means denied and unwritten."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from werkzeug.routing import IntegerConverter

from incubator.policy.permissions import ROLES
from incubator.simulation import steps

pytestmark = pytest.mark.promise("P1")
PLACE = Path(__file__).parent.parent / "permissions_roles.yaml"
_LOCAL = {"county_clerk", "county_lead", "city_clerk", "city_lead"}
_DESK = {"prov_clerk", "prov_lead"}
GROUPS = {
    "everyone": set(ROLES) - {"service"},
    "base": {"base_admin", "base_clerk"},
    "city": {"city_clerk", "city_lead"},
    "county": {"county_clerk", "county_lead"},
    "province": _DESK | {"prov_manager"},
    "province_desk": _DESK,
    "local": _LOCAL,
    "offices": _LOCAL | _DESK | {"prov_manager"},
    "plaque_takers": {"county_clerk", "county_lead"} | _DESK,
    "reviewers": _LOCAL | _DESK,
    "county_and_desk": {"county_clerk", "county_lead"} | _DESK,
    "base_admin_and_desk": {"base_admin"} | _DESK,
    "visitors": _LOCAL | _DESK | {"site_team"},
    "report_keepers": {"base_admin", "base_clerk"}, "report_admins": {"base_admin"}, "report_reviewers": _LOCAL,
    "report_calendar": {"prov_manager"},
}
GROUPS["filers"] = GROUPS["base"] | {"base_former"} | GROUPS["offices"]
GROUPS["signed_in"] = GROUPS["everyone"] - {"public"}
GROUPS["business"] = GROUPS["base"] | {"base_former", "expert", "site_team"} | _LOCAL | GROUPS["province"]
GROUPS["takers"] = GROUPS["base"] | GROUPS["offices"]
NOBODY = 999_999  # an object that is in nobody's sight: the role's answer comes first


def told() -> dict[tuple[str, str], set[str]]:
    """(endpoint, method) → roles that may call it."""
    table = yaml.safe_load(PLACE.read_text("utf-8"))
    return {
        tuple(line.split()): GROUPS.get(group, {group}) for group, lines in table.items() for line in lines
    }


def _people(app) -> dict[str, str]:
    """Role → sign-in name."""
    with app.app_context():
        base, _ = steps.open_account(steps.Unit("长春星桥创业孵化基地", "220104", 17))
        logins = {"base_admin": base.code}
        for role in ("base_clerk", "base_former"):
            who = steps.offices.add_person(steps.SEED, login=role, name=role, password=steps.PASSWORD, must_change=False)
            steps.offices.add_membership(steps.SEED, who.id, role, base_id=base.id)
            logins[role] = role
        places = {"county": "220104", "city": "220100", "province": "220000"}
        for key, role in ROLES.items():
            if role.tier in ("public", "service", "base"):
                continue
            steps.person(f"r_{key}", key, (key, places.get(role.tier)))
            logins[key] = f"r_{key}"
    return logins


def _token(client) -> str:
    return re.search(r'csrf-token" content="([^"]+)"', client.get("/login").text).group(1)


def _address(app, endpoint: str) -> str:
    rule = next(r for r in app.url_map.iter_rules() if r.endpoint == endpoint)
    values = {name: NOBODY if isinstance(rule._converters[name], IntegerConverter) else "tenants" for name in rule.arguments}
    return app.url_map.bind("localhost").build(endpoint, values)


def test_roles(sqlite_app, db_digest):
    app, table, wrong = sqlite_app, told(), []
    clients = {"public": app.test_client()}
    for role, login in _people(app).items():
        clients[role] = app.test_client()
        answer = clients[role].post("/login", data={"username": login, "password": steps.PASSWORD, "csrf_token": _token(clients[role])})
        assert answer.status_code == 302, role
    tokens = {role: _token(client) for role, client in clients.items()}
    before = db_digest(app)
    for (endpoint, method), allowed in table.items():
        path = _address(app, endpoint)
        for role, client in clients.items():
            if method == "POST" and role in allowed:
                continue  # what an allowed act writes is tested by its module
            data = {"csrf_token": tokens[role]} if method == "POST" else None
            status = client.open(path, method=method, data=data).status_code
            denied = status in (401, 403)
            if denied == (role in allowed):
                wrong.append(f"{role} {method} {endpoint}: {status}")
    assert wrong == []
    assert db_digest(app) == before
