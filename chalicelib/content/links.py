"""Every link and redirect of the service, and the signed, purpose-bound tokens that links carry.

A token has one purpose (its salt) and its own expiry; keys are a list, so that they can be rotated.
"""

from datetime import UTC, datetime
from typing import Any

from chalicelib.config import settings
from chalicelib.content.i18n import ENGLISH, path_prefix
from chalicelib.errors import LinkBroken, LinkExpired


def public_url(path: str, language: str = ENGLISH) -> str:
    """The full address of ``path`` ("/way") in ``language``; English has no prefix."""
    prefix = path_prefix(language)
    tail = "" if prefix and path == "/" else path
    return f"{settings().public_url}{prefix}{tail}"


def sign_token(purpose: str, payload: dict[str, Any], expires: datetime) -> str:
    """A token of [A-Za-z0-9._-] that ``read_token`` opens for the same purpose until ``expires``."""
    return str(_serializer(purpose).dumps({**payload, "exp": int(expires.timestamp())}))


def read_token(purpose: str, token: str, now: datetime) -> dict[str, Any]:
    """The payload of ``token``. Raises LinkBroken if it is not ours for this purpose, LinkExpired if late."""
    from itsdangerous import BadData

    try:
        payload = _serializer(purpose).loads(token)
    except (BadData, UnicodeEncodeError):  # half a surrogate pair is no token either
        raise LinkBroken from None
    expires = datetime.fromtimestamp(payload.pop("exp"), UTC)
    if now >= expires:
        raise LinkExpired(purpose=purpose, expired=expires)
    return dict(payload)


def _serializer(purpose: str) -> Any:
    from itsdangerous import URLSafeSerializer

    # itsdangerous tries keys from the newest, which it expects last.
    return URLSafeSerializer(list(reversed(settings().link_keys)), salt=f"retract-{purpose}")
