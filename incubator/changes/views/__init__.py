"""Pages of changes. The blueprint stands here; each group of pages in a file of its own."""

from flask import Blueprint

bp = Blueprint("changes", __name__)

from incubator.changes.views import major_events, profiles, requests  # noqa: E402,F401  routes of the blueprint
