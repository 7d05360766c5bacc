"""Blind until the closing (A8-2, §8.11): no page, paper, JSON, letter, order or ledger tells a score to anybody else.

Three sheets bear figures and words that stand nowhere else; everybody reads everything that the portal can show.
"""

import re

import pytest
from sqlalchemy import select
from werkzeug.routing.converters import AnyConverter, IntegerConverter

from incubator.assessments import sheets
from incubator.kernel import outbox
from incubator.kernel.database import db
from incubator.kernel.ledger import Event
from incubator.messages.models import Letter
from tests import walk
from tests.assessments import steps
from tests.visits.pages import Visitor

CANARY = "金丝雀评语只有本人看得到"
TOTALS = ("97.5", "63.5", "88.5")
OVERALL = f"{CANARY}，场地规整，团队稳定，台账齐全，在孵企业成长较快，服务活动有记录，建议认定并进一步加强安全检查工作。"
TRACES = (*TOTALS, "83.17", "34.0", CANARY, "有条件推荐")
LOGINS = ("sheng1", "shengf", "shengg", "x220104", "x220104f", "s220100", "s220100f", "jd220104001", "kh9", "expert丁",
          "xtgl", "aqgl", "sjy")


@pytest.fixture
def case_id(sqlite_app, clock):
    with sqlite_app.app_context():
        case = steps.accepted()
        for login, role in (("xtgl", "sys_admin"), ("aqgl", "sec_admin"), ("sjy", "auditor"), ("kh9", "site_team")):
            walk.person(login, login, (role, None))
        people = steps.experts(*"甲乙丙丁")
        steps.assign(case, people)
        for person, total in zip(people[:3], TOTALS, strict=True):
            sheets.deny_conflict(person, case.id)
            sheets.give_sheet(person, case.id, steps.sheet(total, overall=OVERALL, conclusion="conditional"))
        while outbox.drain():
            pass
        return case.id


def traces(shown: str) -> list[str]:
    text = re.sub(r"<[^>]+>", " ", shown)
    return [t for t in TRACES if re.search(rf"(?<![\d.]){re.escape(t)}(?!\d)", text)]


def _value(converter, name: str, case_id: int):
    if isinstance(converter, AnyConverter):
        return sorted(converter.items)[0]
    if isinstance(converter, IntegerConverter):
        return case_id if name == "case_id" else 1
    return "recommend" if name == "outcome" else "x"


def addresses(app, case_id: int) -> list[str]:
    """Every address that can be read, its numbers being the case's or 1."""
    found = []
    for rule in app.url_map.iter_rules():
        if "GET" not in rule.methods or rule.endpoint in ("static", "offices.sign_out"):
            continue
        values = {name: _value(rule._converters[name], name, case_id) for name in rule.arguments}
        found.append(rule.build(values, append_unknown=False)[1])
    more = [f"/cases/{case_id}?tab={tab}" for tab in ("review", "visits", "form", "meeting", "timeline")]
    return [*found, *more, "/search?q=青禾", "/experts?q=专家", "/messages"]


def test_everybody_reads_everything_and_finds_no_score(sqlite_app, case_id):
    paths, read = addresses(sqlite_app, case_id), 0
    for login in LOGINS:
        visitor = Visitor(sqlite_app, login)
        for path in paths:
            answer = visitor.client.get(path)
            if answer.status_code == 200:
                read += 1
                assert traces(answer.get_data().decode("utf-8", "replace")) == [], f"{login} {path}"
    assert read > 250, read
    own = Visitor(sqlite_app, "expert甲")
    shown = [path for path in paths if traces(own.client.get(path).get_data().decode("utf-8", "replace"))]
    assert shown == [f"/cases/{case_id}/sheet"], "the sheet is its expert's own, in one place"


def test_neither_ledger_nor_letters_nor_the_order_tell(sqlite_app, case_id):
    with sqlite_app.app_context():
        bodies = list(db.session.scalars(select(Event.body)))
        letters = [f"{x.subject} {x.body}" for x in db.session.scalars(select(Letter))]
        rows = [row.payload for row in db.session.scalars(select(outbox.Outbox))]
        for text in (*bodies, *letters, *rows):
            assert traces(text) == []
    page = Visitor(sqlite_app, "sheng1").get(f"/cases/{case_id}/experts")
    order = [page.index(f"专家{letter}</th>") for letter in "甲乙丙丁"]
    assert order == sorted(order), "in the order of assignment, not of scores"
    closed = Visitor(sqlite_app, "sheng1").post(f"/cases/{case_id}/experts", {"do": "close"})
    assert "均分 83.17" in closed.get_data(as_text=True), "the same traces are found once it is closed"
