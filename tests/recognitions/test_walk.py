"""The walk of an application by commands: refusals with article and reason, each beside a passing twin (§7.3)."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from incubator.assessments import commands as assessments
from incubator.bases.facts import standing_of
from incubator.bases.models import Base
from incubator.cases.queries import submissions, version
from incubator.decisions.models import DecisionItem
from incubator.kernel import access, drafts, workflow
from incubator.kernel import clock as portal_clock
from incubator.kernel.database import db
from incubator.kernel.errors import Conflict, Denied, NotVisible, Refused
from incubator.kernel.workflow import Case
from incubator.obligations.models import Obligation
from incubator.policy.fields.recognition import RECOGNITION
from incubator.recognitions import commands
from incubator.rosters import commands as rosters
from incubator.rosters.models import Tenant
from incubator.visits.queries import findings_of
from tests import walk

CHAOYANG = walk.Unit("长春星桥创业孵化基地", "220104", 17)
MEIHEKOU = walk.Unit("梅河口汇智创业孵化基地", "220581", 18)
CHANGBAISHAN = walk.Unit("长白山池北创业孵化基地", "JL-CBS-CB", 19)
ZONE = walk.Unit("长春净月潭创业孵化基地", "220172", 20)
YANJI = walk.Unit("延吉海兰创业孵化基地", "222401", 21)
REASON = "有两处材料和申报表对不上，请改齐"
REMARK = [{"field": "floor_plan", "label": "功能分区平面图", "text": "面积和图纸不一致"}]


@pytest.fixture
def province(app, clock):
    """An application context in an open round."""
    with app.app_context():
        today = portal_clock.today()
        walk.open_round(today.year, today, today.replace(month=12, day=31))
        yield app


def test_application_needs_an_approved_filing(province):
    """T40."""
    _, admin = walk.open_account(CHAOYANG)
    with pytest.raises(Refused) as refused:
        commands.open_application(admin)
    assert refused.value.article == "7(2)"
    assert "备案" in refused.value.reason
    case = walk.submit_filing(CHAOYANG, admin)
    walk.act(case, "approve", walk.actor("x220104"))
    assert commands.open_application(admin).state == "draft"


def test_nothing_of_the_filing_is_typed_again(province):
    """A7-3: the draft holds every field of the filing that the application asks for."""
    _, admin = walk.filed_base(CHAOYANG)
    case = commands.open_application(admin)
    left = {p.field for p in commands.check_application(case).errors}
    assert not left & {f.name for f in commands.BASE_FIELDS}


def test_submission_outside_a_round_is_refused_and_the_draft_is_kept(province, clock):
    """T51: the last second of the round passes, the next is too late."""
    _, admin = walk.filed_base(CHAOYANG)
    walk.fill_rosters(CHAOYANG, admin)
    case = commands.open_application(admin)
    walk.fill(case, RECOGNITION, walk.application_values(admin, case, CHAOYANG), admin)
    clock.set("2027-01-01 00:00:00")
    with pytest.raises(Refused) as refused:
        commands.submit_application(admin, case.id, seen_version=case.version)
    assert (refused.value.article, refused.value.reason) == ("3", "现在没有开放的申报批次，还没有安排下一批")
    _, draft = drafts.read(case.id, RECOGNITION)
    assert case.state == "draft" and draft is not None, "what was typed is kept"
    clock.set("2026-12-31 23:59:59")
    assert commands.submit_application(admin, case.id, seen_version=case.version).state == "county_initial"


def test_return_needs_reason_and_remarks_and_makes_version_two(province):
    """T43, T44, R-2.4: both versions stay readable, an unchanged one is refused, the third return is the lead's."""
    case = walk.submitted_case(CHAOYANG)
    county, lead, admin = walk.actor("x220104"), walk.actor("x220104f"), walk.admin_of(case)
    for words, reason in (({"text": ""}, "理由至少写 10 个字"), ({"text": "请改", "remarks": REMARK}, "理由至少写 10 个字"),
                          ({"text": REASON}, "退回补正要在具体项目上写出问题，至少一处")):
        with pytest.raises(Refused) as refused:
            walk.act(case, "return", county, **words)
        assert (refused.value.article, refused.value.reason) == ("7(3)", reason)
    for number in (2, 3):
        case = walk.act(case, "return", county, text=REASON, remarks=REMARK)
        assert case.state == "correction_county"
        due = db.session.scalar(select(Obligation).where(Obligation.base_id == case.base_id, Obligation.fulfilled_at.is_(None)))
        assert due.article == "7(3)"
        with pytest.raises(Refused) as refused:
            commands.submit_application(admin, case.id, seen_version=case.version)
        assert "没有改动" in refused.value.reason
        walk.fill(case, RECOGNITION, {"floor_plan": walk.upload(admin, case, f"平面图{number}.pdf")}, admin)
        case = commands.submit_application(admin, case.id, seen_version=case.version)
        assert case.state == "county_initial"
        assert [row.version_no for row in submissions(case.id)] == list(range(1, number + 1))
    assert version(case.id, 1).hash != version(case.id, 2).hash
    with pytest.raises(Refused) as refused:
        walk.act(case, "return", county, text=REASON, remarks=REMARK)
    assert (refused.value.article, refused.value.reason) == ("7(3)", "同一事项已退回两次，第三次退回须由负责人办理")
    assert walk.act(case, "return", lead, text=REASON, remarks=REMARK).state == "correction_county"


def test_refusing_outcomes_need_a_lead(province):
    """R-2.4, A7-6: R-2.4: 不予推荐 is the lead's; the clerk's button does not exist."""
    case = walk.submitted_case(CHAOYANG)
    with pytest.raises(Denied):
        walk.act(case, "not_recommend", walk.actor("x220104"), text=REASON)
    assert walk.act(case, "not_recommend", walk.actor("x220104f"), text=REASON).state == "not_recommended"


def test_withdrawal_until_acceptance(province):
    """T50, A7-10."""
    case = walk.recommended_case(CHAOYANG)
    admin = walk.admin_of(case)
    assert walk.act(case, "withdraw", admin, text="单位决定明年再来申报").state == "withdrawn"
    case = walk.accepted_case(YANJI)
    assert "withdraw" not in {a.step.outcome for a in workflow.actions(case, walk.admin_of(case))}
    with pytest.raises(Refused) as refused:
        walk.act(case, "withdraw", walk.admin_of(case), text="单位决定明年再来申报")
    assert (refused.value.article, refused.value.reason) == ("7(2)", "省工信厅已经受理，受理以后的撤回，向省工信厅提出")
    assert refused.value.way_out == "写一份盖章的撤回申请交省工信厅，由省工信厅办理撤回"


ASKED = "申报单位来函，场地要改建，今年不再申报"


def _with_experts(unit):
    """考核评审, with one sheet given and one still asked for."""
    case = walk.score(walk.accepted_case(unit), totals=("80",))
    assessments.assign_expert(walk.actor("sheng1"), case.id, walk.experts(("zj1", "zj2"))[1].person_id, seen_version=case.version)
    return case


@pytest.mark.parametrize("reach", [_with_experts, walk.proposed_case], ids=["assessment", "proposed"])
def test_the_province_takes_a_withdrawal_after_acceptance(province, reach):
    """T50, A7-10: asked for in writing, taken by the lead with reason and paper; nothing is owed on it any more."""
    case, lead = reach(CHAOYANG), walk.actor("shengf")
    with pytest.raises(Denied):
        walk.act(case, "withdraw_for", walk.actor("sheng1"), text=ASKED, upload=walk.pdf("撤回申请.pdf"))
    for words, field, reason in (
        ({"text": ASKED}, "document", "还没有上传申报单位盖章的撤回申请"),
        ({"text": "来函", "upload": walk.pdf("撤回申请.pdf")}, "text", "理由至少写 10 个字"),
    ):
        with pytest.raises(Refused) as refused:
            walk.act(case, "withdraw_for", lead, **words)
        assert (refused.value.article, refused.value.field, refused.value.reason) == ("7(2)", field, reason)
    case = walk.act(case, "withdraw_for", lead, text=ASKED, upload=walk.pdf("撤回申请.pdf"))
    assert case.state == "withdrawn" and case.ended_at is not None
    assert workflow.opinions(case.id)[-1].file_id is not None
    with pytest.raises(Refused) as refused:
        walk.act(case, "withdraw_for", lead, text=ASKED, upload=walk.pdf("撤回申请.pdf"))
    assert refused.value.reason == "已撤回这一环节没有这一步", "what has ended has no way out any more"
    open_ones = select(Obligation).where(Obligation.case_id == case.id, Obligation.fulfilled_at.is_(None))
    assert db.session.scalars(open_ones).all() == []
    assert db.session.scalars(select(access.Assignment).where(access.Assignment.case_id == case.id, access.Assignment.to_at.is_(None))).all() == []


def test_withdrawn_during_the_notice_is_not_decided(province, clock):
    """A7-10, A8-4: the notice goes on for the others; who withdrew is in no document."""
    clock.set("2026-06-01 09:00")
    gone, stays = walk.proposed_case(CHAOYANG), walk.proposed_case(MEIHEKOU)
    notice = walk.publish([gone, stays])
    walk.act(gone, "withdraw_for", walk.actor("shengf"), text=ASKED, upload=walk.pdf("撤回申请.pdf"))
    items = {item.case_id: item.closed_at for item in notice.items}
    assert items[gone.id] is not None and items[stays.id] is None
    clock.set("2026-06-09 00:00:01")
    with pytest.raises(Refused) as refused:
        walk.decide([gone, stays])
    assert (refused.value.article, refused.value.reason) == ("8", "有 1 家已不在待发文里")
    walk.decide([stays])
    assert db.session.get(Base, stays.base_id).status_now == "valid"
    assert db.session.get(Base, gone.base_id).status_now == "filed"


@pytest.mark.parametrize("unit", [MEIHEKOU, CHANGBAISHAN, ZONE], ids=["meihekou", "changbaishan", "zone"])
def test_merged_stations_need_two_persons(province, unit):
    """T45: whoever did the county's station is refused at the city's, although the roles allow it."""
    case = walk.submitted_case(unit)
    local = walk.staff(unit.region)
    case = walk.recommend(case, unit)
    twin = walk.actor(local.county[0], "city_lead")
    with pytest.raises(Refused) as refused:
        walk.act(case, "forward", twin, doc_no="示工信发〔2026〕1号", upload=walk.pdf())
    assert (refused.value.article, refused.value.reason) == ("7(4)", "相邻环节也是本人办的，这一环节须由另一个人办理")
    [action] = [a for a in workflow.actions(case, twin) if a.step.outcome == "forward"]
    assert not action.enabled
    assert walk.forward(case, unit).state == "prov_acceptance"


def test_tonghua_never_sees_meihekou(province):
    """T48, R-2.9: a code under 通化 is no sight."""
    case = walk.submitted_case(MEIHEKOU)
    walk.staff("220502")
    with pytest.raises(NotVisible):
        access.load(walk.actor("s220500"), Case, case.id)
    assert access.load(walk.actor("m220581b"), Case, case.id).id == case.id


def test_second_reviewer_comes_too_late(province):
    """T49: nothing is written for the one who comes second."""
    case = walk.submitted_case(CHAOYANG)
    seen = case.version
    walk.act(case, "return", walk.actor("x220104"), text=REASON, remarks=REMARK)
    before = db.session.scalar(select(func.count()).select_from(workflow.Opinion))
    with pytest.raises(Conflict) as conflict:
        workflow.advance(case.id, "return", walk.actor("x220104f"), seen_version=seen,
                         given=workflow.Given(text=REASON, remarks=REMARK))
    assert "已由朝阳区工信局" in conflict.value.message
    assert db.session.scalar(select(func.count()).select_from(workflow.Opinion)) == before


def test_city_needs_the_formal_document(province):
    """A7-6: 第七条（四）, T61: number after GB/T 9704 and the scan."""
    case = walk.recommended_case(CHAOYANG)
    city = walk.actor("s220100")
    for number, upload in (("", walk.pdf()), ("长工信发[2026]15号", walk.pdf()), ("长工信发〔2026〕015号", walk.pdf()),
                           ("长工信发〔2026〕第15号", walk.pdf()), ("长工信发〔2026〕15号", None)):
        with pytest.raises(Refused) as refused:
            walk.act(case, "forward", city, doc_no=number, upload=upload)
        assert refused.value.field in ("doc_no", "document")
    case = walk.act(case, "forward", city, doc_no="长工信发〔2026〕15号", upload=walk.pdf())
    assert case.state == "prov_acceptance"


def test_one_document_for_a_base_of_every_kind_of_route(province, clock):
    """AMB-20, AMB-24, A10-1, R-2.3: an ordinary county, 梅河口, 长白山 and a zone without a bureau all come to a decision.

    Notice, document, standing; the validity counts from the first of January after.
    """
    clock.set("2026-06-01 09:00")
    cases = [walk.proposed_case(unit) for unit in (CHAOYANG, MEIHEKOU, CHANGBAISHAN, ZONE)]
    for case in cases:
        route = access.open_route(case.region_id)
        acted = [o for o in workflow.opinions(case.id) if o.outcome in ("recommend", "forward")]
        assert [o.office_name for o in acted] == [route.county_office.short_name, route.city_office.short_name]
        assert len({o.person_id for o in acted}) == 2, "two persons at the local stations whoever holds them"
    notice = walk.publish(cases)
    assert notice.ends_on.isoformat() == "2026-06-08"
    clock.set("2026-06-08 23:59:59")
    with pytest.raises(Refused) as refused:
        walk.decide(cases)
    assert refused.value.article == "8"
    clock.set("2026-06-09 00:00:01")
    walk.decide(cases)
    for case in cases:
        base = db.session.get(Base, case.base_id)
        item = db.session.scalar(select(DecisionItem).where(DecisionItem.case_id == case.id))
        assert (item.valid_from.isoformat(), item.valid_to.isoformat()) == ("2027-01-01", "2031-12-31")
        assert standing_of(base).text == "有效（有效期自2027-01-01起算）"
        assert base.status_now == "valid"
        assert base.level_now == "base"


def test_a_reviewers_word_on_a_tenant_counts(province):
    """A5-6, A5-9: 15 of 16 rows count; one overridden to not counting leaves 14, which can't be sent up."""
    case = walk.submitted_case(CHAOYANG, tenants=15)
    tenant = db.session.scalar(select(Tenant).where(Tenant.base_id == case.base_id).order_by(Tenant.id))
    assert {f.key: f.passed for f in findings_of(case)}["tenants_countable"]
    rosters.override_tenant(walk.actor("x220104"), tenant.id, counts=False, reason="实际从事零售，现场没有孵化业务")
    [finding] = [f for f in findings_of(case) if f.key == "tenants_countable"]
    assert finding.conclusion == "FAIL"
    assert finding.source == "审核改判"
    case = walk.recommend(case, CHAOYANG)
    with pytest.raises(Refused) as refused:
        walk.forward(case, CHAOYANG)
    assert refused.value.article == "5(4)"
    rosters.override_tenant(walk.actor("x220104"), tenant.id, counts=True, reason="补充材料证明从事软件开发业务")
    assert walk.forward(case, CHAOYANG).state == "prov_acceptance"
