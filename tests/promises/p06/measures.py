"""What the Measures allow, written from their text and domain.md §2 to §5: the judge of P6.

It imports nothing of the product and knows none of its tables. A world has bases with their dated facts and dossiers
at their stations; ``judge`` says whether a person may do an act there now: True, False, or None where only a calendar
of holidays could tell. ``record`` writes down what was done.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

DAY = timedelta(days=1)
BASE, DEMONSTRATION = "base", "demonstration"
# who holds a station: a clerk or a lead of that office, or the lead alone (domain.md)
WHO = {
    "base": ("base_admin",), "county": ("county_clerk", "county_lead"), "county_lead": ("county_lead",),
    "city": ("city_clerk", "city_lead"), "city_lead": ("city_lead",), "province": ("prov_clerk", "prov_lead"),
    "province_lead": ("prov_lead",), "manager": ("prov_manager",), "public": ("public",),
}
LEADS = ("county_lead", "city_lead", "prov_lead")
MAJOR = ("change", "promotion", "revocation")  # one at a time (AMB-30)
SAME_CITY = {"220104": "220100", "220102": "220100", "220581": "220581"}
ROUND_ENDS = date(2026, 12, 31)


@dataclass(frozen=True)
class Way:
    """One act at one station: who, where it leads, what it needs, what it leaves behind or takes away."""

    kind: str
    state: str
    act: str
    who: str
    to: str
    needs: tuple[str, ...] = ()
    gives: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    another: bool = False  # not who acted at the station before

    def __repr__(self) -> str:
        return f"{self.kind}: {self.state} —{self.act}→ {self.to}"

    def _repr_pretty_(self, printer, cycle) -> None:
        printer.text(repr(self))


# state, act, who, to; ?needs +gives -takes; "2": another person than at the station before
_COMMON = """
draft                  submit           base           county_initial         ?round ?may_apply +sent
draft                  withdraw         base           withdrawn
county_initial         visit            county         county_initial         +seen_county
county_initial         recommend        county         city_review            ?seen_county 2
county_initial         return           county         correction_county      2
county_initial         not_recommend    county_lead    not_recommended        2
county_initial         withdraw         base           withdrawn
correction_county      submit           base           county_initial         ?may_apply -reviewed
correction_county      withdraw         base           withdrawn
city_review            forward          city           prov_acceptance        ?up_to_standard 2
city_review            return_county    city           county_initial         2
city_review            return           city           correction_city        2
city_review            not_forward      city_lead      not_forwarded          2
city_review            withdraw         base           withdrawn
correction_city        submit           base           city_review            ?may_apply -reviewed
correction_city        withdraw         base           withdrawn
prov_acceptance        accept           province       prov_assessment        2
prov_acceptance        return_city      province       city_review
prov_acceptance        return           province       correction_acceptance
prov_acceptance        not_accept       province_lead  not_accepted
prov_acceptance        withdraw         base           withdrawn
correction_acceptance  submit           base           prov_acceptance        ?may_apply -reviewed
correction_acceptance  withdraw         base           withdrawn
prov_assessment        visit            province       prov_assessment        +seen_province
prov_assessment        review           province       prov_assessment        !reviewed +reviewed
prov_assessment        conclude         province       deliberation           ?seen_province ?reviewed
prov_assessment        return           province       correction_assessment
prov_assessment        withdraw_for     province_lead  withdrawn
correction_assessment  submit           base           prov_assessment        ?may_apply -reviewed
correction_assessment  withdraw_for     province_lead  withdrawn
deliberation           pass             province       proposed               ?may_go_on
deliberation           hold             province       deliberation
deliberation           not_pass         province       not_passed
deliberation           withdraw_for     province_lead  withdrawn
proposed               publish          province       on_notice              +noticed -objected -upheld
proposed               withdraw_for     province_lead  withdrawn
on_notice              object           public         on_notice              !objected ?window_of_notice +objected
on_notice              reject_objection province       on_notice              ?objected !upheld -objected
on_notice              uphold_objection province       on_notice              ?objected !upheld +upheld
on_notice              refuse           province_lead  refused
on_notice              back_to_city     province_lead  city_review            ?upheld
on_notice              withdraw_for     province_lead  withdrawn
to_decide              reject_objection province       to_decide              ?objected !upheld -objected
to_decide              uphold_objection province       to_decide              ?objected !upheld +upheld
to_decide              refuse           province_lead  refused
to_decide              back_to_city     province_lead  city_review            ?upheld
to_decide              withdraw_for     province_lead  withdrawn
to_decide              decide           province_lead  {end}                  ?may_go_on !objected !upheld 2
"""
TABLES = {
    # 第七条（一）
    "account_request": """
county_check     confirm   county   dispatch
county_check     reject    county   rejected
dispatch         dispatch  manager  dispatched
dispatch         reject    manager  rejected
""",
    "filing": """
draft            submit    base         county_review
correction       submit    base         county_review
county_review    approve   county       approved
county_review    return    county       correction
county_review    refuse    county_lead  refused
approved         reopen    city         county_review  ?nothing_applied
approved         cancel    base         cancelled      ?nothing_applied
""",
    # 第七条（二）至（四）、第八条; 第六条 by the same walk
    "recognition": _COMMON.format(end="recognised"),
    "promotion": _COMMON.format(end="promoted"),
    # 第十条
    "renewal": """
draft              submit           base           county_review      ?window +sent
draft              withdraw         base           withdrawn
county_review      forward          county         city_review        2
county_review      forward_against  county         city_review        2
county_review      return           county         correction_county  2
county_review      withdraw         base           withdrawn
correction_county  submit           base           county_review
correction_county  withdraw         base           withdrawn
city_review        forward          city           prov_review        2
city_review        forward_against  city           prov_review        2
city_review        return_county    city           county_review      2
city_review        return           city           correction_city    2
city_review        withdraw         base           withdrawn
correction_city    submit           base           city_review
correction_city    withdraw         base           withdrawn
prov_review        approve          province       to_decide          !rectifying 2
prov_review        hold             province       prov_review
prov_review        return_city      province       city_review
prov_review        return           province       correction_province
prov_review        refuse           province_lead  refused
correction_province submit          base           prov_review
to_decide          decide           province_lead  renewed            !rectifying 2
to_decide          back             province_lead  prov_review
to_decide          refuse           province_lead  refused
""",
    # 第十三条
    "quarterly_report": """
draft          submit   base           county_review
county_review  pass     county         city_review
county_review  return   county         correction      !revoked
correction     submit   base           county_review
city_review    archive  city           archived        2
city_review    return   city           correction      !revoked 2
archived       unlock   province_lead  unlocked        !revoked
unlocked       submit   base           county_review
""",
    "major_event": """
draft          submit   base    county_check
county_check   return   county  correction
county_check   check    county  checked
correction     submit   base    county_check
""",
    # 第十四条
    "inspection": """
online_review  reviewed           province  field_visit
online_review  reviewed_only      province  conclusion   !drawn
""",
    "adhoc_inspection": """
online_review  reviewed           province  field_visit
""",
    # 第十五条
    "rectification": """
rectifying       report         base           county_check     -seen -checked -met
county_check     visit          county         county_check     +seen
county_check     check          county         county_check     +checked +met
county_check     check_short    county         county_check     +checked -met
county_check     verify         county         city_check       ?seen ?checked
county_check     not_done       county         rectifying
city_check       forward        city           prov_acceptance  2
city_check       return_county  city           county_check     2
prov_acceptance  check          province       prov_acceptance  +checked +met
prov_acceptance  check_short    province       prov_acceptance  +checked -met
prov_acceptance  accept         province       accepted         ?met !revoking 2
prov_acceptance  not_accept     province_lead  rectifying
""",
    # 第十六条
    "revocation": """
draft          submit         base           county_review  +sent
draft          withdraw       base           withdrawn      ?voluntary
county_review  pass           county         city_review
county_review  return         county         correction     ?voluntary
county_review  withdraw       base           withdrawn      ?voluntary
correction     submit         base           county_review
correction     withdraw       base           withdrawn      ?voluntary
city_review    forward        city_lead      prov_review    2
city_review    return_county  city_lead      county_review  2
city_review    withdraw       base           withdrawn      ?voluntary
prov_review    agree          province       to_decide      2
prov_review    return_city    province       city_review
prov_review    refuse         province_lead  refused
prov_review    withdraw       base           withdrawn      ?voluntary
to_decide      notify         province       to_decide      !told !voluntary +told
to_decide      waive          province_lead  to_decide      !told !voluntary +told +waived
to_decide      defend         base           to_decide      ?told !waived ?may_speak +spoken
to_decide      answer         province       to_decide      ?spoken -spoken
to_decide      revoke         province_lead  revoked        ?heard ?not_who_prepared
to_decide      refuse         province_lead  refused
""",
    # 第十八条
    "change": """
draft                submit     base           county_compliance  ?major_free ?change_left +sent -examined
draft                withdraw   base           withdrawn          !for_investor
county_compliance    pass       county         city_compliance    ?major_free ?change_left 2
county_compliance    return     county         correction_county  2
county_compliance    refuse     county_lead    not_compliant      2
county_compliance    withdraw   base           withdrawn          !for_investor
county_compliance    withdraw_for  county     withdrawn          ?for_investor
correction_county    submit     base           county_compliance  !for_investor ?change_left -examined
correction_county    submit_for  county      county_compliance  ?for_investor ?change_left -examined
correction_county    withdraw   base           withdrawn          !for_investor
correction_county    withdraw_for  county     withdrawn          ?for_investor
city_compliance      forward    city           prov_review        ?major_free ?change_left 2
city_compliance      return     city           correction_city    2
city_compliance      refuse     city_lead      not_compliant      2
city_compliance      withdraw   base           withdrawn          !for_investor
city_compliance      withdraw_for  county     withdrawn          ?for_investor
correction_city      submit     base           city_compliance    !for_investor ?change_left -examined
correction_city      submit_for  county      city_compliance    ?for_investor ?change_left -examined
correction_city      withdraw   base           withdrawn          !for_investor
correction_city      withdraw_for  county     withdrawn          ?for_investor
prov_review          examine    province       prov_review        +examined
prov_review          approve    province_lead  to_implement       ?examined ?major_free ?change_left ?not_who_examined 2
prov_review          return     province       correction_province
prov_review          disagree   province_lead  not_agreed
correction_province  submit     base           prov_review        !for_investor ?change_left -examined
correction_province  submit_for  county      prov_review        ?for_investor ?change_left -examined
correction_province  withdraw   base           withdrawn          !for_investor
correction_province  withdraw_for  county     withdrawn          ?for_investor
to_implement         implement      base           implemented
to_implement         implement_for  county         implemented
to_implement         annul          province_lead  annulled       ?implement_overdue
""",
}
_FIELD = """
online_review  find_15        province  online_review  +15
online_review  find_16        province  online_review  +16
field_visit    find_15        province  field_visit  +15
field_visit    find_16        province  field_visit  +16
field_visit    visit          province  field_visit  +seen
field_visit    visited        province  conclusion   ?seen
conclusion     order_visit    province  field_visit
conclusion     find_15        province  conclusion   +15
conclusion     find_16        province  conclusion   +16
conclusion     conclude_passed     province  concluded
conclusion     conclude_rectify    province  concluded  ?seen ?15 +to_rectify
conclusion     conclude_downgrade  province  concluded  ?seen ?15 ?demonstration +to_downgrade
conclusion     conclude_both       province  concluded  ?seen ?15 ?demonstration +to_downgrade +to_rectify
conclusion     conclude_revoke     province  concluded  ?seen ?16
concluded      contract            province       concluded  ?to_rectify !ordered ?15 +contract
concluded      issue_rectification province_lead  concluded  ?to_rectify !ordered ?contract ?in_force !rectifying_still ?not_who_concluded +ordered
concluded      issue_downgrade     province_lead  concluded  ?to_downgrade ?demonstration ?in_force ?not_who_concluded -to_downgrade
"""
TABLES["inspection"] += _FIELD
TABLES["adhoc_inspection"] += _FIELD


def _read(kind: str, text: str) -> list[Way]:
    found = []
    for line in filter(None, text.splitlines()):
        state, act, who, to, *words = line.split()
        found.append(Way(
            kind, state, act, who, to, needs=tuple(w for w in words if w[0] in "?!"), gives=tuple(w[1:] for w in words if w[0] == "+"),
            takes=tuple(w[1:] for w in words if w[0] == "-"), another="2" in words))
    return found


WAYS: dict[str, list[Way]] = {kind: _read(kind, text) for kind, text in TABLES.items()}
# what may be begun on a base: kind → who begins, where the dossier then stands
OPENINGS = {
    "filing": ("base", "draft"), "recognition": ("base", "draft"), "promotion": ("base", "draft"), "renewal": ("base", "draft"),
    "quarterly_report": ("base", "draft"), "major_event": ("base", "draft"), "adhoc_inspection": ("province", "online_review"),
    "change": ("base", "draft"), "for_investor": ("county", "county_compliance"), "voluntary": ("base", "draft"),
    "proposed": ("county_lead", "city_review"), "direct": ("province", "to_decide"),
}
BY_AN_OFFICE = ("proposed", "direct", "for_investor")
CASE_OF = {"for_investor": "change", "voluntary": "revocation", "proposed": "revocation", "direct": "revocation"}
ENDS = {way.to for ways in WAYS.values() for way in ways} - {way.state for ways in WAYS.values() for way in ways} | {"concluded", "archived", "approved"}
# what a revocation closes with it (A16-6)
CLOSED_WITH_IT = ("promotion", "renewal", "change", "rectification", "inspection", "adhoc_inspection", "major_event")


@dataclass(frozen=True)
class Someone:
    """A person under one membership."""

    login: str
    role: str
    place: str = ""  # the division of a county office, the code of a city office
    base: str = ""


@dataclass
class Firm:
    """A base and the dated facts from which its standing follows."""

    name: str
    place: str
    filed: bool = False
    closed: bool = False
    strong: bool = False  # whether it has the forty tenants, jobs and graduates of a demonstration base (第六条)
    people: bool = True  # whether somebody may act for it
    periods: list[tuple[date, date, date]] = field(default_factory=list)  # from, to, date of the document
    level: str = ""
    rectifying: date | None = None  # from which day
    accepted: date | None = None  # the last day of it (A15-5)
    revoked_on: date | None = None
    renewals: list[list] = field(default_factory=list)  # filed on, ended on or None
    approvals: list[list] = field(default_factory=list)  # approved on, dossier, annulled
    reported: set[str] = field(default_factory=set)

    def period(self, on: date) -> tuple[date, date, date] | None:
        begun = [p for p in self.periods if p[0] <= on]
        return max(begun) if begun else min(self.periods, default=None)

    def status(self, on: date) -> str:
        if self.revoked_on is not None:
            return "revoked"
        now = self.period(on)
        if now is None:
            return "closed" if self.closed else "filed" if self.filed else "account"
        if on <= now[1]:
            return "valid"
        pending = any(window(now[1])[0] <= filed <= now[1] and ended is None for filed, ended in self.renewals)
        return "provisional" if pending else "lapsed"

    def is_rectifying(self, on: date) -> bool:
        return self.rectifying is not None and (self.accepted is None or on <= self.accepted)

    def in_force(self, on: date) -> bool:
        return self.status(on) in ("valid", "provisional")


@dataclass
class Dossier:
    kind: str
    base: str
    state: str
    place: str = ""
    marks: set[str] = field(default_factory=set)
    said: list[tuple[str, str]] = field(default_factory=list)  # station, person of an office
    returned: int = 0
    prepared_by: str = ""  # who brought it to its decision
    examined_by: str = ""
    since: date | None = None  # the day from which a term runs: notice, prior notice, approval
    code: str = ""

    @property
    def over(self) -> bool:
        return self.state in ENDS


@dataclass
class World:
    today: date
    firms: dict[str, Firm] = field(default_factory=dict)
    dossiers: dict[int, Dossier] = field(default_factory=dict)

    def of(self, base: str, *kinds: str) -> list[Dossier]:
        return [d for d in self.dossiers.values() if d.base == base and d.kind in kinds]

    def running(self, base: str, *kinds: str, but: Dossier | None = None) -> bool:
        """Submitted and not over."""
        return any("sent" in d.marks and not d.over for d in self.of(base, *kinds) if d is not but)


def window(to: date) -> tuple[date, date]:
    """The last three months of a validity that ends on 31 December or the like (A10-2)."""
    after = to + DAY
    month = after.month - 3
    return (after.replace(month=month) if month > 0 else after.replace(year=after.year - 1, month=month + 12), to)


def quarter_before(day: date) -> tuple[str, date]:
    """The last quarter that is over, and its last day."""
    first = date(day.year, 3 * ((day.month - 1) // 3) + 1, 1)
    last = first - DAY
    return f"{last.year}Q{(last.month + 2) // 3}", last


# what an act needs --------------------------------------------------------------------------------


def _term(since: date | None, today: date, surely_not: int, surely: int) -> bool | None:
    """Whether a term is over that rolls to a working day: None in between."""
    gone = (today - since).days if since else -1
    return None if surely_not < gone <= surely else gone > surely


def _may_apply(w: World, d: Dossier):
    return _promotable(w, d) if d.kind == "promotion" else _filed(w, d)


def _filed(w: World, d: Dossier):
    return any(f.state == "approved" for f in w.of(d.base, "filing"))


def _promotable(w: World, d: Dossier):
    firm = w.firms[d.base]
    return (firm.in_force(w.today) and firm.level != DEMONSTRATION and not firm.is_rectifying(w.today)
            and not w.running(d.base, *MAJOR, but=d))


def _heard(w: World, d: Dossier):
    if "voluntary" in d.marks or "waived" in d.marks:
        return True
    if "told" not in d.marks or "spoken" in d.marks:
        return False
    return _term(d.since, w.today, 6, 20)


def _may_speak(w: World, d: Dossier):
    over = _term(d.since, w.today, 6, 20)
    return None if over is None else not over


def _change_left(w: World, d: Dossier):
    """One approved change in each period, whatever it changed (A18-3, AMB-06, AMB-07)."""
    firm = w.firms[d.base]
    if not firm.in_force(w.today):
        return False
    now = firm.period(w.today)
    return not any(firm.period(on) == now and not annulled for on, whose, annulled in firm.approvals if whose is not d)


NEEDS = {
    "round": lambda w, d: w.today <= ROUND_ENDS,
    "may_apply": _may_apply,
    "up_to_standard": lambda w, d: d.kind != "promotion" or w.firms[d.base].strong,
    "may_go_on": lambda w, d: d.kind != "promotion" or _promotable(w, d),
    "window_of_notice": lambda w, d: _not(_term(d.since, w.today, 6, 20)),
    # a base of these sequences that was recognised before them has no application on file
    "nothing_applied": lambda w, d: not any("sent" in r.marks for r in w.of(d.base, "recognition")) and (not w.firms[d.base].periods or None),
    "window": lambda w, d: w.firms[d.base].status(w.today) == "valid" and w.today >= window(w.firms[d.base].period(w.today)[1])[0],
    "revoked": lambda w, d: w.firms[d.base].revoked_on is not None,
    "rectifying": lambda w, d: w.firms[d.base].is_rectifying(w.today),
    "rectifying_still": lambda w, d: w.firms[d.base].is_rectifying(w.today) and (w.firms[d.base].accepted is None or None),
    "revoking": lambda w, d: any(not r.over and not unsent(r) for r in w.of(d.base, "revocation")),
    "demonstration": lambda w, d: w.firms[d.base].level == DEMONSTRATION and w.firms[d.base].in_force(w.today),
    "in_force": lambda w, d: w.firms[d.base].in_force(w.today) or None,
    "heard": _heard,
    "may_speak": _may_speak,
    "major_free": lambda w, d: not w.running(d.base, "promotion", "revocation"),
    "change_left": _change_left,
    "implement_overdue": lambda w, d: _term(d.since, w.today, 90, 110),
}


def _not(value: bool | None) -> bool | None:
    return None if value is None else not value


def judge(w: World, who: Someone, way: Way, d: Dossier) -> bool | None:
    """Whether that person may do that act on that dossier today; None: only a calendar of working days can tell."""
    if not _holds(w, who, way, d):
        return False
    if way.another and _before(d) == who.login:
        return False
    if way.act == "return" and d.returned >= 2 and who.role not in LEADS:
        return False
    answers = [_need(w, who, need, d) for need in way.needs]
    return False if False in answers else None if None in answers else True


def _holds(w: World, who: Someone, way: Way, d: Dossier) -> bool:
    if who.role not in WHO[way.who]:
        return False
    place = w.firms[d.base].place if d.base in w.firms else d.place
    if who.role.startswith("base"):
        return who.base == d.base and w.firms[d.base].people
    if who.role.startswith("county"):
        return who.place == place
    return who.place == SAME_CITY[place] if who.role.startswith("city") else True


def _before(d: Dossier) -> str:
    """Who of an office acted last at another station than this (R-2.1)."""
    return next((person for station, person in reversed(d.said) if station != d.state), "")


def _need(w: World, who: Someone, need: str, d: Dossier) -> bool | None:
    name = need[1:]
    if name.startswith("not_who_"):
        return (d.examined_by if name == "not_who_examined" else d.prepared_by) != who.login
    found = NEEDS[name](w, d) if name in NEEDS else name in d.marks
    return _not(found) if need[0] == "!" else found


def unsent(d: Dossier) -> bool:
    """What a base has not sent has not started and locks no office: its revocation (AMB-15), its change (AMB-32)."""
    return d.kind in ("revocation", "change") and d.state == "draft"


def make_way(w: World, base: str, kind: str = "revocation") -> None:
    """An office begins one of that kind: what the base has not sent is over."""
    for d in w.of(base, kind):
        if unsent(d):
            d.state = "withdrawn"


def may_open(w: World, who: Someone, what: str, base: str) -> bool | None:
    """Whether that person may begin that on that base today."""
    firm, role = w.firms[base], OPENINGS[what][0]
    probe = Dossier(CASE_OF.get(what, what), base, "")
    if who.base and who.base != base and role == "base":
        return None  # what one begins is always one's own
    if not _holds(w, who, Way("", "", "", role, ""), probe):
        return False
    status = firm.status(w.today)
    recognised = bool(firm.periods) and status != "revoked"
    running = [d for d in w.of(base, probe.kind) if not d.over and not (what in BY_AN_OFFICE and unsent(d))]
    if running:  # taken up again where it is one's own, refused where it is a second one
        return None if what in ("filing", "recognition", "promotion", "renewal", "change", "major_event", "quarterly_report", "voluntary") else False
    return {
        "filing": lambda: (status == "account") or None,
        "recognition": lambda: _filed(w, probe) and not firm.in_force(w.today) and (status == "filed" or None),
        "promotion": lambda: _promotable(w, probe),
        "renewal": lambda: recognised and w.today <= firm.period(w.today)[1],
        "quarterly_report": lambda: _owed(w, firm),
        "major_event": lambda: firm.filed and not firm.closed and status != "revoked",
        "adhoc_inspection": lambda: firm.in_force(w.today),
        "change": lambda: _change_left(w, probe) and not w.running(base, "promotion", "revocation"),
        "for_investor": lambda: _change_left(w, probe) and not w.running(base, "promotion", "revocation"),
        "voluntary": lambda: recognised,
        "proposed": lambda: _proposable(w, firm),
        "direct": lambda: recognised,
    }[what]()


def _owed(w: World, firm: Firm) -> bool | None:
    """The last quarter's report: recognised by its end, and in force then (§6 report_required)."""
    code, last = quarter_before(w.today)
    if not firm.periods or min(p[2] for p in firm.periods) > last or firm.revoked_on or code in firm.reported:
        return False
    covered = any(last <= p[1] for p in firm.periods)
    return True if covered else None


def _proposable(w: World, firm: Firm) -> bool | None:
    """A16-2: the year of rectification is over, or the validity has lapsed."""
    if firm.status(w.today) == "lapsed":
        return True
    if not firm.is_rectifying(w.today) or not firm.in_force(w.today):
        return False
    return _term(firm.rectifying, w.today, 366, 380)


# what was done --------------------------------------------------------------------------------------


def record(w: World, who: Someone, way: Way, d: Dossier) -> None:
    """The act is done: the dossier stands where it leads, the base has what follows."""
    before = d.state
    if (who.role not in ("base_admin", "public") and way.state != way.to) or way.act in ("hold", "examine"):
        d.said.append((before, who.login))
    d.state = way.to
    d.marks |= set(way.gives)
    d.marks -= set(way.takes)
    if way.act == "return":
        d.returned += 1
    if way.act in ("publish", "notify", "approve"):
        d.since = w.today
    if way.act == "examine":
        d.examined_by = who.login
    if way.act in ("agree",) or way.act.startswith("conclude_"):
        d.prepared_by = who.login
    follow = _FOLLOWS.get((d.kind, way.act)) or _FOLLOWS.get(("", way.act))
    if follow:
        follow(w, w.firms.get(d.base), d)


def _recognise(w: World, firm: Firm, d: Dossier) -> None:
    firm.periods.append((date(w.today.year + 1, 1, 1), date(w.today.year + 5, 12, 31), w.today))
    firm.level = BASE


def _renew(w: World, firm: Firm, d: Dossier) -> None:
    first = firm.period(w.today)[1] + DAY
    firm.periods.append((first, first.replace(year=first.year + 3) - DAY, w.today))
    _end_renewal(w, firm, d)


def _file_renewal(w: World, firm: Firm, d: Dossier) -> None:
    if not any(r[1] is None for r in firm.renewals):
        firm.renewals.append([w.today, None])


def _end_renewal(w: World, firm: Firm, d: Dossier) -> None:
    for renewal in firm.renewals:
        renewal[1] = renewal[1] or w.today


def _set(**facts):
    def follow(w: World, firm: Firm, d: Dossier) -> None:
        for name, value in facts.items():
            setattr(firm, name, value)

    return follow


def _revoke(w: World, firm: Firm, d: Dossier) -> None:
    firm.revoked_on, firm.people, firm.rectifying = w.today, False, None
    for other in w.of(firm.name, *CLOSED_WITH_IT):
        if not other.over:
            other.state = "terminated"
    _end_renewal(w, firm, d)


def _approved(w: World, firm: Firm, d: Dossier) -> None:
    firm.approvals.append([w.today, d, False])


def _annul(w: World, firm: Firm, d: Dossier) -> None:
    for approval in firm.approvals:
        approval[2] = approval[2] or approval[1] is d


def _rectify(w: World, firm: Firm, d: Dossier) -> None:
    firm.rectifying, firm.accepted = w.today, None


def _accept(w: World, firm: Firm, d: Dossier) -> None:
    firm.accepted = w.today


_FOLLOWS = {
    ("filing", "approve"): _set(filed=True), ("filing", "refuse"): _set(closed=True), ("filing", "cancel"): _set(closed=True),
    ("recognition", "decide"): _recognise, ("promotion", "decide"): _set(level=DEMONSTRATION),
    ("renewal", "submit"): _file_renewal, ("renewal", "decide"): _renew, ("renewal", "refuse"): _end_renewal,
    ("renewal", "withdraw"): _end_renewal, ("", "issue_rectification"): _rectify, ("", "issue_downgrade"): _set(level=BASE),
    ("rectification", "accept"): _accept, ("revocation", "revoke"): _revoke,
    ("change", "approve"): _approved, ("change", "annul"): _annul,
}
ENDS |= {"terminated"}


def notice_over(d: Dossier, today: date) -> bool | None:
    """AMB-20: seven days after the first one, to the next working day."""
    return _term(d.since, today, 7, 20)

