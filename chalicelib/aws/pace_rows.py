"""The one row that every worker of the sender asks for its turn (reliability.md 4): no mail goes out without.

A turn costs one call where nobody is in the way, and one more for each worker that was quicker.
"""

from collections.abc import Callable
from dataclasses import fields
from datetime import datetime

from chalicelib.aws import keys, table
from chalicelib.domain.delivery import CONFIRM, QUEUES
from chalicelib.domain.pace import BACKLOG, HOUR, Pace, Quota, Stop, Turn, milliseconds
from chalicelib.domain.plain import from_plain
from chalicelib.errors import Unavailable

TRIES = 6
AT_ONCE = "#hour = :hour AND #free <= :now AND #day < :most AND attribute_not_exists(#paused)"
FEW_CONFIRMS = "#confirms < :most_confirms"
NO_BACKLOG = "(#backlog < :now OR #behind > :queue)"


def take(
    queue: str, quota: Quota, now: datetime, ends: datetime, woken: bool = False, backlog: bool = False
) -> Turn | Stop:
    """The next turn for a mail of ``queue`` that comes before ``ends``, or why there is none.

    ``woken``: asked by the bell, which goes behind a backlog; ``backlog``: the sweep has found one in this queue.
    """
    at = milliseconds(now)
    waits = {"backlog": at + milliseconds(BACKLOG), "behind": QUEUES.index(queue)} if backlog else {}
    values = {"hour": at // HOUR, "now": at, "most": quota.most}
    condition, add = AT_ONCE, {"v": 1, "n": 1, "day": 1}
    if queue == CONFIRM:
        condition, values["most_confirms"] = f"{condition} AND {FEW_CONFIRMS}", quota.confirms
        add["confirms"] = 1
    if woken:
        condition, values["queue"] = f"{condition} AND {NO_BACKLOG}", QUEUES.index(queue)
    try:
        row = table.write(table.update(keys.pace(), {"free": at + quota.gap, **waits}, condition, values, add))
    except table.Refused as refused:
        row = refused.rows[0]
    else:
        return from_plain(Pace, row).turn(queue, at)
    for _ in range(TRIES):
        found = from_plain(Pace, row).take(queue, quota, now, ends, woken)
        if isinstance(found, Stop):
            return found
        after, turn = found
        newer = _write(after, **waits)
        if newer is None:
            return turn
        row = newer
    return Stop.TIME


def give_back(turn: Turn) -> None:
    """A turn that nobody used counts no longer."""
    _change(lambda pace: pace.give_back(turn))


def strike(code: str, now: datetime) -> tuple[bool, bool]:
    """SES refused for a reason of the account's: whether mail is paused now, and whether this began the pause."""
    before, after = _change(lambda pace: pace.strike(code, now))
    return after.paused is not None, before.paused != after.paused


def clear() -> None:
    """A mail went through after refusals."""
    _change(Pace.clear)


def _change(change: Callable[[Pace], Pace]) -> tuple[Pace, Pace]:
    """Changes the record by ``change``; what it was and what it is. Raises Unavailable where others never rest."""
    row = table.get(keys.pace())
    for _ in range(TRIES):
        before = from_plain(Pace, row or {})
        after = change(before)
        if after == before or (row := _write(after)) is None:
            return before, after
    raise Unavailable(operation="pace", code="contended")


def _write(pace: Pace, **also: int) -> table.Row | None:
    """Writes the record where it is still the one before; None, or what stands there instead."""
    changes = {each.name: getattr(pace, each.name) for each in fields(Pace)} | also
    first = pace.v == 1
    condition, values = ("attribute_not_exists(#v)", {}) if first else ("#v = :seen_v", {"seen_v": pace.v - 1})
    try:
        table.write(table.update(keys.pace(), changes, condition, values))
    except table.Refused as refused:
        return refused.rows[0]
    return None
