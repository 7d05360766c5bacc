"""第六、七（二）、八条: promotion walks the same way as recognition, from a base in good order and without a filing.

The table is that of recognition with other words: what differs is who may begin (A6-1, AMB-30), that nothing is
relaxed (AMB-03), and what the document gives.
"""

from dataclasses import replace

from incubator.policy.procedures.model import Procedure, Station, Step
from incubator.policy.procedures.recognition import DELIBERATED_AT as _DELIBERATED_AT
from incubator.policy.procedures.recognition import RECOGNITION
from incubator.policy.procedures.recognition import VISITED_AT as _VISITED_AT

_WORDS = (("认定申请", "晋级申请"), ("拟认定", "拟晋级"), ("发文认定", "发文晋级"), ("不予认定", "不予晋级"), ("已认定", "已晋级"), ("认定", "晋级"))
_ENDS = {"recognised": "promoted"}
_NEEDS = {"filing_approved": "promotion_open"}
_EFFECTS = {"recognise_base": "promote_base"}
# the base may have come into rectification or lapsed on the way: asked again where it counts
_ASKED_AGAIN = ("pass", "decide")


def _said(words: str) -> str:
    for old, new in _WORDS:
        if old in words:
            return words.replace(old, new)
    return words


def _step(step: Step) -> Step:
    needs = dict.fromkeys(_NEEDS.get(name, name) for name in step.needs if name != "not_in_force")
    if step.outcome in _ASKED_AGAIN:
        needs["promotion_open"] = None
    return replace(
        step, to_state=_ENDS.get(step.to_state, step.to_state), label=_said(step.label), said=_said(step.said),
        needs=tuple(needs), effects=tuple(_EFFECTS.get(name, name) for name in step.effects),
    )


# a revocation closes what runs on the base (A16-6)
_TERMINATED = tuple(
    Step("terminate", station.state, "terminated", "因撤销终止", "因基地被撤销终止", "time.tick", "time", "16", on_page=False)
    for station in RECOGNITION.stations if station.holder != "end"
)
PROMOTION = Procedure(
    kind="promotion",
    label="晋级申请",
    article="7(2)",
    stations=(
        *(replace(s, state=_ENDS.get(s.state, s.state), label=_said(s.label), verb=_said(s.verb)) for s in RECOGNITION.stations),
        Station("terminated", "因撤销终止", "end", "16"),
    ),
    steps=(*(_step(step) for step in RECOGNITION.steps), *_TERMINATED),
    track=tuple(
        (_said(label), tuple(_ENDS.get(state, state) for state in states)) for label, states in RECOGNITION.track
    ),
    elsewhere=RECOGNITION.elsewhere,
)

VISITED_AT: dict[tuple[str, str], str] = {("promotion", state): visit for (_, state), visit in _VISITED_AT.items()}
SCORED_AT: dict[tuple[str, str], str] = {
    ("promotion", "prov_assessment"): "promotion",
    ("promotion", "deliberation"): "promotion",
}
DELIBERATED_AT: tuple[tuple[str, str], ...] = tuple(("promotion", state) for _, state in _DELIBERATED_AT)
APPLIED: tuple[str, ...] = ("promotion",)
