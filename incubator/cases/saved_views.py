"""The worklist's filters under a name: one's own, or shared with the desk. The address stays the truth."""

from urllib.parse import parse_qsl, urlencode

from sqlalchemy import func, select, update

from incubator.cases.models import SavedView
from incubator.cases.queries import Filters
from incubator.kernel import access, clock, ledger
from incubator.kernel.database import db, transaction
from incubator.kernel.errors import Refused
from incubator.policy.procedures import PROCEDURES

MOST = 20  # views a person keeps at one desk


def filters_of(query: str) -> Filters:
    return Filters.of(dict(parse_qsl(query)))


def words(filters: Filters) -> str:
    """What the filters ask for, in words."""
    kinds = [PROCEDURES[filters.kind]] if filters.kind else list(PROCEDURES.values())
    station = next((s.label for p in kinds for s in p.stations if s.state == filters.state), filters.state)
    said = (
        PROCEDURES[filters.kind].label if filters.kind else "", station, f"“{filters.q}”" if filters.q else "",
        "我在办的" if filters.mine else "", "收到早的在前" if filters.sort == "arrived" else "",
    )
    return "，".join(word for word in said if word)


def of_desk(actor) -> list[SavedView]:
    """One's own and the shared ones, in their order."""
    return list(db.session.scalars(access.visible(actor, SavedView).order_by(SavedView.position, SavedView.id)))


def may_change(actor, view: SavedView) -> bool:
    """Whose it is, and for shared ones a lead too."""
    return view.person_id == actor.person_id or (view.shared and actor.can("desk.lead"))


def save(actor, name: str, filters: Filters, *, shared: bool = False) -> SavedView:
    """Keep the filters under a name, behind the others."""
    access.require(actor, "desk.use")
    with transaction():
        name, query = _name(name), urlencode(filters.params())
        if not query:
            raise Refused("3", "没有筛选，和“全部”一样", "先筛选，再存为视图", field="name")
        own = select(func.count()).select_from(SavedView).where(access.sight(actor, SavedView), SavedView.person_id == actor.person_id)
        if db.session.scalar(own) >= MOST:
            raise Refused("3", f"最多存 {MOST} 个视图", "删去不用的再存", field="name")
        _refuse_double(actor.person_id, actor, name)
        last = db.session.scalar(select(func.max(SavedView.position)).where(access.sight(actor, SavedView))) or 0
        row = SavedView(office_id=actor.office_id, tier=actor.tier, person_id=actor.person_id, name=name, query=query,
                        shared=shared, position=last + 1, at=clock.now())
        db.session.add(row)
        db.session.flush()
        ledger.append("system", "view_saved", actor, {"view": row.id, "shared": shared})
        return row


def _name(name: str) -> str:
    name = " ".join(name.split())
    if not name or len(name) > 20:
        raise Refused("3", "视图还没有名字" if not name else "名字最多 20 个字", "写一个看得懂的短名字", field="name")
    return name


def _refuse_double(person_id: int, actor, name: str, besides: int = 0) -> None:
    twin = select(SavedView.id).where(
        access.sight(actor, SavedView), SavedView.person_id == person_id, SavedView.name == name, SavedView.id != besides)
    if db.session.scalar(twin) is not None:
        raise Refused("3", f"已经有一个视图叫“{name}”", "换一个名字，或者先删去那一个", field="name")


def change(actor, view_id: int, what: str, name: str = "") -> None:
    """rename, share, unshare, up, down or delete one view."""
    access.require(actor, "desk.use")
    with transaction():
        row = access.load(actor, SavedView, view_id, lock=True)
        if not may_change(actor, row):
            raise Refused("3", "这是同事共享的视图", "请存的人或负责人改；也可以另存一个自己的")
        if what == "rename":
            name = _name(name)
            _refuse_double(row.person_id, actor, name, row.id)
            row.name = name
        elif what in ("share", "unshare"):
            row.shared = what == "share"
        elif what in ("up", "down"):
            _move(actor, row, -1 if what == "up" else 1)
        elif what == "delete":
            db.session.delete(row)
        else:
            raise Refused("3", "没有这个办法", "回到视图页")
        db.session.flush()
        ledger.append("system", "view_changed", actor, {"view": view_id, "what": what})


def _move(actor, row: SavedView, by: int) -> None:
    """Change places with the neighbour; all places are counted anew, so that none is taken twice."""
    order = [view.id for view in of_desk(actor)]
    here = order.index(row.id)
    there = min(max(here + by, 0), len(order) - 1)
    order.insert(there, order.pop(here))
    for position, number in enumerate(order, 1):
        db.session.execute(update(SavedView).where(SavedView.id == number).values(position=position))
