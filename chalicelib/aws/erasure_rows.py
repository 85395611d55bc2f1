"""Rows that an erasure looks at, and the writes that take away whatever leads to a child or a mailbox."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from chalicelib.aws import delivery_rows, guard_rows, household_rows, keys, limit_rows, table, withdrawal_rows
from chalicelib.aws.household_rows import HouseholdRow
from chalicelib.domain.delivery import Delivery, confirm_id
from chalicelib.domain.plain import from_plain
from chalicelib.domain.times import stamp
from chalicelib.domain.withdrawal import State, Withdrawal

SEEN = "#attempt = :seen_attempt"


@dataclass(frozen=True)
class Sight:
    """A withdrawal with everything that leads to it.

    ``deliveries``: its letter and the confirmation mails of its household. ``others``: the withdrawals that stand
    in any of these, and are not erased. ``guarded``: the guard of its child stands for it, and not for a later
    one; ``counted``: its mailbox has a count of unconfirmed households.
    """

    withdrawal: Withdrawal
    household: HouseholdRow | None
    deliveries: tuple[Delivery, ...]
    others: tuple[Withdrawal, ...]
    guarded: bool
    counted: bool


def look(refs: Iterable[str]) -> dict[str, Sight]:
    """What leads to each of the withdrawals that exist: four reads for some 25, erased ones left bare."""
    found = withdrawal_rows.get_withdrawals(refs)
    whole = [each for each in found.values() if each.state is not State.ERASED]
    households = household_rows.get_households({each.hid for each in whole})
    mails = {each.ref: _name_mails(each, households.get(each.hid)) for each in whole}
    deliveries = delivery_rows.get_deliveries({id for ids in mails.values() for id in ids})
    guards = {each.ref: _guard(each, households.get(each.hid)) for each in whole}
    counts = {household.open: limit_rows.open_key(household.open) for household in households.values()}
    named = {ref for each in deliveries.values() for ref in each.refs}
    named |= {ref for each in households.values() for ref in each.refs}
    wanted = [*map(keys.withdrawal, named - set(found)), *guards.values(), *counts.values()]
    rows = table.get_many(list({key["pk"] + key["sk"]: key for key in wanted}.values()))
    known = found | {row["ref"]: from_plain(Withdrawal, row) for row in rows.values() if row["sk"] == "W"}
    sights = {ref: Sight(each, None, (), (), False, False) for ref, each in found.items()}
    for each in whole:
        household = households.get(each.hid)
        carrying = tuple(deliveries[id] for id in mails[each.ref] if id in deliveries)
        beside = {ref for one in carrying for ref in one.refs} | set(household.refs if household else ())
        guard = rows.get((guards[each.ref]["pk"], guards[each.ref]["sk"]), {})
        count = rows.get((counts[household.open]["pk"], "L"), {}) if household else {}
        sights[each.ref] = Sight(
            each,
            household,
            carrying,
            tuple(
                known[ref]
                for ref in sorted(beside - {each.ref})
                if ref in known and known[ref].state is not State.ERASED
            ),
            guard.get("ref") == each.ref,
            count.get("n", 0) > 0,
        )
    return sights


def close(delivery: Delivery, now: datetime) -> table.Row:
    """A transaction's Update: it is never sent and asks for nobody; refused where an attempt was begun since."""
    changes = {"closed": stamp(delivery.closed or now), "held": None}
    changes |= {**delivery_rows.NOTHING_ASKED, **delivery_rows.NEVER_DUE}
    return table.update(keys.delivery(delivery.id), changes, SEEN, {"seen_attempt": delivery.attempt})


def leave_alone(delivery: Delivery) -> table.Row:
    """A transaction's check: no attempt at the delivery was begun since it was looked at."""
    return table.check(keys.delivery(delivery.id), SEEN, {"seen_attempt": delivery.attempt})


def stay(withdrawal: Withdrawal) -> table.Row:
    """A transaction's check: the withdrawal is as it was when it was looked at."""
    return table.check(keys.withdrawal(withdrawal.ref), "#n = :seen_n", {"seen_n": withdrawal.n})


def forget_guards(sights: Iterable[Sight]) -> list[table.Row]:
    """A transaction's Deletes of children's guards; refused where one stands for another withdrawal by now."""
    return [
        table.delete(
            _guard(each.withdrawal, each.household), condition="#ref = :ref", values={"ref": each.withdrawal.ref}
        )
        for each in sights
        if each.guarded
    ]


def forget_mailbox(household: HouseholdRow) -> table.Row:
    """A transaction's Update: nothing tells any more which mailbox the household wrote from."""
    return table.update(keys.household(household.hid), {"by_mail": None, "open": None}, "attribute_exists(#pk)")


def uncount(household: HouseholdRow) -> table.Row:
    """A transaction's Update: one household fewer of the mailbox is unconfirmed; refused where none is counted."""
    return table.update(limit_rows.open_key(household.open), {}, "#n > :none", {"none": 0}, add={"n": -1})


def _name_mails(withdrawal: Withdrawal, household: HouseholdRow | None) -> list[str]:
    versions = range(1, household.v + 1) if household else ()
    asked = [confirm_id(withdrawal.hid, version) for version in versions]
    return [*asked, withdrawal.letter] if withdrawal.letter else asked


def _guard(withdrawal: Withdrawal, household: HouseholdRow | None) -> keys.Key:
    return keys.guard(*guard_rows.child_at(withdrawal), household.by_mail if household else "")
