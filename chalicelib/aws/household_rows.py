"""Rows of households: one journey, one mailbox."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from chalicelib.aws import keys, table
from chalicelib.domain.plain import from_plain, to_plain
from chalicelib.domain.times import moment


@dataclass(frozen=True)
class HouseholdRow:
    """A household as stored: ``v`` of its newest confirm link; prints of its mailbox for equality and limits.

    The prints are "" once all of it is erased.
    """

    hid: str
    refs: tuple[str, ...]
    campaign: str
    v: int
    made: datetime
    by_mail: str = ""
    open: str = ""


def name_household(form_key: str) -> str:
    """The hid of a form key: a double post meets itself."""
    return keys.fingerprint("household", form_key)


def print_mail(address: str) -> str:
    """The fingerprint of a folded address, for equality questions."""
    return keys.fingerprint("mail", address)


def get_household(hid: str) -> HouseholdRow | None:
    """The household, or None."""
    row = table.get(keys.household(hid))
    return from_plain(HouseholdRow, row) if row else None


def get_households(hids: Iterable[str]) -> dict[str, HouseholdRow]:
    """Households by hid."""
    rows = table.get_many([keys.household(hid) for hid in hids])
    return {row["hid"]: from_plain(HouseholdRow, row) for row in rows.values()}


def list_others(household: HouseholdRow, since: datetime, most: int) -> list[HouseholdRow]:
    """What else the mailbox of ``household`` has made since then, of its newest ``most``."""
    rows, _ = table.query(("by_mail", household.by_mail), "mail", limit=most, newest=True)
    hids = [row["pk"].removeprefix("H#") for row in rows if moment(row["made"]) >= since]
    return list(get_households(hid for hid in hids if hid != household.hid).values())


def put_household(household: HouseholdRow) -> table.Row:
    """A transaction's Put, refused where the same form was sent before."""
    return table.put({**keys.household(household.hid), **to_plain(household)}, new=True)


def check_version(hid: str, version: int) -> table.Row:
    """A transaction's Update that changes nothing and is refused where a newer link was sent."""
    return table.update(keys.household(hid), {"v": version}, "#v = :old_v", {"old_v": version})
