"""What waits for a document is read in a fixed number of statements, however many bases wait."""

import pytest

from incubator.decisions import kinds
from tests import walk
from tests.sanctions import stand


@pytest.fixture
def inside(sqlite_app, clock):
    clock.set("2026-06-01 09:00")
    with sqlite_app.app_context():
        yield


def test_the_second_inspection_costs_no_more_than_the_first(inside, query_counter):
    stand.concluded(stand.base()[0])
    lead, kind = walk.province()["lead"], kinds.get("rectification")

    def cost(waiting: int) -> int:
        with query_counter() as asked:
            rows = kind.waiting(lead, None)
        assert len(rows) == waiting and all("整改要求" in row.lacks[0].text for row in rows)
        return asked.count

    once = cost(1)
    stand.concluded(stand.inspecting.recognised(stand.OTHER, stand.OLD, team=6)[0])
    assert cost(2) == once <= 3
