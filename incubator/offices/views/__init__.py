"""Pages of sign-in, of people and roles, and of what the province has set."""

from flask import Blueprint

bp = Blueprint("offices", __name__)

from incubator.offices.views import people, settings  # noqa: E402  they need the blueprint
from incubator.offices.views.second_factor import code_page  # noqa: E402
from incubator.offices.views.sign_in import NOT_KEPT, password_page, safe_path, sign_in_page  # noqa: E402

__all__ = ["NOT_KEPT", "bp", "code_page", "password_page", "people", "safe_path", "settings", "sign_in_page"]
