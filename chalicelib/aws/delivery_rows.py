"""Rows of deliveries: claim, send, mark, hold; each a conditional write, so that two workers never send twice."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any

from chalicelib.aws import keys, table
from chalicelib.domain.delivery import LOOK, NO_WORD, PATIENCE, Delivery, Hold, back_off, queue_of
from chalicelib.domain.plain import from_plain, read_all, read_each, to_plain
from chalicelib.domain.times import london_day, stamp

UNSENT = (
    "attribute_exists(#pk) AND attribute_not_exists(#sent) AND attribute_not_exists(#accepted) "
    "AND attribute_not_exists(#bounced) AND attribute_not_exists(#held) AND attribute_not_exists(#closed)"
)

NOT_BACK = "(attribute_not_exists(#back) OR #back < :ours)"
"""That the attempt ``:ours`` has not come back from the school's mail server."""

OUTCOMES = ("sent", "accepted", "bounced", "complained", "closed")
"""What is heard of a delivery; what one of them means depends on the others."""

NOTHING_ASKED: dict[str, None] = {"by_attention": None, "rank": None, "held": None}
"""Changes for ``note``: whatever asked for a person is over."""

NEVER_DUE: dict[str, None] = {"by_due": None, "due": None}
"""Changes for ``note``: the sweep is done with it."""


def put_delivery(delivery: Delivery, last_day: date) -> table.Row:
    """A transaction's Put of a new delivery: due at ``due``, or held from when it was made."""
    row = {**keys.delivery(delivery.id), **to_plain(delivery)}
    if delivery.held:
        row |= asks_for(delivery.held, len(delivery.refs), last_day, delivery.made)
    else:
        row["by_due"] = keys.by_due(queue_of(delivery.id))
    if delivery.urn:
        row["by_school"] = keys.deliveries_of(delivery.urn)
    return table.put(row, new=True)


def get_delivery(delivery_id: str) -> Delivery | None:
    """The delivery, or None."""
    row = table.get(keys.delivery(delivery_id))
    return from_plain(Delivery, row) if row else None


def get_deliveries(ids: Iterable[str]) -> dict[str, Delivery]:
    """Deliveries by id. Raises Unreadable."""
    return read_all(find_deliveries(ids))


def find_deliveries(ids: Iterable[str]) -> tuple[dict[str, Delivery], set[str]]:
    """Deliveries by id, and the ids of those that this version of the service cannot read."""
    rows = table.get_many([keys.delivery(each) for each in ids])
    return read_each(Delivery, {row["pk"].removeprefix("D#"): row for row in rows.values()})


def list_due(queue: str, now: datetime, limit: int) -> Iterator[list[str]]:
    """Ids of what is due in ``queue``, longest due first, in pages of ``limit``: a call each."""
    partition, until = ("by_due", keys.by_due(queue)), ("due", stamp(now))
    start: table.Row | None = None
    while True:
        rows, start = table.query(partition, "due", until=until, limit=limit, start=start)
        if rows:
            yield [row["pk"].removeprefix("D#") for row in rows]
        if not start:
            return


def list_held(reason: Hold, limit: int = 50) -> list[table.Row]:
    """Rows of the attention index for ``reason``, most urgent first: pk, urn, rank."""
    rows, _ = table.query(("by_attention", reason.value), "attention", limit=limit)
    return rows


def claim(delivery_id: str, now: datetime, seen: Delivery | None = None) -> Delivery | None:
    """Takes the delivery for one attempt, written down before anything is sent; None where somebody else has it.

    ``seen``: a claim without outcome that the sweep found; its attempt counts as unknown.
    """
    changes: dict[str, Any] = {"claimed": stamp(now), "due": stamp(now + PATIENCE)}
    if seen and seen.claimed:
        # Due, or it may be on its way at this moment: what lists the due may have seen it before it was claimed.
        condition = f"{UNSENT} AND #claimed = :seen_claimed AND #due <= :now"
        values, add = {"seen_claimed": stamp(seen.claimed), "now": stamp(now)}, {"attempt": 1, "unknown": 1}
    else:
        condition, values, add = f"{UNSENT} AND attribute_not_exists(#claimed)", {}, {"attempt": 1}
    try:
        return from_plain(
            Delivery, table.write(table.update(keys.delivery(delivery_id), changes, condition, values, add))
        )
    except table.Refused:
        return None


def mark_sent(delivery: Delivery, now: datetime, contact_version: int | None) -> None:
    """SES has taken it: the outcome is known, and an event says so. Nothing happens if a mail event came first."""
    changes = {
        "sent": stamp(now),
        "contact_version": contact_version,
        "refused": 0,
        **looked_again_at(now + NO_WORD, LOOK),
    }
    key = keys.delivery(delivery.id)
    told = {
        **keys.event(key, delivery.attempt, "sent"),
        "at": stamp(now),
        "by": "sender",
        "facts": {"attempt": delivery.attempt},
    }
    try:
        values = {"ours": delivery.attempt}
        table.transact([table.update(key, changes, f"{UNSENT} AND {NOT_BACK}", values), table.put(told, new=True)])
    except table.Refused:
        return


def release_claim(delivery: Delivery, now: datetime, counted: bool = True) -> None:
    """Certainly not sent: the claim is given back, the next try waits longer each time.

    Not ``counted``: it was not about this mail, which goes again as soon as any does.
    """
    refused = delivery.refused + counted
    changes = {"claimed": None, "refused": refused, "due": stamp(now + back_off(refused))}
    _write_if(delivery, changes)


def come_back(delivery: Delivery, due: datetime) -> None:
    """The latest attempt reached nobody for a reason that may pass: it is sent again at ``due``.

    Nothing happens where that is known, or where the mail has arrived all the same.
    """
    again = looked_again_at(due, queue_of(delivery.id))
    changes = {"sent": None, "claimed": None, "back": delivery.attempt, **NOTHING_ASKED, **again}
    condition = (
        f"#attempt = :ours AND {NOT_BACK} AND attribute_not_exists(#accepted) "
        "AND attribute_not_exists(#bounced) AND attribute_not_exists(#held) AND attribute_not_exists(#closed)"
    )
    key, values = keys.delivery(delivery.id), {"ours": delivery.attempt}
    try:
        table.write(table.update(key, changes, condition, values, {"returned": 1}))
    except table.Refused:
        return


def hold(delivery: Delivery, reason: Hold, now: datetime, last_day: date) -> bool:
    """It cannot go out: it stands under "needs attention" until it is released; False where it has moved on."""
    asks = asks_for(reason, len(delivery.refs), last_day, now)
    return _write_if(delivery, {"held": reason.value, "claimed": None, **asks, **NEVER_DUE})


def set_aside(delivery_id: str, reason: Hold, now: datetime, last_day: date) -> None:
    """Holds a delivery that cannot be read: nothing of it is looked at, and the sweep is done with it."""
    changes = {"held": reason.value, **asks_for(reason, 1, last_day, now), **NEVER_DUE}
    table.write(table.update(keys.delivery(delivery_id), changes, "attribute_exists(#pk)"))


def release(delivery: Delivery, now: datetime) -> bool:
    """Lets a held delivery go again with a clean count, by its age; False where it was not held."""
    again = looked_again_at(min(delivery.made, now), queue_of(delivery.id))
    changes = {"unknown": 0, "refused": 0, **NOTHING_ASKED, **again}
    try:
        table.write(table.update(keys.delivery(delivery.id), changes, "attribute_exists(#held)"))
    except table.Refused:
        return False
    return True


def close(delivery: Delivery, now: datetime) -> None:
    """Nothing is left to send: it is never due again."""
    _write_if(delivery, {"closed": stamp(now), **NEVER_DUE})


class Moved(Exception):
    """The delivery has moved on since it was read: look again."""


def note(delivery: Delivery, what: dict[str, datetime], **changes: Any) -> bool:
    """Sets those timestamps of ``what`` that are not set yet, with ``changes``; False where nothing is new.

    Raises Moved where the sender or another event has set one of ``OUTCOMES`` since the delivery was read.
    """
    new = {name: stamp(at) for name, at in what.items() if getattr(delivery, name) is None}
    if what and not new:
        return False
    seen = {name: getattr(delivery, name) is not None for name in OUTCOMES}
    condition = "attribute_exists(#pk)" + "".join(
        f" AND attribute_{'exists' if was else 'not_exists'}(#{name})" for name, was in seen.items()
    )
    try:
        table.write(table.update(keys.delivery(delivery.id), {**new, **changes}, condition))
    except table.Refused:
        raise Moved from None
    return True


def asks_for(reason: Hold, pupils: int, last_day: date, since: datetime) -> dict[str, str]:
    """Changes for ``note``: a person should look, the sooner the fewer days are left to ``last_day``."""
    return {"by_attention": reason.value, "rank": keys.rank(last_day, london_day(since), pupils, since)}


def looked_again_at(due: datetime, queue: str) -> dict[str, str]:
    """Changes for ``note``: the sweep looks at it at ``due``, in its turn of ``queue``."""
    return {"by_due": keys.by_due(queue), "due": stamp(due)}


def _write_if(delivery: Delivery, changes: dict[str, Any]) -> bool:
    """Writes where the attempt that we saw is still without outcome; False where somebody has moved it on."""
    condition = f"{UNSENT} AND #attempt = :seen_attempt"
    values = {"seen_attempt": delivery.attempt}
    try:
        table.write(table.update(keys.delivery(delivery.id), changes, condition, values))
    except table.Refused:
        return False
    return True
