"""The size of an enterprise by 工信部联企业〔2011〕300号 (domain.md §10.2): people, revenue and assets by trade.

The roster knows people and yearly revenue, and no assets: where the assets would decide, nothing is said. A sole trader
is sized by reference. What the operator wrote himself goes before what is computed.
"""

from collections.abc import Mapping
from decimal import Decimal

PEOPLE, REVENUE, ASSETS = "people", "revenue", "assets"
LEVELS = ("small", "medium", "large")
MICRO = "micro"
_BOTH, _HIRE, _BUILD = (PEOPLE, REVENUE), (PEOPLE, ASSETS), (REVENUE, ASSETS)

# divisions of GB/T 4754-2017, what is measured, and the least of small, medium and large; revenue and assets in 万元
TRADES: tuple[tuple[range, tuple[str, ...], tuple[tuple[int, ...], ...]], ...] = (
    (range(1, 6), (REVENUE,), ((50,), (500,), (20000,))),  # 农林牧渔
    (range(6, 47), _BOTH, ((20, 300), (300, 2000), (1000, 40000))),  # 工业
    (range(47, 51), _BUILD, ((300, 300), (6000, 5000), (80000, 80000))),  # 建筑
    (range(51, 52), _BOTH, ((5, 1000), (20, 5000), (200, 40000))),  # 批发
    (range(52, 53), _BOTH, ((10, 100), (50, 500), (300, 20000))),  # 零售
    (range(54, 59), _BOTH, ((20, 200), (300, 3000), (1000, 30000))),  # 交通运输，不含铁路
    (range(59, 60), _BOTH, ((20, 100), (100, 1000), (200, 30000))),  # 仓储
    (range(61, 63), _BOTH, ((10, 100), (100, 2000), (300, 10000))),  # 住宿餐饮
    (range(63, 65), _BOTH, ((10, 100), (100, 1000), (2000, 100000))),  # 信息传输
    (range(65, 66), _BOTH, ((10, 50), (100, 1000), (300, 10000))),  # 软件和信息技术
    (range(71, 73), _HIRE, ((10, 100), (100, 8000), (300, 120000))),  # 租赁和商务
)
OTHERS = ((PEOPLE,), ((10,), (100,), (300,)))


def size_of(industry: str | None, people: int | None, revenue: Decimal | None) -> str | None:
    """micro, small, medium or large; None where what is known does not tell. The industry is a code of four digits."""
    code = (industry or "").strip()
    if not code[:2].isdigit():
        return None
    measured, levels = next(((m, rows) for divisions, m, rows in TRADES if int(code[:2]) in divisions), OTHERS)
    known = {PEOPLE: people, REVENUE: revenue, ASSETS: None}
    for level, least in reversed(tuple(zip(LEVELS, levels, strict=True))):
        reached = [None if known[m] is None else known[m] >= n for m, n in zip(measured, least, strict=True)]
        if all(reached):
            return level
        if False not in reached:
            return None
    return MICRO


def size_in(row: Mapping) -> str | None:
    """The size of a roster row: as written, else as computed from what the row says."""
    return row.get("size") or size_of(row.get("industry"), row.get("jobs"), row.get("revenue"))
