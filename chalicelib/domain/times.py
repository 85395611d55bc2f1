"""Days and instants: days are Europe/London days, instants are UTC and stored as text that sorts.

Nothing here asks the clock.
"""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


def london_day(instant: datetime) -> date:
    """The day in England on which ``instant`` falls."""
    return instant.astimezone(LONDON).date()


def stamp(instant: datetime) -> str:
    """``instant`` as stored: 2017-10-05T09:30:00.123Z; text order is time order."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment(stamped: str) -> datetime:
    """The instant that ``stamp`` stored."""
    return datetime.fromisoformat(stamped)
