"""The audit of what staff do: written before the act is answered, so that none is without its row."""

from datetime import datetime

from chalicelib.aws import audit_rows, keys
from chalicelib.domain.withdrawal import LETTERS_AND_DIGITS, read_reference

ROLE = "staff"
LENGTH = 8


def note(who: str, act: str, now: datetime, about: str = "") -> None:
    """``who`` (an account's sub) does ``act`` on ``about``: a reference, a delivery, a filter; nothing typed.

    Raises Unavailable: then the act must not be done.
    """
    audit_rows.add_act(who, ROLE, act, about, "", now)


def note_refusal(user: str, step: str, now: datetime) -> None:
    """Somebody was refused at ``step`` of the sign-in: the account by its print, since anything may be typed."""
    audit_rows.add_act(keys.fingerprint("staff-account", user.casefold()), "", f"{step} refused", "", "", now)


def name_reference(typed: str) -> str:
    """What may be written down of a reference that was looked up: the reference, if it can be one."""
    ref = read_reference(typed)
    return ref if len(ref) == LENGTH and set(ref) <= set(LETTERS_AND_DIGITS) else "no reference"
