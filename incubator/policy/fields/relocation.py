"""Transfer of a base to another division, and other offices for a division (Article 3, R-2.3)."""

from .model import Field, FieldTable

_WHEN = (
    Field("from_on", "从哪一天起", "date", "3", minimum="today", group="move", help="今天的马上生效，以后的到那一天生效"),
    Field("reason", "依据和理由", "long_text", "3", minimum=10, max_length=300, group="move",
          help="不少于 10 个字，写明依据的文件"),
)
_GROUP = (("move", "", ""),)

BASE_MOVE = FieldTable(
    "base_move", "转到别的县（市、区）", _GROUP, (Field("division_code", "转到哪里", "region", "3", group="move"), *_WHEN)
)
ROUTE_CHANGE = FieldTable("route_change", "换办理机构", _GROUP, _WHEN)
"""The two offices are chosen from the list of offices and are no fields of policy."""
