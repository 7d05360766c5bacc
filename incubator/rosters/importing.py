"""A spreadsheet becomes rows of a roster: all of it in one act, or only its right lines when the person says so."""

from dataclasses import dataclass

from sqlalchemy import select

from incubator.bases.models import Base as IncubatorBase
from incubator.kernel import access, clock, files, ledger, security, sheets
from incubator.kernel.database import db, transaction
from incubator.kernel.errors import Refused
from incubator.policy.fields import canonical, to_stored
from incubator.rosters import commands
from incubator.rosters.sheets import Read, Sheet, columns_of, judge
from incubator.rosters.tables import Roster, values_of


class WrongLines(Refused):
    """Some lines cannot be taken; nothing was written. Carries the sheet so that each fault is shown at its cell."""

    def __init__(self, sheet: Sheet):
        faults = sum(len(line.errors) for line in sheet.wrong)
        super().__init__(sheet.roster.article, f"表格有 {len(sheet.wrong)} 行、{faults} 处要改，还没有导入",
                         "按下面的行和列改好再传；也可以只导入没有错的行")
        self.sheet = sheet


@dataclass(frozen=True)
class Imported:
    """What became of a sheet."""

    added: int
    changed: int
    unchanged: int
    left_out: int

    @property
    def words(self) -> str:
        parts = [f"添上 {self.added} 行", f"改了 {self.changed} 行"]
        parts += [f"{self.unchanged} 行没有变化"] if self.unchanged else []
        parts += [f"有错的 {self.left_out} 行没有导入"] if self.left_out else []
        return "，".join(parts)


def keep_sheet(actor, upload) -> files.StoredFile:
    """The workbook itself, kept for the base: what was imported can be looked up again."""
    access.require(actor, "roster.keep")
    with transaction():
        base = access.load(actor, IncubatorBase, commands.living_base(actor).id, lock=True)
        return files.accept(upload, actor, base_id=base.id, kinds=("xlsx",), again=True)


def import_sheet(actor, roster: Roster, file_id: int, *, only_right: bool = False) -> Imported:
    """Take over a sheet that was kept. Raises `WrongLines` while a line is wrong and ``only_right`` was not chosen.

    One act and one event, whatever the number of rows; each row has its version all the same.
    """
    access.require(actor, "roster.keep")
    stored = access.load(actor, files.StoredFile, file_id)
    if stored.base_id != actor.base_id or stored.kind != "xlsx":
        raise Refused("13", "这个文件不是本基地导入用的表格", "重新选择文件", field="file")
    rows = sheets.read(files.read(stored))
    with commands.one_row_a_number(roster), transaction():
        base = access.load(actor, IncubatorBase, commands.living_base(actor).id, lock=True)
        here = _here(roster, base.id)
        sheet = judge(roster, rows, _by_number(roster, here), _same_as(roster, here.values()))
        if sheet.wrong and not only_right:
            raise WrongLines(sheet)
        if not sheet.right:
            raise WrongLines(sheet)
        return _take(actor, roster, base, sheet, here, stored)


def preview(actor, roster: Roster, file_id: int) -> Sheet:
    """What `import_sheet` would find, without writing."""
    stored = access.load(actor, files.StoredFile, file_id)
    here = _here(roster, actor.base_id)
    return judge(roster, sheets.read(files.read(stored)), _by_number(roster, here), _same_as(roster, here.values()))


def _here(roster: Roster, base_id: int) -> dict:
    model = roster.model
    return {r.id: r for r in db.session.scalars(select(model).where(model.base_id == base_id, model.out_on.is_(None)))}


def _by_number(roster: Roster, here: dict) -> dict:
    if not roster.number:
        return {}
    return {getattr(row, roster.number): {"id": row.id, "values": values_of(roster, row)} for row in here.values()}


def _same_as(roster: Roster, rows):
    """Whether just these values are there already: a ledger that is imported twice would count twice."""
    if roster.number:
        return lambda values: False
    seen = {_said(roster, values_of(roster, row)) for row in rows}

    def same(values: dict) -> bool:
        said = _said(roster, values)
        known = said in seen
        seen.add(said)
        return known

    return same


def _said(roster: Roster, values: dict) -> str:
    stored = to_stored(roster.table, values)
    return canonical({f.name: stored.get(f.name) or None for f in columns_of(roster)})


def _take(actor, roster: Roster, base, sheet: Sheet, here: dict, stored) -> Imported:
    fresh, revised, unchanged = [], [], 0
    for line in sheet.right:
        row = here.get(line.row_id)
        if row is None:
            row = roster.model(base_id=base.id, version=1)
            commands.fill(roster, row, line.values)
            fresh.append((row, _filled(roster, line)))
        elif changed := commands.differing(roster, row, line.values):
            row.version += 1
            commands.fill(roster, row, line.values)
            revised.append((row, changed))
        else:
            unchanged += 1
    db.session.add_all(row for row, _ in fresh)
    db.session.flush()
    kept = [commands.keep_version(actor, roster, row, "added", names) for row, names in fresh]
    kept += [commands.keep_version(actor, roster, row, "changed", names) for row, names in revised]
    db.session.flush()
    found = Imported(len(fresh), len(revised), unchanged, len(sheet.wrong))
    ledger.append(
        f"base:{base.id}", "roster_imported", actor,
        {"roster": roster.key, "file": stored.sha256, "added": found.added, "changed": found.changed,
         "left_out": found.left_out, "hash": security.digest("\n".join(kept)), "on": clock.today()},
    )
    return found


def _filled(roster: Roster, line: Read) -> list[str]:
    return [f.name for f in columns_of(roster) if line.values.get(f.name) not in (None, "", [])]
