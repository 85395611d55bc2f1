"""Every key and index value of the tables, and the keyed fingerprints in them (data-model.md)."""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from datetime import date, datetime

from chalicelib.config import settings
from chalicelib.domain.times import stamp

SHARDS = 1
"""How many partitions a hot index key is spread over (performance.md: one is enough up to 500 a second)."""

Key = dict[str, str]


def fingerprint(what: str, value: str) -> str:
    """A keyed, one-way name for ``value``; equal values of one ``what`` are equal. 128 bits, version in front."""
    version, _, secret = settings().fingerprint_key.partition(":")
    digest = hmac.new(secret.encode(), f"{what}\0{value}".encode(), hashlib.sha256).digest()[:16]
    return version + urlsafe_b64encode(digest).decode().rstrip("=")


def household(hid: str) -> Key:
    """A household."""
    return {"pk": f"H#{hid}", "sk": "H"}


def withdrawal(ref: str) -> Key:
    """A withdrawal."""
    return {"pk": f"W#{ref}", "sk": "W"}


def wrapped_key(ref: str) -> Key:
    """A withdrawal's wrapped data key, in the table of keys."""
    return {"pk": f"W#{ref}"}


def event(subject: Key, n: int, kind: str) -> Key:
    """The ``n``th event of the record with the key ``subject``; its kind says whom to wake."""
    return {"pk": f"E#{subject['pk']}", "sk": f"{n:06}#{kind}"}


def guard(child_print: str, urn: str, mail_print: str) -> Key:
    """What makes "the same again" known: one child at one school from one confirmed address."""
    return {"pk": f"C#{child_print}", "sk": f"{urn}#{mail_print}"}


def delivery(delivery_id: str) -> Key:
    """A delivery."""
    return {"pk": f"D#{delivery_id}", "sk": "D"}


def contact(urn: str) -> Key:
    """Where a school's mail goes."""
    return {"pk": f"S#{urn}", "sk": "C"}


def contact_history(urn: str, version: int) -> Key:
    """The change of a school's contact that made this version."""
    return {"pk": f"S#{urn}", "sk": f"H#{version:06}"}


def tally(urn: str) -> Key:
    """A school's tally."""
    return {"pk": f"S#{urn}", "sk": "T"}


def limit(what: str, who: str, window: str) -> Key:
    """A counter of ``what`` by ``who`` (a fingerprint) in a window of time."""
    return {"pk": f"L#{what}#{who}#{window}", "sk": "L"}


def pace() -> Key:
    """How fast the service's mails go: one row, touched by the sender only."""
    return {"pk": "L#ses", "sk": "L"}


def staff(sub: str) -> Key:
    """A member of staff."""
    return {"pk": f"P#{sub}", "sk": "P"}


def audit(day: date, at: str, n: int) -> Key:
    """What one of the staff did on a London day, at the instant ``at``: the ``n``th row of all."""
    return {"pk": f"A#{day.isoformat()}", "sk": f"{at}#{n:06}"}


def audit_end() -> Key:
    """Where the audit ends: number and hash of its newest row."""
    return {"pk": "P#audit", "sk": "P"}


def by_state(state: str) -> str:
    """Index ``state``. A second shard would be chosen here, by reference."""
    return state


def by_authority(la_code: str, state: str) -> str:
    """Index ``authority``."""
    return f"{la_code}#{state}"


def withdrawals_of(urn: str) -> str:
    """Index ``school``: a school's withdrawals."""
    return f"W#{urn}"


def deliveries_of(urn: str) -> str:
    """Index ``school``: a school's deliveries."""
    return f"D#{urn}"


def by_due(kind: str, shard: int = 0) -> str:
    """Index ``due``: what the sweep looks at in the queue ``kind``."""
    return f"{kind}#{shard}"


def rank(last_day: date, today: date, children: int, since: datetime) -> str:
    """Index ``attention``: fewest days left first, then most children waiting, then longest waiting."""
    days = max((last_day - today).days, 0)
    return f"{days:05}#{9999 - min(children, 9999):04}#{stamp(since)}"
