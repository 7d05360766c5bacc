"""第三条、第七条（五）: rounds are arranged, changed before they open, and only lengthened afterwards."""

import json
from datetime import date, datetime

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from incubator.campaigns import commands, queries
from incubator.campaigns.models import Campaign, CampaignExtension
from incubator.kernel import drafts, files
from incubator.kernel.clock import SHANGHAI
from incubator.kernel.database import db, transaction
from incubator.kernel.errors import Conflict, Denied, Refused
from incubator.kernel.ledger import Event
from incubator.kernel.workflow import Case, Submission
from incubator.policy.fields.recognition import RECOGNITION
from incubator.recognitions import commands as recognitions
from tests import walk
from tests.campaigns.steps import REASON, arranged, manager, typed


@pytest.fixture(autouse=True)
def _inside(app, clock):
    with app.app_context():
        yield


def refused(article: str, words: str, field: str | None, call, *args, **more) -> None:
    with pytest.raises(Refused) as told:
        call(*args, **more)
    assert told.value.article == article and words in told.value.reason
    assert field is None or told.value.field == field


def at(moment: str) -> datetime:
    return datetime.fromisoformat(moment).replace(tzinfo=SHANGHAI)


def test_a_round_opens_at_0_and_closes_at_24_in_shanghai():
    row = arranged()
    assert (row.round, row.opens_at, row.closes_at) == (1, at("2026-09-01 00:00"), at("2026-10-01 00:00"))
    assert (row.opens_on, row.closes_on) == (date(2026, 9, 1), date(2026, 9, 30))
    for moment, is_open in (
        ("2026-08-31 23:59:59", False), ("2026-09-01 00:00:00", True), ("2026-09-30 23:59:59", True),
        ("2026-10-01 00:00:00", False),
    ):
        assert (queries.open_campaign("recognition", at(moment)) is not None) is is_open, moment
        assert row.is_open(at(moment)) is is_open, moment
    assert queries.open_campaign("promotion", at("2026-09-10 12:00")) is None


def test_words_for_the_button_outside_a_round(clock):
    assert queries.closed_words("recognition") == "现在没有开放的申报批次，还没有安排下一批"
    arranged()
    assert queries.closed_words("recognition") == "现在没有开放的申报批次，下一批 2026年9月1日开始"
    clock.set("2026-09-01 00:00")
    assert queries.closed_words("recognition") == ""
    clock.set("2026-10-01 00:00")
    assert queries.closed_words("recognition").endswith("还没有安排下一批")


def test_arranging_is_the_managers_and_stands_in_the_record():
    row = arranged()
    event = db.session.scalar(select(Event).where(Event.kind == "campaign_created"))
    said = json.loads(event.body)
    assert event.chain_id == "system" and said["facts"]["campaign"] == row.id
    assert "申报报告" not in event.body and row.title not in event.body
    for who in ("clerk", "lead"):
        with pytest.raises(Denied):
            commands.create_campaign(walk.province()[who], typed(year="2027"), walk.pdf())
    assert db.session.scalar(select(func.count()).select_from(Campaign)) == 1


@pytest.mark.parametrize(
    ("changes", "article", "words", "field"),
    [
        ({"closes_on": "2026-08-31"}, "3", "截止日早于开始日", "closes_on"),
        ({"closes_on": ""}, "3", "截止日还没有填写", "closes_on"),
        ({"opens_on": "2026-05-01", "closes_on": "2026-05-31"}, "3", "截止日已经过去", "closes_on"),
        ({"materials": []}, "7(5)", "材料清单还没有填写", "materials"),
    ],
)  # fmt: skip
def test_what_a_round_may_not_be(changes, article, words, field):
    refused(article, words, field, arranged, **changes)
    assert arranged().round == 1


def test_a_round_without_a_guide_is_refused():
    refused("7(5)", "申报指南还没有上传", "guide_file", commands.create_campaign, manager(), typed())


def test_a_round_may_end_today():
    assert arranged(opens_on="2026-06-01", closes_on="2026-06-01").is_open(at("2026-06-01 23:59:59"))


def test_a_second_round_of_the_year_needs_a_reason():
    """A3-2."""
    arranged()
    second = {"title": "2026年第二批认定", "opens_on": "2026-11-01", "closes_on": "2026-11-30"}
    refused("3", "当年已有同类批次", "second_reason", arranged, **second)
    assert arranged(**second, second_reason=REASON).round == 2
    assert arranged(kind="promotion", title="2026年晋级").round == 1
    assert arranged(**{**second, "year": "2027", "opens_on": "2027-03-01", "closes_on": "2027-03-31"}).round == 1


def test_two_rounds_of_a_kind_do_not_overlap():
    arranged()
    again = {"title": "2026年第二批认定", "second_reason": REASON, "closes_on": "2026-11-30"}
    refused("3", "重叠", "opens_on", arranged, **again, opens_on="2026-09-30")
    assert arranged(**again, opens_on="2026-10-01").round == 2


def test_a_renewal_round_has_a_guide_and_no_closing(clock):
    """A7-7."""
    row = arranged(kind="renewal", title="2026年续延", closes_on="")
    assert row.closes_at is None and row.guide is not None
    clock.set("2031-01-01 00:00")
    assert queries.open_campaign("renewal").id == row.id
    refused("10", "不设截止日", None, commands.lengthen, manager(), row.id, "2032-01-01", REASON, seen_version=1)


def test_before_it_opens_a_round_may_be_changed(clock):
    row = arranged()
    raw = typed(title="2026年认定", opens_on="2026-09-10", closes_on="2026-10-10", year="2031", kind="renewal")
    clock.set("2026-08-31 23:59:59")
    commands.change_campaign(manager(), row.id, raw, seen_version=1)
    assert (row.title, row.year, row.kind, row.version) == ("2026年认定", 2026, "recognition", 2)
    assert row.closes_on == date(2026, 10, 10) and row.guide is not None
    with pytest.raises(Conflict):
        commands.change_campaign(manager(), row.id, raw, seen_version=1)


def test_once_open_a_round_is_not_changed(clock):
    row = arranged()
    clock.set("2026-09-01 00:00")
    refused("3", "已经开始，不能再改", None, commands.change_campaign, manager(), row.id, typed(), seen_version=1)


def test_a_closing_is_lengthened_with_a_reason(clock):
    row = arranged()
    clock.set("2026-09-20 09:00")
    on = "2026年10月8日"

    def lengthen(day: str = on, reason: str = REASON, version: int = 1):
        return commands.lengthen(manager(), row.id, day, reason, seen_version=version)

    refused("3", "只能延长", "closes_on", lengthen, "2026-09-30")
    refused("3", "还没有填", "closes_on", lengthen, "")
    refused("3", "没有这一天", "closes_on", lengthen, "2026-13-01")
    refused("3", "至少写 10 个字", "reason", lengthen, reason="停机")
    with pytest.raises(Denied):
        commands.lengthen(walk.province()["lead"], row.id, on, REASON, seen_version=1)
    lengthen()
    assert row.closes_at == at("2026-10-09 00:00")
    kept = db.session.scalar(select(CampaignExtension))
    assert (kept.old_closes_on, kept.new_closes_on, kept.reason) == (date(2026, 9, 30), date(2026, 10, 8), REASON)
    with pytest.raises(Conflict):
        lengthen("2026-10-20")


def test_a_round_that_closed_by_an_outage_opens_again(clock):
    row = arranged()
    clock.set("2026-10-05 09:00")
    refused("3", "已经过去", "closes_on", commands.lengthen, manager(), row.id, "2026-10-04", REASON, seen_version=1)
    commands.lengthen(manager(), row.id, "2026-10-05", REASON, seen_version=1)
    assert queries.closed_words("recognition") == ""


def test_another_guide_leaves_the_earlier_one_readable(clock):
    row = arranged()
    first = row.guide
    clock.set("2026-09-10 09:00")
    refused("7(5)", "还没有选", "guide_file", commands.replace_guide, manager(), row.id, None, REASON)
    refused("7(5)", "至少写 10 个字", "note", commands.replace_guide, manager(), row.id, walk.pdf("新.pdf"), "改了")
    commands.replace_guide(manager(), row.id, walk.pdf("新指南.pdf"), "补充了报告的格式要求")
    db.session.expire_all()
    assert [g.file.name for g in row.guides] == ["新指南.pdf", "申报指南.pdf"]
    assert files.read(first.file) == walk.PDF


def test_the_database_says_the_same():
    row = arranged()
    for change in ("closes_at = opens_at", "closes_at = NULL", "round = 2", "kind = 'other'"):
        with pytest.raises(IntegrityError), transaction():
            db.session.execute(text(f"UPDATE campaign SET {change} WHERE id = {row.id}"))
    for statement in ("DELETE FROM campaign", "DELETE FROM campaign_guide", "UPDATE campaign_guide SET note = 'x'"):
        with pytest.raises(DBAPIError), transaction():
            db.session.execute(text(statement))


UNIT = walk.Unit("长春启明创业孵化基地", "220104", 91)


@pytest.mark.parametrize(("moment", "taken"), [("2026-09-30 23:59:59", True), ("2026-10-01 00:00:00", False)])
def test_an_application_is_taken_until_the_round_closes(clock, moment, taken):
    """T51: refused after the closing, the draft kept, and nothing frozen."""
    clock.set("2026-09-25 09:00")
    row = arranged(opens_on="2026-09-20")
    _, admin = walk.filed_base(UNIT)
    walk.fill_rosters(UNIT, admin, tenants=1, team=1, mentors=1)
    case = recognitions.open_application(admin)
    walk.fill(case, RECOGNITION, walk.application_values(admin, case, UNIT), admin)
    before, _ = drafts.read(case.id, RECOGNITION)
    clock.set(moment)

    def submit():
        return recognitions.submit_application(admin, case.id, seen_version=case.version)

    if taken:
        assert submit().campaign_id == row.id
    else:
        refused("3", "现在没有开放的申报批次，还没有安排下一批", None, submit)
    case = db.session.get(Case, case.id, populate_existing=True)
    assert (case.state, case.submitted_at is not None) == (("county_initial", True) if taken else ("draft", False))
    assert db.session.scalar(select(func.count()).select_from(Submission).where(Submission.case_id == case.id)) == taken
    assert drafts.read(case.id, RECOGNITION)[0] == before
