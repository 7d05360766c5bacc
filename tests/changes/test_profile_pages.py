"""The operator's page of base information: edit, conflict, yearly check; what staff see of a part that nobody confirmed."""

from datetime import date

from sqlalchemy import select, text

from incubator.bases.models import Base
from incubator.kernel.database import db, transaction
from incubator.offices.models import Person
from tests import walk
from tests.filings.pages import form_of
from tests.rosters import steps
from tests.visitor import Visitor

ALL = dict.fromkeys(("profile", "contact", "premises", "team"), "same")


def test_the_page_edits_confirms_and_shows_what_is_protected(sqlite_app, clock):
    with sqlite_app.app_context():
        base_id, admin = steps.filed()
        walk.staff("220104")
        login = db.session.scalar(select(Person.login).where(Person.id == admin.person_id))
    who = Visitor(sqlite_app)
    who.sign_in(login)
    page = who.get("/profile")
    assert page.status_code == 200 and "变更申请" in page.text and "重大事项报告" in page.text
    form = {k: v for k, v in form_of(page.text, "contact_name").items() if v is not None}
    wrong = who.post("/profile", {**form, "contact_phone": "139", "contact_name": "刘新"})
    assert wrong.status_code == 422 and 'value="刘新"' in wrong.text
    posted = who.post("/profile", {**form, "base_name": "吉林冒名创业孵化基地"})
    assert posted.status_code == 422 and "基地名称不能在基本信息里改" in posted.text
    done = who.post("/profile", {**form, "contact_name": "刘新"})
    assert done.status_code == 302, done.text[:3000]
    late = who.post("/profile", {**form, "contact_name": "旧页写的", "idem": "other"})
    assert late.status_code == 409 and "旧页写的" in late.text and "联系人：刘新" in late.text
    page = who.get("/profile")
    assert "刘新" in page.text and "改动记录" in page.text
    check = form_of(page.text, "year")
    assert who.post("/profile/check", {**check, **{f"part-{k}": v for k, v in ALL.items()}}).status_code == 302
    assert "已确认" in who.get("/profile").text
    with sqlite_app.app_context(), transaction():
        db.session.get(Base, base_id).filed_on = date(2025, 1, 1)
        db.session.execute(text("DROP TRIGGER guard_profile_check_no_delete"))
        db.session.execute(text("DELETE FROM profile_check"))
    county = Visitor(sqlite_app)
    county.sign_in("x220104")
    assert "待核对" in county.get(f"/bases/{base_id}").text and "待核对" in county.get(f"/bases/{base_id}/rosters").text
