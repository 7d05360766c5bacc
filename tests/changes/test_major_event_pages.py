"""The major-event report from the base's form to the county's check, by pages."""

from sqlalchemy import select

from incubator.changes import major_events
from incubator.kernel.database import db
from incubator.offices.models import Person
from tests import walk
from tests.changes.test_major_events import OPINION, submitted
from tests.filings.pages import form_of
from tests.rosters import steps
from tests.visitor import Visitor


def test_the_pages_walk_from_the_form_to_the_check(sqlite_app, clock):
    with sqlite_app.app_context():
        _, admin = steps.filed()
        walk.staff("220104")
        login = db.session.scalar(select(Person.login).where(Person.id == admin.person_id))
        case_id = submitted(admin).id
    who = Visitor(sqlite_app)
    who.sign_in(login)
    assert "10 个工作日" in who.get("/event").text
    assert who.get(f"/event/{case_id}").status_code == 302
    page = who.get(f"/cases/{case_id}")
    assert "重大事项：事故" in page.text and "前报告" in page.text
    county, path = Visitor(sqlite_app), f"/cases/{case_id}/event/check"
    county.sign_in("x220104")
    assert path in county.get(f"/cases/{case_id}").text
    form = form_of(county.get(path).text, "case_version")
    wrong = county.post(path, {**form, "opinion": "短", "follow_up": "none"})
    assert wrong.status_code == 422 and "至少 10 字" in wrong.text
    done = county.post(path, {**form, "opinion": OPINION, "follow_up": "none"})
    assert done.status_code == 302 and "后续处理：不需要" in county.get(f"/cases/{case_id}").text
    with sqlite_app.app_context():
        draft = major_events.open_event(admin).id
    page = who.get(f"/event/{draft}")
    assert page.status_code == 200 and "重大事项报告" in page.text and "面积" in page.text
