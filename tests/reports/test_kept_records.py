"""The annual report takes activities and tax relief from what the base keeps of them; nobody types them again (§8.5)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from incubator.cases import submissions
from incubator.cases.queries import latest_submission
from incubator.policy.fields.report import ANNUAL_REPORT
from incubator.policy.fields.tax_relief import all_kept, tax_label
from incubator.reports import commands
from incubator.rosters import commands as rosters
from incubator.rosters.tables import ACTIVITIES, TAXES
from tests.reports import steps
from tests.rosters.steps import record
from tests.visits.pages import Visitor

NAME = "创客中国吉林赛区"


def kept(admin) -> None:
    """Two activities and one relief of 2026; beside them what belongs to other years or was struck out."""
    for day, changes in (("2026-05-08", {"level": "province", "people": "80"}), ("2026-01-01", {"name": "新年路演", "role": "host"}),
                         ("2025-12-31", {"name": "上年活动"}), ("2027-01-02", {"name": "下年活动"})):
        rosters.add(admin, ACTIVITIES, record(ACTIVITIES, held_on=day, **changes))
    rosters.add(admin, TAXES, record(TAXES, year="2026"))
    rosters.add(admin, TAXES, record(TAXES, year="2026", tax="other", tax_note="印花税", amount="1.20", kept=["lease"], basis="财税〔2021〕1号"))
    rosters.add(admin, TAXES, record(TAXES, year="2025", tax="land"))
    gone = rosters.add(admin, ACTIVITIES, record(ACTIVITIES, name="记错的活动", held_on="2026-06-01")).row
    rosters.leave(admin, ACTIVITIES, gone.id, {"out_kind": "重复登记，划去这一行", "out_on": "2027-01-05"}, seen_version=gone.version)


@pytest.fixture
def base(app, clock):
    with app.app_context():
        base_id, admin = steps.recognised()
        clock.set("2027-01-05 09:00")
        kept(admin)
        yield base_id, admin


def test_the_year_tells_what_was_kept(base):
    _, admin = base
    case = steps.opened(admin, "2026")
    values = commands.check_report(case).sources.computed
    assert [(a["name"], a["held_on"]) for a in values["activities"]] == [("新年路演", date(2026, 1, 1)), (NAME, date(2026, 5, 8))]
    assert values["activities"][1] == {"name": NAME, "held_on": date(2026, 5, 8), "role": "undertake", "level": "province", "people": 80}
    assert values["tax_relief"] == [
        {"tax_kind": "房产税", "basis": "财税〔2018〕120号", "amount": Decimal("12.50"), "kept": True},
        {"tax_kind": "印花税", "basis": "财税〔2021〕1号", "amount": Decimal("1.20"), "kept": False},
    ]
    case = steps.submitted(admin, "2026", t_revenue="100", t_tax="5", area_total="3620", area_incub="2400")
    form = submissions.content(latest_submission(case.id), ANNUAL_REPORT)["form"]
    assert [a["name"] for a in form["activities"]] == ["新年路演", NAME] and [t["amount"] for t in form["tax_relief"]] == ["12.50", "1.20"]


def test_on_the_pages(sqlite_app, clock):
    with sqlite_app.app_context():
        _, admin = steps.recognised()
        clock.set("2027-01-05 09:00")
        kept(admin)
        case_id = steps.opened(admin, "2026").id
        login = steps.db.session.get(steps.Base, admin.base_id).code
    page = Visitor(sqlite_app, login).get(f"/reports/{case_id}/form")
    assert NAME in page and "承办" in page and "印花税" in page and "12.50" in page and "取自税收优惠登记" in page
    assert "上年活动" not in page and 'name="activities-' not in page and 'name="tax_relief-' not in page


@pytest.mark.parametrize(("values", "label", "whole"), [
    ({"tax": "vat", "kept": ["title", "value", "lease", "agreement"], "separate": True}, "增值税", True),
    ({"tax": "vat", "kept": ["title", "value", "lease", "agreement"], "separate": False}, "增值税", False),
    ({"tax": "other", "tax_note": "契税", "kept": ["title"], "separate": True}, "契税", False),
    ({"tax": "other", "tax_note": None, "kept": None, "separate": True}, "其他", False),
])
def test_the_tax_and_its_papers(values, label, whole):
    assert (tax_label(values), all_kept(values)) == (label, whole)
