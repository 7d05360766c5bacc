"""§6, §8.4, §8.5: figures from rows."""

from datetime import date
from decimal import Decimal

from incubator.policy.calendar import q_span
from incubator.policy.records import Movements, Stay, by_kind, jobs_added, ledger_figures, movements

EMPTY = dict.fromkeys(("targets", "ent_n", "people", "matching", "fee", "fin_amount", "hazards", "fixed"))


def row(kind: str, **values) -> dict:
    return {**EMPTY, "kind": kind, **values}


LEDGER = [
    row("training", ent_n=12, people=40, fee="free"),
    row("training", ent_n=3, people=5, fee="market"),
    row("financing", ent_n=6, people=9, matching=True, fee="free"),
    row("marketing", ent_n=2, people=2, matching=False, fee="low"),
    row("finance_result", targets="甲公司", fin_amount=Decimal("50.00"), ent_n=1),
    row("finance_result", targets="甲公司", fin_amount=Decimal("30.50")),
    row("finance_result", targets="乙公司", fin_amount=Decimal("20.00")),
    row("safety_check", hazards=3, fixed=2),
    row("safety_check", hazards=1, fixed=1),
]


def test_the_nine_figures():
    assert ledger_figures(LEDGER) == {
        "svc_ent_times": 23, "train_n": 2, "train_p": 45, "match_n": 1, "fin_n": 2, "fin_amt": Decimal("100.50"),
        "safe_n": 2, "haz_n": 4, "haz_fixed": 3,
    }
    assert set(ledger_figures([]).values()) == {0}


def test_the_eight_kinds_in_their_order():
    found = {k.key: k for k in by_kind(LEDGER)}
    assert len(found) == 8 and list(found)[3] == "training"
    training, nothing = found["training"], found["consulting"]
    assert (training.times, training.ent_times, training.people, training.free_share) == (2, 15, 45, Decimal("50.0"))
    assert (nothing.times, nothing.free_share) == (0, None)


def test_who_came_and_left_balances():
    """T77's sum: both days of the period are in it, the day of leaving is no day on the roster."""
    q2 = q_span(2026, 2)
    stays = [
        Stay(date(2025, 1, 1)), Stay(date(2026, 4, 1)), Stay(date(2026, 6, 30)), Stay(date(2026, 7, 1)),
        Stay(date(2025, 1, 1), date(2026, 4, 1), "graduated"), Stay(date(2025, 1, 1), date(2026, 6, 30), "left"),
        Stay(date(2025, 1, 1), date(2026, 3, 31), "left"), Stay(date(2026, 4, 2), date(2026, 5, 2), "left"),
    ]
    assert movements(stays, q2) == Movements(new=3, graduated=1, left=2)
    on = [sum(1 for s in stays if s.in_on <= day and (s.out_on is None or s.out_on > day)) for day in (date(2026, 3, 31), q2.to_on)]
    assert on[1] == on[0] + 3 - 1 - 2


def test_heads_added_are_increases_only():
    assert jobs_added({1: 10, 2: 8, 3: 4}, {1: 12, 2: 5, 4: 6}) == 2 + 6
