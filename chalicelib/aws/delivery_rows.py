"""Rows of deliveries: claim, send, mark, hold; each a conditional write, so that two workers never send twice."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from chalicelib.aws import keys, table
from chalicelib.domain.delivery import NO_WORD, PATIENCE, Delivery, Hold, back_off
from chalicelib.domain.plain import from_plain, to_plain
from chalicelib.domain.times import london_day, stamp

SWEEP = "send"
UNSENT = (
    "attribute_exists(#pk) AND attribute_not_exists(#sent) AND attribute_not_exists(#accepted) "
    "AND attribute_not_exists(#bounced) AND attribute_not_exists(#held) AND attribute_not_exists(#closed)"
)

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
        row["by_due"] = keys.by_due(SWEEP)
    if delivery.urn:
        row["by_school"] = keys.deliveries_of(delivery.urn)
    return table.put(row, new=True)


def get_delivery(delivery_id: str) -> Delivery | None:
    """The delivery, or None."""
    row = table.get(keys.delivery(delivery_id))
    return from_plain(Delivery, row) if row else None


def get_deliveries(ids: Iterable[str]) -> dict[str, Delivery]:
    """Deliveries by id; at most 100."""
    rows = table.get_many([keys.delivery(each) for each in ids])
    return {row["id"]: from_plain(Delivery, row) for row in rows.values()}


def list_due(now: datetime, limit: int) -> list[str]:
    """Ids of deliveries that the sweep should look at, longest due first."""
    rows, _ = table.query(("by_due", keys.by_due(SWEEP)), "due", until=("due", stamp(now)), limit=limit)
    return [row["pk"].removeprefix("D#") for row in rows]


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
        "due": stamp(now + NO_WORD),
        "refused": 0,
    }
    key = keys.delivery(delivery.id)
    told = {
        **keys.event(key, delivery.attempt, "sent"),
        "at": stamp(now),
        "by": "sender",
        "facts": {"attempt": delivery.attempt},
    }
    try:
        table.transact([table.update(key, changes, UNSENT), table.put(told, new=True)])
    except table.Refused:
        return


def release_claim(delivery: Delivery, now: datetime) -> None:
    """Certainly not sent: the claim is given back, the next try waits longer each time."""
    refused = delivery.refused + 1
    changes = {"claimed": None, "refused": refused, "due": stamp(now + back_off(refused))}
    _write_if(delivery, changes)


def hold(delivery: Delivery, reason: Hold, now: datetime, last_day: date) -> None:
    """It cannot go out: it stands under "needs attention", and no sweep touches it until it is released."""
    asks = asks_for(reason, len(delivery.refs), last_day, now)
    _write_if(delivery, {"held": reason.value, "claimed": None, **asks, **NEVER_DUE})


def release(delivery: Delivery, now: datetime) -> bool:
    """Lets a held delivery go again with a clean count; False where it was not held."""
    changes = {"unknown": 0, "refused": 0, **NOTHING_ASKED, **looked_again_at(now)}
    try:
        table.write(table.update(keys.delivery(delivery.id), changes, "attribute_exists(#held)"))
    except table.Refused:
        return False
    return True


def close(delivery: Delivery, now: datetime) -> None:
    """Nothing is left to send: it is never due again."""
    _write_if(delivery, {"closed": stamp(now), **NEVER_DUE})


def note(delivery: Delivery, what: dict[str, datetime], **changes: Any) -> bool:
    """Sets those timestamps of ``what`` that are not set yet, with ``changes``; False where nothing is new.

    Where one was set at this moment, by the sender or by another event, the others are still news.
    """
    for _ in what or [None]:
        new = {name: stamp(at) for name, at in what.items() if getattr(delivery, name) is None}
        if what and not new:
            return False
        condition = "attribute_exists(#pk)" + "".join(f" AND attribute_not_exists(#{name})" for name in new)
        try:
            table.write(table.update(keys.delivery(delivery.id), {**new, **changes}, condition))
        except table.Refused as refused:
            if not refused.rows[0]:
                return False
            delivery = from_plain(Delivery, refused.rows[0])
        else:
            return True
    return False


def asks_for(reason: Hold, pupils: int, last_day: date, since: datetime) -> dict[str, str]:
    """Changes for ``note``: a person should look, the sooner the fewer days are left to ``last_day``."""
    return {"by_attention": reason.value, "rank": keys.rank(last_day, london_day(since), pupils, since)}


def looked_again_at(due: datetime) -> dict[str, str]:
    """Changes for ``note``: the sweep looks at ``due``."""
    return {"by_due": keys.by_due(SWEEP), "due": stamp(due)}


def _write_if(delivery: Delivery, changes: dict[str, Any]) -> None:
    """Writes where the attempt that we saw is still without outcome; else somebody has moved it on."""
    condition = f"{UNSENT} AND #attempt = :seen_attempt"
    values = {"seen_attempt": delivery.attempt}
    try:
        table.write(table.update(keys.delivery(delivery.id), changes, condition, values))
    except table.Refused:
        return
