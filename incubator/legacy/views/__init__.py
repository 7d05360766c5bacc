"""Pages of older bases and of city schemes."""

from flask import Blueprint

bp = Blueprint("legacy", __name__)

from incubator.legacy.views import imports, schemes  # noqa: E402,F401  routes of the blueprint
