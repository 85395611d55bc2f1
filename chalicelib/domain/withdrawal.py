"""What a parent states to one school about one child, and everything that may happen to it.

The legal transitions are one table; a record is always what its events say (``evolve``, ``replay``).
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from functools import reduce
from typing import Any

LETTERS_AND_DIGITS = "ABCDEFGHJKLMNPRSTUVWXY23456789"
"""Of references: no I, O, Q, Z, 0 or 1, which people mistake for one another (design.md 5)."""


class State(StrEnum):
    """Where a withdrawal stands."""

    UNCONFIRMED = "unconfirmed"
    CONFIRMED = "confirmed"
    ACKNOWLEDGED = "acknowledged"
    CANCELLED = "cancelled"
    ERASED = "erased"


class Outcome(StrEnum):
    """What the school answered."""

    DEALT_WITH = "dealt_with"
    RECORDED = "recorded"
    NOT_ACTED = "not_acted"


class Reason(StrEnum):
    """Why a school has not acted: for staff only."""

    CANNOT_FIND = "cannot_find"
    NOT_OURS = "not_ours"
    DOUBT_SENDER = "doubt_sender"
    WRONG_MAILBOX = "wrong_mailbox"


class Kind(StrEnum):
    """What may happen to a withdrawal, in the past tense."""

    SUBMITTED = "submitted"
    CONFIRMED = "confirmed"
    ACKNOWLEDGED = "acknowledged"
    CANCELLED = "cancelled"
    ERASED = "erased"


TRANSITIONS: dict[Kind, tuple[frozenset[State | None], State]] = {
    Kind.SUBMITTED: (frozenset({None}), State.UNCONFIRMED),
    Kind.CONFIRMED: (frozenset({State.UNCONFIRMED}), State.CONFIRMED),
    # An answer may be corrected: from acknowledged to acknowledged.
    Kind.ACKNOWLEDGED: (frozenset({State.CONFIRMED, State.ACKNOWLEDGED}), State.ACKNOWLEDGED),
    Kind.CANCELLED: (frozenset({State.UNCONFIRMED, State.CONFIRMED, State.ACKNOWLEDGED}), State.CANCELLED),
    Kind.ERASED: (frozenset(State) - {State.ERASED}, State.ERASED),
}

FACTS: dict[Kind, frozenset[str]] = {
    Kind.SUBMITTED: frozenset(
        {"hid", "campaign", "campaign_version", "consent", "urn", "la", "phase", "items", "erase_on", "test"}
    ),
    Kind.CONFIRMED: frozenset({"letter", "erase_on"}),
    Kind.ACKNOWLEDGED: frozenset({"outcome", "reason", "erase_on"}),
    Kind.CANCELLED: frozenset({"same_as"}),
    Kind.ERASED: frozenset(),
}
"""What each event may set: names, never a person's data."""


class IllegalTransition(Exception):
    """This cannot happen to a withdrawal in that state; late or odd events are logged, not applied."""


@dataclass(frozen=True)
class Event:
    """Something that happened: ``n`` counts from 1 per withdrawal, ``by`` is a role, never a person."""

    kind: Kind
    n: int
    at: datetime
    by: str
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Withdrawal:
    """One child at one school, without the sealed personal data.

    ``hid`` names its household, ``letter`` the delivery that carries it; ``erase_on`` is the London day in whose
    night it is erased, ``was`` the state before. ``test``: made in the stage of that name, told to its sender only
    and left out of every count. ``child_print``, the keyed fingerprint of the child's folded name, is no fact of
    an event: events stay for ever, and it is to go with the name.
    """

    ref: str
    state: State
    n: int
    made: datetime
    hid: str = ""
    campaign: str = ""
    campaign_version: str = ""
    consent: str = ""
    urn: str = ""
    la: str = ""
    phase: str = ""
    items: tuple[str, ...] = ()
    erase_on: date | None = None
    confirmed: datetime | None = None
    letter: str | None = None
    answered: datetime | None = None
    outcome: Outcome | None = None
    reason: Reason | None = None
    same_as: str | None = None
    was: State | None = None
    test: bool = False
    child_print: str | None = None

    @property
    def to_be_told(self) -> bool:
        """Whether a letter may name it: confirmed, and neither cancelled nor erased."""
        return self.state in (State.CONFIRMED, State.ACKNOWLEDGED)


def evolve(ref: str, withdrawal: Withdrawal | None, event: Event) -> Withdrawal:
    """The withdrawal after ``event``. Raises IllegalTransition where the table does not allow it."""
    origins, state = TRANSITIONS[event.kind]
    if (withdrawal.state if withdrawal else None) not in origins:
        raise IllegalTransition(f"{event.kind} after {withdrawal.state if withdrawal else 'nothing'}")
    if unknown := set(event.facts) - FACTS[event.kind]:
        raise IllegalTransition(f"{event.kind} may not set {', '.join(sorted(unknown))}")
    if withdrawal is None:
        return Withdrawal(ref, state, event.n, event.at, **event.facts)
    changed = replace(withdrawal, state=state, n=event.n, **event.facts)
    match event.kind:
        case Kind.CONFIRMED:
            return replace(changed, confirmed=event.at)
        case Kind.ACKNOWLEDGED:
            return replace(changed, answered=event.at, reason=event.facts.get("reason"))
        case Kind.ERASED:
            return replace(changed, was=withdrawal.state, erase_on=None, child_print=None)
        case _:
            return changed


def replay(ref: str, events: Iterable[Event]) -> Withdrawal:
    """The record that ``events``, in order, amount to (promise 5 of reliability.md)."""

    def step(withdrawal: Withdrawal | None, event: Event) -> Withdrawal:
        return evolve(ref, withdrawal, event)

    record = reduce(step, events, None)
    if record is None:
        raise IllegalTransition("a withdrawal without events")
    return record


def make_reference() -> str:
    """Eight characters by chance, to be read out; a reference opens nothing."""
    return "".join(secrets.choice(LETTERS_AND_DIGITS) for _ in range(8))


def spell(ref: str) -> str:
    """A reference as people read it out: K7P4 2MXW."""
    return f"{ref[:4]} {ref[4:]}"


def read_reference(typed: str) -> str:
    """A reference as stored, from however it was typed ("k7p4-2mxw"); not necessarily one that exists."""
    return "".join(letter for letter in typed.upper() if letter.isalnum())
