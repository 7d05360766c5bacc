"""Pages of the assessment: the desk of a dossier, the pool, an expert's own, the team's days on the road."""

from flask import Blueprint

bp = Blueprint("assessments", __name__)

from incubator.assessments.views import desk, plans, pool, sheet  # noqa: E402  they need the blueprint

__all__ = ["bp", "desk", "plans", "pool", "sheet"]
