"""Rows of staff: which role, last seen when, and from when on a session counts."""

from dataclasses import dataclass
from datetime import datetime

from chalicelib.aws import keys, table
from chalicelib.domain.plain import from_plain
from chalicelib.domain.times import stamp


@dataclass(frozen=True)
class StaffRow:
    """Somebody who has signed in; sessions begun at or before ``valid_after`` are over."""

    role: str = ""
    valid_after: datetime | None = None


def get_staff(sub: str) -> StaffRow | None:
    """The row of the account ``sub``, or None."""
    row = table.get(keys.staff(sub))
    return from_plain(StaffRow, row) if row else None


def note_sign_in(sub: str, role: str, now: datetime) -> None:
    """Writes down that ``sub`` has signed in, in which role."""
    table.write(table.update(keys.staff(sub), {"role": role, "last_seen": stamp(now)}))


def end_sessions(sub: str, now: datetime) -> None:
    """Ends every session of ``sub`` that has begun up to ``now``."""
    table.write(table.update(keys.staff(sub), {"valid_after": stamp(now)}))
