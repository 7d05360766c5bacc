"""The public site: what everybody may see, in few queries, with no personal data and no dead link."""

import csv
import io
import re
from datetime import date

import pytest
from sqlalchemy import select

from incubator.bases.facts import refresh_status
from incubator.bases.models import Base, LevelSpan, ValidityPeriod
from incubator.kernel import clock as portal_clock
from incubator.kernel.access import Region
from incubator.kernel.database import db
from incubator.notices.models import Objection
from incubator.simulation.steps import PDF
from tests import walk
from tests.conftest import Clock
from tests.notices import steps
from tests.notices.test_pages import IDEM
from tests.stage import reached
from tests.visits.pages import TOKEN

STATIC = ("/", "/register", "/public/notices", "/public/objections", "/procedure", "/questions", "/complaint", "/plaque",
          "/accessibility", "/privacy", "/register/download", "/robots.txt", "/sitemap.xml")
LINK = re.compile(r'(?:href|action)="(/[^"#]*)')


def text_of(client, url: str, status: int = 200) -> str:
    answer = client.get(url)
    assert answer.status_code == status, f"{url}: {answer.status_code}"
    return answer.get_data(as_text=True).replace("&nbsp;", " ").replace("\xa0", " ")


@reached
def two_decided_of_three() -> dict:
    """Three published, two of them recognised; the third has an objection. Returns ids."""
    cases = steps.proposed(3)
    notice = steps.published(cases)
    steps.say(notice, cases[0], walk.pdf("证据.pdf"))
    steps.say(notice, cases[1], **steps.TIP)
    Clock().set("2024-11-12 09:30")
    decision = walk.decide(cases[1:])
    return {"notice": notice.id, "decision": decision.id, "bases": [case.base_id for case in cases],
            "cases": [case.id for case in cases]}


@pytest.fixture
def decided(app, clock):
    clock.set("2024-11-04 09:30")
    with app.app_context():
        return two_decided_of_three()


def test_an_empty_province_has_its_pages(app, clock, query_counter):
    client = app.test_client()
    for url in STATIC:
        with query_counter() as queries:
            text_of(client, url)
        assert queries.count <= 8, f"{url} {queries}"
    assert "名录里还没有基地" in text_of(client, "/register") and "还没有公示" in text_of(client, "/public/notices")
    assert "名录里没有查到" in text_of(client, "/register?q=星桥")
    for url in ("/register/1", "/public/notices/1", "/public/decisions/1"):
        text_of(client, url, 404)


def test_every_link_leads_somewhere(app, decided):
    """From the home page on, whatever the public pages link to answers them."""
    client = app.test_client()
    seen, ahead = set(), ["/"]
    while ahead:
        url = ahead.pop()
        if url in seen or url.startswith("/static"):
            continue
        seen.add(url)
        answer = client.get(url.replace("&amp;", "&"))
        assert answer.status_code in (200, 302), f"{url}: {answer.status_code}"
        if answer.mimetype == "text/html" and (url in STATIC or url.startswith(("/public", "/register/"))):
            ahead += LINK.findall(answer.get_data(as_text=True))
    assert {f"/register/{decided['bases'][1]}", f"/public/notices/{decided['notice']}",
            f"/public/decisions/{decided['decision']}", "/accounts/apply", "/login", "/procedure"} <= seen


def test_the_register_shows_what_is_in_force(app, decided, clock):
    client = app.test_client()
    page = text_of(client, "/register")
    assert "2 家" in page and "延吉海兰" in page and "梅河口汇智" in page and "长春知行" not in page
    assert "有效（有效期自2025-01-01起算）" in page and "2029-12-31" in page
    assert "延吉海兰" in text_of(client, "/register?q=海兰") and "梅河口汇智" not in text_of(client, "/register?q=海兰")
    assert "延吉海兰" in text_of(client, "/register?q=延吉海兰企业管理"), "by the operator too"
    assert "名录里没有查到" in text_of(client, "/register?q=%25"), "a wildcard is a letter"
    assert "延吉海兰" in text_of(client, "/register?place=222400") and "延吉海兰" in text_of(client, "/register?place=222401")
    assert "名录里没有查到" in text_of(client, "/register?place=220500"), "梅河口 stands beside 通化 (R-2.9)"
    assert "梅河口汇智" in text_of(client, "/register?place=220581")
    assert "名录里没有查到" in text_of(client, "/register?level=demonstration")
    text_of(client, "/register?after=xyz_1x&place=ZZ&level=zz")

    clock.set("2030-01-01 09:30")
    with app.app_context():
        walk.tick(portal_clock.today())
    assert "名录里还没有基地" in text_of(client, "/register")
    lapsed = text_of(client, f"/register/{decided['bases'][1]}")
    assert "期满未续延" in lapsed, "who asks for its page learns what became of it"


def test_the_page_of_a_base(app, decided, query_counter):
    client = app.test_client()
    with query_counter() as queries:
        page = text_of(client, f"/register/{decided['bases'][1]}")
    assert queries.count <= 7, queries
    assert "有效（有效期自2025-01-01起算）" in page and "有效期 2025年1月1日—2029年12月31日" in page
    assert "吉工信创业〔2024〕92号" in page and f'/public/notices/{decided["notice"]}' in page
    text_of(client, f"/register/{decided['bases'][0]}", 404)  # published, not recognised


def test_no_personal_data_on_public_pages(app, decided):
    """Telephones, ID numbers, contacts, who objected and what they said: nowhere."""
    with app.app_context():
        secrets = ["王小明", "13900001234", "139 0000 1234", steps.FACTS[:12]]
        for base in db.session.scalars(select(Base)):
            secrets += [base.contact_name, base.contact_phone, base.investor_idno]
    client = app.test_client()
    urls = [*STATIC, f"/public/notices/{decided['notice']}", f"/public/decisions/{decided['decision']}",
            *(f"/register/{base}" for base in decided["bases"][1:])]
    for url in urls:
        page = text_of(client, url)
        assert not [secret for secret in secrets if secret and secret in page], url
        assert not re.search(r"(?<!\d)1[3-9]\d{9}(?!\d)", page), url
        assert not re.search(r"(?<![\dA-Z])\d{17}[\dX](?![\dA-Z])", page), url


def test_the_home_page_says_what_is_so(app, decided, clock, query_counter):
    client = app.test_client()
    clock.set("2024-11-08 09:30")
    running = text_of(client, "/")
    assert "正在公示 1 批 3 家，还有 3 天" in running and "公示到 11月11日（周一）24:00，可实名提出异议" in running
    clock.set("2024-11-12 09:30")
    with query_counter() as queries:
        page = text_of(client, "/")
    assert queries.count <= 6, queries
    assert "全省有效 2 家" in page and "现在没有正在公示的" in page and "认定 2 家" in page
    assert "四季度季报截止" in page and "县（市、区）工信局" in page


def test_the_procedure_names_who_and_until_when(app, decided):
    page = text_of(app.test_client(), "/procedure")
    assert "10 个工作日" in page and "20 个工作日" in page and "第七条（三）" in page and "2024年第一批认定" in page


def test_the_download_is_plain_and_harmless(app, decided):
    with app.app_context():
        base = db.session.get(Base, decided["bases"][1])
        base.operator_name = "=HYPERLINK(1)"
        db.session.commit()
    answer = app.test_client().get("/register/download")
    rows = list(csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig"))))
    assert answer.headers["Content-Disposition"] == "attachment; filename=register-20241112.csv"
    assert rows[0][1:4] == ["基地名称", "级别", "运营机构"] and len(rows) == 3
    row = next(r for r in rows if r[1] == "延吉海兰创业孵化基地")
    assert row[3] == "'=HYPERLINK(1)" and row[8:] == ["2025-01-01", "2029-12-31"]


@pytest.mark.promise("P19")
def test_p19_no_cell_of_the_download_runs(app, decided, promise):
    """Each start that a spreadsheet takes for a formula, found again as text (reliability §3.8)."""
    seeds = [f"{start}1+1" for start in "=+-@\t\r\n＝＋－＠"] + ["  =1+1", "\u3000＝1+1", "一般的文字", "a=1"]
    wrong = []
    for seed in seeds:
        with app.app_context():
            base = db.session.get(Base, decided["bases"][1])
            base.operator_name = base.address = seed
            db.session.commit()
        written = app.test_client().get("/register/download").get_data().decode("utf-8-sig")
        row = next(r for r in csv.reader(io.StringIO(written, newline="")) if r[1] == "延吉海兰创业孵化基地")
        for cell in (row[3], row[6]):
            if cell.lstrip(" \u3000")[:1] in "=+-@\t\r\n＝＋－＠" or cell.removeprefix("'") != seed:
                wrong.append((seed, cell))
        if row[3].startswith("'") != (seed not in ("一般的文字", "a=1")):
            wrong.append((seed, row[3]))
    promise("P19", n=2 * len(seeds), failures=len(wrong), form="public download")
    assert not wrong


def post(client, url: str, data: dict):
    page = client.get(url).get_data(as_text=True)
    idem = IDEM.search(page)
    return client.post(
        url, data={"csrf_token": TOKEN.search(page)[1], **({"idem": idem[1]} if idem else {}), **data},
        content_type="multipart/form-data",
    )


def test_an_objection_from_the_form_to_the_answer(app, clock):
    clock.set("2024-11-04 09:30")
    with app.app_context():
        cases = steps.proposed(2)
        notice = steps.published(cases)
        url, case_id = f"/public/notices/{notice.id}", str(cases[0].id)
        db.session.commit()
    client = app.test_client()
    empty = post(client, url, {"facts": "只写了这些，还没有写别的"})
    shown = empty.get_data(as_text=True)
    assert empty.status_code == 422 and "对哪一家提出还没有填写" in shown and "只写了这些，还没有写别的" in shown
    unit = {**steps.PERSON, "case_id": case_id, "objector": "unit", "contact": "李联系",
            "seal": (io.BytesIO(PDF), "盖章.pdf"), "proof": [(io.BytesIO(PDF), "甲.pdf"), (io.BytesIO(PDF), "乙.pdf")]}
    done = post(client, url, unit)
    page = done.get_data(as_text=True)
    assert done.status_code == 200 and "异议收到了" in page and "王小明" not in page
    code = re.search(r"(?:[2-9A-Z]{8}-){3}[2-9A-Z]{8}", page)[0]
    waiting = post(client, "/public/objections", {"code": code}).get_data(as_text=True)
    assert "收到，还没有开始核查" in waiting and "王小明" not in waiting
    with app.app_context():
        row = db.session.scalars(select(Objection)).one()
        assert [each.what for each in row.files] == ["seal", "proof", "proof"]
        steps.check(row)
    assert "正在核查" in post(client, "/public/objections", {"code": code.replace("-", " ")}).get_data(as_text=True)
    assert "没有这个受理编号" in post(client, "/public/objections", {"code": "AAAA"}).get_data(as_text=True)
    with app.app_context():
        steps.answer(db.session.scalars(select(Objection)).one())
    answered = post(client, "/public/objections", {"code": code.lower()}).get_data(as_text=True)
    assert "不成立" in answered and steps.REPLY in answered

    clock.set("2024-11-12 09:30")
    late = client.get(url).get_data(as_text=True)
    assert "公示已结束" in late and "提交投诉" in late and "照样核实、答复" in late
    kept = post(client, url, {**steps.PERSON, "case_id": case_id}).get_data(as_text=True)
    assert "投诉收到了" in kept


def test_objections_from_one_address_are_throttled(app, clock):
    clock.set("2024-11-04 09:30")
    with app.app_context():
        notice_id = steps.published(steps.proposed()).id
        db.session.commit()
    client = app.test_client()
    answers = [post(client, f"/public/notices/{notice_id}", {"facts": "x"}).status_code for _ in range(21)]
    assert answers == [422] * 20 + [429]


@pytest.fixture
def three_hundred(app, decided):
    """300 bases in force beside the real ones, spread over the divisions, with their facts (set-based, for counting)."""
    with app.app_context():
        model = db.session.get(Base, decided["bases"][1])
        regions = list(db.session.scalars(select(Region).where(Region.selectable.is_(True)).order_by(Region.code)))
        columns = [c.key for c in Base.__table__.columns if c.key not in ("id",)]
        made = []
        for n in range(300):
            values = {key: getattr(model, key) for key in columns}
            region = regions[n % len(regions)]
            values |= {
                "code": f"x{n:04d}", "name": f"示例{n:03d}号创业孵化基地", "name_key": f"示例{n:03d}号创业孵化基地",
                "region_id": region.id, "site_key": f"示例{n}", "filing_no": f"X-{n}", "status_now": "account", "level_now": "",
            }
            made.append(Base(**values))
        db.session.add_all(made)
        db.session.flush()
        for base in made:
            db.session.add(ValidityPeriod(base_id=base.id, from_on=date(2025, 1, 1), to_on=date(2029, 12, 31),
                                          in_force_on=date(2024, 11, 12), decision_id=decided["decision"]))
            db.session.add(LevelSpan(base_id=base.id, level="base", from_on=date(2024, 11, 12), decision_id=decided["decision"]))
        db.session.flush()
        for base in made:
            refresh_status(base)
        db.session.commit()
    return decided


def test_three_hundred_bases_cost_the_same_queries(app, three_hundred, query_counter):
    """The register in three statements whatever is asked; paging meets every base once, in order."""
    client = app.test_client()
    for url in ("/register", "/register?q=示例", "/register?place=220100&level=base", "/register?q=示例1&after=220104_5"):
        with query_counter() as queries:
            text_of(client, url)
        assert queries.count <= 3, f"{url} {queries}"
    for url, most in (("/", 6), ("/register/download", 2), (f"/register/{three_hundred['bases'][1]}", 7)):
        with query_counter() as queries:
            text_of(client, url)
        assert queries.count <= most, f"{url} {queries}"
    assert "全省有效 302 家" in text_of(client, "/")

    seen, url = [], "/register"
    while url:
        page = text_of(client, url)
        assert "共 302 家" in page
        seen += re.findall(r'class="row" href="/register/(\d+)"', page)
        ahead = re.search(r'href="(/register\?after=[^"]+)" rel="next"', page)
        url = ahead[1].replace("&amp;", "&") if ahead else ""
    assert len(seen) == len(set(seen)) == 302
