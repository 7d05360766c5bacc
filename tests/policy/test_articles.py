import re

import pytest

from incubator.policy.articles import ARTICLES, RULES, Refusal, article, cite, label_of, numeral, rule


@pytest.mark.parametrize(
    ("code", "label"),
    [
        ("8", "第八条"), ("10", "第十条"), ("13", "第十三条"), ("20", "第二十条"), ("22", "第二十二条"),
        ("5(2)", "第五条（二）"), ("7(1)", "第七条（一）"), ("15(6)", "第十五条（六）"),
        ("16(2)3", "第十六条（二）3"), ("16(1)2", "第十六条（一）2"),
    ],
)
def test_label_of_code(code, label):
    assert article(code).label == label


def test_every_article_is_there_and_none_more():
    assert {c for c in ARTICLES if c.isdigit()} == {str(n) for n in range(1, 23)}
    for missing in ("23", "5(6)", "7(6)", "16(2)7", "16(3)", "0"):
        with pytest.raises(KeyError):
            article(missing)


def test_codes_that_are_none():
    for wrong in ("7（一）", "", "7()", "A5-9"):
        with pytest.raises(ValueError, match="not an article code"):
            label_of(wrong)


def test_numerals():
    assert [numeral(n) for n in (1, 10, 11, 20, 22, 99)] == ["一", "十", "十一", "二十", "二十二", "九十九"]
    with pytest.raises(ValueError, match="no article"):
        numeral(100)


def test_every_rule_rests_on_articles_that_exist():
    assert RULES
    for found in RULES.values():
        assert found.articles
        for code in found.articles:
            assert code in ARTICLES, (found.id, code)
    assert rule("A5-9").articles == ("5", "7(4)", "8")
    assert {"R-2.1", "AMB-20", "A19-1", "R-2.13"} <= set(RULES)


def test_texts_speak_plainly():
    for found in ARTICLES.values():
        assert found.text
        assert not re.search(r"[！!]|请您", found.text)


def test_refusal_shows_reason_article_way_out():
    assert Refusal("8", "不能发文：公示未满", "可以等公示期满").text == "不能发文：公示未满，第八条。可以等公示期满。"
    assert Refusal("", "不能发文").text == "不能发文。"
    assert cite("GB 32100-2015") == "GB 32100-2015"
