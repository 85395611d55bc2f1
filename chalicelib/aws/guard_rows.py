"""Rows that make "the same again" known: one child, one school, one confirmed mailbox."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from typing import NamedTuple

from chalicelib.aws import keys, limit_rows, table
from chalicelib.aws.household_rows import HouseholdRow
from chalicelib.domain.times import stamp
from chalicelib.domain.withdrawal import Withdrawal


class Guard(NamedTuple):
    """The withdrawal that stands for the child at the school, and its items."""

    ref: str
    items: tuple[str, ...]


def get_guards(
    withdrawals: Iterable[Withdrawal], household: HouseholdRow
) -> tuple[dict[tuple[str, str], Guard], int]:
    """The guards that stand for the children of ``withdrawals``, by ``child_at``, for the household's mailbox.

    And how many households of that mailbox were confirmed so far (``limit_rows.close_one``): one read.
    """
    wanted = {child_at(each): keys.guard(*child_at(each), household.by_mail) for each in withdrawals}
    mailbox = limit_rows.open_key(household.open)
    rows = table.get_many([*wanted.values(), mailbox])
    found = {}
    for place, key in wanted.items():
        if row := rows.get((key["pk"], key["sk"])):
            found[place] = Guard(row["ref"], tuple(row["items"]))
    return found, rows.get((mailbox["pk"], mailbox["sk"]), {}).get("closed", 0)


def child_at(withdrawal: Withdrawal) -> tuple[str, str]:
    """Which child at which school: the print of its name, and the URN."""
    return withdrawal.child_print or "", withdrawal.urn


def put_guard(
    withdrawal: Withdrawal, mail_print: str, before: Guard | None, until: date, now: datetime
) -> table.Row:
    """A transaction's write: ``withdrawal`` stands now; refused where another than ``before`` does.

    Forgotten the day after ``until``, the campaign's last day.
    """
    key = keys.guard(*child_at(withdrawal), mail_print)
    changes = {
        "ref": withdrawal.ref,
        "items": list(withdrawal.items),
        "at": stamp(now),
        "ttl": int(datetime.combine(until, time.max, UTC).timestamp()),
    }
    if before:
        return table.update(key, changes, "#ref = :old_ref", {"old_ref": before.ref})
    return table.update(key, changes, "attribute_not_exists(#pk)")
