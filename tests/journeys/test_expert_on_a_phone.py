"""An expert's day on a phone, 360 px wide: profile, declaration, dossier, sheet, a recusal from another one (第八条; A8-2)."""

from __future__ import annotations

import pytest

from incubator.simulation import reviews, steps
from tests.assessments import steps as assessing
from tests.journeys.desk import Desk

pytestmark = pytest.mark.browser

FIRST = steps.Unit("长春春晓创业孵化基地", assessing.CHAOYANG, 77)
SECOND = steps.Unit("长春秋实创业孵化基地", assessing.CHAOYANG, 78, phone="13800000078")


def prepare(app) -> dict[str, int]:
    with app.app_context():
        cases = [assessing.accepted(unit.name, unit.region, unit.number) for unit in (FIRST, SECOND)]
        steps.person("zj1", "专家甲", ("expert", None))
        return {"first": cases[0].id, "second": cases[1].id}


def fits(desk: Desk) -> None:
    assert desk.page.evaluate("document.documentElement.scrollWidth") <= 360, desk.page.url


def test_an_experts_day_on_a_phone(live, new_page, clock):
    ids = prepare(live.app)
    expert = Desk(live, new_page, "zj1", width=360, height=740)

    # nobody is assigned before he has said where he works
    expert.go("/expert").sees("还没有登记，登记以后才能被指派")
    fits(expert)
    expert.fill(employer="吉林示例大学", employer_uscc=steps.uscc(88, "220102", "12"), titles="教授", phone="13900001234")
    expert.row("posts", 0, name="长春示例顾问公司", uscc=steps.uscc(31), from_on="2024-01-01")
    expert.page.get_by_label("信息技术").check()
    expert.press("登记").sees("已登记，指派时用来核对利害关系")
    fits(expert)
    with live.app.app_context():
        for key in ("first", "second"):
            case = steps.access.load(assessing.desk(), steps.Case, ids[key])
            assessing.assign(case, [steps.actor("zj1")])

    # the declaration comes before the dossier
    expert.go("/work").sees("填评审表")
    fits(expert)
    expert.page.locator("a.row", has_text=FIRST.name.removesuffix("创业孵化基地")).first.click()
    expert.page.wait_for_load_state()
    expert.sees("先声明").sees("申报材料里的单位")
    fits(expert)
    expert.press("声明没有利害关系，打开案卷").sees("认定标准")
    fits(expert)
    expert.go(f"/cases/{ids['first']}?tab=visits").sees("踏查")
    fits(expert)

    # half a sheet saved, left, taken up again, given
    sheet = f"/cases/{ids['first']}/sheet"
    expert.go(sheet)
    fits(expert)
    with live.app.app_context():
        typed = reviews.sheet_values("82.5")
    expert.fill(score_compliance=typed["score_compliance"]).press("保存").sees("已保存，交之前都可以改")
    expert.go("/work").go(sheet).press("交评审表").sees("还没有")
    fits(expert)
    expert.fill(**typed).press("交评审表").sees("已交，不能再改").sees("82.5")
    fits(expert)

    # from the other one he recuses himself; it is gone from his sight
    expert.go(f"/cases/{ids['second']}").sees("先声明")
    expert.page.locator("#f-reason").fill("本人是运营机构的顾问")
    expert.press("申报回避").sees("已申报回避").sees("现在没有等着办的")
    fits(expert)
    assert expert.page.goto(live.url(f"/cases/{ids['second']}")).status == 404
    expert.page.goto("about:blank")

    desk = Desk(live, new_page, "sheng1").go(f"/cases/{ids['second']}/experts").sees("申报回避：本人是运营机构的顾问")
    desk.go(f"/cases/{ids['first']}/experts").sees("已交 1 份")
    assert "82.5" not in desk.page.content()
