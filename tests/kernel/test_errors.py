"""What a refusal says, wherever it is shown: reason, article, way out, in this order (design law 10)."""

from incubator.kernel.errors import Invalid, Refused
from incubator.kernel.forms import form_for
from incubator.kernel.registry import Lack
from incubator.policy.articles import Refusal
from incubator.policy.fields import Field, FieldTable, Problem

TABLE = FieldTable("t", "表", (("g", "组", ""),), (
    Field("name", "名称", "text", "7(1)", group="g"),
    Field("lines", "明细", "rows", "7(1)", group="g", columns=(Field("n", "数", "int", "7(1)"),)),
))


def test_a_refusal_as_a_problem_keeps_its_three_parts():
    refused = Refused("7(3)", "还差踏查", "登记踏查", "name")
    assert refused.as_problem() == Problem("name", "还差踏查", "7(3)", "登记踏查")
    assert refused.text == refused.as_problem().text == "还差踏查，第七条（三）。登记踏查。"
    assert Invalid([refused.as_problem()]).text == refused.text


def test_a_field_names_the_article_unless_it_shows_it_itself(sqlite_app):
    with sqlite_app.test_request_context(method="POST", data={"lines-0-n": "x"}):
        form = form_for(TABLE)
        homeless = form.show([
            Problem("name", "太短", "7(1)", "写全名"), Problem("name", "重名", "19", "换一个"), Problem("lines-0-n", "不是数", "7(1)", "写数字"),
            Problem("other", "没有的项", "13", "不管"),
        ])
    assert form.name.errors == ["太短。写全名。", "重名，第十九条。换一个。"]
    assert form.lines.rows[0]["errors"] == {"n": ["不是数。写数字。"]}
    assert [p.text for p in homeless] == ["没有的项，第十三条。不管。"]


def test_what_a_rule_says_becomes_what_a_step_lacks():
    assert Lack.of(Refusal("18", "已变更一次", "下一有效期再办")) == Lack("18", "已变更一次", "下一有效期再办")
    bare = Lack.of(Problem("x", "没有填"), "7(1)")
    assert (bare.article, bare.text) == ("7(1)", "没有填") and bare.cure_label
