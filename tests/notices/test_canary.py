"""No objector's identity reaches the base: every page, message, timeline and file that its people can open (AMB-21)."""

import re

import pytest

from incubator.bases.models import Base
from incubator.kernel import files, outbox
from incubator.kernel.database import db
from incubator.notices.models import Objection
from tests import walk
from tests.notices import steps
from tests.public.test_pages import text_of
from tests.stage import reached
from tests.visits.pages import Visitor

NAME, PHONE, UNIT, CONTACT = "王金丝", "13877770951", "长春雀鸟示例商会", "李金丝"
WORDS, FILE, REPLY = "金丝雀事实：二层东侧是仓库，没有企业", "金丝雀证据.pdf", "金丝雀答复：到现场核实，二层东侧确有三家企业入驻。"
TIP = "金丝雀线索：晚上没有人上班，请实地看"
SECRETS = (NAME, PHONE, "138****0951", UNIT, CONTACT, "金丝雀", WORDS[6:14])
LINK = re.compile(r'(?:href|action)="(/[^"#]*)')
LEAVE = ("/logout", "/static", "/login")


@reached
def told_of_one() -> dict:
    """A person, a unit and a tip against one applicant; the person's is upheld in part and the case goes back."""
    case = steps.proposed()[0]
    notice = steps.published([case])
    row = steps.say(notice, case, walk.pdf(FILE), name=NAME, phone=PHONE, facts=WORDS)
    unit = steps.say(notice, case, seal=walk.pdf("盖章" + FILE), objector="unit", name=UNIT, contact=CONTACT, phone=PHONE, facts=WORDS)
    steps.say(notice, case, **{**steps.TIP, "facts": TIP})
    steps.answer(row, "partly", REPLY)
    steps.check(unit)
    walk.notices.send_back(steps.lead(), case.id, {"outcome": "back_to_county", "reason": "有一件异议部分成立，重新初审"},
                           seen_version=steps.now(case).version)
    while outbox.drain():
        pass
    base = db.session.get(Base, case.base_id)
    return {"login": base.code, "case": case.id, "base": base.id, "notice": notice.id,
            "files": [each.file_id for o in db.session.query(Objection) for each in o.files]}


@pytest.fixture
def told(app, clock):
    clock.set("2024-11-04 09:30")
    with app.app_context():
        return told_of_one()


def crawl(visitor, first: list[str]) -> dict[str, str]:
    """Everything that this person's pages lead to."""
    pages, ahead = {}, list(first)
    while ahead:
        url = ahead.pop().replace("&amp;", "&")
        if url in pages or url.startswith(LEAVE) or len(pages) > 150:
            continue
        answer = visitor.client.get(url)
        pages[url] = answer.get_data(as_text=True) if answer.status_code == 200 and answer.mimetype.startswith("text/") else ""
        ahead += LINK.findall(pages[url])
    return pages


def test_the_base_learns_nothing_of_who_objected(app, told):
    base = Visitor(app, told["login"])
    case = f"/cases/{told['case']}"
    pages = crawl(base, ["/desk", case, f"{case}?tab=notice", f"{case}?tab=form", "/inbox", "/search?q=知行", "/register/download",
                         f"/public/notices/{told['notice']}", f"/bases/{told['base']}"])
    assert len(pages) > 25 and sum(bool(page) for page in pages.values()) > 20, sorted(pages)
    leaks = [(url, secret) for url, page in pages.items() for secret in SECRETS if secret in page]
    assert not leaks
    assert "收到异议" in pages[case] and "收到实名异议 2" in pages[f"{case}?tab=notice"].replace("&nbsp;", " "), "that there was one it may know"
    letters = [page for url, page in pages.items() if url.startswith(("/inbox", "/messages"))]
    assert any("退回县初审" in page for page in letters), "the messages were among the pages"
    for file_id in told["files"]:
        assert base.status(f"/files/{file_id}") == 404
    for url in ("/notices", f"/notices/{told['notice']}", f"/notices/back/{told['case']}"):
        assert base.status(url) == 403, url


def test_neither_do_the_local_offices_nor_the_public(app, told):
    for login in ("x220104", "s220100"):
        pages = crawl(Visitor(app, login), ["/work", f"/cases/{told['case']}", f"/cases/{told['case']}?tab=notice", "/inbox"])
        assert not [(url, s) for url, page in pages.items() for s in SECRETS if s in page]
    client = app.test_client()
    for url in ("/", "/public/notices", f"/public/notices/{told['notice']}", "/complaint?q=知行", "/register"):
        assert not [s for s in SECRETS if s in text_of(client, url)], url


def test_the_province_sees_it_all(app, told):
    """The twin: the canaries are really there, for the desk alone."""
    desk = Visitor(app, "sheng1")
    page = desk.get(f"/notices/{told['notice']}")
    assert all(s in page for s in (NAME, UNIT, CONTACT, WORDS, REPLY, TIP, "138****0951")) and PHONE not in page
    with app.app_context():
        names = {row.name for row in files.named(told["files"]).values()}
    assert names == {FILE, "盖章" + FILE} and all(desk.status(f"/files/{i}") == 200 for i in told["files"])
