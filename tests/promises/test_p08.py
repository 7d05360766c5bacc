"""P8: an old form never overwrites newer work: 409, both texts on the page, nothing written."""

import re
from pathlib import Path

import pytest
from sqlalchemy import select

from incubator.bases.models import Base
from incubator.cases import relocations
from incubator.filings import commands as filings
from incubator.kernel.access import Region
from incubator.kernel.database import db
from incubator.kernel.workflow import Case, Draft
from incubator.policy.fields import from_stored, show
from tests import walk
from tests.filings import steps
from tests.filings.pages import Visitor, form_of

ROOT = Path(__file__).parents[2]
# every template of these modules that sends a version back, and the form that stands for it below
FORMS = {
    "cases/_long_form.html": ("filing", "autosave", "submission"),
    "cases/act.html": ("act",),
    "filings/dispatch.html": ("dispatch",),
    "cases/move.html": ("move",),
}


def test_every_form_with_a_version_is_in_the_list():
    found = {
        path.relative_to(ROOT / "templates").as_posix()
        for module in ("bases", "cases", "filings", "messages") for path in (ROOT / "templates" / module).rglob("*.html")
        if re.search(r'name="(case_)?version"|form\.version', path.read_text("utf-8"))
    }
    assert found == set(FORMS)


@pytest.fixture
def open_filing(app, clock):
    with app.app_context():
        told = steps.unit()
        _, admin = walk.open_account(told)
        case = filings.open_filing(admin)
        walk.fill(case, steps.FILING, walk.filing_values(admin, case, told), admin)
        return case.id


def content(app, case_id) -> str:
    with app.app_context():
        return db.session.get(Draft, case_id).content


def shown(name: str, stored: str) -> str:
    """A stored value as the page writes it."""
    return show(steps.FILING.field(name), from_stored(steps.FILING, {name: stored})[name], reveal=True)


def newer(base, case_id, form, **typed):
    """Somebody else saves meanwhile."""
    answer = base.client.post(f"/filing/{case_id}/draft", data={"version": form["version"], **typed},
                              headers={"X-CSRFToken": form["csrf_token"]})
    assert answer.status_code == 200, answer.get_data(as_text=True)


@pytest.mark.promise("P8")
def test_p8_the_filing_form_and_its_autosave(app, open_filing, promise):
    base = Visitor(app, "jd220104001")
    url = f"/filing/{open_filing}"
    old = form_of(base.get(url), "case_version")
    typed = {"legal_rep": "旧页写的人", "property_no": "旧页的证号", "area_total": "4000.00"}
    newer(base, open_filing, old, legal_rep="新存的人", property_no="新存的证号", area_total="5000")
    before = content(app, open_filing)
    tried = failures = 0
    for name, text in typed.items():
        saved = base.client.post(f"{url}/draft", data={"version": old["version"], name: text},
                                 headers={"X-CSRFToken": old["csrf_token"]})
        clash = saved.json["conflicts"][0]
        failures += saved.status_code != 409 or clash["yours"] != text or not clash["theirs"]
        for do in ("keep", "submit"):
            answer = base.client.post(url, data={**old, name: text, "do": do})
            page = answer.get_data(as_text=True)
            mine, theirs = shown(name, text), shown(name, clash["theirs"])
            failures += answer.status_code != 409 or f"刚才写的“{mine}”" not in page or f"另一处写的“{theirs}”" not in page
            tried += 1
        tried += 1
    failures += content(app, open_filing) != before
    with app.app_context():
        failures += db.session.get(Case, open_filing).state != "draft"
    promise("P8", n=tried, failures=failures, form="filing")


@pytest.mark.promise("P8")
def test_p8_what_was_submitted_meanwhile_is_not_submitted_again(app, open_filing, promise):
    base = Visitor(app, "jd220104001")
    old = form_of(base.get(f"/filing/{open_filing}"), "case_version")
    with app.app_context():
        filings.submit_filing(walk.actor("jd220104001"), open_filing, seen_version=int(old["case_version"]))
        county = steps.county()
        walk.act(db.session.get(Case, open_filing), "return", county, text=steps.REASON, remarks=[steps.REMARK])
    before = content(app, open_filing)
    answer = base.client.post(f"/filing/{open_filing}", data={**old, "do": "submit"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409 and "朝阳区工信局" in page and "退回补正" in page, page[:2000]
    with app.app_context():
        assert db.session.get(Case, open_filing).state == "correction"
    promise("P8", n=1, failures=int(content(app, open_filing) != before), form="submission")


# (where the case is, who acts, the outcome that comes too late, the outcome that came first)
ACTS = [
    ("submitted", "x220104f", outcome, first)
    for outcome, first in (("approve", "return"), ("return", "refuse"), ("refuse", "approve"))
] + [("approved", "s220100", "reopen", "cancel"), ("approved", "jd220104001", "cancel", "reopen")]


@pytest.mark.promise("P8")
@pytest.mark.parametrize(("place", "login", "outcome", "first"), ACTS)
def test_p8_an_act_on_an_old_page(app, clock, promise, db_digest, place, login, outcome, first):
    with app.app_context():
        case, admin = getattr(steps, place)()
        case_id = case.id
        steps.city()
    late = Visitor(app, login)
    form = form_of(late.get(f"/cases/{case_id}/act/{outcome}"), "version")
    with app.app_context():
        who = {"return": steps.county, "refuse": steps.lead, "approve": steps.county, "reopen": steps.city,
               "cancel": lambda: admin}[first]()
        walk.act(case, first, who, text="先办的人写的理由，十个字以上", remarks=[steps.REMARK])
    before = db_digest(app)
    typed = "后来的人写的理由，也有十个字以上"
    answer = late.client.post(f"/cases/{case_id}/act/{outcome}", data={
        **form, "text": typed, "remarks-0-field": "area_total", "remarks-0-text": "后来写的一处问题"})
    page = answer.get_data(as_text=True)
    kept = typed in page and ("后来写的一处问题" in page)
    failures = int(answer.status_code != 409) + int(not kept) + int(db_digest(app) != before)
    promise("P8", n=1, failures=failures, form=f"act {outcome}")


@pytest.mark.promise("P8")
def test_p8_a_dispatch_after_a_rejection(app, clock, promise, db_digest):
    with app.app_context():
        walk.province()
        case = walk.act(walk.request_account(steps.unit()), "confirm", steps.county())
        case_id = case.id
    manager = Visitor(app, "shengg")
    form = form_of(manager.get(f"/cases/{case_id}/dispatch"), "version")
    with app.app_context():
        walk.act(case, "reject", steps.manager(), text="运营机构已注销，不能派发账号")
    before = db_digest(app)
    answer = manager.client.post(f"/cases/{case_id}/dispatch", data=form)
    page = answer.get_data(as_text=True)
    failures = int(answer.status_code != 409) + int("已驳回" not in page) + int(db_digest(app) != before)
    with app.app_context():
        assert db.session.scalar(select(Case.state)) == "rejected"
    promise("P8", n=1, failures=failures, form="dispatch")


@pytest.mark.promise("P8")
def test_p8_a_move_of_a_base_that_changed_meanwhile(app, clock, promise, db_digest):
    with app.app_context():
        walk.province()
        walk.staff("222401")
        base, _ = walk.filed_base(steps.unit())
        base_id = base.id
    manager = Visitor(app, "shengg")
    url = f"/bases/{base_id}/move"
    form = form_of(manager.get(url), "version")
    with app.app_context():
        row = db.session.get(Base, base_id)
        region = db.session.scalar(select(Region.id).where(Region.code == "220581"))
        relocations.order_base(steps.manager(), base_id, region, from_on=clock.today(), reason=steps.REASON,
                               seen_version=row.version)
    before = db_digest(app)
    typed = {"division_code": "222401", "from_on": "2026-06-01", "reason": "后来的人写的理由，也有十个字以上"}
    answer = manager.client.post(url, data={**form, **typed})
    page = answer.get_data(as_text=True)
    failures = int(answer.status_code != 409) + int(typed["reason"] not in page) + int(db_digest(app) != before)
    failures += int("梅河口市" not in page)
    promise("P8", n=1, failures=failures, form="move")
