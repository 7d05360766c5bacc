"""What may be owed: each kind of obligation with its words, how its day is counted, and who is told when (第七、八、十、十三条).

A kind that is not listed is treated as `OTHER`; the days of the steps are parameters of the province.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from .articles import Refusal
from .calendar import chinese_date
from .counting import FIXED, NATURAL, WORKING

USUAL_BEFORE = ("remind_first", "remind_second", "remind_third")
RENEWAL_BEFORE = ("remind_renewal_first", "remind_renewal_second", "remind_renewal_third", "remind_renewal_fourth")
MEANS = {"portal": "系统消息", "phone": "电话", "text": "短信", "paper": "书面通知", "visit": "上门"}
URGING_LEAST, URGING_MOST = 10, 400
URGING_ALL = "已过期限，还没有办。尽快办理；办不了的，书面说明原因和办理的日期。"  # to each for its own, so it counts nothing


@dataclass(frozen=True)
class Duty:
    """One kind: its name, the verb that fulfils it, the unit of its counting, the event that starts it."""

    kind: str
    label: str
    verb: str
    unit: str = ""  # none: nothing is said about the counting but what the obligation itself keeps
    event: str = "收到"
    rule: str = ""
    before: tuple[str, ...] = USUAL_BEFORE
    late_event: str = ""  # what its working days are counted from where its fixed day had passed already


CHOSEN = "指派时定的日期，遇节假日不顺延"
DUTIES: dict[str, Duty] = {
    d.kind: d
    for d in (
        Duty("station", "办理期限", "办理", WORKING),
        Duty("score_sheet", "专家评审表", "填评审表", WORKING, "指派", CHOSEN),
        Duty("site_visit", "实地踏查", "登记踏查", WORKING, "指派", CHOSEN),
        Duty("objection", "异议答复", "答复异议", WORKING, "收到异议"),
        Duty("plaque", "牌匾发放", "登记发牌", WORKING, "认定文件登记"),
        Duty("national_end", "国家级称号到期", "核实", FIXED, "登记国家级称号", "称号期满当日"),
        Duty("settle_end", "核定有效期", "核定", WORKING, "导入旧办法认定的基地"),
        Duty("plaque_back", "收回旧牌匾", "登记收回", WORKING, "决定文件登记"),
        Duty("service", "送达决定文件", "登记送达", WORKING, "决定文件登记"),
        Duty("plaque_recovery", "收回牌匾", "登记收回", WORKING, "撤销文件登记"),
        Duty("tax_notice", "通知主管税务机关", "登记通知", WORKING, "撤销文件登记"),
        Duty("report", "季报和年报", "去填报", FIXED, "报告期结束",
             "季报每季度首月20日前，年报每年1月20日前，遇节假日不顺延", late_event="认定文件登记，原定的截止日已过"),
        Duty("renewal", "有效期续延", "申请续延", FIXED, "续延申请开始受理",
             "有效期届满当日，遇节假日不顺延", RENEWAL_BEFORE),
        Duty("profile_check", "核对基本信息", "去核对", FIXED, "每年1月1日", "每年3月31日前，遇节假日不顺延"),
        Duty("implement", "变更实施", "登记实施", NATURAL, "变更批复"),
        Duty("account", "账号交接", "交接账号", WORKING, "变更批复"),
        Duty("revoke_directly", "直接撤销", "办理撤销", WORKING, "续延未通过"),
        Duty("propose_revocation", "提出撤销", "提出撤销", NATURAL, "期满未续延"),
        Duty("special_inspection", "专项检查", "开专项检查", WORKING, "核实重大事项"),
        Duty("rectification", "限期整改", "提交整改结果", NATURAL, "整改通知", "自整改通知之日起一年，到对应日"),
    )
}
OTHER = Duty("", "应办事项", "办理")


def duty(kind: str) -> Duty:
    return DUTIES.get(kind, OTHER)


# who is told of what is still open after its day, and which parameter says how many days after it (A13-6, A7-8)
TOLD_AFTER: tuple[tuple[str, str], ...] = (
    ("county", "list_county"), ("city", "list_city"), ("province", "list_province"),
)
TIER_ABOVE = {"base": ("county", "city", "province"), "county": ("city", "province"), "city": ("province",)}
REMINDER_KEYS = (*USUAL_BEFORE, *RENEWAL_BEFORE, *(key for _, key in TOLD_AFTER))


@dataclass(frozen=True)
class Step:
    """One day on which somebody is told: ``offset`` days after the due day (negative before), and who."""

    name: str  # base:-10, county:+1
    offset: int
    who: str  # debtor, county, city, province

    def day(self, due_on: date) -> date:
        return due_on + timedelta(days=self.offset)


def steps_of(kind: str, debtor: str, value) -> tuple[Step, ...]:
    """The days of one obligation: the debtor before, on and after its day, then the offices above, one list each.

    ``debtor`` is base, person or the tier of the office; ``value(key) -> int`` reads a parameter, zero leaves a
    step out. The day itself and the day after it are always told.
    """
    before = {-days for key in duty(kind).before if (days := value(key)) > 0}
    found = [Step(f"debtor:{n}", n, "debtor") for n in sorted({*before, 0, 1})]
    above = TIER_ABOVE.get(debtor, ())
    found += [Step(f"{who}:{n}", n, who) for who, key in TOLD_AFTER if who in above and (n := value(key)) > 0]
    return tuple(found)


@dataclass(frozen=True)
class Plan:
    """What is to happen on a day: at most one step a reader is due; those that it overtook are superseded."""

    due: tuple[Step, ...]
    superseded: tuple[Step, ...]


def plan(steps: tuple[Step, ...], due_on: date, opened_on: date, day: date, settled: frozenset[str]) -> Plan:
    """Which steps are due on ``day`` and not yet ``settled``, late ones included.

    A step whose day had passed when the obligation arose never was one. Of several that one reader missed,
    the last is said and the earlier are superseded: nothing is silently lost, nobody is told the same thrice.
    """
    due, passed = [], []
    for who in dict.fromkeys(step.who for step in steps):
        come = [s for s in steps if s.who == who and opened_on <= s.day(due_on) <= day]
        open_ = [s for s in come if s.name not in settled]
        if not open_:
            continue
        if open_[-1] is come[-1]:
            due.append(open_.pop())
        passed += open_
    return Plan(tuple(due), tuple(passed))


def urging_refusal(means: str, text: str) -> Refusal | None:
    """Why an urging can't be recorded so (A13-6): the means and the words belong to the record."""
    if means not in MEANS:
        return Refusal("13", "没有选催报方式", "选电话、系统消息或其他方式")
    if not URGING_LEAST <= len(text.strip()) <= URGING_MOST:
        return Refusal("13", f"催报内容要写 {URGING_LEAST}—{URGING_MOST} 个字", "写明催报的事项和报送的日期")
    return None


def urging_words(title: str, due_on: date, today: date) -> str:
    """The words offered for an urging; whoever urges may change them."""
    late = (today - due_on).days
    passed = f"已逾期 {late} 天" if late > 0 else "尚未报送"
    return f"{title}应在{chinese_date(due_on)}前办，{passed}。尽快办理；办不了的，书面说明原因。"
