"""第二十一条: a city's own level, kept by the city office; listed only, there is no procedure for it here (A21-1)."""

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from incubator.bases.queries import region_by_code, region_labels
from incubator.kernel import access, clock, files, ledger
from incubator.kernel.access import Route
from incubator.kernel.database import db, transaction
from incubator.kernel.errors import Invalid, Refused
from incubator.legacy.models import CityBase
from incubator.policy.fields import clean
from incubator.policy.fields.legacy import CITY_BASE, CITY_STRIKE
from incubator.policy.identifiers import name_key

PERMISSION = "scheme.keep"


def own_regions(office_id: int) -> dict[str, str]:
    """Code → full name of the divisions of which this office is the city station."""
    codes = select(access.Region.code, access.Region.full_name).join(Route, Route.region_id == access.Region.id).where(
        Route.to_on.is_(None), Route.city_office_id == office_id)
    return dict(db.session.execute(codes.order_by(access.Region.code)).all())


def list_base(actor, raw: dict, scan) -> CityBase:
    """Put a base of the city's own level on its list."""
    access.require(actor, PERMISSION)
    typed = clean(CITY_BASE, {**raw, "file": [0] if scan and scan.filename else []},
                  context={"today": clock.today(), "regions": region_labels()})
    if not typed.ok:
        raise Invalid(typed.errors)
    values = typed.values
    if values["division_code"] not in own_regions(actor.office_id):
        raise Refused("21", "这个县（市、区）不归本市办理", "选本市的县（市、区）", field="division_code")
    with transaction():
        twin = select(CityBase.id).where(CityBase.office_id == actor.office_id, CityBase.name_key == name_key(values["name"]),
                                         CityBase.struck_on.is_(None))
        if db.session.scalar(twin) is not None:
            raise Refused("21", f"“{values['name']}”已在本市的名单上", "核对名称", field="name")
        row = CityBase(
            office_id=actor.office_id, region_id=region_by_code(values["division_code"]).id, name=values["name"],
            name_key=name_key(values["name"]), operator_name=values["operator_name"], address=values["address"],
            document_no=values["document_no"], document_on=values["document_on"], ends_on=values.get("ends_on"),
            file_id=files.accept(scan, actor, office_id=actor.office_id, public=True).id, entered_at=clock.now(),
            entered_by=actor.person_id,
        )
        db.session.add(row)
        db.session.flush()
        ledger.append("system", "city_base_listed", actor, {"row": row.id, "document": row.document_no})
        return row


def strike_base(actor, row_id: int, raw: dict) -> CityBase:
    """Take a base off the city's list; the row stays with the reason."""
    access.require(actor, PERMISSION)
    typed = clean(CITY_STRIKE, raw)
    if not typed.ok:
        raise Invalid(typed.errors)
    with transaction():
        row = access.load(actor, CityBase, row_id, lock=True)
        if row.struck_on is not None:
            raise Refused("21", "已经移出名单", "不用再办")
        row.struck_on, row.strike_reason = clock.today(), typed.values["reason"]
        db.session.flush()
        ledger.append("system", "city_base_struck", actor, {"row": row.id})
        return row


def listed(office_id: int | None = None, most: int = 500) -> list[CityBase]:
    """What stands on the lists today, by city."""
    query = select(CityBase).where(CityBase.struck_on.is_(None)).order_by(CityBase.office_id, CityBase.id).limit(most)
    if office_id:
        query = query.where(CityBase.office_id == office_id)
    return list(db.session.scalars(query.options(joinedload(CityBase.office), joinedload(CityBase.region))))
