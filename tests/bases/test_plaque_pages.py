"""The province's register of plaques and the label with its QR, as pages."""

import re
from datetime import date

import pytest

from incubator.bases.models import Base, Plaque
from incubator.kernel import clock as portal_clock
from incubator.kernel.database import db
from tests import walk
from tests.notices import steps
from tests.visits.pages import Visitor

IDEM = re.compile(r'name="idem"[^>]*value="([^"]+)"')


@pytest.fixture
def recognised(app, clock):
    clock.set("2024-11-04 09:30")
    with app.app_context():
        case = steps.proposed()[0]
        steps.published([case])
        clock.set("2024-11-12 09:30")
        decision = walk.decide([case])
        found = {"base": case.base_id, "case": case.id, "decision": decision.id, "login": db.session.get(Base, case.base_id).code}
        db.session.commit()
    clock.set("2024-11-20 09:30")
    return found


def send(desk, url: str, **values):
    page = desk.get(url)
    return desk.post(url, {"idem": IDEM.search(page)[1], **values}, page)


def test_from_the_worklist_to_the_label(app, recognised):
    desk = Visitor(app, "sheng1")
    assert "登记发牌" in desk.get("/work")
    url = f"/bases/{recognised['base']}/plaque"
    assert f'href="{url}"' in desk.get(f"/cases/{recognised['case']}")
    assert "1&nbsp;家认定了还没有牌匾" in desk.get("/plaques")
    assert 'value="2024-001"' in desk.get(url), "the number is suggested"
    wrong = send(desk, url, plaque_no="2024-001", issued_on="2024-11-01", received_by="")
    shown = wrong.get_data(as_text=True)
    assert wrong.status_code == 422 and "发放日期早于认定文件的日期" in shown and "领取人还没有填写" in shown
    done = send(desk, url, plaque_no="2024-001", issued_on="2024-11-20", received_by="赵领取")
    page = done.get_data(as_text=True)
    assert done.status_code == 200 and re.fullmatch(r"/plaques/\d+", done.request.path)
    code = re.search(r"(?:[2-9A-Z]{4}-){2}[2-9A-Z]{4}", page)[0]
    assert f"/plaque/{code}" in page and '<svg class="qr"' in page and "style=" not in page
    assert "登记发牌" not in desk.get("/work") and url not in desk.get(f"/cases/{recognised['case']}")
    for who in ("sheng1", "x220104", recognised["login"]):
        shown = Visitor(app, who).get(f"/bases/{recognised['base']}")
        assert "2024-001" in shown and "赵领取" in shown
    assert Visitor(app, "x220104").status("/plaques") == 403


def test_swap_and_return_on_the_pages(app, recognised):
    desk = Visitor(app, "sheng1")
    url = f"/bases/{recognised['base']}/plaque"
    first = send(desk, url, plaque_no="2024-001", issued_on="2024-11-20", received_by="赵领取").request.path
    page = desk.get(url)
    assert "现在有一块有效的牌匾" in page and 'name="swap"' in page
    swap = {"swap": "y", "plaque_no": "2024-002", "issued_on": "2024-11-20", "received_by": "钱领取",
            "returned_on": "2024-11-20", "return_reason": "牌匾损坏换发"}
    second = send(desk, url, **swap)
    assert second.status_code == 200 and "2024-002" in second.get_data(as_text=True)
    assert "已收回，2024年11月20日" in desk.get(first) and '<svg class="qr"' not in desk.get(first)
    back = f"{second.request.path}/return"
    assert "还没有填写" in send(desk, back, returned_on="", return_reason="").get_data(as_text=True)
    assert "已收回" in send(desk, back, returned_on="2024-11-20", return_reason="撤销收回").get_data(as_text=True)
    listed = desk.get("/plaques?state=back")
    assert "2024-001" in listed and "2024-002" in listed and "没有符合的牌匾" in desk.get("/plaques?state=out")


def test_a_thousand_plaques_cost_the_same_queries(app, recognised, query_counter):
    """Keyset pages meet every plaque once; the list asks as little with 1,000 as with one (set-based, for counting)."""
    with app.app_context():
        model, person = db.session.get(Base, recognised["base"]), walk.province()["clerk"].person_id
        columns = [c.key for c in Base.__table__.columns if c.key != "id"]
        made = [
            Base(**{key: getattr(model, key) for key in columns} | {
                "code": f"x{n:04d}", "name": f"示例{n:04d}号创业孵化基地", "name_key": f"示例{n:04d}号", "site_key": f"示例{n}",
                "filing_no": f"X-{n}"})
            for n in range(1000)
        ]
        db.session.add_all(made)
        db.session.flush()
        db.session.add_all(
            Plaque(base_id=b.id, plaque_no=f"2023-{n:04d}", code=f"C{n:04d}", level="base", base_name=b.name, wording="吉林省创业孵化基地",
                   issued_on=date(2024, 11, 13), received_by="某", decision_id=recognised["decision"], registered_at=portal_clock.now(),
                   registered_by=person)
            for n, b in enumerate(made)
        )
        db.session.commit()
    desk = Visitor(app, "sheng1")
    seen, url, most = [], "/plaques", 0
    while url:
        with query_counter() as queries:
            page = desk.get(url)
        most = max(most, queries.count)
        seen += re.findall(r'class="row" href="/plaques/(\d+)"', page)
        ahead = re.search(r'href="(/plaques\?[^"]*before=\d+)" rel="next"', page)
        url = ahead[1].replace("&amp;", "&") if ahead else ""
    assert len(seen) == len(set(seen)) == 1000
    assert most <= 9, most
    assert "示例0042号" in desk.get("/plaques?q=0042") and "没有符合的牌匾" in desk.get("/plaques?q=%25")
