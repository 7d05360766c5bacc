"""The remarks of a return as they are typed: a line a problem, each at a field or a roster (A7-11)."""

from flask import request

from incubator.cases.tables import remark_choices
from incubator.kernel.workflow import Case
from incubator.policy.fields.opinion import REMARK_LENGTH


def typed(case: Case) -> list[dict]:
    """Every line in which something stands: `field`, its `label` and the `text`; `field` is empty where none was chosen.

    A line that is half filled in is kept: `workflow.advance` refuses it, and the page shows it again.
    """
    labels = dict(pair for _, options in remark_choices(case.kind) for pair in options)
    found = []
    for key in request.form:
        if key.startswith("remarks-") and key.endswith("-text"):
            name, text = request.form.get(f"remarks-{key.split('-')[1]}-field", ""), request.form[key].strip()[:REMARK_LENGTH]
            name = name if name in labels else ""
            if text or name:
                found.append({"field": name, "label": labels.get(name, ""), "text": text})
    return found


def shown(case: Case, lines: list[dict], most: int) -> dict:
    """What the template of the lines needs beside those typed: the fields to choose from and empty lines up to `most`."""
    return {"remark_choices": remark_choices(case.kind), "remark_longest": REMARK_LENGTH, "spare": max(0, most - len(lines))}
