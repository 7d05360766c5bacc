"""The family of refusals (design law 10). Page, form and API show article, reason and way out alike."""

from incubator.policy.fields import Problem


class PortalError(Exception):
    """What the program answers on purpose; `status` is the HTTP status of its page."""

    status = 400


class Refused(PortalError):
    """An act that a rule forbids now.

    `article` is an article code of `policy.articles`, `reason` says what stands against it, `way_out` what
    can be done instead, `field` names the form field it belongs to, if any.
    """

    status = 422

    def __init__(self, article: str, reason: str, way_out: str = "", field: str = ""):
        super().__init__(reason)
        self.article = article
        self.reason = reason
        self.way_out = way_out
        self.field = field

    def as_problem(self) -> Problem:
        """The refusal as a problem of a form, to be shown at its field or in the summary."""
        return Problem(self.field or "", self.reason, self.article, self.way_out)

    @property
    def text(self) -> str:
        """The whole sentence as shown: reason, article, way out."""
        return self.as_problem().text


class Invalid(Refused):
    """A form with problems; carries them all so that the page can show each at its field."""

    def __init__(self, problems):
        first = problems[0]
        super().__init__(first.article, first.message, getattr(first, "way_out", ""), first.field)
        self.problems = list(problems)


class Conflict(PortalError):
    """Somebody else acted first: nothing was written (T49)."""

    status = 409

    def __init__(self, message: str, yours=None, theirs=None):
        super().__init__(message)
        self.message = message
        self.yours = yours or {}
        self.theirs = theirs or {}


class NotVisible(PortalError):
    """A row out of the actor's sight; looks like one that does not exist."""

    status = 404


class Denied(PortalError):
    """The role lacks the permission."""

    status = 403

    def __init__(self, permission: str = ""):
        super().__init__(permission)
        self.permission = permission


class NeedsSignIn(PortalError):
    """No session, or it has ended. The sign-in page keeps what was typed."""

    status = 401


class NeedsCode(PortalError):
    """An act of weight, and the last code of the second factor is old. The page that asks keeps what was typed."""

    status = 401


class TooMany(PortalError):
    """Throttled."""

    status = 429

    def __init__(self, wait_minutes: int = 15):
        super().__init__("too many attempts")
        self.wait_minutes = wait_minutes
