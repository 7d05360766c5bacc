"""The plaque check, complaints, the life of a base, and an archive of a thousand notices (A8-6, A8-7, AMB-21)."""

import re
from datetime import date, timedelta

import pytest
from sqlalchemy import update

from incubator.bases import plaques
from incubator.bases.facts import refresh_status
from incubator.bases.models import Base, LevelSpan
from incubator.kernel import clock as portal_clock
from incubator.kernel.database import db
from incubator.notices.models import Notice, NoticeItem
from tests import walk
from tests.notices import steps
from tests.public.test_pages import decided, text_of  # noqa: F401  a fixture
from tests.visits.pages import Visitor

BACK = {"returned_on": "2024-11-25", "return_reason": "牌匾损坏换发"}


@pytest.fixture
def plaque(app, decided, clock):  # noqa: F811
    clock.set("2024-11-20 09:30")
    with app.app_context():
        row = plaques.issue_plaque(
            steps.clerk(), decided["bases"][1], {"plaque_no": "2024-001", "issued_on": "2024-11-20", "received_by": "赵领取"})
        found = {**decided, "code": row.code, "plaque": row.id, "base": row.base_id}
        db.session.commit()
    return found


def test_the_plaque_and_the_standing_today(app, plaque, clock, query_counter):
    client = app.test_client()
    url = f"/plaque/{plaque['code']}"
    with query_counter() as queries:
        page = text_of(client, url)
    assert queries.count <= 12, queries
    page = page.replace("<wbr>", "")
    for words in ("牌匾有效", "吉林省创业孵化基地", "2024-001", "吉工信创业〔2024〕92号", "有效（有效期自2025-01-01起算）", "延吉海兰创业孵化基地"):
        assert words in page, words
    assert "赵领取" not in page, "who received it is nobody's business"
    answer = client.get(url)
    assert answer.headers["X-Robots-Tag"] == "noindex" and 'content="noindex"' in page
    assert client.get(f"/plaque?code={plaque['code'].lower()}").headers["Location"].endswith(plaque["code"].lower())
    assert "牌匾有效" in text_of(client, f"/plaque/{plaque['code'].replace('-', '').lower()}")
    asked = client.get(f"/register?q={plaque['code']}")
    assert asked.status_code == 302 and asked.headers["Location"].endswith(url), "the search of the home page takes a code"
    for name in ("海兰", "ABCDEFGH", "ABCD-EFGH-JKM0", "吉林ABCDEFGHJK"):
        assert client.get("/register", query_string={"q": name}).status_code == 200, name
    missing = text_of(client, "/plaque/ABCD-EFGH-JKMN", 404)
    assert "没有这个核验码" in missing and "ABCD-EFGH-JKMN" in missing

    clock.set("2030-01-01 09:00")
    with app.app_context():
        walk.tick(portal_clock.today())
    lapsed = text_of(client, url)
    assert "牌匾不再有效" in lapsed and "期满未续延" in lapsed and "牌匾有效<" not in lapsed


def test_a_plaque_of_another_level_is_told(app, plaque, clock):
    """After a promotion or downgrade the old plaque says what it is not any more (the level set as those acts will)."""
    clock.set("2025-06-02 09:30")
    with app.app_context():
        base = db.session.get(Base, plaque["base"])
        db.session.execute(update(LevelSpan).where(LevelSpan.base_id == base.id).values(to_on=date(2025, 6, 1)))
        db.session.add(LevelSpan(base_id=base.id, level="demonstration", from_on=date(2025, 6, 2), decision_id=plaque["decision"]))
        refresh_status(base)
        db.session.commit()
    page = text_of(app.test_client(), f"/plaque/{plaque['code']}")
    page = page.replace("<wbr>", "")
    assert "牌匾和现在的级别不一致" in page and "吉林省创业孵化示范基地" in page and "应当换发" in page
    assert "延吉海兰创业孵化基地" in page, "the name stays: 示范 is level and plaque only"


def test_a_returned_one_says_so_and_the_new_one_is_valid(app, plaque, clock):
    clock.set("2024-11-25 09:30")
    with app.app_context():
        new = plaques.swap_plaque(steps.clerk(), plaque["base"], {
            "plaque_no": "2024-002", "issued_on": "2024-11-25", "received_by": "钱领取", **BACK})
        code = new.code
        db.session.commit()
    client = app.test_client()
    old = text_of(client, f"/plaque/{plaque['code']}")
    assert "牌匾已收回" in old and "2024年11月25日已收回" in old and code not in old
    assert "牌匾有效" in text_of(client, f"/plaque/{code}")
    life = text_of(client, f"/register/{plaque['base']}")
    assert re.search("授予牌匾.*收回牌匾.*授予牌匾.*认定为吉林省创业孵化基地.*公示", life, re.S), "one timeline, the newest first"
    assert code not in life and plaque["code"] not in life, "a code is read from the plaque"


def test_checks_from_one_address_are_throttled(app, clock):
    client = app.test_client()
    answers = [client.get(f"/plaque/ABCD-EFGH-{n:04d}").status_code for n in range(121)]
    assert answers == [404] * 120 + [429]


def test_a_complaint_finds_its_unit(app, decided, clock, query_counter):  # noqa: F811
    client = app.test_client()
    with query_counter() as queries:
        page = text_of(client, "/complaint?q=海兰")
    assert queries.count <= 2, queries
    assert f'href="/public/notices/{decided["notice"]}?case={decided["cases"][1]}#objection"' in page and "提出投诉" in page
    assert "没有公示过这样的单位" in text_of(client, "/complaint?q=%25")
    chosen = text_of(client, f"/public/notices/{decided['notice']}?case={decided['cases'][1]}")
    assert f'value="{decided["cases"][1]}" selected' in chosen and "提交投诉" in chosen
    clock.set("2024-11-11 23:00")
    assert "提出异议" in text_of(client, "/complaint?q=海兰")


def test_a_late_entry_is_said_on_the_public_page(app, clock):
    """R-2.12: it counts from the document's date; the page names the day of entry."""
    clock.set("2024-11-04 09:30")
    with app.app_context():
        case = steps.proposed()[0]
        steps.published([case])
        clock.set("2024-11-29 09:30")
        decision = walk.decide([case], document_on=date(2024, 11, 12))
        ids = case.base_id, decision.id
        db.session.commit()
    client = app.test_client()
    assert "2024年11月29日登记" in text_of(client, f"/register/{ids[0]}")
    assert "2024年11月29日登记，自文件日期起算" in text_of(client, f"/public/decisions/{ids[1]}")


def test_a_thousand_notices_in_the_archive(app, decided, query_counter):  # noqa: F811
    """Keyset pages meet every notice once, in as many queries as with one (set-based, for counting)."""
    with app.app_context():
        model = db.session.get(Notice, decided["notice"])
        person = model.published_by
        made = [
            Notice(number=f"2020-{n:04d}", title=f"示例公示第{n}批", body="示例", starts_on=date(2020, 1, 6) + timedelta(days=n),
                   ends_on=date(2020, 1, 13) + timedelta(days=n), contact_unit="处", contact_phone="0431", contact_address="路",
                   published_at=portal_clock.now(), published_by=person)
            for n in range(1000)
        ]
        db.session.add_all(made)
        db.session.flush()
        db.session.add_all(
            NoticeItem(notice_id=n.id, case_id=decided["cases"][0], base_id=decided["bases"][0], base_name="长春知行创业孵化基地",
                       operator_name="示例运营", investor_name="同运营机构", region_name="长春市", level="base",
                       closed_at=portal_clock.now())
            for n in made
        )
        db.session.commit()
    client = app.test_client()
    for url, most in (("/", 6), ("/public/notices", 4), ("/complaint?q=知行", 2), ("/sitemap.xml", 3), (f"/public/notices/{made[500].id}", 4)):
        with query_counter() as queries:
            text_of(client, url)
        assert queries.count <= most, f"{url} {queries}"
    seen, url = [], "/public/notices"
    while url:
        with query_counter() as queries:
            page = text_of(client, url)
        assert queries.count <= 4, queries
        part = page[: page.index("</section>")]
        seen += re.findall(r'href="/public/notices/(\d+)"', part)
        ahead = re.search(r'href="(/public/notices\?before=\d+)" rel="next"', page)
        url = ahead[1] if ahead else ""
    assert len(seen) == len(set(seen)) == 1001
    desk = Visitor(app, "sheng1")
    with query_counter() as queries:
        desk.get("/notices")
    assert queries.count <= 9, queries
