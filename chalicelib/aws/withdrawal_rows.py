"""Rows of withdrawals and their events: a change of state and its event are one write, there is no other way."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from chalicelib.aws import keys, table
from chalicelib.domain.contact import Contact
from chalicelib.domain.plain import from_plain, read_all, read_each, read_value, to_plain, write_value
from chalicelib.domain.times import moment, stamp
from chalicelib.domain.withdrawal import Event, Kind, State, Withdrawal, evolve

ERASE = "erase"
"""The sweep that looks at a withdrawal when its time is over."""


@dataclass(frozen=True)
class Stored:
    """A withdrawal with what is sealed, which ``aws.vault`` opens; both are None once erased."""

    withdrawal: Withdrawal
    sealed: bytes | None
    wrapped: bytes | None


def get_withdrawal(ref: str) -> Withdrawal | None:
    """The withdrawal without its sealed part, or None."""
    row = table.get(keys.withdrawal(ref))
    return from_plain(Withdrawal, row) if row else None


def get_stored(refs: Iterable[str], contacts: Iterable[str] = ()) -> tuple[dict[str, Stored], dict[str, Contact]]:
    """Withdrawals by reference with their wrapped keys, and the contacts of schools (URNs): one read."""
    refs = list(refs)
    rows = table.get_many(
        [keys.withdrawal(ref) for ref in refs] + [keys.contact(urn) for urn in contacts],
        [keys.wrapped_key(ref) for ref in refs],
    )
    stored = {}
    for ref in refs:
        key = keys.withdrawal(ref)
        if row := rows.get((key["pk"], key["sk"])):
            wrapped = rows.get((keys.wrapped_key(ref)["pk"], ""), {}).get("wrapped")
            stored[ref] = Stored(from_plain(Withdrawal, row), row.get("x"), wrapped)
    return stored, {row["urn"]: from_plain(Contact, row) for row in rows.values() if row["pk"].startswith("S#")}


def get_withdrawals(refs: Iterable[str]) -> dict[str, Withdrawal]:
    """Withdrawals by reference, without their sealed parts. Raises Unreadable."""
    return read_all(find_withdrawals(refs))


def find_withdrawals(refs: Iterable[str]) -> tuple[dict[str, Withdrawal], set[str]]:
    """Withdrawals by reference, and the references of those that this version of the service cannot read."""
    rows = table.get_many([keys.withdrawal(ref) for ref in refs])
    return read_each(Withdrawal, {row["pk"].removeprefix("W#"): row for row in rows.values()})


def start(ref: str, event: Event, child_print: str, sealed: bytes, wrapped: bytes) -> list[table.Row]:
    """A transaction's writes of a new withdrawal, its wrapped key and its first event."""
    withdrawal = replace(evolve(ref, None, event), child_print=child_print)
    key = {**keys.wrapped_key(ref), "wrapped": wrapped}
    row = {**keys.withdrawal(ref), **to_plain(withdrawal), **_indexed(withdrawal), "x": sealed}
    return [table.put(row, new=True), table.put(key, "keys", new=True), put_event(ref, event)]


def change(withdrawal: Withdrawal, event: Event) -> list[table.Row]:
    """A transaction's writes of what ``event`` does to ``withdrawal``; refused where it was changed since.

    Raises IllegalTransition.
    """
    changed = evolve(withdrawal.ref, withdrawal, event)
    before = {**to_plain(withdrawal), **_indexed(withdrawal)}
    after = {**to_plain(changed), **_indexed(changed)}
    changes = {name: after.get(name) for name in before | after if before.get(name) != after.get(name)}
    erased = event.kind is Kind.ERASED
    if erased:
        changes["x"] = None
    return [
        table.update(keys.withdrawal(withdrawal.ref), changes, "#n = :old_n", {"old_n": withdrawal.n}),
        put_event(withdrawal.ref, event),
        *([table.delete(keys.wrapped_key(withdrawal.ref), "keys")] if erased else []),
    ]


def put_event(ref: str, event: Event) -> table.Row:
    """A transaction's Put of an event, refused where one with its number stands."""
    row = {
        **keys.event(keys.withdrawal(ref), event.n, event.kind),
        "at": stamp(event.at),
        "by": event.by,
        "facts": {name: write_value(value) for name, value in event.facts.items() if value is not None},
    }
    return table.put(row, new=True)


def list_events(ref: str) -> list[Event]:
    """A withdrawal's events, first to last."""
    rows = table.query_all(("pk", keys.event(keys.withdrawal(ref), 0, "")["pk"]))
    return [_event_from_row(row) for row in rows]


def _event_from_row(row: table.Row) -> Event:
    n, _, kind = row["sk"].partition("#")
    facts: dict[str, Any] = {name: read_value(Withdrawal, name, value) for name, value in row["facts"].items()}
    return Event(Kind(kind), int(n), moment(row["at"]), row["by"], facts)


def _indexed(withdrawal: Withdrawal) -> dict[str, str]:
    if withdrawal.state is State.ERASED:
        return {}
    due = {"by_due": keys.by_due(ERASE), "due": withdrawal.erase_on.isoformat()} if withdrawal.erase_on else {}
    return due | {
        "by_state": keys.by_state(withdrawal.state),
        "by_authority": keys.by_authority(withdrawal.la, withdrawal.state),
        "by_school": keys.withdrawals_of(withdrawal.urn),
    }
