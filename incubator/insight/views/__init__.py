"""Pages that look over the register."""

from flask import Blueprint

bp = Blueprint("insight", __name__)

from incubator.insight.views import ahead, rehearsal  # noqa: E402,F401  routes of the blueprint
