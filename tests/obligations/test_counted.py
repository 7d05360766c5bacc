"""Each date opens to how it was counted: every kind that code opens has its words, and keeps its account or has it counted."""

import ast
import importlib
from datetime import date

import pytest
from sqlalchemy import select

from incubator.kernel.access import Region
from incubator.kernel.database import db, transaction
from incubator.obligations import counted
from incubator.obligations.commands import open_obligation
from incubator.obligations.models import Obligation
from incubator.offices.models import Person
from incubator.policy.counting import WORKING, by_months, by_natural_days
from incubator.policy.duties import DUTIES
from incubator.reports import duties
from tests import walk
from tests.architecture.source import ROOT, dotted, name, python_files, tree
from tests.obligations.steps import UNIT
from tests.reports import steps as reports
from tests.visitor import Visitor


def openings() -> list[tuple[str, set[str], bool]]:
    """Where code opens an obligation: the place, the kinds that it may be of, whether it says how the day was counted."""
    found = []
    for path in python_files("incubator"):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and dotted(node.func).rpartition(".")[2] == "open_obligation":
                given = {word.arg: word.value for word in node.keywords}
                module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
                found.append((f"{name(path)}:{node.lineno}", kinds(given["kind"], module, path), "basis" in given))
    return found


def kinds(node: ast.expr, module, path) -> set[str]:
    """The values of an expression that names a kind: a word, a constant, one of a table, or the name that a loop gives."""
    if isinstance(node, ast.Constant):
        return {node.value}
    if isinstance(node, ast.Subscript):
        return set(_value(node.value, module).values())
    if dotted(node).partition(".")[0] in vars(module):
        return {_value(node, module)}
    [loop] = [each for each in ast.walk(tree(path)) if isinstance(each, ast.For) and dotted(each.target) == dotted(node)]
    return set(_value(loop.iter, module))


def _value(node: ast.expr, module):
    found = module
    for part in dotted(node).split("."):
        found = getattr(found, part)
    return found


def test_every_kind_that_code_opens_has_its_words_and_its_account():
    read = openings()
    assert {"station", "score_sheet", "report", "profile_check", "special_inspection", "tax_notice"} <= set().union(*(k for _, k, _ in read))
    assert len(read) >= 18, "each call was read"
    unknown = [(place, kind) for place, of, _ in read for kind in sorted(of - set(DUTIES))]
    assert not unknown, "its page would say 应办事项"
    mute = [(place, kind) for place, of, says in read for kind in sorted(of) if not says and DUTIES[kind].unit != WORKING]
    assert not mute, "its page would say that no account was kept: only working days are found again by themselves"


@pytest.fixture
def base(app, clock):
    with app.app_context():
        yield walk.open_account(UNIT)[0]


def lines(row, who="x220104") -> dict[str, str]:
    return dict(counted.said(row, walk.actor(who)).lines)


def owe(base, kind, account, **more) -> Obligation:
    with transaction():
        return open_obligation(kind=kind, key="1", due_on=account.due_on, article="15", region_id=base.region_id, base_id=base.id,
                               basis=account, **more)


def test_a_year_ends_on_the_corresponding_day(base):
    """T87: 10 October 2026 is a Saturday; what was ordered on a 29 February ends on the 28th."""
    said = lines(owe(base, "rectification", by_months(date(2025, 10, 10), 12, lambda day: day.weekday() < 5)))
    assert said["起算"].startswith("2025年10月10日（周五）整改通知，当天不算") and said["规则"] == "自整改通知之日起一年，到对应日"
    assert said["顺延"].startswith("2026年10月10日（周六）不是工作日") and said["到期"].startswith("2026年10月12日")
    assert by_months(date(2028, 2, 29), 12, lambda day: True).due_on == date(2029, 2, 28)


def test_natural_days_say_how_many_and_what_began_them(base):
    said = lines(owe(base, "implement", by_natural_days(date(2026, 6, 1), 90, lambda day: True)))
    assert said["起算"].startswith("2026年6月1日（周一）变更批复") and said["规则"] == "90 天，按自然日" and "没有顺延" in said["顺延"]


def test_a_moved_day_tells_who_moved_it_and_why(app, clock):
    """AMB-22, AMB-42: the base reads the office, offices read the name too; a region's own word goes before one for all."""
    with app.app_context():
        _, admin = reports.recognised()
        clock.set("2026-04-01 09:00")
        reports.tick(date(2026, 4, 1))
        row = db.session.scalar(select(Obligation).where(Obligation.kind == "report"))
        assert "改期" not in dict(counted.said(row, admin).lines)
        clock.set("2026-04-21 10:00")
        manager = reports.manager()
        duties.move_due(manager, "2026Q1", date(2026, 4, 22), "四月二十日晚系统故障，打不开")
        said = dict(counted.said(row, reports.county()).lines)
        assert said["改期"] == (f"原来到2026年4月20日，2026年4月21日省工信厅 {manager.name}把全省的改到2026年4月22日："
                                "四月二十日晚系统故障，打不开")
        assert said["到期"].startswith("2026年4月22日") and list(said)[-2:] == ["改期", "到期"]
        own = dict(counted.said(row, admin).lines)["改期"]
        assert "省工信厅把全省的改到" in own and manager.name not in own
        duties.move_due(manager, "2026Q1", date(2026, 4, 24), "当地停电检修两天，打不开系统", region_id=row.region_id)
        duties.move_due(manager, "2026Q1", date(2026, 4, 23), "全省系统升级两天，打不开系统")
        place = db.session.scalar(select(Region.full_name).where(Region.id == row.region_id))
        assert f"把{place}的改到2026年4月24日：当地停电检修两天" in dict(counted.said(row, admin).lines)["改期"]
        login, number = db.session.get(Person, admin.person_id).login, row.id
    someone = Visitor(app)
    someone.sign_in(login)
    assert "当地停电检修两天" in someone.get(f"/obligations/{number}").text

