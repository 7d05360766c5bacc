"""第五条（三）（四）、第十三条: rows come, change and leave; each refusal beside a twin that passes."""

import json
from collections import defaultdict
from datetime import date

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from incubator.cases import submissions
from incubator.kernel import access, files
from incubator.kernel.database import db, transaction
from incubator.kernel.errors import Conflict, Denied, Invalid, NotVisible, Refused
from incubator.kernel.ledger import Event
from incubator.kernel.workflow import Case, Submission
from incubator.policy.fields import mask
from incubator.policy.fields.recognition import RECOGNITION
from incubator.policy.identifiers import id18_check_char
from incubator.rosters import commands, history, queries
from incubator.rosters.models import TeamMember, Tenant, TenantChange
from incubator.rosters.tables import PEOPLE, TENANTS
from tests import walk
from tests.rosters import steps
from tests.rosters.steps import REASON, person


@pytest.fixture(autouse=True)
def _inside(app, clock):
    with app.app_context():
        yield


@pytest.fixture
def base():
    return steps.filed()


class refused:  # noqa: N801  reads as a word: with refused("5(4)", "…")
    """Refused under that article, in those words, at that field."""

    def __init__(self, article: str, words: str, field: str | None = None):
        self.article, self.words, self.field = article, words, field

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        assert isinstance(error, Refused), f"not refused: {error!r}"
        assert error.article == self.article and self.words in error.reason, (error.article, error.reason)
        assert self.field in (None, error.field), error.field
        return True


# rows -----------------------------------------------------------------------------------------


def test_a_row_is_added_with_who_and_when(base, clock):
    base_id, admin = base
    row = steps.keyed(admin, subject="", kind="")
    assert (row.version, row.subject, row.kind, row.status) == (1, "company", "ordinary", "active")
    kept = db.session.scalar(select(TenantChange).where(TenantChange.row_id == row.id))
    assert (kept.kind, kept.by_name, kept.at) == ("added", admin.name, clock.now())
    event = db.session.scalar(select(Event).where(Event.kind == "roster_added"))
    assert (event.chain_id, event.person_id) == (f"base:{base_id}", admin.person_id)


def test_the_event_holds_no_typed_text(base):
    _, admin = base
    commands.add(admin, PEOPLE, person())
    event = db.session.scalar(select(Event).where(Event.kind == "roster_added"))
    said = json.dumps(json.loads(event.body), ensure_ascii=False)
    assert "张海" not in said and walk.id18(6101) not in said and "idno" in said


def test_a_change_makes_the_next_version_and_keeps_the_old_words(base):
    base_id, admin = base
    row = steps.keyed(admin, jobs="6")
    commands.change(admin, TENANTS, row.id, {"jobs": "9"}, seen_version=1)
    assert (row.version, row.jobs) == (2, 9)
    (newest, first), _ = history.changes(TENANTS, base_id)
    (told,) = newest.changes
    assert (newest.what, newest.who, told.label) == ("改", admin.name, "期末从业人员")
    assert told.old.startswith("6") and told.new.startswith("9")
    assert first.what == "添上" and not first.changes


def test_nothing_changed_is_no_version(base):
    _, admin = base
    row = steps.keyed(admin)
    commands.change(admin, TENANTS, row.id, {}, seen_version=1)
    assert row.version == 1


def test_the_second_of_two_changes_is_told(base):
    _, admin = base
    row = steps.keyed(admin)
    commands.change(admin, TENANTS, row.id, {"jobs": "9"}, seen_version=1)
    with pytest.raises(Conflict):
        commands.change(admin, TENANTS, row.id, {"jobs": "30"}, seen_version=1)
    assert row.jobs == 9
    commands.change(admin, TENANTS, row.id, {"jobs": "30"}, seen_version=2)
    assert row.jobs == 30


def test_leaving_takes_a_day_and_a_way(base):
    base_id, admin = base
    row = steps.keyed(admin)
    with refused("13", "去向", "out_kind"):
        commands.leave(admin, TENANTS, row.id, {"status": "graduated", "out_on": "2026-05-20"}, seen_version=1)
    with refused("13", "退出日期早于入孵日期", "out_on"):
        commands.leave(admin, TENANTS, row.id, {"out_on": "2020-05-20", "out_kind": "迁出"}, seen_version=1)
    assert row.status == "active"
    given = {"status": "graduated", "out_on": "2026-05-20", "out_kind": "迁入自有厂房"}
    commands.leave(admin, TENANTS, row.id, given, seen_version=1)
    assert (row.status, row.version) == ("graduated", 2)
    assert queries.tenants_now(base_id) == [] and queries.gone_counts(TENANTS, base_id) == {"graduated": 1}
    with refused("13", "已经不在名册上"):
        commands.leave(admin, TENANTS, row.id, given, seen_version=2)


def test_a_mistaken_leaving_is_taken_back(base):
    base_id, admin = base
    row = steps.keyed(admin)
    commands.leave(admin, TENANTS, row.id, {"out_on": "2026-05-20", "out_kind": "迁出"}, seen_version=1)
    commands.change(admin, TENANTS, row.id, {"status": "active", "out_on": "", "out_kind": ""}, seen_version=2)
    assert row.out_on is None and len(queries.tenants_now(base_id)) == 1
    assert history.changes(TENANTS, base_id)[0][0].what == "恢复在册"


def test_one_code_stands_once_on_a_roster(base):
    """T34."""
    base_id, admin = base
    row = steps.keyed(admin)
    with refused("5(4)", "已有同一代码", "uscc"):
        steps.keyed(admin, name="换个名字有限公司")
    commands.leave(admin, TENANTS, row.id, {"out_on": "2026-05-20", "out_kind": "迁出"}, seen_version=1)
    again = steps.keyed(admin, in_on="2026-05-25")
    assert again.id != row.id and len(queries.tenants_now(base_id)) == 1


def test_the_database_refuses_the_twin_too(base):
    row = steps.keyed(base[1])
    twin = {c.name: getattr(row, c.name) for c in Tenant.__table__.columns if c.name != "id"}
    with pytest.raises(IntegrityError), transaction():
        db.session.execute(insert(Tenant).values(**twin))


def test_a_person_stands_once_and_counts_on_both_sides(base):
    base_id, admin = base
    row = commands.add(admin, PEOPLE, person()).row
    with refused("5(3)", "已有这个人", "idno"):
        commands.add(admin, PEOPLE, person(category="mentor", tutored="3"))
    commands.change(admin, PEOPLE, row.id, {"category": "both", "tutored": "3"}, seen_version=1)
    found = queries.facts(base_id)
    assert (found["service_team"], found["mentors"], found["service_team_distinct"]) == (1, 1, 1)


def test_the_proof_of_insurance_may_follow(base):
    base_id, admin = base
    row = commands.add(admin, PEOPLE, person()).row
    assert queries.team_now(base_id)[0].lacking == ["社保证明"]
    stored = commands.keep_file(admin, walk.pdf("社保.pdf"))
    commands.change(admin, PEOPLE, row.id, {"insurance": [stored.id]}, seen_version=1)
    assert queries.team_now(base_id)[0].lacking == []


def test_numbers_of_people_are_sealed_and_masked(base):
    base_id, admin = base
    row = commands.add(admin, PEOPLE, person()).row
    stored = db.session.connection().exec_driver_sql("SELECT idno, phone FROM team_member").one()
    assert walk.id18(6101) not in stored and "13900610001" not in stored
    assert walk.id18(6101) not in str(queries.frozen(base_id))
    assert row.idno == walk.id18(6101) and "*" in queries.team_now(base_id)[0].text("idno")


def test_a_file_of_another_base_is_no_proof(base):
    _, admin = base
    _, other = steps.filed(62)
    stolen = commands.keep_file(other, walk.pdf("社保.pdf"))
    with pytest.raises(NotVisible):
        commands.add(admin, PEOPLE, person(insurance=[stolen.id]))


def test_faults_are_told_together(base):
    _, admin = base
    with pytest.raises(Invalid) as told:
        commands.add(admin, TENANTS, steps.typed(uscc="9122", jobs="x", industry="65", subject=""))
    assert {p.field for p in told.value.problems} == {"uscc", "jobs", "industry"}
    assert all(p.article for p in told.value.problems)


def test_what_is_odd_is_asked_about_and_does_not_stand_in_the_way(base):
    _, admin = base
    kept = commands.add(admin, TENANTS, steps.typed(jobs="0", area="99999"))
    assert {p.field for p in kept.warnings} == {"jobs", "area"}


def test_only_the_base_itself_keeps_its_rosters(base):
    _, admin = base
    row = steps.keyed(admin)
    _, other = steps.filed(62)
    with pytest.raises(NotVisible):
        commands.change(other, TENANTS, row.id, {"jobs": "1"}, seen_version=1)
    with pytest.raises(Denied):
        commands.add(steps.county(), TENANTS, steps.typed(2))


def test_a_closed_base_keeps_no_roster(base):
    base_id, admin = base
    steps.close(base_id)
    with refused("13", "关闭或撤销"):
        steps.keyed(admin)


# what counts ------------------------------------------------------------------------------------


def test_a_tenant_of_two_bases_counts_by_the_earlier_agreement(base):
    """T35."""
    base_id, admin = base
    other_id, other = steps.filed(62)
    later = steps.keyed(admin, agr_start="2023-01-01", in_on="2023-01-01")
    assert steps.line(base_id, later.id).verdict.counts
    first = steps.keyed(other, agr_start="2022-04-01")
    mine, theirs = steps.line(base_id, later.id).verdict, steps.line(other_id, first.id).verdict
    assert (mine.counts, mine.twin, theirs.counts, theirs.twin) == (False, "elsewhere", True, "shared")
    assert mine.flagged and theirs.flagged and "另一个基地" in mine.reason and "另一个基地" in theirs.reason
    assert (queries.facts(base_id)["tenants_countable"], queries.facts(other_id)["tenants_countable"]) == (0, 1)
    assert queries.facts(base_id)["tenants_all"] == 1
    with refused("5(4)", "不能改判为计入"):
        commands.override_tenant(steps.county(), later.id, counts=True, reason=REASON)
    commands.leave(other, TENANTS, first.id, {"out_on": "2026-05-20", "out_kind": "迁出"}, seen_version=1)
    assert steps.line(base_id, later.id).verdict.counts


def test_a_reviewer_counts_a_row_with_a_reason(base):
    base_id, admin = base
    row = steps.keyed(admin, kind="training", industry="8391")
    assert not steps.line(base_id, row.id).verdict.counts
    with refused("5(4)", "至少写 10 个字", "reason"):
        commands.override_tenant(steps.county(), row.id, counts=True, reason="看过 了")
    with pytest.raises(Denied):
        commands.override_tenant(admin, row.id, counts=True, reason=REASON)
    said = commands.override_tenant(steps.county(), row.id, counts=True, reason=REASON)
    verdict = steps.line(base_id, row.id).verdict
    assert verdict.counts and verdict.stands and REASON in verdict.reason and said.office_name
    assert queries.facts(base_id)["tenants_countable"] == 1
    assert db.session.scalar(select(Event).where(Event.kind == "tenant_overridden")) is not None


@pytest.mark.parametrize(
    "change", [{"kind": "third_party"}, {"subject": "other"}, {"industry": "8392"}], ids=lambda c: next(iter(c))
)
def test_an_override_lapses_with_what_it_was_given_for(base, change):
    """A5-6."""
    base_id, admin = base
    row = steps.keyed(admin, kind="training", industry="8391")
    commands.override_tenant(steps.county(), row.id, counts=True, reason=REASON)
    commands.change(admin, TENANTS, row.id, {"jobs": "9"}, seen_version=1)
    assert steps.line(base_id, row.id).verdict.stands
    commands.change(admin, TENANTS, row.id, change, seen_version=2)
    verdict = steps.line(base_id, row.id).verdict
    assert not verdict.stands and not verdict.counts


def test_the_base_declares_and_the_county_ticks(base):
    """A5-6, AMB-10, T29: without its proof an online trader does not count, with it it counts and waits for the county."""
    base_id, admin = base
    sole = {"uscc": walk.uscc(9901, kind="92"), "subject": "individual", "kind": "ecommerce", "industry": "5292", "ec_ok": "y"}
    row = steps.keyed(admin, **sole)
    waiting = steps.line(base_id, row.id)
    assert not waiting.verdict.counts and "证明还没有上传" in waiting.verdict.reason and waiting.lacking == ["电商证明"]
    with transaction():
        proof = files.accept(walk.pdf("执照和公示截图.pdf"), admin, base_id=base_id)
    commands.change(admin, TENANTS, row.id, {"ec_proof": [proof.id]}, seen_version=1)
    verdict = steps.line(base_id, row.id).verdict
    assert verdict.counts and verdict.flagged and "待县级核对" in verdict.reason
    commands.override_tenant(steps.county(), row.id, counts=True, reason=REASON)
    verdict = steps.line(base_id, row.id).verdict
    assert verdict.counts and verdict.stands and not verdict.flagged


def test_a_reviewer_of_another_county_does_not_see_the_row(base):
    _, admin = base
    row = steps.keyed(admin)
    with pytest.raises(NotVisible):
        commands.override_tenant(steps.county("222401"), row.id, counts=False, reason=REASON)


def same_mask() -> list[str]:
    """Two citizen numbers, both sound, that a page shows alike."""
    alike = defaultdict(list)
    for day in range(1, 29):
        body = f"220102199003{day:02d}001"
        number = body + id18_check_char(body)
        alike[mask(number)].append(number)
    return next(found for found in alike.values() if len(found) > 1)[:2]


def test_two_people_with_one_mask_are_two_in_the_frozen_roster(base):
    """A5-4, AMB-13: what is frozen hides the numbers and counts the people."""
    base_id, admin = base
    for idno in same_mask():
        commands.add(admin, PEOPLE, person(idno=idno, gender="male", category="both"))
    frozen = queries.frozen(base_id)
    assert len({row["idno"] for row in frozen["team"]}) == 1
    for counted in (queries.facts(base_id), queries.frozen_facts(frozen)):
        assert (counted["service_team"], counted["mentors"], counted["service_team_distinct"]) == (2, 2, 2)


# past and frozen ----------------------------------------------------------------------------------


def test_the_roster_of_a_past_day(base, clock):
    base_id, admin = base
    stays = steps.keyed(admin, 1, jobs="6", in_on="2026-03-01")
    leaves = steps.keyed(admin, 2, jobs="8", in_on="2026-04-01")
    clock.set("2026-06-20 10:00")
    commands.change(admin, TENANTS, stays.id, {"jobs": "20", "kind": "training", "industry": "8391"}, seen_version=1)
    commands.leave(admin, TENANTS, leaves.id, {"out_on": "2026-06-15", "out_kind": "迁出"}, seen_version=1)

    def on(day):
        return [(t.id, t.jobs, t.verdict.counts) for t in queries.roster_on(base_id, date.fromisoformat(day))["tenants"]]

    assert on("2026-02-28") == []
    assert on("2026-03-31") == [(stays.id, 6, True)]
    assert on("2026-06-14") == [(stays.id, 6, True), (leaves.id, 8, True)]
    assert on("2026-06-15") == [(stays.id, 6, True)]
    assert on("2026-06-20") == [(stays.id, 20, False)]


def test_a_submitted_roster_stays_as_it_was(base, clock):
    base_id, admin = base
    walk.open_round(2026, clock.today(), clock.today().replace(month=12))
    walk.fill_rosters(steps.unit(), admin, tenants=2, team=1, mentors=1)
    case = walk.submit_application(steps.unit(), admin)

    def kept() -> dict:
        row = db.session.scalar(select(Submission).where(Submission.case_id == case.id))
        return submissions.content(row, RECOGNITION)["rosters"]

    before = kept()
    first = queries.tenants_now(base_id)[0]
    commands.change(admin, TENANTS, first.id, {"jobs": "40", "name": "改了名的有限公司"}, seen_version=1)
    commands.leave(admin, TENANTS, before["tenants"][1]["id"], {"out_on": "2026-05-20", "out_kind": "迁出"}, seen_version=1)
    member = db.session.scalar(select(TeamMember).where(TeamMember.base_id == base_id))
    commands.leave(admin, PEOPLE, member.id, {"out_on": "2026-05-20"}, seen_version=1)
    assert kept() == before and len(before["tenants"]) == 2
    view = queries.frozen_view(before)
    assert (view.facts["tenants_all"], view.facts["jobs"]) == (2, sum(int(t["jobs"]) for t in before["tenants"]))
    assert queries.facts(base_id)["tenants_all"] == 1
    assert access.load(admin, Case, case.id)


def test_a_word_of_the_review_counts_in_the_frozen_roster(base, clock):
    """A5-6: the reviewer decides on what was submitted, beside the verdict of that day."""
    base_id, admin = base
    row = steps.keyed(admin, kind="training", industry="8391")
    frozen = queries.frozen(base_id)
    commands.override_tenant(steps.county(), row.id, counts=True, reason=REASON)
    view = queries.frozen_view(frozen)
    assert view.facts["tenants_countable"] == 1 and view.then == {row.id: (False, view.then[row.id][1])}
