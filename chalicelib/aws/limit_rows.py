"""Counters of the limits of reliability.md 4: by fingerprint only, forgotten by themselves."""

from datetime import datetime, timedelta

from chalicelib.aws import keys, table

BELOW = "attribute_not_exists(#n) OR #n < :most"


def bump(what: str, who: str, window: timedelta, most: int | None, now: datetime) -> table.Row:
    """A transaction's Update that counts one more ``what`` by ``who``; refused past ``most`` in the window.

    ``who`` is hashed here. The window is a fixed slice of time; ``most`` None counts without a limit.
    """
    key, slice_ = _window(what, who, window, now)
    ttl = (slice_ + 2) * int(window.total_seconds())
    if most is None:
        return table.update(key, {"ttl": ttl}, add={"n": 1})
    return table.update(key, {"ttl": ttl}, BELOW, {"most": most}, add={"n": 1})


def count(what: str, who: str, window: timedelta, most: int, now: datetime) -> bool:
    """Counts one more by itself; False (and not counted) where ``most`` is reached."""
    try:
        table.write(bump(what, who, window, most, now))
    except table.Refused:
        return False
    return True


def uncount(what: str, who: str, window: timedelta, now: datetime) -> None:
    """Takes back one ``count`` made at ``now``: what was counted beforehand did no harm."""
    key, _ = _window(what, who, window, now)
    table.write(table.update(key, {}, add={"n": -1}))


def open_one(print_: str, most: int, lasts: timedelta, now: datetime) -> table.Row:
    """A transaction's Update: one more household of a mailbox is unconfirmed; refused past ``most``."""
    changes = {"ttl": int((now + lasts).timestamp())}
    return table.update(open_key(print_), changes, BELOW, {"most": most}, add={"n": 1})


def close_one(print_: str, closed: int, lasts: timedelta, now: datetime) -> table.Row:
    """A transaction's Update: one household fewer is unconfirmed; refused unless ``closed`` were closed so far.

    So the mailbox's households are confirmed one after the other, and each sees those before it.
    """
    changes, seen = {"ttl": int((now + lasts).timestamp())}, {"seen": closed} if closed else {}
    condition = "#closed = :seen" if closed else "attribute_not_exists(#closed)"
    return table.update(open_key(print_), changes, condition, seen, add={"n": -1, "closed": 1})


def forget_open(print_: str, ttl: int) -> None:
    """The count of a mailbox's open households begins again, unless that has happened since ``ttl`` was read."""
    try:
        table.write(table.update(open_key(print_), {"n": 0}, "#ttl = :old_ttl", {"old_ttl": ttl}))
    except table.Refused:
        return


def open_print(mail: str) -> str:
    """The fingerprint under which the open households of a folded address are counted."""
    return keys.fingerprint("limit-open", mail)


def open_key(print_: str) -> keys.Key:
    """The counter of a mailbox's open households."""
    return keys.limit("open", print_, "all")


def _window(what: str, who: str, window: timedelta, now: datetime) -> tuple[keys.Key, int]:
    """The counter of the slice of time that ``now`` falls into, and the slice's number."""
    slice_ = int(now.timestamp()) // int(window.total_seconds())
    return keys.limit(what, keys.fingerprint(f"limit-{what}", who), str(slice_)), slice_
