"""What staff ask: withdrawals by reference, state and school; deliveries that need a person. No name is opened."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain

from chalicelib.aws import delivery_rows, withdrawal_lists, withdrawal_rows
from chalicelib.aws.withdrawal_lists import Place
from chalicelib.config import settings
from chalicelib.content import links
from chalicelib.domain.campaign import load_campaign
from chalicelib.domain.delivery import Delivery, Hold
from chalicelib.domain.school import School
from chalicelib.domain.times import LONDON, moment, stamp
from chalicelib.domain.withdrawal import State, Withdrawal, read_reference, spell
from chalicelib.errors import LinkBroken, SchoolNotFound
from chalicelib.services.schools import get_school

PAGE = 50
REFERENCE_LENGTH = 8
CURSOR = "staff-older"
CURSOR_LASTS = timedelta(hours=8)


@dataclass(frozen=True)
class Line:
    """A withdrawal in a list: ``reference`` as read out, ``made`` in London's time, ``items`` by their labels."""

    reference: str
    made: datetime
    state: State
    items: tuple[str, ...]
    outcome: str
    urn: str
    school: School | None


@dataclass(frozen=True)
class Listed:
    """One page: ``older`` is the cursor of the next, or ""; ``back_to`` how far it looked, if it left some."""

    lines: tuple[Line, ...]
    older: str
    back_to: datetime | None


@dataclass(frozen=True)
class Waiting:
    """A delivery that needs a person: why, since when (London), how many pupils; ``held`` = it can be released."""

    delivery: Delivery
    reference: str
    reason: Hold
    since: datetime
    pupils: int
    school: School | None
    held: bool


def find_by_reference(typed: str) -> Line | None:
    """The withdrawal with a reference that may be spelt in any way, or None."""
    ref = read_reference(typed)
    withdrawal = withdrawal_rows.get_withdrawal(ref) if len(ref) == REFERENCE_LENGTH else None
    return _line(withdrawal) if withdrawal else None


def list_withdrawals(state: State | None, urn: str, older: str, now: datetime) -> Listed:
    """Withdrawals in ``state``, or at the school ``urn``, or both; newest first, on from the cursor ``older``.

    A page reads 51 index rows, never more: with both filters it may show fewer than it has read.
    Raises LinkBroken for a cursor that is not ours or belongs to another filter, LinkExpired for an old one.
    """
    after = _open_cursor(state, urn, older, now) if older else None
    if urn:
        read = withdrawal_lists.list_by_school(urn, after, PAGE + 1)
    elif state:
        read = withdrawal_lists.list_by_state(state, after, PAGE + 1)
    else:
        raise ValueError("a state or a school")
    page, more = read[:PAGE], len(read) > PAGE
    lines = tuple(_line(each) for each in page if state in (None, each.state))
    if not more:
        return Listed(lines, "", None)
    return Listed(lines, _sign_cursor(state, urn, page[-1], now), page[-1].made.astimezone(LONDON))


def list_attention() -> tuple[list[Waiting], bool]:
    """The 50 most urgent deliveries that need a person, over all reasons; and whether there are more."""
    rows = sorted(
        chain.from_iterable(
            ((row["rank"], reason, row) for row in delivery_rows.list_held(reason, PAGE + 1)) for reason in Hold
        ),
        key=lambda found: found[:2],
    )
    shown = rows[:PAGE]
    deliveries = delivery_rows.get_deliveries(row["pk"].removeprefix("D#") for _, _, row in shown)
    waiting = [
        Waiting(
            delivery,
            spell(delivery.reference),
            reason,
            moment(rank.rpartition("#")[2]).astimezone(LONDON),
            len(delivery.refs),
            _school(delivery.urn),
            delivery.held is not None,
        )
        for rank, reason, row in shown
        if (delivery := deliveries.get(row["pk"].removeprefix("D#")))
    ]
    return waiting, len(rows) > PAGE


def _line(withdrawal: Withdrawal) -> Line:
    labels = {item.id: item.label for item in load_campaign(settings().campaign).items}
    return Line(
        spell(withdrawal.ref),
        withdrawal.made.astimezone(LONDON),
        withdrawal.state,
        tuple(labels.get(each, each) for each in withdrawal.items),
        withdrawal.outcome or "",
        withdrawal.urn,
        _school(withdrawal.urn),
    )


def _school(urn: str) -> School | None:
    try:
        return get_school(urn) if urn else None
    except SchoolNotFound:  # a register of another day
        return None


def _sign_cursor(state: State | None, urn: str, last: Withdrawal, now: datetime) -> str:
    place = {"state": state or "", "urn": urn, "ref": last.ref, "made": stamp(last.made)}
    return links.sign_token(CURSOR, place, now + CURSOR_LASTS)


def _open_cursor(state: State | None, urn: str, older: str, now: datetime) -> Place:
    place = links.read_token(CURSOR, older, now)
    if (place["state"], place["urn"]) != (state or "", urn):
        raise LinkBroken
    return Place(place["ref"], moment(place["made"]))
