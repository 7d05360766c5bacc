"""Steps of a change, by real commands."""

from incubator.changes import deciding, requests
from incubator.kernel import access
from incubator.kernel.workflow import Case
from incubator.policy.fields.change import CHANGE
from tests import walk
from tests.recognised import NAMES, admin, base

REGION = "220104"
REASON = "原合作到期终止，投资主体另选运营机构。"


def staff():
    return walk.staff(REGION)


def county(lead=False):
    return walk.actor(*(staff().county_lead if lead else staff().county))


def city(lead=False):
    return walk.actor(*(staff().city_lead if lead else staff().city))


def province():
    return walk.province()


def fresh(case: Case) -> Case:
    return access.load(access.service("test"), Case, case.id, fresh=True)


def typed(*types, applicant="investor", of=NAMES[0], **more) -> dict:
    """A complete request of these types, its files apart."""
    values = {"types": list(types), "applicant": applicant, "reason": REASON, "site_moved": "no", "address": base(of).address}
    if "operator" in types:
        values |= {
            "new_operator_name": "长春新程企业管理有限公司", "new_operator_uscc": walk.uscc(7001), "new_legal_rep": "孙新程",
            "new_contact_name": "孙新程", "new_contact_phone": "13800007001", "coop_ended_on": "2025-02-28",
        }
    if "investor" in types:
        values |= {"new_investor_type": "legal_person", "new_investor_name": "长春远山置业有限公司",
                   "new_investor_idno": walk.uscc(7002)}
    if "base_name" in types:
        values |= {"new_base_name": "长春新程创业孵化基地"}
    if "entity_rename" in types:
        values |= {"rename_party": "operator", "new_entity_name": "长春知行科技服务有限公司"}
    return {**values, **more}


def papers(who, case, *types) -> dict:
    """The files that these types ask for."""
    names = ["application_file"]
    if {"operator", "investor"} & set(types):
        names += ["use_pledge", "tenants_plan"]
    names += {"operator": ["termination_file", "new_operator_files"], "investor": ["transfer_file"],
              "entity_rename": ["rename_file"]}.get(next((t for t in types if t != "base_name"), ""), [])
    return {name: walk.upload(who, case, f"{name}.pdf") for name in names}


def submitted(*types, base_name=NAMES[0], **more) -> Case:
    who = admin(base_name)
    case = requests.open_change(who)
    walk.fill(case, CHANGE, {**typed(*types, of=base_name, **more), **papers(who, case, *types)}, who)
    return requests.submit_change(who, case.id, seen_version=case.version)


SIGNED = ("application_file", "use_pledge", "tenants_plan", "termination_file", "new_operator_files")


def filed_for_investor() -> Case:
    """Another operator, asked for by the county in the investor's place (AMB-32)."""
    return requests.open_for_investor(
        county(), base().id, typed("operator"), {name: [walk.pdf(f"{name}.pdf")] for name in SIGNED})


def passed_on(case: Case) -> Case:
    """Past county and city, examined at the province."""
    case = walk.act(case, "pass", county())
    case = walk.act(case, "forward", city(), doc_no=f"长工信发〔2025〕{case.id}号", upload=walk.pdf("上报文件.pdf"))
    return walk.act(case, "examine", province()["clerk"], text="材料齐全，产权和用途没有变化，建议同意。")


def notice(on: str, number: int = 15) -> dict:
    return {"notice_no": f"吉工信创业〔{on[:4]}〕{number}号", "notice_on": on, "investor_told": "当日邮寄"}


def approve(case: Case, on: str | None = None, who=None, number=None) -> Case:
    case, who = fresh(case), who or province()["lead"]
    day = on or walk.clock.today().isoformat()
    return deciding.approve(who, case.id, notice(day, number or case.id), walk.pdf("通知.pdf"), seen_version=case.version)


def approved(*types, **more) -> Case:
    return approve(passed_on(submitted(*types, **more)))


def carried_out(case: Case, on: str | None = None, who=None) -> Case:
    case = fresh(case)
    return deciding.implement(who or admin(base().name), case.id, {"implemented_on": on or walk.clock.today().isoformat()},
                              seen_version=case.version)


def implemented(*types, **more) -> Case:
    return carried_out(approved(*types, **more), who=admin())
