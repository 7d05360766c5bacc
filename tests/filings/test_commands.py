"""第七条（一）: from the account request to the approved filing, each refusal beside a twin that passes."""

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from incubator.bases.models import Base, NameSpan, OperatorSpan
from incubator.bases.queries import former_of
from incubator.cases import queries, submissions
from incubator.filings import commands
from incubator.filings.models import AccountRequest
from incubator.kernel import access, clock, workflow
from incubator.kernel.database import db, transaction
from incubator.kernel.errors import Conflict, Denied, Invalid, NotVisible, Refused
from incubator.kernel.ledger import Event
from incubator.kernel.workflow import Case, Opinion
from incubator.obligations.commands import open_obligation
from incubator.offices import commands as offices
from incubator.offices.models import Membership, Person
from incubator.policy.fields import differences, from_stored
from incubator.policy.fields.filing import FILING
from tests import walk
from tests.filings import steps
from tests.filings.steps import REASON, REMARK


@pytest.fixture(autouse=True)
def _inside(app, clock):
    with app.app_context():
        yield


def refusal(article: str, words: str):
    """``with refusal("7(1)", "…")``: refused under that article, in those words."""
    return _Refusal(article, words)


class _Refusal:
    def __init__(self, article, words):
        self.article, self.words = article, words

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        assert isinstance(error, Refused), f"not refused: {error!r}"
        assert error.article == self.article, (error.article, error.reason)
        assert self.words in error.reason, error.reason
        return True


def asked(**changes) -> dict:
    told = steps.unit()
    return {
        "operator_name": told.operator, "operator_uscc": told.uscc, "base_name": told.name,
        "division_code": told.region, "address": told.address, "contact_name": told.contact,
        "contact_phone": told.phone, **changes,
    }


def ask(**changes) -> tuple[Case, str]:
    return commands.submit_account_request(access.PUBLIC, asked(**changes), walk.pdf("营业执照.pdf"))


# the account request ----------------------------------------------------------------------


def test_a_request_goes_to_the_county_of_the_route():
    """A7-1."""
    case, code = ask()
    assert case.state == "county_check" and case.office.short_name == "朝阳区工信局"
    assert commands.follow(code.lower()).case_id == case.id, "typed in any case"
    assert commands.follow("WRONG-CODE") is None
    assert one_request(case).receipt_hash != code, "only a hash is kept"


def one_request(case) -> AccountRequest:
    return db.session.get(AccountRequest, case.id)


@pytest.mark.parametrize(("typed", "field", "article", "words"), [
    pytest.param({"operator_uscc": walk.uscc(101, kind="92")}, "operator_uscc", "2", "92", id="T106"),
    pytest.param({"operator_uscc": "91350100M000100Y4Z"}, "operator_uscc", "GB 32100-2015", "校验码应为3", id="T107"),
    pytest.param({"base_name": "吉林示例孵化器"}, "base_name", "19", "创业孵化基地", id="T63"),
    pytest.param({"base_name": "示例创业孵化示范基地"}, "base_name", "19", "创业孵化基地", id="T63 demonstration"),
    pytest.param({"division_code": "220100"}, "division_code", "7(1)", "", id="a city cannot be chosen"),
    pytest.param({"contact_phone": "12345"}, "contact_phone", "", "11位", id="phone"),
])
def test_what_a_request_may_not_say(typed, field, article, words):
    with pytest.raises(Invalid) as refused:
        ask(**typed)
    found = [p for p in refused.value.problems if p.field == field]
    assert found and found[0].article == article and words in f"{found[0].message}{found[0].way_out}"
    assert steps.count(Case) == 0
    ask()


def test_t107_lower_case_is_accepted_and_raised():
    case, _ = ask(operator_uscc="91512081ma62k0260e", base_name="吉林示例创业孵化基地")
    assert one_request(case).operator_uscc == "91512081MA62K0260E"


def test_a_request_needs_the_licence():
    with pytest.raises(Invalid) as refused:
        commands.submit_account_request(access.PUBLIC, asked())
    assert [p.field for p in refused.value.problems] == ["licence"]


def test_a7_1a_one_running_request_per_operator_and_site():
    first, _ = ask()
    with refusal("7(1)", "已有一份账号申请正在办"):
        ask(address="示例街101号", base_name="长春另名创业孵化基地")
    ask(address="示例街 102 号", base_name="长春别处创业孵化基地")
    walk.act(first, "reject", steps.county(), text="这个地址没有孵化场所，核实过两次")
    assert ask()[0].state == "county_check", "a rejected one stands in nobody's way"


def test_p7_the_index_says_the_same_as_the_rule():
    case, _ = ask()
    row = one_request(case)
    with transaction():
        twin = workflow.open_case(
            "account_request", access.PUBLIC, region_id=case.region_id, subject="直接写", outcome="submit"
        )
    values = {c.name: getattr(row, c.name) for c in AccountRequest.__table__.columns}
    with pytest.raises(IntegrityError), transaction():
        db.session.add(AccountRequest(**{**values, "case_id": twin.id, "receipt_hash": "0" * 64}))
    with transaction():
        db.session.add(AccountRequest(**{**values, "case_id": twin.id, "receipt_hash": "0" * 64, "running": False}))


def test_only_the_county_of_the_site_confirms():
    case, _ = ask()
    neighbour = walk.actor(*walk.staff("220102").county)
    with pytest.raises(NotVisible):
        workflow.advance(case.id, "confirm", neighbour, seen_version=1)
    with pytest.raises(Denied):
        workflow.advance(case.id, "confirm", steps.city(), seen_version=1)
    with pytest.raises(Denied):
        workflow.advance(case.id, "confirm", steps.manager(), seen_version=1)
    assert walk.act(case, "confirm", steps.county()).state == "dispatch"


def test_a_rejection_needs_a_reason():
    case, _ = ask()
    with refusal("7(1)", "理由至少写 10 个字"):
        walk.act(case, "reject", steps.county(), text="不行")
    assert walk.act(case, "reject", steps.county(), text="这个地址没有孵化场所，核实过").state == "rejected"


# dispatch and the slip --------------------------------------------------------------------


def confirmed():
    case, _ = ask()
    walk.province()
    return walk.act(case, "confirm", steps.county())


def test_only_the_manager_dispatches():
    """A7-1."""
    case = confirmed()
    with pytest.raises(Denied):
        commands.dispatch(walk.province()["lead"], case.id, seen_version=case.version)
    with pytest.raises(Denied):
        commands.dispatch(steps.county(), case.id, seen_version=case.version)
    assert commands.dispatch(steps.manager(), case.id, seen_version=case.version).login == "jd220104001"


def test_dispatch_opens_the_base_without_standing_and_its_first_admin():
    """A7-1b."""
    case = confirmed()
    slip = commands.dispatch(steps.manager(), case.id, seen_version=case.version)
    base = db.session.scalar(select(Base))
    assert (base.code, base.status_now, base.filed_on, base.account_open) == ("jd220104001", "account", None, True)
    member = db.session.scalar(select(Membership).where(Membership.base_id == base.id))
    assert member.role == "base_admin"
    assert slip.valid_until == date(2026, 7, 1) and steps.unit().uscc not in slip.login
    event = db.session.scalar(select(Event).where(Event.kind == "dispatch"))
    assert slip.password not in event.body, "no secret enters the record"


def test_the_slip_opens_the_door_until_its_day_and_only_to_a_new_password(app, clock):
    case = confirmed()
    slip = commands.dispatch(steps.manager(), case.id, seen_version=case.version)
    clock.forward(days=30, minutes=1)
    with app.test_request_context(), refusal("7(1)", "登录名或密码不对"):
        offices.sign_in(slip.login, slip.password, "10.0.0.1")
    clock.forward(minutes=-2)
    with app.test_request_context():
        person, _ = offices.sign_in(slip.login, slip.password, "10.0.0.1")
    assert person.must_change_by is not None


def test_a_new_slip_kills_the_old_one(app):
    case = confirmed()
    old = commands.dispatch(steps.manager(), case.id, seen_version=case.version)
    with pytest.raises(Denied):
        commands.reissue_slip(steps.county(), case.id)
    new = commands.reissue_slip(steps.manager(), case.id)
    with app.test_request_context():
        with refusal("7(1)", "登录名或密码不对"):
            offices.sign_in(old.login, old.password, "10.0.0.1")
        assert offices.sign_in(new.login, new.password, "10.0.0.1")[0].login == old.login
    kinds = list(db.session.scalars(select(Event.kind).where(Event.case_id == case.id).order_by(Event.seq)))
    assert kinds == ["submit", "confirm", "dispatch", "slip_reissued"]


def test_no_slip_before_the_dispatch():
    case = confirmed()
    with refusal("7(1)", "还没有派发"):
        commands.reissue_slip(steps.manager(), case.id)


def test_one_open_account_per_operator_and_site():
    case = confirmed()
    commands.dispatch(steps.manager(), case.id, seen_version=case.version)
    with refusal("7(1)", "已经有账号"):
        ask(base_name="长春另名创业孵化基地")
    with refusal("19", "已有基地使用"):
        ask(address="别处 1 号", base_name=f" {steps.unit().name}")
    ask(address="别处 1 号", base_name="长春另名创业孵化基地")


def test_the_name_taken_meanwhile_stops_the_dispatch_whole():
    first, second = confirmed(), None
    second, _ = ask(address="别处 1 号")
    second = walk.act(second, "confirm", steps.county())
    commands.dispatch(steps.manager(), first.id, seen_version=first.version)
    with refusal("19", "已有基地使用"):
        commands.dispatch(steps.manager(), second.id, seen_version=second.version)
    assert steps.fresh(second).state == "dispatch" and steps.count(Base) == 1


# the base's own people ----------------------------------------------------------------------


def test_five_clerks_and_no_sixth():
    _, admin = walk.open_account(steps.unit())
    for number in range(1, 6):
        assert commands.add_base_clerk(admin, name=f"填报{number}").login == f"jd220104001-{number}"
    with refusal("7(1)", "到了上限"):
        commands.add_base_clerk(admin, name="第六人")
    last = db.session.scalar(select(Membership).where(Membership.role == "base_clerk").order_by(Membership.id.desc()))
    commands.stop_base_clerk(admin, last.id)
    assert commands.add_base_clerk(admin, name="第六人").login == "jd220104001-6", "no login is given twice"
    with pytest.raises(NotVisible):
        commands.stop_base_clerk(admin, last.id)


def test_a_clerk_fills_and_does_not_submit():
    told = steps.unit()
    _, admin = walk.open_account(told)
    clerk = commands.add_base_clerk(admin, name="填报甲")
    walk.take_up(clerk)
    who = walk.actor(clerk.login)
    case = commands.open_filing(who)
    walk.fill(case, FILING, walk.filing_values(who, case, told), who)
    with pytest.raises(Denied):
        commands.submit_filing(who, case.id, seen_version=case.version)
    with pytest.raises(Denied):
        commands.add_base_clerk(who, name="再加")
    assert commands.submit_filing(admin, case.id, seen_version=case.version).state == "county_review"


# the filing ---------------------------------------------------------------------------------


def test_a_filing_is_opened_once_and_prefilled():
    told = steps.unit()
    _, admin = walk.open_account(told)
    case = commands.open_filing(admin)
    assert commands.open_filing(admin).id == case.id
    values = commands.check_filing(case).values
    assert values["operator_uscc"] == told.uscc and values["contact_phone"] == told.phone


def test_an_incomplete_filing_names_every_gap_at_once():
    _, admin = walk.open_account(steps.unit())
    case = commands.open_filing(admin)
    with pytest.raises(Invalid) as refused:
        commands.submit_filing(admin, case.id, seen_version=case.version)
    assert {"investor_name", "area_total", "lic_file", "prop_file"} <= {p.field for p in refused.value.problems}
    assert steps.fresh(case).state == "draft" and queries.submissions(case.id) == []


@pytest.mark.parametrize(("changes", "article", "words"), [
    ({"operator_uscc": walk.uscc(999)}, "7(1)", "和账号申请时不一样"),
    ({"division_code": "220102"}, "7(1)", "和账号申请时不一样"),
], ids=["another operator", "another division"])
def test_the_account_belongs_to_one_unit_in_one_division(changes, article, words):
    told = steps.unit(changes=changes)
    _, admin = walk.open_account(told)
    with refusal(article, words):
        walk.submit_filing(told, admin)
    case = commands.open_filing(admin)
    assert steps.resubmit(case, admin, operator_uscc=told.uscc, division_code=told.region).state == "county_review"


def test_a_filing_borrows_no_file_of_another_dossier():
    other, _ = steps.submitted(102)
    borrowed = _files_of(other)
    told = steps.unit()
    _, admin = walk.open_account(told)
    case = commands.open_filing(admin)
    values = walk.filing_values(admin, case, told)
    walk.fill(case, FILING, {**values, "lic_file": borrowed}, admin)
    with refusal("7(5)", "不属于这份申请"):
        commands.submit_filing(admin, case.id, seen_version=case.version)
    assert steps.resubmit(case, admin, lic_file=values["lic_file"]).state == "county_review"


def _files_of(case) -> list[int]:
    stored = submissions.content(queries.latest_submission(case.id), FILING)["form"]
    return stored["lic_file"]


def test_approval_gives_number_day_and_register():
    """A7-2."""
    case, _ = steps.approved()
    base = db.session.get(Base, case.base_id)
    assert base.filing_no == "BA-220104-2026-001" and base.filed_on == date(2026, 6, 1)
    assert base.status_now == "filed"
    assert str(base.area_total) == "3620.00"
    spans = db.session.scalars(select(NameSpan)).all(), db.session.scalars(select(OperatorSpan)).all()
    assert [(s.from_on, s.to_on) for group in spans for s in group] == [(date(2026, 6, 1), None)] * 2
    second, _ = steps.approved(102)
    assert db.session.get(Base, second.base_id).filing_no == "BA-220104-2026-002"


def test_the_number_of_changbaishan_has_its_letters():
    with transaction():
        code = db.session.scalar(select(access.Region.code).where(access.Region.code.like("JL-CBS-%")))
    case, _ = steps.approved(103, code)
    assert db.session.get(Base, case.base_id).filing_no == f"BA-{code.replace('-', '')}-2026-001"


def test_numbers_begin_anew_each_year(clock):
    steps.approved()
    clock.set("2027-01-04 09:00")
    case, _ = steps.approved(102)
    assert db.session.get(Base, case.base_id).filing_no == "BA-220104-2027-001"


def test_t43_a_return_says_why_and_where():
    """A7-2."""
    case, _ = steps.submitted()
    with refusal("7(1)", "理由至少写 10 个字"):
        walk.act(case, "return", steps.county(), text="", remarks=[REMARK])
    with refusal("7(1)", "至少一处"):
        walk.act(case, "return", steps.county(), text=REASON)
    assert walk.act(case, "return", steps.county(), text=REASON, remarks=[REMARK]).state == "correction"


def test_t44_the_second_version_and_its_difference():
    case, admin = steps.returned()
    with refusal("7(2)", "没有改动"):
        steps.resubmit(case, admin)
    case = steps.resubmit(case, admin, area_total="3800")
    assert case.state == "county_review"
    first, second = queries.submissions(case.id)
    assert (first.version_no, second.version_no) == (1, 2)
    typed = [from_stored(FILING, submissions.content(row, FILING)["form"]) for row in (first, second)]
    changed = differences(FILING, *typed)
    assert [c.field.name for c in changed] == ["area_total"]
    assert str(typed[0]["area_total"]) == "3620.00" and str(typed[1]["area_total"]) == "3800.00"
    back = queries.return_between(case.id, first, second)
    assert queries.answered(back, changed={"area_total"})[0]["done"] is True


def test_a7_11_the_third_return_is_the_leads():
    case, admin = steps.submitted()
    for area in ("3700", "3800"):
        walk.act(case, "return", steps.county(), text=REASON, remarks=[REMARK])
        case = steps.resubmit(case, admin, area_total=area)
    with refusal("7(1)", "第三次退回须由负责人办理"):
        walk.act(case, "return", steps.county(), text=REASON, remarks=[REMARK])
    assert walk.act(case, "return", steps.lead(), text=REASON, remarks=[REMARK]).state == "correction"


def test_a_refusal_is_the_leads_and_closes_the_base():
    """A7-1b, R-2.4."""
    case, admin = steps.submitted()
    with pytest.raises(Denied):
        walk.act(case, "refuse", steps.county(), text="场地已改作仓库使用，不具备条件")
    case = walk.act(case, "refuse", steps.lead(), text="场地已改作仓库使用，不具备条件")
    base = db.session.get(Base, case.base_id)
    assert case.state == "refused" and base.closed_at is not None and not base.account_open
    assert base.filing_no is None and base.status_now == "closed"
    with refusal("7(1)", "已经关闭"):
        commands.open_filing(admin)

    again, _ = walk.open_account(steps.unit())
    assert again.id != base.id and again.code == "jd220104002", "a new start is a new account (AMB-31)"
    assert [b.id for b in former_of(again)] == [base.id]


def test_amb_34_the_city_sends_back_until_an_application():
    case, _ = steps.approved()
    with pytest.raises(Denied):
        walk.act(case, "reopen", steps.county(), text=REASON)
    with pytest.raises(NotVisible):
        walk.act(case, "reopen", walk.actor(*walk.staff("220202").city), text=REASON)
    case = walk.act(case, "reopen", steps.city(), text=REASON)
    assert case.state == "county_review" and case.ended_at is None
    case = walk.act(case, "approve", steps.county())
    base = db.session.get(Base, case.base_id)
    assert base.filing_no == "BA-220104-2026-001", "the number stays"
    rounds = db.session.scalars(
        select(Opinion.round).where(Opinion.case_id == case.id, Opinion.station == "county_review").order_by(Opinion.id)
    ).all()
    assert rounds == [1, 2]


def test_the_base_cancels_its_filing_itself():
    """A7-2."""
    case, admin = steps.approved()
    with refusal("7(1)", "理由至少写 10 个字"):
        walk.act(case, "cancel", admin, text="不办了")
    owed = open_obligation(kind="profile_check", key=f"{case.base_id}:2027", due_on=date(2027, 3, 31), article="13",
                           region_id=case.region_id, base_id=case.base_id)
    case = walk.act(case, "cancel", admin, text="场地到期不再续租，注销备案")
    db.session.refresh(owed)
    assert owed.fulfilled_by_event == workflow.last_event(case.id).id, "a closed base owes nothing, and the record says why"
    base = db.session.get(Base, case.base_id)
    assert case.state == "cancelled" and base.closed_at is not None
    walk.open_account(steps.unit())


def test_t49_the_second_of_two_learns_who_was_first():
    case, _ = steps.submitted()
    seen = case.version
    workflow.advance(case.id, "approve", steps.county(), seen_version=seen)
    with pytest.raises(Conflict) as conflict:
        workflow.advance(case.id, "approve", steps.lead(), seen_version=seen)
    assert "朝阳区工信局 朝阳经办 于 09:00 处理" in conflict.value.message
    assert "备案通过" in conflict.value.message
    assert steps.count(Event, Event.kind == "approve") == 1


def test_t48_meihekou_is_not_tonghuas():
    case, _ = steps.submitted(104, "220581")
    walk.person("tonghua", "通化经办", ("city_clerk", "220500"))
    with pytest.raises(NotVisible):
        access.load(walk.actor("tonghua"), Case, case.id)
    assert access.load(steps.county("220581"), Case, case.id).office.code == "220581"


def test_people_of_a_closed_base_keep_their_row():
    case, admin = steps.submitted()
    walk.act(case, "refuse", steps.lead(), text="场地已改作仓库使用，不具备条件")
    assert db.session.get(Person, admin.person_id).disabled_at is None
    assert access.load(admin, Case, case.id).state == "refused", "what was decided can be read"
    assert clock.today() == date(2026, 6, 1)
