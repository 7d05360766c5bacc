"""The rosters as people keep and read them, without a script: keying, faults, leaving, staff, sight."""

import io
import re

import pytest
from sqlalchemy import func, select

from incubator.kernel.database import db
from incubator.offices.models import Person
from incubator.rosters import commands, figures
from incubator.rosters.models import TeamMember, Tenant
from incubator.rosters.tables import TENANTS
from tests import walk
from tests.rosters import steps
from tests.rosters.steps import REASON
from tests.visitor import Visitor

FORM = re.compile(r'<form class="entry".*?</form>', re.DOTALL)
HIDDEN = re.compile(r'<input[^>]*name="(idem|version)"[^>]*value="([^"]*)"')


@pytest.fixture(autouse=True)
def _clock(clock):
    return clock


@pytest.fixture
def base(app):
    with app.app_context():
        base_id, admin = steps.filed()
        walk.staff("220104"), walk.staff("222401")
        return base_id, admin


def operator(app, base) -> Visitor:
    with app.app_context():
        login = db.session.scalar(select(Person.login).where(Person.id == base[1].person_id))
    someone = Visitor(app)
    someone.sign_in(login)
    return someone


def staff(app, login: str = "x220104") -> Visitor:
    someone = Visitor(app)
    someone.sign_in(login)
    return someone


def send(who: Visitor, page, action: str, **typed):
    """Fill the entry form that stands on the page and send it as a browser without script does."""
    form = FORM.search(page.text)[0]
    assert f'action="{action}' in form, form[:200]
    return who.post(action, {**dict(HIDDEN.findall(form)), **typed})


def stored(app) -> list[Tenant]:
    with app.app_context():
        return list(db.session.scalars(select(Tenant).order_by(Tenant.id)))


def test_a_row_without_what_is_not_compulsory(app, base, clock):
    """§8.7: registration, area and legal representative may stay open; tables, sums and the frozen roster bear it."""
    with app.app_context():
        steps.keyed(base[1], 1, reg_on="", area="", legal_rep="")
        steps.keyed(base[1], 2, area="100")
        assert db.session.scalar(select(func.count()).select_from(Tenant).where(Tenant.area.is_(None))) == 1
        assert figures.roster_on(base[0], clock.today()).area == 100
    for page in (operator(app, base).get("/rosters/tenants"), staff(app).get(f"/bases/{base[0]}/rosters")):
        assert page.status_code == 200 and page.text.count("100.00") >= 2, "the row and the sum"



def row_of(page, row_id: int) -> str:
    return re.search(rf'<tr id="r{row_id}".*?</tr>', page.text, re.DOTALL)[0]


PAGE = "/rosters/tenants"


def test_two_rows_are_keyed_one_after_the_other(app, base):
    who = operator(app, base)
    empty = who.get(PAGE)
    assert "这里还没有企业" in empty.text
    answer = send(who, empty, PAGE, **steps.typed(1, subject=""))
    assert answer.status_code == 302 and answer.headers["Location"].endswith("#f-name")
    after = who.get(answer.headers["Location"])
    assert 'id="f-name" name="name" value=""' in after.text
    send(who, after, PAGE, **steps.typed(2, kind="training", industry="8391"))
    first, second = stored(app)
    page = who.get(PAGE)
    assert "计入" in row_of(page, first.id) and "不计入" not in row_of(page, first.id)
    assert "培训机构不计入，第五条（四）" in row_of(page, second.id)
    assert "差 14 户" in page.text and "合计 2 户" in page.text


def test_a_double_click_makes_one_row(app, base):
    who = operator(app, base)
    page = who.get(PAGE)
    first = send(who, page, PAGE, **steps.typed(1))
    again = send(who, page, PAGE, **steps.typed(1))
    assert first.headers["Location"] == again.headers["Location"] and len(stored(app)) == 1


def test_a_fault_stands_at_its_box_and_what_was_typed_stays(app, base):
    who = operator(app, base)
    typed = steps.typed(1, uscc="9122", jobs="七", business="小米加工")
    answer = send(who, who.get(PAGE), PAGE, **typed)
    assert answer.status_code == 422 and stored(app) == []
    assert 'id="wrong"' in answer.text and 'href="#f-uscc"' in answer.text
    for name in ("uscc", "jobs"):
        box = re.search(rf'<input class="input" id="f-{name}"[^>]*>', answer.text)[0]
        assert f'value="{typed[name]}"' in box and 'aria-invalid="true"' in box and f'aria-describedby="f-{name}-e' in box
        assert f'id="f-{name}-e"' in answer.text
    for name in ("name", "industry", "in_on", "area", "legal_rep", "business"):
        assert f'id="f-{name}" name="{name}" value="{typed[name]}"' in answer.text
    assert "<details open>" in answer.text
    mended = send(who, answer, PAGE, **(typed | {"uscc": steps.typed(1)["uscc"], "jobs": "7"}))
    assert mended.status_code == 302 and len(stored(app)) == 1


def test_what_is_odd_is_said_beside_the_row(app, base):
    who = operator(app, base)
    answer = send(who, who.get(PAGE), PAGE, **steps.typed(1, jobs="0"))
    assert "期末从业人员填的是 0" in who.get(answer.headers["Location"]).text


def test_a_proof_is_kept_while_something_else_is_wrong(app, base):
    who = operator(app, base)
    number = walk.id18(6101)
    typed = {
        "name": "张海", "gender": "male", "idno": number, "phone": "13900610001", "education": "bachelor",
        "category": "service", "post": "", "employment": "full_time", "in_on": "2022-01-10",
    }
    upload = (io.BytesIO(walk.PDF), "社保.pdf")
    answer = send(who, who.get("/rosters/team"), "/rosters/team", **typed, insurance=upload)
    assert answer.status_code == 422
    kept = re.search(r'type="hidden" name="insurance" value="(\d+)"', answer.text)[1]
    assert "社保.pdf" in answer.text
    assert send(who, answer, "/rosters/team", **(typed | {"post": "运营专员", "insurance": kept})).status_code == 302
    with app.app_context():
        assert db.session.scalar(select(TeamMember.insurance)) == int(kept)
    assert number not in who.get("/rosters/team").text


def test_a_row_is_changed_in_its_place(app, base):
    who = operator(app, base)
    with app.app_context():
        row_id = steps.keyed(base[1]).id
    page = who.get(f"{PAGE}?edit={row_id}")
    answer = send(who, page, f"{PAGE}/{row_id}", **steps.typed(1, jobs="31"))
    assert answer.status_code == 302 and answer.headers["Location"].endswith(f"#r{row_id}")
    assert stored(app)[0].jobs == 31
    changes = who.get(f"{PAGE}/changes").text
    assert base[1].name in changes and "期末从业人员" in changes and "6月1日" in changes


def test_a_late_save_keeps_what_was_typed_and_shows_what_stands(app, base):
    who = operator(app, base)
    with app.app_context():
        row_id = steps.keyed(base[1]).id
    page = who.get(f"{PAGE}?edit={row_id}")
    with app.app_context():
        commands.change(base[1], TENANTS, row_id, {"jobs": "12"}, seen_version=1)
    late = send(who, page, f"{PAGE}/{row_id}", **steps.typed(1, jobs="31"))
    assert late.status_code == 409 and "刚刚被另一个人改过" in late.text
    assert '<td class="num">12</td>' in row_of(late, row_id) and 'name="jobs" value="31"' in late.text
    assert stored(app)[0].jobs == 12
    assert send(who, late, f"{PAGE}/{row_id}", **steps.typed(1, jobs="31")).status_code == 302
    assert stored(app)[0].jobs == 31


def test_a_tenant_leaves_with_its_day(app, base):
    who = operator(app, base)
    with app.app_context():
        row_id = steps.keyed(base[1]).id
    page = who.get(f"{PAGE}?leave={row_id}")
    assert 'value="graduated"' in page.text and 'value="active"' not in FORM.search(page.text)[0]
    wrong = send(who, page, f"{PAGE}/{row_id}/leave", status="graduated", out_on="2026-05-40", out_kind="迁入自有厂房")
    assert wrong.status_code == 422 and 'value="2026-05-40"' in wrong.text and "迁入自有厂房" in wrong.text
    answer = send(who, wrong, f"{PAGE}/{row_id}/leave", status="graduated", out_on="2026-05-20", out_kind="迁入自有厂房")
    assert answer.status_code == 302 and "show=graduated" in answer.headers["Location"]
    assert "迁入自有厂房" in row_of(who.get(answer.headers["Location"]), row_id)
    assert "这里还没有企业" in who.get(PAGE).text


def test_a_person_leaves(app, base):
    who = operator(app, base)
    with app.app_context():
        walk.fill_rosters(steps.unit(), base[1], tenants=0, team=1, mentors=0)
        row_id = db.session.scalar(select(TeamMember.id))
    page = who.get(f"/rosters/team?leave={row_id}")
    assert page.text.count('name="status"') == 1
    assert send(who, page, f"/rosters/team/{row_id}/leave", status="left", out_on="2026-05-20").status_code == 302
    assert "离岗 <b>1</b>" in who.get("/rosters/team").text


# staff ------------------------------------------------------------------------------------------


def test_staff_read_and_override_with_a_reason(app, base):
    with app.app_context():
        row_id = steps.keyed(base[1], kind="training", industry="8391").id
    who, path = staff(app), f"/bases/{base[0]}/rosters"
    assert f'href="{path}"' in who.get(f"/bases/{base[0]}").text
    assert "添一户" not in who.get(path).text and "培训机构不计入" in who.get(path).text
    page = who.get(f"{path}?override={row_id}")
    action = f"{path}/tenants/{row_id}/override"
    short = send(who, page, action, counts="yes", reason="看过了")
    assert short.status_code == 422 and "至少写 10 个字" in short.text and ">\n看过了</textarea>" in short.text
    none = send(who, page, action, reason=REASON)
    assert none.status_code == 422 and "还没有选" in none.text and REASON in none.text
    answer = send(who, short, action, counts="yes", reason=REASON)
    assert answer.status_code == 302
    after = who.get(path)
    assert REASON in row_of(after, row_id) and "不计入" not in row_of(after, row_id)
    assert "审核中的改判" in after.text


def test_staff_read_a_past_day(app, base, clock):
    with app.app_context():
        row = steps.keyed(base[1], in_on="2026-03-01", agr_start="2026-03-01")
        row_id = row.id
    clock.set("2026-06-20 10:00")
    with app.app_context():
        commands.leave(base[1], TENANTS, row_id, {"out_on": "2026-06-15", "out_kind": "迁出"}, seen_version=1)
    who, path = staff(app), f"/bases/{base[0]}/rosters"
    assert f'id="r{row_id}"' not in who.get(path).text
    past = who.get(f"{path}?day=2026-06-14")
    assert f'id="r{row_id}"' in past.text and "改判" not in past.text
    assert "没有这一天" in who.get(f"{path}?day=2026-13-01").text


def test_others_see_and_move_nothing(app, base):
    with app.app_context():
        row_id = steps.keyed(base[1]).id
        other = steps.filed(62)
    path = f"/bases/{base[0]}/rosters"
    stranger, county, guest = operator(app, other), staff(app, "x222401"), Visitor(app)
    assert stranger.get(f"{PAGE}?edit={row_id}").status_code == 404
    assert stranger.post(f"{PAGE}/{row_id}", steps.typed(1, jobs="1")).status_code == 404
    assert stranger.post(f"{PAGE}/{row_id}/leave", {"out_on": "2026-05-20"}).status_code == 404
    assert stranger.get(path).status_code == 404 and county.get(path).status_code == 404
    assert county.get(f"{path}/tenants/changes").status_code == 404
    assert county.post(f"{path}/tenants/{row_id}/override", {"counts": "no", "reason": REASON}).status_code == 404
    own = staff(app)
    assert own.post(PAGE, steps.typed(2)).status_code == 403
    assert operator(app, base).post(f"{path}/tenants/{row_id}/override", {"reason": REASON}).status_code == 403
    assert guest.get(PAGE).status_code in (302, 401)
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Tenant)) == 1


def many(admin, rows: range) -> None:
    for n in rows:
        steps.keyed(admin, n)


@pytest.mark.parametrize("path", [PAGE, f"{PAGE}/changes"])
def test_two_hundred_rows_cost_no_more_queries_than_five(sqlite_app, clock, query_counter, path):
    with sqlite_app.app_context():
        base = steps.filed()
        many(base[1], range(1, 6))
    who, reader = operator(sqlite_app, base), staff(sqlite_app)

    def counts() -> list[int]:
        found = []
        for visitor, address in ((who, path), (reader, f"/bases/{base[0]}{path.replace(PAGE, '/rosters')}")):
            visitor.get(address.replace("rosters/changes", "rosters/tenants/changes"))
            with query_counter() as queries:
                assert visitor.get(address.replace("rosters/changes", "rosters/tenants/changes")).status_code == 200
            found.append(queries.count)
        return found

    few = counts()
    with sqlite_app.app_context():
        many(base[1], range(6, 201))
    assert counts() == few and max(few) <= 20, few
