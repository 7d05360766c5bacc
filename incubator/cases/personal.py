"""How a person wants the worklist: which columns, how many rows, keys or none. Kept by person, for no other eyes."""

from dataclasses import dataclass

from sqlalchemy import Integer, String, cast, literal, null, select
from sqlalchemy.dialects import postgresql, sqlite

from incubator.cases.models import PersonSetting, SavedView
from incubator.kernel import access
from incubator.kernel.database import db, transaction

# 时限 and 基地 are always there
COLUMNS = {"kind": "事项", "state": "环节", "number": "件号", "arrived": "收到", "article": "依据"}
USUAL = ("kind", "state", "arrived", "article")
SIZES = (20, 50)


@dataclass(frozen=True)
class Wants:
    columns: tuple[str, ...] = USUAL
    size: int = 20
    keys: bool = True


def _read(told: dict[str, str]) -> Wants:
    chosen = told.get("columns")
    size = told.get("size", "")
    return Wants(
        columns=USUAL if chosen is None else tuple(c for c in COLUMNS if c in chosen.split(",")),
        size=int(size) if size in map(str, SIZES) else SIZES[0], keys=told.get("keys") != "off",
    )


def wants(actor) -> Wants:
    rows = db.session.execute(
        select(PersonSetting.key, PersonSetting.value).where(PersonSetting.person_id == actor.person_id))
    return _read(dict(rows.all()))


def of_worklist(actor) -> tuple[Wants, list]:
    """The settings and the saved views, in one query; rows of views carry id, name, query and shared."""
    if not actor.can("desk.use"):
        return Wants(), []
    settings = select(
        literal("set"), null().label("id"), PersonSetting.key, PersonSetting.value, literal(0), literal(0),
    ).where(PersonSetting.person_id == actor.person_id)
    views = select(
        literal("view"), SavedView.id, SavedView.name, cast(SavedView.query, String), cast(SavedView.shared, Integer),
        SavedView.position,
    ).where(access.sight(actor, SavedView))
    told, found = {}, []
    for what, number, name, value, shared, position in db.session.execute(settings.union_all(views)):
        if what == "set":
            told[name] = value
        else:
            found.append((position, number, name, value, bool(shared)))
    return _read(told), [row[1:] for row in sorted(found)]


def keep(actor, columns: list[str], size: int, keys: bool) -> None:
    """Keep what was chosen; unknown columns and sizes fall back to the usual."""
    access.require(actor, "desk.use")
    chosen = {
        "columns": ",".join(c for c in COLUMNS if c in columns), "size": str(size if size in SIZES else SIZES[0]),
        "keys": "on" if keys else "off",
    }
    with transaction():
        insert = (postgresql if db.session.get_bind().dialect.name == "postgresql" else sqlite).insert
        for key, value in sorted(chosen.items()):
            db.session.execute(
                insert(PersonSetting).values(person_id=actor.person_id, key=key, value=value)
                .on_conflict_do_update(index_elements=["person_id", "key"], set_={"value": value})
            )
