"""The case page: where it is, who has it, what comes next, until when, under which article; and for whom it is silent."""

from __future__ import annotations

import html
import re

import pytest

from incubator.assessments import commands as assessments
from incubator.assessments import sheets
from incubator.cases import queries
from incubator.cases.views import action_bar
from incubator.kernel import workflow
from incubator.kernel.database import db
from incubator.kernel.errors import Conflict, NotVisible, Refused
from incubator.kernel.workflow import Case
from incubator.policy.fields.recognition import RECOGNITION
from incubator.recognitions import commands as recognitions
from tests import walk
from tests.cases.apart import signed_in

UNIT = walk.Unit("长春星桥创业孵化基地", "220104", 17)
OTHER = walk.Unit("长春月桥创业孵化基地", "220104", 18)
REASON = "有两处材料和申报表对不上，请改齐"
REMARK = [{"field": "floor_plan", "label": "功能分区平面图", "text": "面积和图纸不一致"}]
FRAME = 3  # session and person, memberships, unread letters: of every page
BUDGET = FRAME + 18  # one of them for all that the desk keeps beside the case


@pytest.fixture
def inside(app, clock):
    with app.app_context():
        today = clock.today()
        walk.open_round(today.year, today, today.replace(month=12, day=31))
        yield app


def plain(page: str) -> str:
    """What a person reads of a page."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", "", page)))


def seen(app, login: str, case: Case, **wanted) -> str:
    answer = signed_in(app, login).get(f"/cases/{case.id}", query_string=wanted)
    assert answer.status_code == 200
    return answer.text


def base_login(case: Case) -> str:
    from incubator.bases.models import Base

    return db.session.get(Base, case.base_id).code


def resubmit(case: Case, name: str) -> Case:
    admin = walk.admin_of(case)
    walk.fill(case, RECOGNITION, {"floor_plan": walk.upload(admin, case, name)}, admin)
    return recognitions.submit_application(admin, case.id, seen_version=walk.fresh(case).version)


def test_where_who_next_until_when_under_which_article(inside, clock):
    """Five answers at each station that a dossier passes, until nothing is open."""
    case = walk.submitted_case(UNIT)
    local = walk.staff(UNIT.region)
    county, city = local.county[0], local.city[0]
    page = plain(seen(inside, county, case))
    assert "6月1日起在朝阳区工信局，县初审。" in page
    assert "6月15日（周一）24:00 前" in page and "第七条（三）" in page, "ten working days"
    assert "推荐上报" in page and "请先登记实地踏查记录" in page and "登记实地踏查" in page
    assert page.index("县初审朝阳区工信局 · 6月1日 09:00") < page.index("提交认定申请"), "the timeline begins with now"
    case = walk.recommend(walk.fresh(case), UNIT)
    page = plain(seen(inside, county, case))
    assert "在长春市工信局，市复核。" in page and "长春市工信局在办" in page, "who can do nothing learns who can"
    assert "推荐上报朝阳区工信局 · 朝阳经办 · 6月1日 09:00 · 第七条（三）" in page
    assert "材料齐全，现场相符，建议推荐。" in page
    page = plain(seen(inside, city, case))
    assert "上报省厅" in page and "退回县级" in page and "第七条（四）" in page
    case = walk.act(walk.fresh(case), "not_forward", walk.actor(*local.city_lead), text="复核发现场地不属于申报单位所有")
    page = plain(seen(inside, county, case))
    assert "不予上报，6月1日" in page and "下一步" not in page and "24:00" not in page


def test_the_grey_button_says_what_the_refusal_says(inside):
    """Every step offered to anybody here: enabled goes through the judge, grey is refused in the same words."""
    grey = set()
    cases = [walk.submitted_case(UNIT), walk.accepted_case(OTHER)]
    for case in cases:
        for login in ("x220104", "x220104f", "s220100", "s220100f", "sheng1", "shengf", base_login(case)):
            who = walk.actor(login)
            try:
                case = walk.access.load(who, Case, case.id, fresh=True)
            except NotVisible:
                continue
            for action in workflow.actions(case, who):
                if action.enabled:
                    continue
                grey.add(action.step.outcome)
                with pytest.raises(Refused) as refused:
                    workflow.advance(case.id, action.step.outcome, who, seen_version=case.version,
                                     given=workflow.Given(text=REASON, remarks=REMARK))
                assert refused.value.reason == "；".join(lack.text for lack in action.lacks)
                assert (refused.value.article, refused.value.way_out) == (action.lacks[0].article, action.lacks[0].cure_label)
                with inside.test_request_context(f"/cases/{case.id}"):
                    from flask import g

                    g.actor = who
                    [button] = [b for b in action_bar(case) if b["label"] == action.step.label]
                assert not button["enabled"]
                assert [r["text"] for r in button["reasons"]] == [lack.text for lack in action.lacks]
                assert all(r["article"] for r in button["reasons"])
    assert {"recommend", "conclude"} <= grey, grey


def test_out_of_sight_is_404_for_page_act_comparison_and_files(inside):
    """T48: a stranger can't tell a case that is not his from one that does not exist."""
    case = walk.submitted_case(UNIT)
    walk.staff("220502")
    stranger, county = signed_in(inside, "s220500"), signed_in(inside, "x220104")
    for url in (f"/cases/{case.id}", f"/cases/{case.id}/act/recommend", f"/cases/{case.id}/compare/1/1"):
        assert stranger.get(url).status_code == 404, url
        assert stranger.get(url.replace(str(case.id), "4711", 1)).status_code == 404
        assert county.get(url).status_code == 200, url
    assert stranger.post(f"/cases/{case.id}/act/recommend", {"version": 1}).status_code == 404
    assert county.get(f"/cases/{case.id}/compare/1/9").status_code == 404
    assert county.get(f"/cases/{case.id}/act/nonsense").status_code == 404


def test_versions_remarks_and_what_changed_between(inside):
    case = walk.submitted_case(UNIT)
    assert "和版本" not in plain(seen(inside, "x220104", case)), "one version compares with nothing"
    case = walk.act(walk.fresh(case), "return", walk.actor("x220104"), text=REASON, remarks=REMARK)
    page = plain(seen(inside, base_login(case), case))
    assert REASON in page and "功能分区平面图：面积和图纸不一致" in page and "朝阳经办" not in page
    case = resubmit(case, "平面图改.pdf")
    page = seen(inside, "x220104", case)
    assert "版本 2" in plain(page) and f"/cases/{case.id}/compare/1/2" in page
    assert f"/cases/{case.id}?tab=form1" in page and f"/cases/{case.id}?tab=form2" in page, "each version stays readable"
    old, new = seen(inside, "x220104", case, tab="form1"), seen(inside, "x220104", case, tab="form2")
    assert "平面图改.pdf" not in old and "平面图改.pdf" in new
    compared = plain(signed_in(inside, "x220104").get(f"/cases/{case.id}/compare/1/2").text)
    assert "功能分区平面图" in compared and "面积和图纸不一致" in compared, compared
    assert UNIT.address not in compared, "what stayed as it was is not shown"


def test_who_comes_second_reads_who_was_first(inside):
    """T49: the sentence names office, person and time; what was typed is on the page, and nothing is written."""
    case = walk.submitted_case(UNIT)
    second = signed_in(inside, "x220104f")
    form = second.get(f"/cases/{case.id}/act/return").text
    version = re.search(r'name="version" value="(\d+)"', form)[1]
    walk.act(walk.fresh(case), "return", walk.actor("x220104"), text=REASON, remarks=REMARK)
    mine = "我写的另外一段退回理由，也很长"
    answer = second.post(f"/cases/{case.id}/act/return", {"version": version, "text": mine, "remarks-0-field": "floor_plan",
                                                          "remarks-0-text": "也是图纸"})
    page = plain(answer.text)
    assert answer.status_code == 409
    assert "该事项已由朝阳区工信局 朝阳经办 于 09:00 处理，现在是“退回补正”。刚才写的内容还在，没有写入案卷。" in page
    assert mine in page and "也是图纸" in page
    assert [o.text for o in workflow.opinions(case.id) if o.outcome == "return"] == [REASON]
    with pytest.raises(Conflict):
        workflow.advance(case.id, "withdraw", walk.admin_of(case), seen_version=int(version),
                         given=workflow.Given(text="单位决定明年再来申报"))


def test_names_are_for_offices_and_experts_names_for_the_province(inside):
    """A8-2: applicants read which office acted; whose sheet it was only the province reads."""
    case = walk.accepted_case(UNIT)
    [expert] = walk.experts(("zj1",))
    assessments.assign_expert(walk.province()["clerk"], case.id, expert.person_id, seen_version=case.version)
    sheets.deny_conflict(expert, case.id)
    told = {}
    for login in (base_login(case), "x220104", "sheng1", "zj1"):
        with inside.test_request_context("/"):
            told[login] = [m.who for m in queries.timeline(walk.fresh(case), walk.actor(login))]
    people = ("朝阳经办", "长春经办", "省厅经办甲")
    assert not [who for who in told[base_login(case)] if any(name in who for name in (*people, "专家甲"))]
    assert any("朝阳经办" in who for who in told["x220104"]) and not any("专家甲" in who for who in told["x220104"])
    assert any("专家甲" in who for who in told["sheng1"])
    assert not any("专家甲" in who for who in told["zj1"]), "not even one's own: the page is the same for all experts"
    assert "专家甲" not in seen(inside, base_login(case), case) + seen(inside, "x220104", case)


def test_the_page_costs_the_same_however_long_its_story(inside, query_counter):
    """Rounds of return and correction add events, opinions and versions, and no query; budget 18 beside the frame."""
    case = walk.submitted_case(UNIT)
    login = base_login(case)
    visitors = {name: signed_in(inside, name) for name in ("x220104", "sheng1", login)}

    def cost() -> dict[str, int]:
        found = {}
        for name, visitor in visitors.items():
            visitor.get(f"/cases/{case.id}")
            with query_counter() as asked:
                assert visitor.get(f"/cases/{case.id}").status_code == 200
            assert asked.count <= BUDGET, asked
            found[name] = asked.count
        return found

    short = cost()
    for number in range(2):
        case = walk.act(walk.fresh(case), "return", walk.actor("x220104"), text=REASON, remarks=REMARK)
        case = resubmit(case, f"平面图{number}.pdf")
    long = cost()
    assert all(long[name] <= short[name] + 1 for name in short), f"{short} {long}"


def test_a_long_story_is_cut_at_its_newest_sixty(inside):
    from incubator.kernel.database import transaction

    case = walk.request_account(OTHER) if walk.staff(OTHER.region) else None
    for _ in range(70):
        with transaction():
            workflow.record(walk.fresh(case, walk.actor("x220104")), "slip_reissued", walk.actor("x220104"), {})
    with inside.test_request_context("/"):
        told = queries.timeline(walk.fresh(case, walk.actor("x220104")), walk.actor("x220104"))
    assert len(told) == queries.TIMELINE == 60 and {m.what for m in told} == {"重发一次性密码"}
