"""A16-6: people of a revoked base take all of its own data along, readable, and nothing that came afterwards."""

from __future__ import annotations

import csv
import io
import json

import pytest

from incubator.kernel import access, files
from incubator.kernel.database import db
from incubator.rosters import commands
from incubator.rosters.tables import ACTIVITIES, GRADUATES, SERVICES, TAXES, TENANTS
from incubator.sanctions.former import KINDS
from tests import walk
from tests.cases.apart import signed_in
from tests.rosters import steps as keeping
from tests.sanctions import stand
from tests.stage import reached

KEPT = {GRADUATES: {"grad_on": "2025-03-01"}, SERVICES: {"served_on": "2025-05-20"}, ACTIVITIES: {"held_on": "2025-05-08"}, TAXES: {}}


@reached
def _kept():
    """A base with a tenant of each fate and one row in each record, one of them struck out; then revoked."""
    base, admin = stand.base()
    tenants = [commands.add(admin, TENANTS, walk.tenant_row(stand.UNIT, n)).row for n in (61, 62, 63)]
    for row, way in zip(tenants[1:], ("graduated", "left"), strict=True):
        commands.leave(admin, TENANTS, row.id, {"status": way, "out_on": "2025-06-10", "out_kind": "迁到高新区"}, seen_version=row.version)
    for roster, changes in KEPT.items():
        commands.add(admin, roster, keeping.record(roster, **changes))
    struck = commands.add(admin, ACTIVITIES, keeping.record(ACTIVITIES, name="报错了的活动", held_on="2025-05-09")).row
    commands.leave(admin, ACTIVITIES, struck.id, {"out_kind": "重复登记"}, seen_version=struck.version)
    return base, [row.name for row in tenants]


@pytest.fixture
def taken(app, clock):
    """Kind → what its download holds: rows of a sheet, or the whole told as JSON."""
    with app.app_context():
        clock.set("2025-06-16 09:00")
        base, names = _kept()
        stand.revoked(base, clock)
        code = base.code
        former = walk.actor(code)
        who, found = signed_in(app, code), {}
        for kind in KINDS:
            answer = who.post(f"/former/{kind}")
            assert answer.status_code == 200, kind
            text = answer.get_data().decode("utf-8-sig")
            found[kind] = json.loads(text) if kind == "cases" else list(csv.DictReader(io.StringIO(text)))
        yield found, names, former, who


def test_each_roster_and_record_is_there(taken):
    found, (here, graduated, left), _, who = taken
    assert [row["企业名称"] for row in found["tenants"]] == [here]
    assert [(row["企业名称"], row["去向"]) for row in found["left"]] == [(graduated, "迁到高新区"), (left, "迁到高新区")]
    assert len(found["team"]) == 9 and {kind: len(found[kind]) for kind in ("graduates", "services", "activities", "taxes")} == {
        "graduates": 1, "services": 1, "activities": 1, "taxes": 1}
    assert found["activities"][0]["活动名称"] != "报错了的活动" and found["services"][0]["内容"] == "创业政策培训"
    page = who.get("/former").text
    assert all(f"/former/{kind}" in page and label in page for kind, (label, _) in KINDS.items())


def test_the_documents_and_the_files_are_listed(taken):
    """The revocation itself is among them; each file listed can be had, and all that can be had are listed."""
    found, _, former, who = taken
    assert [row["类别"] for row in found["decisions"]][-1] == "撤销" and "认定" in {row["类别"] for row in found["decisions"]}
    mine = db.session.scalars(access.visible(former, files.StoredFile).where(
        files.StoredFile.is_public.is_(False)).order_by(files.StoredFile.id)).all()
    assert {row["校验值（SHA-256）"] for row in found["files"]} >= {row.sha256 for row in mine} and len(found["files"]) >= len(mine)
    assert who.get(found["files"][0]["下载地址"]).status_code == 200


def test_no_sealed_number_is_handed_out(taken):
    """Nobody outside could open it: what is secret is masked, and readable as such."""
    found, *_ = taken
    text = json.dumps(found["cases"], ensure_ascii=False)
    phones = [s["content"]["form"]["contact_phone"] for s in found["cases"]["submissions"] if "contact_phone" in s["content"].get("form", {})]
    assert '"v1.' not in text and phones and set(phones) == {"138****0017"}


def test_nobody_else_downloads_it(app, clock):
    with app.app_context():
        clock.set("2025-06-16 09:00")
        base, _ = _kept()
        code = base.code
        who = signed_in(app, code)
        assert {who.post(f"/former/{kind}").status_code for kind in KINDS} == {403}
