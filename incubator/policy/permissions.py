"""Who may do what: permissions with their articles, roles, and which roles exclude one another (domain §2).

A permission says *who*; when it may be used is said by `policy.procedures`. What is not listed is denied.
"""

from dataclasses import dataclass

PUBLIC = "public"
BASE = ("base_admin", "base_clerk")
COUNTY = ("county_clerk", "county_lead")
CITY = ("city_clerk", "city_lead")
LOCAL = COUNTY + CITY
PROVINCE = ("prov_clerk", "prov_lead", "prov_manager")
PROVINCE_DESK = ("prov_clerk", "prov_lead")
ASSIGNED = ("site_team", "expert")
ADMINS = ("sys_admin", "sec_admin", "auditor")


@dataclass(frozen=True)
class Role:
    key: str
    label: str
    tier: str  # public, base, county, city, province, assigned, admin, service

    @property
    def is_staff(self) -> bool:
        return self.tier in ("county", "city", "province", "admin")


ROLES: dict[str, Role] = {
    role.key: role
    for role in (
        Role("public", "公众", "public"),
        Role("base_admin", "基地负责人", "base"),
        Role("base_clerk", "基地填报人", "base"),
        Role("base_former", "原基地人员", "base"),
        Role("county_clerk", "县级经办", "county"),
        Role("county_lead", "县级负责人", "county"),
        Role("city_clerk", "市级经办", "city"),
        Role("city_lead", "市级负责人", "city"),
        Role("prov_clerk", "省厅经办", "province"),
        Role("prov_lead", "省厅负责人", "province"),
        Role("prov_manager", "省厅业务管理员", "province"),
        Role("site_team", "考核组成员", "assigned"),
        Role("expert", "评审专家", "assigned"),
        Role("sys_admin", "系统管理员", "admin"),
        Role("sec_admin", "安全管理员", "admin"),
        Role("auditor", "审计员", "admin"),
        Role("service", "系统", "service"),
    )
}
SIGNED_IN = tuple(key for key in ROLES if key not in ("public", "service"))
BUSINESS = (*BASE, "base_former", *LOCAL, *PROVINCE, *ASSIGNED)
_BASE_SIDE = (*BASE, "base_former")


def _exclusions() -> frozenset[frozenset[str]]:
    """Pairs of roles that one person never holds together (column 'never held together' of domain §2.1)."""
    office_side = LOCAL + PROVINCE + ASSIGNED + ADMINS
    pairs = [(a, b) for a in _BASE_SIDE for b in office_side]
    pairs += [(a, b) for a in LOCAL for b in (*PROVINCE, "expert", *ADMINS)]
    pairs += [(a, b) for a in PROVINCE for b in ("expert", *ADMINS)]
    pairs += [(a, b) for a in ASSIGNED for b in ADMINS]
    pairs += [(a, b) for a in ADMINS for b in ADMINS if a != b]
    return frozenset(frozenset(pair) for pair in pairs)


EXCLUSIONS = _exclusions()


def excluded(role: str, held: set[str]) -> set[str]:
    """Which of the `held` roles forbid `role` (R-2.5, R-2.6)."""
    return {other for other in held if frozenset((role, other)) in EXCLUSIONS}


@dataclass(frozen=True)
class Permission:
    key: str
    doc: str
    article: str
    roles: tuple[str, ...]


def _p(key: str, doc: str, article: str, *roles: str) -> Permission:
    return Permission(key, doc, article, tuple(dict.fromkeys(roles)))


_ALL = (
    _p("public.read", "看公开的名单、公示和流程", "2", PUBLIC, *SIGNED_IN),
    _p("sign.in", "登录", "7(1)", PUBLIC, *SIGNED_IN),
    _p("self.use", "自己的账号、消息和身份", "7(1)", *SIGNED_IN),
    _p("components.read", "看界面组件", "22", *SIGNED_IN),
    _p("probe", "运行状况", "22", PUBLIC, *SIGNED_IN),
    _p("file.read", "下载看得见的案卷里的文件", "13", *BUSINESS),
    _p("file.add", "上传文件", "13", *BASE, *LOCAL, *PROVINCE, *ASSIGNED),
    _p("public.ask", "不登录提交账号申请、异议和线索", "7(1)", PUBLIC, *SIGNED_IN),
    _p("account_request.submit", "提交账号申请", "7(1)", PUBLIC, *SIGNED_IN, "service"),
    _p("account_request.confirm", "核验账号申请", "7(1)", *COUNTY),
    _p("account.dispatch", "派发账号、重发一次性密码", "7(1)", "prov_manager"),
    _p("case.read", "看案卷", "7", *BUSINESS),
    _p("case.draft", "填自己的表", "7(2)", *BASE),
    _p("case.act", "办理案卷（每一步另有权限）", "7", *BASE, *LOCAL, *PROVINCE),
    _p("worklist.read", "看待办", "7", *BASE, "base_former", *LOCAL, *PROVINCE, *ASSIGNED),
    _p("desk.use", "办内的视图、备注、在办标记和批量办理", "3", *LOCAL, *PROVINCE),
    _p("desk.lead", "移交别人在办的件，改共享视图，撤下别人的批次", "3", "county_lead", "city_lead", "prov_lead"),
    _p("base.read", "看基地", "13", *BUSINESS),
    _p("base.people", "添加和停用基地填报人", "7(1)", "base_admin"),
    _p("filing.fill", "填备案表", "7(1)", *BASE, "service"),
    _p("filing.submit", "提交备案", "7(1)", "base_admin"),
    _p("filing.review", "审备案、退回补正", "7(1)", *COUNTY),
    _p("filing.refuse", "不予备案", "7(1)", "county_lead"),
    _p("filing.reopen", "把备案退回县里再审", "7(1)", *CITY),
    _p("filing.cancel", "注销备案", "7(1)", "base_admin"),
    _p("campaign.read", "看申报批次和指南", "7(5)", *BUSINESS),
    _p("campaign.manage", "安排申报批次和指南", "7(5)", "prov_manager"),
    _p("roster.read", "看名册", "13", *_BASE_SIDE, *LOCAL, *PROVINCE, *ASSIGNED),
    _p("roster.keep", "记名册", "13", *BASE),
    _p("profile.keep", "改本基地的基本信息，报重大事项", "13", *BASE),
    _p("profile.confirm", "每年核对基本信息", "13", "base_admin"),
    _p("major_event.submit", "提交重大事项报告", "13", "base_admin"),
    _p("major_event.check", "核实重大事项、退回补正", "13", *COUNTY),
    _p("roster.export", "把名册导出为表格", "13", *BASE, *LOCAL, *PROVINCE),
    _p("roster.override", "改判一户在孵企业是否计入", "5(4)", *LOCAL, *PROVINCE_DESK),
    _p("recognition.fill", "填认定、晋级、续延申请", "7(2)", *BASE),
    _p("recognition.submit", "提交认定、晋级、续延申请", "7(2)", "base_admin"),
    _p("recognition.withdraw", "撤回认定、晋级、续延申请", "7(2)", "base_admin"),
    _p("recognition.review_county", "县级初审、推荐、退回", "7(3)", *COUNTY),
    _p("recognition.refuse_county", "不予推荐", "7(3)", "county_lead"),
    _p("recognition.review_city", "市级复核、上报、退回", "7(4)", *CITY),
    _p("recognition.refuse_city", "不予上报", "7(4)", "city_lead"),
    _p("recognition.accept", "省厅受理、退回", "8", *PROVINCE_DESK),
    _p("recognition.assess", "组织考核评审", "8", *PROVINCE_DESK),
    _p("recognition.refuse", "不予受理、不予认定或晋级、退回审议、按申请撤回", "8", "prov_lead"),
    _p("return.third", "第三次退回同一事项", "7(3)", "county_lead", "city_lead", "prov_lead"),
    _p("act.on_behalf", "县、市不能办时代为办理，写明理由", "3", "prov_lead"),
    _p("visit.read", "看踏查记录", "7(3)", *_BASE_SIDE, *LOCAL, *PROVINCE, *ASSIGNED),
    _p("visit.register", "登记实地踏查", "7(3)", *LOCAL, *PROVINCE_DESK, "site_team"),
    _p("relaxation.read", "看放宽建议和决定", "5(2)", *LOCAL, *PROVINCE),
    _p("relaxation.propose", "提出、收回放宽建议", "5(2)", *LOCAL),
    _p("relaxation.grant", "同意或不同意放宽", "5(2)", "prov_lead"),
    _p("expert.assign", "指派评审专家、结束评审", "8", *PROVINCE_DESK),
    _p("sheet.score", "填专家评审表", "8", "expert"),
    _p("expert.profile", "填写本人的单位和专业，供核对利害关系", "8", "expert"),
    _p("meeting.read", "看集中审议", "8", *PROVINCE),
    _p("meeting.record", "登记集中审议", "8", *PROVINCE_DESK),
    _p("notice.read", "看公示的办理情况", "8", *PROVINCE),
    _p("notice.publish", "发布公示、办理异议", "8", *PROVINCE_DESK),
    _p("decision.read", "看决定文件", "8", *PROVINCE),
    _p("decision.issue", "登记决定文件", "8", "prov_lead"),
    _p("plaque.read", "看牌匾登记", "8", *PROVINCE),
    _p("plaque.register", "登记牌匾的发放和换发", "8", *PROVINCE_DESK),
    _p("plaque.return", "登记收回牌匾", "17", *COUNTY, *PROVINCE_DESK),
    _p("change.fill", "填变更申请", "18", *BASE),
    _p("change.submit", "提交变更申请，对代为提交的写意见", "18", "base_admin"),
    _p("change.withdraw", "撤回变更申请", "18", "base_admin"),
    _p("change.open_for", "运营机构不配合时代投资主体提交、补正和撤回变更", "18(1)", *COUNTY),
    _p("change.review_county", "县合规审查、退回", "18", *COUNTY),
    _p("change.refuse_county", "县审查不合规", "18", "county_lead"),
    _p("change.review_city", "市合规审查、正式文件上报、退回", "18", *CITY),
    _p("change.refuse_city", "市审查不合规", "18", "city_lead"),
    _p("change.review", "省厅审核变更、退回", "18", *PROVINCE_DESK),
    _p("change.decide", "同意、不同意变更，作废过期没有实施的", "18", "prov_lead"),
    _p("change.implement", "确认变更已实施", "18", "base_admin"),
    _p("change.implement_for", "运营机构不确认时代为确认", "18", *COUNTY),
    _p("legacy.import", "导入旧办法认定的基地，核定有效期，规范名称，派发账号", "20", "prov_manager"),
    _p("scheme.keep", "登记市（州）级创业孵化基地", "21", *CITY),
    _p("insight.foresee", "看今后 90 天要到期和达不到标准的", "12", *LOCAL, *PROVINCE),
    _p("insight.rehearse", "标准改动前在名录上试算", "22", *PROVINCE),
    _p("office.read", "看区划、机构和办理路径", "3", *LOCAL, *PROVINCE, *ADMINS),
    _p("route.manage", "调整办理路径", "3", "prov_manager"),
    _p("parameter.read", "看标准、参数和节假日", "22", *LOCAL, *PROVINCE, *_BASE_SIDE, *ASSIGNED),
    _p("parameter.set", "改标准、参数和节假日", "22", "prov_manager"),
    _p("people.manage", "开设和停用人员", "3", "sys_admin"),
    _p("role.grant", "授予和收回工作人员角色", "3", "sec_admin"),
    _p("account.unlock", "给输错密码被锁的账号解锁", "3", "sec_admin"),
    _p("factor.reset", "给丢了手机的人重置动态验证码", "3", "sec_admin"),
    _p("clock.move", "在培训环境调整日期", "22", "sys_admin", "prov_manager"),
    _p("ledger.read", "看存证记录并校验", "22", "auditor"),
    _p("report.read", "看季报、年报和报送情况", "13", *_BASE_SIDE, *LOCAL, *PROVINCE),
    _p("report.fill", "填季报、年报", "13", *BASE),
    _p("report.submit", "报送季报、年报", "13", "base_admin"),
    _p("report.review_county", "县级审核季报、年报", "13", *COUNTY),
    _p("report.review_city", "市级审核季报、年报", "13", *CITY),
    _p("report.review", "逐项审核季报、年报（每一步另有权限）", "13", *LOCAL),
    _p("report.unlock", "解锁已归档的季报、年报", "13", "prov_lead"),
    _p("report.due", "调整报送截止日，登记系统故障", "13", "prov_manager"),
    _p("inspection.read", "看年检计划和踏查抽取名单", "14", *LOCAL, *PROVINCE),
    _p("inspection.plan", "做年检计划、排批次、抽取踏查名单", "14", *PROVINCE_DESK),
    _p("inspection.open", "开始年检和专项检查", "14", *PROVINCE_DESK, "service"),
    _p("inspection.review", "线上审查、踏查、写问题", "14", *PROVINCE_DESK),
    _p("inspection.conclude", "作出年检结论", "14", *PROVINCE_DESK),
    _p("inspection.explain", "对检查发现的问题作说明", "14", "base_admin"),
    _p("sanction.read", "看降级、整改和撤销的办理", "15", *LOCAL, *PROVINCE),
    _p("sanction.serve", "登记处理决定的送达回证", "15", *COUNTY, *PROVINCE_DESK),
    _p("rectification.contract", "写整改要求", "15", *PROVINCE_DESK),
    _p("rectification.report", "报送整改报告", "15", "base_admin"),
    _p("rectification.verify", "现场核实整改", "15", *COUNTY),
    _p("rectification.forward", "复核整改、上报验收", "15", *CITY),
    _p("rectification.accept", "验收整改", "15", *PROVINCE_DESK),
    _p("rectification.refuse", "验收不合格", "15", "prov_lead"),
    _p("revocation.apply", "申请撤销", "16(1)1", "base_admin"),
    _p("revocation.review_county", "审撤销申请", "16(1)", *COUNTY),
    _p("revocation.propose", "提出撤销", "16(1)2", "county_lead"),
    _p("revocation.pass_city", "复核撤销、上报或退回", "16(1)", "city_lead"),
    _p("revocation.prepare", "审撤销、拟办", "16", *PROVINCE_DESK),
    _p("revocation.direct", "开始直接撤销", "16(2)", *PROVINCE_DESK),
    _p("revocation.refuse", "不予撤销", "16", "prov_lead"),
    _p("revocation.notify", "事先告知、答复陈述申辩", "16", *PROVINCE_DESK),
    _p("revocation.waive", "不作事先告知", "16", "prov_lead"),
    _p("revocation.defend", "陈述申辩，代为登记", "16", "base_admin", *PROVINCE_DESK),
    _p("revocation.follow_up", "收回牌匾、通知税务机关", "17", *COUNTY),
    _p("revocation.tax_stop", "另定停止享受税收优惠的日期", "17", "prov_lead"),
    _p("fund.read", "看某一天可以申报专项资金的名单", "15", *LOCAL, *PROVINCE),
    _p("fund.issue", "出带核验码的名单", "15", *PROVINCE_DESK),
    _p("former.export", "下载本基地撤销以前的数据", "16", "base_former"),
    _p("obligation.read", "看期限、期限怎么算的和催报记录", "13", *BUSINESS),
    _p("obligation.urge", "登记催报", "13", *LOCAL, *PROVINCE),
    _p("obligation.feed", "把自己的期限订阅到日历", "13", *SIGNED_IN),
    _p("outbox.manage", "看没有发出的消息，重发", "22", "sys_admin"),
    _p("renewal.review_county", "审续延申请", "10", *COUNTY),
    _p("renewal.review_city", "审续延申请", "10", *CITY),
    _p("renewal.review", "审续延申请", "10", *PROVINCE_DESK),
    _p("renewal.refuse", "不予续延", "10", "prov_lead"),
    _p("national.keep", "登记国家级称号，看推荐名单", "9", *PROVINCE_DESK),
    _p("time.tick", "到了日子由系统按规则推进", "8", "service"),
)
PERMISSIONS: dict[str, Permission] = {p.key: p for p in _ALL}


def holds(role: str, permission: str) -> bool:
    """Whether `role` has `permission`; an unknown permission is an error, not a no."""
    return role in PERMISSIONS[permission].roles


_AREAS = (  # title, and the permissions by their first word or in full
    ("账号和备案", ("account_request", "account", "base", "filing")),
    ("申报、名册和案卷", ("campaign", "profile", "roster", "case", "file", "worklist", "desk")),
    ("推荐、复核、认定和续延", ("recognition", "return", "act", "relaxation", "visit", "renewal", "national")),
    ("评审和审议", ("expert", "sheet", "meeting")),
    ("公示、文件和牌匾", ("notice", "decision", "plaque")),
    ("季报和年报", ("report",)),
    ("年检、整改和撤销", ("inspection", "sanction", "rectification", "revocation", "fund", "former")),
    ("重大事项", ("major_event",)),
    ("变更、旧基地和市级基地", ("change", "legacy", "scheme")),
    ("预见和试算", ("insight",)),
    ("设置", ("office", "route", "parameter")),
    ("期限和催报", ("obligation",)),
    ("人员、安全、存证和系统", ("people", "role", "account.unlock", "factor", "ledger", "clock", "time", "outbox")),
    ("公开的和自己的", ("public", "sign", "self", "components", "probe")),
)


def _areas() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """All permissions by area, for the table of who may do what (A3-1); each stands in one area."""
    place = {word: title for title, words in _AREAS for word in words}
    found: dict[str, list[str]] = {title: [] for title, _ in _AREAS}
    for key in PERMISSIONS:
        title = place.get(key) or place.get(key.split(".")[0]) or "其他"
        found.setdefault(title, []).append(key)
    return tuple((title, tuple(keys)) for title, keys in found.items() if keys)


AREAS = _areas()
