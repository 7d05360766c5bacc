"""Pages of the import and of the cities' lists: T16's todo, and that the two registers never mix (A21-1)."""

import io

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from incubator.kernel import sheets
from incubator.kernel.database import db
from incubator.kernel.errors import Denied, Invalid, NotVisible, Refused
from incubator.legacy import commands, schemes
from incubator.legacy.models import CityBase
from incubator.policy.fields.legacy import HEADS
from incubator.public.queries import Search, register
from tests import walk
from tests.cases.apart import signed_in
from tests.legacy.steps import city_row, row


@pytest.fixture
def inside(sqlite_app, clock):
    with sqlite_app.app_context():
        walk.province()
        walk.staff("220104")
        walk.staff("222401")
        yield sqlite_app


def text(*rows) -> str:
    return "\n".join("\t".join(line) for line in [list(HEADS), *([r[h] for h in HEADS] for r in rows)])


def test_pasted_judged_and_imported(inside):
    someone = signed_in(inside, "shengg")
    template = someone.get("/legacy/template")
    assert sheets.read(template.data)[0][:2] == ["基地名称", "级别"]
    book = sheets.write([sheets.Sheet("名单", [sheets.Column(h) for h in HEADS], [[row(1)[h] for h in HEADS]])])
    page = someone.post("/legacy/import", {"do": "check", "rows": "", "sheet": (io.BytesIO(book), "名单.xlsx")})
    assert "新的 1 行" in page.text and "长春旧基01创业孵化基地\t省级基地" in page.text, "what was read stands in the box"
    broken = someone.post("/legacy/import", {"do": "check", "rows": "", "sheet": (io.BytesIO(b"PK" + book[9:]), "名单.xlsx")})
    assert broken.status_code == 422
    short = someone.post("/legacy/import", {"rows": "基地名称\n甲", "do": "check"})
    assert short.status_code == 422 and "表头缺少" in short.text
    page = someone.post("/legacy/import", {"rows": text(row(1), row(2, operator_uscc="错的")), "do": "check"})
    assert page.status_code == 200 and "有错的 1 行" in page.text and 'value="import"' not in page.text
    wrong = someone.post("/legacy/import", {"rows": text(row(1), row(2, operator_uscc="错的")), "do": "import"})
    assert wrong.status_code == 422 and "第 2 行" in wrong.text
    good = text(row(1, valid_to="待核定"), row(2, name="长春老字号孵化园"))
    page = someone.post("/legacy/import", {"rows": good, "do": "check"})
    assert "导入 2 家" in page.text and "名称不符合第十九条，照原样导入" in page.text
    done = someone.post("/legacy/import", {"rows": good, "do": "import", "file": (io.BytesIO(walk.PDF), "名单.pdf")}, follow_redirects=True)
    assert "已导入 2 家" in done.text and "核定有效期" in done.text and "规范名称" in done.text
    ids = [r.base_id for r in commands.without_account(walk.actor("shengg"))]
    slips = someone.post("/legacy/accounts", {"base": ids, "idem": "k"})
    assert "派发了" in slips.text and "长春旧基01" in slips.text
    assert someone.post(f"/legacy/{ids[0]}/end", {"valid_to": "", "reason": "短"}).status_code == 422
    assert someone.get(f"/legacy/{ids[0]}/name").status_code == 200 and someone.get("/legacy/99999/end").status_code == 404


def test_a_city_keeps_its_own_list(inside):
    """A21-1: listed with document, date and end, apart from the provincial register."""
    city, other = walk.actor(*walk.staff("220104").city), walk.actor(*walk.staff("222401").city)
    mine = schemes.list_base(city, city_row(), walk.pdf("市文件.pdf")).id
    with pytest.raises(Refused, match="已在本市的名单上"):
        schemes.list_base(city, city_row(), walk.pdf("市文件.pdf"))
    with pytest.raises(Refused, match="不归本市"):
        schemes.list_base(city, city_row(name="延吉甲基地", division_code="222401"), walk.pdf())
    with pytest.raises(Invalid, match="到期日不晚于"):
        schemes.list_base(city, city_row(name="甲基地", ends_on="2024-03-01"), walk.pdf())
    with pytest.raises(Invalid):
        schemes.list_base(city, city_row(name="乙基地"), None)
    with pytest.raises(Denied):
        schemes.list_base(walk.province()["lead"], city_row(name="丙基地"), walk.pdf())
    with pytest.raises(NotVisible):
        schemes.strike_base(other, mine, {"reason": "不是我市的，不应移出。"})
    visitor = signed_in(inside, "s220100")
    public = visitor.get("/register/city")
    assert "长春市级示例创业孵化基地" in public.text and "长工信发〔2024〕7号" in public.text and "不是省级创业孵化基地" in public.text
    assert register(Search(q="市级示例"))[1] == 0 and "长春市级示例" not in visitor.get("/register?q=市级示例").text.split("</form>")[-1]
    assert "市（州）级的另列" in visitor.get("/register").text
    schemes.strike_base(city, mine, {"reason": "运营机构注销，按长工信发〔2026〕3号移出。"})
    assert "长春市级示例" not in visitor.get("/register/city").text and schemes.listed() == []
    row_id = db.session.scalar(select(CityBase.id))
    for wrong in ("UPDATE city_base SET strike_reason = ''", "UPDATE city_base SET ends_on = document_on", "DELETE FROM city_base"):
        with pytest.raises(DBAPIError), db.engine.begin() as connection:
            connection.exec_driver_sql(wrong)
    assert db.session.get(CityBase, row_id)
