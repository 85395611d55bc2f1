"""Rows that make "the same again" known: one child, one school, one confirmed mailbox."""

from datetime import UTC, date, datetime, time
from typing import NamedTuple

from chalicelib.aws import keys, table
from chalicelib.domain.times import stamp
from chalicelib.domain.withdrawal import Withdrawal


class Guard(NamedTuple):
    """The withdrawal that stands for the child at the school, and its items."""

    ref: str
    items: tuple[str, ...]


def get_guard(child_print: str, urn: str, mail_print: str) -> Guard | None:
    """The guard, or None."""
    row = table.get(keys.guard(child_print, urn, mail_print))
    return Guard(row["ref"], tuple(row["items"])) if row else None


def put_guard(
    withdrawal: Withdrawal, mail_print: str, before: Guard | None, until: date, now: datetime
) -> table.Row:
    """A transaction's write: ``withdrawal`` stands now; refused where another than ``before`` does.

    Forgotten the day after ``until``, the campaign's last day.
    """
    key = keys.guard(withdrawal.child_print or "", withdrawal.urn, mail_print)
    changes = {
        "ref": withdrawal.ref,
        "items": list(withdrawal.items),
        "at": stamp(now),
        "ttl": int(datetime.combine(until, time.max, UTC).timestamp()),
    }
    if before:
        return table.update(key, changes, "#ref = :old_ref", {"old_ref": before.ref})
    return table.update(key, changes, "attribute_not_exists(#pk)")
