"""Record of a deliberation 集中审议记录 (Article 8, A8-3, A8-3a)."""

from collections.abc import Iterable, Mapping

from .model import Field, FieldTable, Problem


def distinct_members(values: Mapping, context: Mapping) -> Iterable[Problem]:
    """A member is named once: recusals and the quorum go by name."""
    names = [row.get("name") for row in values.get("members") or ()]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        yield Problem("members", f"组成人员里{'、'.join(twice)}写了两次", "8", "同名的在姓名后加注单位，例如 王伟（规划处）")


def quorate(values: Mapping, context: Mapping) -> Iterable[Problem]:
    """A8-3a: who is there must be more than half of those named."""
    rows = values.get("members") or ()
    present = sum(bool(row.get("present")) for row in rows)
    if rows and not has_quorum(present, len(rows)):
        yield Problem("members", f"应到 {len(rows)} 人，实到 {present} 人，没有超过半数", "8", "核对到会情况，或另行开会")


def has_quorum(present: int, named: int) -> bool:
    """More than half of the named members (A8-3a)."""
    return present * 2 > named


MEETING = FieldTable(
    "meeting",
    "集中审议记录",
    (("head", "会议", ""),),
    (
        Field("held_on", "会议日期", "date", "8", maximum="today", group="head"),
        Field("place", "地点", "text", "8", max_length=60, group="head"),
        Field("members", "组成人员", "rows", "8", minimum=1, group="head",
              help="应到的都写上，实到的打勾；外单位的写信用代码，用来核对利害关系；回避的在那一家旁边先记",
              columns=(
                  Field("name", "姓名", "text", "8", max_length=20),
                  Field("office", "单位或处室", "text", "8", required=False, max_length=80),
                  Field("uscc", "单位的信用代码", "uscc", "8", required=False),
                  Field("present", "实到", "bool", "8", required=False),
              )),
    ),
    (distinct_members, quorate),
)
