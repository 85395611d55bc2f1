"""Lists of withdrawals, newest first, from the indexes only: nothing sealed is read, nothing is scanned."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from chalicelib.aws import keys, table
from chalicelib.aws.withdrawal_rows import ERASE
from chalicelib.domain.plain import from_plain
from chalicelib.domain.times import stamp
from chalicelib.domain.withdrawal import State, Withdrawal


@dataclass(frozen=True)
class Place:
    """A place in a list: just after this withdrawal."""

    ref: str
    made: datetime


def list_by_state(state: State, after: Place | None, most: int) -> list[Withdrawal]:
    """At most ``most`` withdrawals in ``state`` after a place.

    What the index does not hold is left empty, and n is 0.
    """
    rows = _read("state", "by_state", keys.by_state(state), after, most)
    return [_from_index({**row, "state": state}) for row in rows]


def list_by_school(urn: str, after: Place | None, most: int) -> list[Withdrawal]:
    """At most ``most`` withdrawals at a school after a place, as ``list_by_state``."""
    return [_from_index(row) for row in _read("school", "by_school", keys.withdrawals_of(urn), after, most)]


def list_due(today: date, most: int) -> Iterator[list[str]]:
    """References of what is to be erased by ``today``, longest due first, at most ``most`` a page."""
    start: table.Row | None = None
    while True:
        rows, start = table.query(
            ("by_due", keys.by_due(ERASE)), "due", until=("due", today.isoformat()), limit=most, start=start
        )
        if rows:
            yield [row["pk"].removeprefix("W#") for row in rows]
        if not start:
            return


def _read(index: str, attribute: str, value: str, after: Place | None, most: int) -> list[table.Row]:
    start = None
    if after:
        start = {**keys.withdrawal(after.ref), attribute: value, "made": stamp(after.made)}
    rows, _ = table.query((attribute, value), index, limit=most, newest=True, start=start)
    return rows


def _from_index(row: table.Row) -> Withdrawal:
    return from_plain(Withdrawal, {**row, "ref": row["pk"].removeprefix("W#"), "n": 0})
