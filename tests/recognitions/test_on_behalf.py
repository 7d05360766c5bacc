"""A3-5: the province in place of a local office that can't act, said everywhere, with the same evidence and four eyes."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from incubator.cases.queries import timeline
from incubator.kernel import access
from incubator.kernel.database import db
from incubator.kernel.errors import Denied, NotVisible, Refused
from incubator.kernel.ledger import Event
from incubator.kernel.workflow import Case, Opinion
from incubator.offices.models import Person
from incubator.relaxations import commands as relaxations
from incubator.simulation import reviews
from incubator.visits.models import SiteVisit
from tests import walk
from tests.visits.pages import Visitor

MEIHEKOU = walk.Unit("梅河口汇智创业孵化基地", "220581", 18)
YANJI = walk.Unit("延吉海兰创业孵化基地", "222401", 21)
IDEM = re.compile(r'name="idem"[^>]*value="([^"]+)"')
SEEN = re.compile(r'name="case_version" value="(\d+)"')
WHY = "梅河口只有一名经办在岗，另一名休产假"


@pytest.fixture
def case(app, clock):
    with app.app_context():
        today = clock.today()
        walk.open_round(today.year, today, today.replace(month=12, day=31))
        walk.province()
        yield walk.submitted_case(MEIHEKOU)


def _for(case, login="shengf", reason=WHY):
    case = reviews.fresh(case)
    return access.stand_in(walk.actor(login), case.office, case.station.holder, reason)


def test_an_outcome_of_the_county_with_its_evidence(case):
    with pytest.raises(Refused) as refused:
        walk.act(case, "recommend", _for(case), text="材料齐全，建议推荐。")
    assert "实地踏查" in refused.value.reason
    walk.visit(case, _for(case))
    moved = walk.act(case, "recommend", _for(case), text="材料齐全，建议推荐。")
    assert moved.state == "city_review"
    opinion = db.session.scalar(select(Opinion).where(Opinion.case_id == case.id, Opinion.outcome == "recommend"))
    assert opinion.office_name == "梅河口市工信局（省工信厅代办）" and opinion.behalf_reason == WHY
    assert db.session.scalar(select(SiteVisit.office_name)) == "梅河口市工信局（省工信厅代办）"
    event = db.session.scalar(select(Event).where(Event.case_id == case.id, Event.kind == "recommend"))
    assert event.facts["who"]["role"] == "prov_lead" and event.facts["who"]["behalf"] == "county_lead"
    for who in (walk.admin_of(case), walk.actor("m220581a"), walk.actor("sheng1")):
        told = next(m for m in timeline(moved, who) if m.what == "推荐上报")
        assert "省工信厅代办" in told.who and told.behalf == WHY


def test_four_eyes_holds(case):
    """R-2.1: whoever stood in for the county does not stand in for the city, nor accept at the province."""
    walk.visit(case, _for(case))
    case = walk.act(case, "recommend", _for(case), text="材料齐全，建议推荐。")
    send = {"text": "复核合格。", "doc_no": "梅工信发〔2026〕18号"}
    with pytest.raises(Refused) as refused:
        walk.act(case, "forward", _for(case), upload=walk.pdf("上报文件.pdf"), **send)
    assert "另一个人" in refused.value.reason
    case = walk.act(case, "forward", _for(case, "shengf2"), upload=walk.pdf("上报文件.pdf"), **send)
    with pytest.raises(Refused) as refused:
        walk.act(case, "accept", walk.actor("shengf2"))
    assert refused.value.article == "8" and "另一个人" in refused.value.reason
    assert walk.act(case, "accept", walk.actor("shengf")).state == "prov_assessment"


def test_only_a_lead_with_a_reason(case):
    for login in ("sheng1", "shengg", "m220581a"):
        with pytest.raises(Denied):
            _for(case, login)
    with pytest.raises(Refused) as refused:
        walk.act(case, "not_recommend", _for(case, reason="没人"), text="材料有两处和现场对不上，不予推荐。")
    assert refused.value.article == "3" and refused.value.field == "behalf_reason"
    with pytest.raises(Refused) as refused:
        walk.visit(case, _for(case, reason=""))
    assert (refused.value.article, refused.value.reason) == ("3", "代办的理由至少写 10 个字")
    assert walk.act(case, "not_recommend", _for(case), text="材料有两处和现场对不上，不予推荐。").state == "not_recommended"


def test_the_province_cannot_do_the_countys_review_silently(case):
    """A3-1: without saying so the step is not the province's."""
    with pytest.raises(Denied):
        walk.act(case, "not_recommend", walk.actor("shengf"), text="材料有两处和现场对不上，不予推荐。")


def test_an_office_that_has_nothing_to_do_with_the_case_is_no_way_in(case):
    walk.staff("220104")
    other = access.stand_in(walk.actor("shengf"), db.session.get(access.Office, walk.office_id("220104")), "county", WHY)
    with pytest.raises(NotVisible):
        walk.act(case, "not_recommend", other, text="材料有两处和现场对不上，不予推荐。")


def test_by_the_pages(sqlite_app, clock):
    """From the case page to the recorded act: the reason stays typed, the timeline of all says who stood in."""
    app = sqlite_app
    with app.app_context():
        today = clock.today()
        walk.open_round(today.year, today, today.replace(month=12, day=31))
        walk.province()
        number = walk.submitted_case(MEIHEKOU).id
    lead = Visitor(app, "shengf")
    assert f'href="/cases/{number}/behalf"' in lead.get(f"/cases/{number}")
    assert "代梅河口市工信局办理" not in Visitor(app, "sheng1").get(f"/cases/{number}")
    page = lead.get(f"/cases/{number}/behalf")
    assert f'href="/cases/{number}/visit?behalf=1"' in page and "第三条" in page
    assert lead.status(f"/cases/{number}/act/not_recommend") == 404, "not without saying for whom"
    address = f"/cases/{number}/act/not_recommend?behalf=1"
    form = {"behalf": "1", "behalf_reason": "休假", "text": "材料有两处和现场对不上，不予推荐。"}
    short = lead.post(address, form)
    assert short.status_code == 422 and 'value="休假"' in short.text and "材料有两处" in short.text
    done = lead.post(address, {**form, "behalf_reason": WHY})
    assert done.status_code == 200 and done.request.path == f"/cases/{number}"
    for login in ("shengf", "m220581a"):
        told = Visitor(app, login).get(f"/cases/{number}")
        assert "梅河口市工信局（省工信厅代办）" in told and WHY in told


def test_a_relaxation_in_place_of_the_city(sqlite_app, clock):
    """A3-5, A5-3, T109: 13 tenants, and nobody at 延边 can act: proposed by one lead, sent up, granted by the other."""
    app = sqlite_app
    with app.app_context():
        today = clock.today()
        walk.open_round(today.year, today, today.replace(month=12, day=31))
        walk.province()
        case = walk.recommended_case(YANJI, tenants=13)
        number, base = case.id, walk.admin_of(case)
        login = db.session.get(Person, base.person_id).login
        with pytest.raises(Refused) as refused:
            _send_up(number)
        assert refused.value.article == "5(4)" and "13 户，低于 15 户" in refused.value.reason
    lead, address = Visitor(app, "shengf"), f"/cases/{number}/relaxations"
    assert f'href="{address}?behalf=1"' in lead.get(f"/cases/{number}/behalf")
    assert "提出建议" not in lead.get(address), "not without saying for whom"
    for who in (Visitor(app, "sheng1"), Visitor(app, "shengg")):
        denied = who.post(f"{address}/tenants_countable/propose", {"behalf": "1"}, who.get(address))
        assert denied.status_code == 403 and "县、市不能办时代为办理，写明理由" in denied.text
    page = lead.get(f"{address}?behalf=1")
    typed = {"idem": IDEM.search(page)[1], "case_version": SEEN.search(page)[1], "threshold": "13", "reason": "边境地区企业总量少，这一家规模居首",
             "behalf": "1", "behalf_reason": "休假"}
    short = lead.post(f"{address}/tenants_countable/propose", typed, page)
    assert short.status_code == 422 and "代办的理由至少写 10 个字" in short.text and 'value="休假"' in short.text
    done = lead.post(f"{address}/tenants_countable/propose", {**typed, "behalf_reason": WHY}, page)
    assert done.status_code == 200 and "（省工信厅代办）建议放宽到 13" in done.text
    for who in ("s222400", login, "sheng1"):
        told = Visitor(app, who).get(f"/cases/{number}")
        assert "提出放宽建议" in told and "省工信厅代办" in told and WHY in told, who
    with app.app_context():
        case = _send_up(number)
        walk.act(case, "accept", walk.actor("shengf2"))
        raw = {"threshold": "13", "reason": "边境地区企业总量少，这一家规模居首", "document_no": "吉工信创业〔2026〕31号"}
        with pytest.raises(Refused) as refused:
            _decide(number, "shengf", raw)
        assert refused.value.article == "5(2)" and refused.value.reason == "这一条建议是本人代县、市提的，须由另一个人决定"
        assert _decide(number, "shengf2", raw).granted_name == walk.actor("shengf2").name


def _send_up(number):
    case = db.session.get(Case, number)
    return walk.act(case, "forward", _for(case), text="复核合格，同意上报。", doc_no="延工信发〔2026〕18号", upload=walk.pdf("上报文件.pdf"))


def _decide(number, login, raw):
    case = reviews.fresh(db.session.get(Case, number))
    return relaxations.grant(walk.actor(login), number, "tenants_countable", raw, seen_version=case.version, upload=walk.pdf("同意.pdf"))
