"""Staff accounts: a Cognito user pool, where nobody gets in without a second factor.

Only a token that came out of an answered SOFTWARE_TOKEN_MFA challenge is taken; tokens and keys are judged by the
wall clock, because they are Cognito's.
"""

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from chalicelib.aws.clients import Answered, ask
from chalicelib.config import settings
from chalicelib.errors import NotSignedIn, SignInRefused, TooManyRequests, Unavailable

log = logging.getLogger(__name__)

SECOND_FACTOR = "SOFTWARE_TOKEN_MFA"
GROUP = "staff"
ID_TOKEN = "id"  # noqa: S105 - a claim, not a secret

BUSY = ("TooManyRequestsException", "LimitExceededException")
REFUSALS = {
    "initiate_auth": {
        # Wrong user, wrong password and a closed account answer alike: nobody learns who has an account.
        "NotAuthorizedException": "password",
        "UserNotFoundException": "password",
        "UserNotConfirmedException": "password",
        "PasswordResetRequiredException": "password",
        "InvalidParameterException": "password",
    },
    "respond_to_auth_challenge": {
        "CodeMismatchException": "code",
        "InvalidParameterException": "code",
        "ExpiredCodeException": "used-code",
        "NotAuthorizedException": "expired",
        "ResourceNotFoundException": "expired",
        "UserNotFoundException": "expired",
    },
}
"""What Cognito says at each step, and why we then tell the person no."""


@dataclass(frozen=True)
class Challenge:
    """A right password that waits for the second factor: the user as Cognito names it, and its session."""

    user: str
    session: str


def start_sign_in(user: str, password: str) -> Challenge:
    """Checks the password. Raises SignInRefused, TooManyRequests, Unavailable.

    An account that would be let in without a second factor, or that has still to set one up, is refused.
    """
    answer = _ask(
        "initiate_auth",
        ClientId=settings().user_pool_client,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": user, "PASSWORD": password},
    )
    if answer.get("ChallengeName") != SECOND_FACTOR:
        log.warning("sign-in refused: %s", answer.get("ChallengeName") or "no second factor")
        raise SignInRefused(why="not-ready")
    return Challenge(answer["ChallengeParameters"].get("USER_ID_FOR_SRP", user), answer["Session"])


def answer_code(challenge: Challenge, code: str) -> str:
    """The ID token for the right second factor. Raises SignInRefused, TooManyRequests, Unavailable."""
    answer = _ask(
        "respond_to_auth_challenge",
        ClientId=settings().user_pool_client,
        ChallengeName=SECOND_FACTOR,
        Session=challenge.session,
        ChallengeResponses={"USERNAME": challenge.user, f"{SECOND_FACTOR}_CODE": code},
    )
    if "AuthenticationResult" not in answer:
        raise SignInRefused(why="not-ready")
    return str(answer["AuthenticationResult"]["IdToken"])


def read_token(token: str) -> str:
    """The account (sub) of an ID token of our pool. Raises NotSignedIn for any other, Unavailable without keys.

    OpenID Connect Core 3.1.3.7; AWS, "Verifying JSON Web Tokens": RS256, iss, aud, exp, token_use; and our group.
    """
    import jwt

    try:
        key = _signing_key(_jwks_url())(jwt.get_unverified_header(token).get("kid", ""))
        claims = jwt.decode(
            token,
            key,
            algorithms=["RS256"],
            audience=settings().user_pool_client,
            issuer=_issuer(),
            options={"require": ["exp", "iat", "iss", "aud", "sub"]},
        )
    except jwt.PyJWKClientConnectionError:
        raise Unavailable(operation="jwks") from None
    except (jwt.PyJWTError, KeyError):
        raise NotSignedIn from None
    if claims.get("token_use") != ID_TOKEN or GROUP not in claims.get("cognito:groups", ()):
        raise NotSignedIn
    return str(claims["sub"])


def _ask(operation: str, **parameters: Any) -> Any:
    refusals = REFUSALS[operation]
    try:
        return ask("cognito-idp", operation, {*BUSY, *refusals}, **parameters)
    except Answered as answered:
        if answered.code in BUSY:
            raise TooManyRequests(limit="sign-in") from None
        raise SignInRefused(why=refusals[answered.code]) from None


def _issuer() -> str:
    pool = settings().user_pool
    return f"https://cognito-idp.{pool.partition('_')[0]}.amazonaws.com/{pool}"


def _jwks_url() -> str:
    return settings().jwks_url or f"{_issuer()}/.well-known/jwks.json"


@lru_cache(maxsize=4)
def _signing_key(url: str) -> Callable[[str], Any]:
    """From key id to public key. Raises KeyError or a PyJWTError for an unknown one."""
    import jwt

    parts = urlsplit(url)
    if parts.scheme == "file":  # the pool of the local runner and of tests has no address
        with open(url2pathname(parts.path), encoding="utf-8") as jwks:
            return jwt.PyJWKSet.from_dict(json.load(jwks)).__getitem__
    return jwt.PyJWKClient(url, lifespan=3600, timeout=3).get_signing_key
