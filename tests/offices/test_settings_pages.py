"""Pages of settings: values by day with their history, days, and who may do what (第二十二条, A3-1)."""

import re
from datetime import date
from html import unescape

import pytest

from incubator.offices import editions
from incubator.policy.articles import article
from incubator.policy.permissions import AREAS, EXCLUSIONS, PERMISSIONS, ROLES
from tests import walk
from tests.visitor import Visitor

REASON = "年中办件量大，适当放宽时限"
FORM = {"value": "12", "from_on": "2026-07-01", "reason": REASON, "version": "0"}


@pytest.fixture
def somebody(app, clock):
    def sign_in(login: str) -> Visitor:
        with app.app_context():
            walk.province()
            walk.person("x220104", "朝阳经办", ("county_clerk", "220104"))
            walk.person("sjy", "审计员", ("auditor", None))
        visitor = Visitor(app)
        assert visitor.sign_in(login).status_code == 302
        return visitor

    return sign_in


def _put(app, key="station_days", **fields):
    with app.app_context():
        rows = editions.rows_of(key)
        return editions.set_value(
            walk.actor("shengg"), key, {**FORM, "document_no": "吉工信创业〔2026〕12号", **fields}, seen=rows[-1].id if rows else 0).id


def _row(page, name: str) -> str:
    """The words of one line of the table."""
    rows = re.findall(r'<tr role="row">(.*?)</tr>', page.text, re.DOTALL)
    found = next(row for row in rows if f">{name}<" in row)
    return unescape(re.sub(r"<details.*?</details>|<[^>]+>", " ", found, flags=re.DOTALL)).replace("\xa0", " ")


# values -------------------------------------------------------------------------------------------


def test_the_province_sets_a_value_by_the_page(app, somebody):
    manager = somebody("shengg")
    page = manager.get("/settings/parameters/station_days")
    assert page.status_code == 200 and 'name="version"' in page.text and "没有改过" in page.text
    assert manager.post("/settings/parameters/station_days", {**FORM, "idem": "k"}).status_code == 302
    assert manager.post("/settings/parameters/station_days", {**FORM, "idem": "k"}).status_code == 302, "the same form again"
    page = manager.get("/settings/parameters/station_days")
    assert "2026年7月1日起改为 12" in page.text and REASON in page.text and "改过 1&nbsp;次" in page.text
    assert "省厅业务管理员，2026年6月1日" in page.text.replace("\xa0", " ")
    assert "2026年7月1日起 12 个工作日" in _row(manager.get("/settings/parameters"), "县、市每一环节的办理时限")


def test_a_refused_form_keeps_what_was_typed(somebody):
    page = somebody("shengg").post("/settings/parameters/station_days", {**FORM, "from_on": "2026-05-01", "value": "13"})
    assert page.status_code == 422
    assert "2026年5月1日已经过去" in page.text and 'value="13"' in page.text and REASON in page.text


def test_a_stale_page_is_a_conflict(app, somebody):
    manager = somebody("shengg")
    _put(app)
    page = manager.post("/settings/parameters/station_days", {**FORM, "value": "15", "from_on": "2026-08-01"})
    assert page.status_code == 409 and "没有写入" in page.text and REASON in page.text


def test_a_coming_value_is_replaced_by_the_page(app, somebody):
    first, manager = _put_after(app, somebody), somebody("shengg")
    page = manager.get(f"/settings/parameters/station_days?replaces={first}")
    assert "换掉2026年7月1日起的那一次" in page.text and f'name="replaces" value="{first}"' in page.text
    answer = manager.post("/settings/parameters/station_days", {
        **FORM, "value": "15", "version": str(first), "replaces": str(first), "from_on": "2026-08-01"})
    assert answer.status_code == 302
    page = manager.get("/settings/parameters/station_days")
    assert "没有生效，已换掉" in page.text and "2026年8月1日起改为 15" in page.text and "2026年7月1日起改为" not in page.text
    assert "改过 2&nbsp;次" in page.text


def _put_after(app, somebody):
    somebody("x220104")
    return _put(app)


def test_whoever_may_only_read_has_no_form(app, somebody):
    _put_after(app, somebody)
    page = somebody("x220104").get("/settings/parameters/station_days")
    assert page.status_code == 200 and "<textarea" not in page.text and "换掉这一次" not in page.text
    assert somebody("x220104").post("/settings/parameters/station_days", FORM).status_code == 403
    assert somebody("x220104").get("/settings/parameters/no_such").status_code == 404
    assert somebody("sjy").get("/settings/parameters").status_code == 403


def test_the_values_of_any_day(app, somebody):
    _put_after(app, somebody)
    _put(app, key="base:jobs", value="120")
    county = somebody("x220104")
    for path in ("/settings", "/settings/parameters"):
        now, then = county.get(path), county.get(f"{path}?on=2026-07-01")
        assert " 10 个工作日" in _row(now, "县、市每一环节的办理时限") and " 12 个工作日" in _row(then, "县、市每一环节的办理时限")
        assert "100 人" in _row(now, "带动就业") and "120 人" in _row(then, "带动就业") and "办法写明" in _row(now, "带动就业")
        assert "2026年7月1日的标准" in then.text
        assert county.get(f"{path}?on=rubbish").status_code == 200


def test_pages_of_values_ask_little(app, somebody, query_counter):
    _put_after(app, somebody)
    for n in range(2, 30):
        _put(app, value=str(12 + n % 7), from_on=f"2026-08-{n:02d}")
    manager = somebody("shengg")
    for path, most in (("/settings/parameters", 6), ("/settings/parameters/station_days", 7), ("/settings/holidays", 8), ("/settings", 9)):
        with query_counter() as queries:
            assert manager.get(path).status_code == 200
        assert queries.count <= most, f"{path}: {queries}"


# days ----------------------------------------------------------------------------------------------


def test_the_province_sets_days_by_the_page(somebody):
    manager = somebody("shengg")
    days = {"first_on": "2026-06-08", "last_on": "2026-06-09", "works": "no", "name": "停工", "reason": "全省停电检修，见专项通知"}
    assert manager.post("/settings/holidays/set", days).status_code == 302
    page = manager.get("/settings/holidays")
    assert "2026年6月8日—6月9日" in page.text and "休息，停工" in page.text and "全省停电检修" in page.text
    refused = manager.post("/settings/holidays/set", {**days, "first_on": "2026-05-08", "last_on": ""})
    assert refused.status_code == 422 and "已经过去" in refused.text and "全省停电检修" in refused.text
    county = somebody("x220104")
    assert "2026年6月8日（周一）" in county.get("/settings/holidays").text
    assert "改一天或几天" not in county.get("/settings/holidays").text


# a case and its day -------------------------------------------------------------------------------


def test_a_case_says_which_edition_governs_it(app, somebody, clock):
    somebody("x220104")
    with app.app_context():
        walk.open_round(2026, date(2026, 6, 1), date(2026, 6, 30))
        case = walk.submitted_case(walk.Unit("长春版本创业孵化基地", "220104", 31))
    clock.forward(days=10)
    county = somebody("x220104")
    page = county.get(f"/cases/{case.id}")
    link = re.search(r'按<a href="([^"]+)">2026年6月1日的标准和参数</a>', page.text)
    assert link and unescape(link[1]) == "/settings/parameters?on=2026-06-01"
    assert county.get(unescape(link[1])).status_code == 200


# who may do what ------------------------------------------------------------------------------------


def test_the_table_is_the_one_that_the_program_asks(somebody):
    """A3-1: one line a permission, one column a role, a tick exactly where the role holds it."""
    page = somebody("x220104").get("/settings/roles")
    heads = re.findall(r'<th scope="col" class="up"><span>([^<]+)</span></th>', page.text)
    roles = list(ROLES.values())
    assert heads == [role.label for role in roles]
    rows = re.findall(r'<tr><th scope="row" data-key="([^"]+)">([^<]+)</th><td class="nowrap off-phone">([^<]+)</td>((?:<td>[^<]*</td>)+)</tr>', page.text)
    assert len(rows) == len(PERMISSIONS) and {row[0] for row in rows} == set(PERMISSIONS)
    for key, doc, code, cells in rows:
        told = PERMISSIONS[key]
        ticks = [cell == "✓" for cell in re.findall(r"<td>([^<]*)</td>", cells)]
        assert unescape(doc) == told.doc and code == article(told.article).label
        assert ticks == [role.key in told.roles for role in roles], key


def test_every_permission_stands_in_one_area():
    keys = [key for _, keys in AREAS for key in keys]
    assert sorted(keys) == sorted(PERMISSIONS)


def test_the_table_says_which_roles_exclude_one_another(somebody):
    page = somebody("sjy").get("/settings/roles").text
    found = dict(re.findall(r'<th scope="row" role="rowheader">([^<]+)</th><td role="cell" data-l="不能兼任"><div>([^<]+)</div>', page))
    labels = {role.label: role.key for role in ROLES.values()}
    for role in (r for r in ROLES.values() if r.key not in ("public", "service")):
        others = {labels[word] for word in found[role.label].split("、") if word in labels}
        assert others == {k for k in ROLES if frozenset((role.key, k)) in EXCLUSIONS}, role.key


@pytest.mark.parametrize(("login", "status"), [("x220104", 200), ("shengg", 200), ("sjy", 200)])
def test_offices_and_administrators_read_it(somebody, query_counter, login, status):
    someone = somebody(login)
    with query_counter() as queries:
        assert someone.get("/settings/roles").status_code == status
    assert queries.count <= 4, str(queries)


def test_a_base_does_not_read_it(app, clock):
    with app.app_context():
        base, _ = walk.open_account(walk.Unit("长春矩阵创业孵化基地", "220104", 17))
        code = base.code
    visitor = Visitor(app)
    visitor.sign_in(code)
    assert visitor.get("/settings/roles").status_code == 403
    assert visitor.get("/settings/parameters").status_code == 200
