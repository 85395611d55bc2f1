"""Everything that can go wrong for a person: a status, the page that explains it, and facts.

Never a person's data: an error may be logged.
"""

import traceback
from typing import Any, ClassVar

from chalice.app import ChaliceUnhandledError


class ServiceError(ChaliceUnhandledError):
    """Raised anywhere below the front door, drawn as a page by one middleware.

    ``status`` is the HTTP status, ``page`` the key of the words in ``pages/error.html``, ``facts`` what these
    words need (never a person's data). It subclasses Chalice's unhandled error because any other exception is
    turned into JSON before middleware sees it.
    """

    status: ClassVar[int] = 500
    page: ClassVar[str] = "broken"

    def __init__(self, **facts: Any) -> None:
        super().__init__(type(self).__name__)
        self.facts = facts


class BadRequest(ServiceError):
    """What was sent is not what our form sends: unknown or repeated fields, broken encoding."""

    status = 400
    page = "bad-request"


class NotOurForm(ServiceError):
    """A POST that did not come from our own page (cross-site request forgery)."""

    status = 403
    page = "not-our-form"


class NotSignedIn(ServiceError):
    """A staff page without a session that holds."""

    status = 401
    page = "not-signed-in"


class SignInRefused(NotSignedIn):
    """A sign-in step that failed; ``why``: "password", "code", "used-code", "expired" or "not-ready"."""


class PageNotFound(ServiceError):
    """No such page, language or thing."""

    status = 404
    page = "not-found"


class SchoolNotFound(ServiceError):
    """No school of the register has this number."""

    status = 404
    page = "school-not-found"


class TooLarge(ServiceError):
    """More was sent than any of our forms sends (64 KB)."""

    status = 413
    page = "too-large"


class TooManyRequests(ServiceError):
    """A limit of the campaign is reached; ``limit`` says which."""

    status = 429
    page = "too-many"


class LinkBroken(ServiceError):
    """A link's token was cut, changed or made for something else."""

    status = 404
    page = "link-broken"


class LinkExpired(ServiceError):
    """A link's time is over."""

    status = 410
    page = "link-expired"


class LinkSuperseded(ServiceError):
    """A newer link was sent, or the letter behind this one is closed."""

    status = 410
    page = "link-superseded"


class CampaignEnded(ServiceError):
    """The campaign takes nothing new."""

    status = 410
    page = "campaign-ended"


class NotStored(ServiceError):
    """Nothing was stored because a service that we need did not answer; answers are kept."""

    status = 503
    page = "not-stored"


class Unavailable(ServiceError):
    """A service that we need did not answer; a second try may do."""

    status = 503
    page = "unavailable"


class SettingMissing(Exception):
    """A setting is missing or wrong: named, for whoever deploys."""


def describe(error: BaseException) -> str:
    """What may be logged of an error: type and place, never the message, which may hold a name.

    But for SettingMissing: it speaks to whoever deploys.
    """
    if isinstance(error, SettingMissing):
        return f"{type(error).__name__}: {error}"
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}" if frames else ""
    return type(error).__name__ + place
