"""Staff come and go: sign-in in two steps, the session that every staff page checks, sign-out."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from chalicelib.aws import accounts, delivery_rows, limit_rows, staff_rows
from chalicelib.config import settings
from chalicelib.domain.campaign import load_campaign
from chalicelib.errors import NotSignedIn, SignInRefused, TooManyRequests
from chalicelib.services import audits, notifications
from chalicelib.services.limits import salt_source

ROLE = "staff"
SESSION = timedelta(hours=8)
"""The longest session, however busy (reliability.md 3); the idle time is the cookie's."""


def start_sign_in(user: str, password: str, source: str, now: datetime) -> tuple[str, str]:
    """The first step, from the address ``source``: the user and Cognito's session, for the second.

    Raises SignInRefused, TooManyRequests, Unavailable.
    """
    with _limited(user, source, now), _told("password", user, now):
        challenge = accounts.start_sign_in(user, password)
    return challenge.user, challenge.session


def finish_sign_in(user: str, session: str, code: str, source: str, now: datetime) -> tuple[str, str]:
    """The second step: the ID token for the right code, and its account (sub).

    Raises as ``start_sign_in``, and NotSignedIn for an account that is not one of the staff.
    """
    with _limited(user, source, now), _told("code", user, now):
        token = accounts.answer_code(accounts.Challenge(user, session), code)
        sub = accounts.read_token(token)
    audits.note(sub, "signed in", now)
    staff_rows.note_sign_in(sub, ROLE, now)
    return token, sub


def check_session(token: str, since: datetime, now: datetime) -> None:
    """Raises NotSignedIn where the session begun at ``since`` has ended, in whichever way.

    Cognito's own sign-out leaves ID tokens valid, so the row of the account has the last word (OWASP ASVS 7.4).
    """
    sub = accounts.read_token(token)
    if now - since >= SESSION:
        raise NotSignedIn
    row = staff_rows.get_staff(sub)
    if not row or row.role != ROLE or (row.valid_after and since <= row.valid_after):
        raise NotSignedIn


def sign_out(sub: str, now: datetime) -> None:
    """Ends every session of the account, on every device."""
    staff_rows.end_sessions(sub, now)
    audits.note(sub, "signed out", now)


def release(sub: str, delivery_id: str, now: datetime) -> bool:
    """Lets a held delivery go again, written down first; False where it was not held."""
    delivery = delivery_rows.get_delivery(delivery_id)
    if delivery is None or not delivery.held:
        return False
    audits.note(sub, "released", now, delivery.id)
    return notifications.release(delivery.id, now)


@contextmanager
def _told(step: str, user: str, now: datetime) -> Iterator[None]:
    """Whoever is refused inside is written down."""
    try:
        yield
    except NotSignedIn:
        audits.note_refusal(user, step, now)
        raise


@contextmanager
def _limited(user: str, source: str, now: datetime) -> Iterator[None]:
    """Lets only so many failures pass per address and per account (campaign limits, reliability.md 4).

    A try is counted before it is made and taken back unless it was refused: guesses sent all at once count too.
    """
    limits = load_campaign(settings().campaign).limits
    window = timedelta(minutes=limits.sign_in_minutes)
    tries = (("sign-in-source", salt_source(source, now)), ("sign-in-account", user.casefold()))
    for what, who in tries:
        if not limit_rows.count(what, who, window, limits.sign_in_failures, now):
            raise TooManyRequests(limit="sign-in")
    refused = False
    try:
        yield
    except SignInRefused:
        refused = True
        raise
    finally:
        for what, who in () if refused else tries:
            limit_rows.uncount(what, who, window, now)
