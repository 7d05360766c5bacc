"""Rounds as the province's manager arranges them, by the real command."""

from incubator.campaigns import commands
from incubator.policy.fields.campaign import default_materials
from tests import walk

REASON = "上一批因系统停机有单位没有报上"


def manager():
    return walk.province()["manager"]


def materials(kind: str = "recognition") -> list[dict]:
    return [
        {"key": m.key, "name": m.name, "compulsory": m.compulsory, "accept": list(m.accept), "max_files": m.max_files,
         "applies_to": list(m.applies_to), "parties": list(m.parties)}
        for m in default_materials(kind)
    ]


def typed(**changes) -> dict:
    """A round of recognition from 1 to 30 September 2026 as the manager types it."""
    kind = changes.get("kind", "recognition")
    return {
        "year": "2026", "kind": kind, "title": "2026年第一批认定", "opens_on": "2026-09-01", "closes_on": "2026-09-30",
        "materials": materials(kind), **changes,
    }


def arranged(**changes):
    return commands.create_campaign(manager(), typed(**changes), walk.pdf("申报指南.pdf"))
