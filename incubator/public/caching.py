"""Pages that are the same for everybody may be kept for a minute by browsers and proxies.

Only an anonymous page in which nothing of one visitor stands: no form (its token is a visitor's own), no message, no
session that changed. It is never kept past midnight, because standings and deadlines change with the day, and not at
all in training, where the day is moved by hand.
"""

from datetime import timedelta
from functools import wraps

from flask import current_app, g, make_response, request, session

from incubator.kernel import clock

KEPT_SECONDS = 60


def shared(view):
    """Let the answers of `view` be kept, with an ETag, where they are for everybody."""

    @wraps(view)
    def answer(*args, **kwargs):
        g.shared = not _personal()
        response = make_response(view(*args, **kwargs))
        if response.status_code != 200 or _personal() or session.modified or "csrf_token" in g:
            return response
        response.vary.add("Cookie")
        response.cache_control.public, response.cache_control.max_age = True, _seconds()
        response.add_etag()
        return response.make_conditional(request)

    return answer


def _personal() -> bool:
    return request.method != "GET" or g.get("sign_in") is not None or current_app.config["PORTAL"].TRAINING


def _seconds() -> int:
    now = clock.now()
    left = clock.end_of(clock.day_of(now)) - now
    return min(KEPT_SECONDS, max(0, int(left / timedelta(seconds=1))))
