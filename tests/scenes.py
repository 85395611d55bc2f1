"""The scenes of the walk, for the injector: a new one is one function here, marked ``scene``."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import app as door
from chalicelib.aws import contact_rows, delivery_rows, household_rows, withdrawal_rows
from chalicelib.domain.delivery import Status, confirm_id
from chalicelib.domain.household import Household
from chalicelib.domain.withdrawal import Outcome, Reason, State
from chalicelib.services import answers, confirmations, erasures, submissions
from infra.world import World
from tests import make, redrive, tell
from tests.faults import Scene
from tests.invariants import read_tables

SCENES: list[Callable[[World], Scene]] = []

NAMES = ("Robin Example", "Sam Example", "Kim Example", "kim@family.example")
DEALT, CANNOT_FIND = (Outcome.DEALT_WITH, None), (Outcome.NOT_ACTED, Reason.CANNOT_FIND)


def scene(prepare: Callable[[World], Scene]) -> Callable[[World], Scene]:
    """Adds a scene to the walk."""
    SCENES.append(prepare)
    return prepare


def two_children() -> Household:
    return make.make_household(make.make_child(), make.make_child("Sam Example", make.BROOK))


def states(hid: str) -> list[State]:
    household = household_rows.get_household(hid)
    found = withdrawal_rows.get_withdrawals(household.refs) if household else {}
    return [found[ref].state for ref in (household.refs if household else ())]


def status(delivery_id: str) -> Status | None:
    delivery = delivery_rows.get_delivery(delivery_id)
    return delivery.status if delivery else None


def households(world: World) -> int:
    return sum(pk.startswith("H#") for pk in read_tables(world))


def token(hid: str) -> str:
    return confirmations.confirm_link(hid, 1, "en", make.NOW)[0].rpartition("/")[2]


def submitting(world: World, household: Household) -> Scene:
    hid = household_rows.name_household(household.key)

    def press(now: datetime) -> str:
        return submissions.submit(household, "192.0.2.1", now)

    def ends() -> Any:
        return households(world), states(hid), status(confirm_id(hid, 1))

    waiting = [State.UNCONFIRMED] * len(household.children)
    return Scene(press, ends, (1, waiting, Status.ACCEPTED), NAMES)


@scene
def submit_one_child(world: World) -> Scene:
    """A parent sends the form; later once more, with the same form key."""
    return submitting(world, make.make_household())


@scene
def submit_two_children_at_two_schools(world: World) -> Scene:
    """A household is stored as a whole or not at all."""
    return submitting(world, two_children())


@scene
def mail_the_confirmation(world: World) -> Scene:
    """The stream tells of a submission: the confirmation mail goes out."""
    hid = submissions.submit(make.make_household(), "192.0.2.1", make.NOW)

    def ends() -> Any:
        return states(hid), status(confirm_id(hid, 1))

    return Scene(ringing(world), ends, ([State.UNCONFIRMED], Status.ACCEPTED), NAMES)


def confirming(hid: str, *schools: str) -> Scene:
    sent = token(hid)

    def ends() -> Any:
        return states(hid), [status(tell.letter(hid, urn)) for urn in schools]

    confirmed = [State.CONFIRMED] * len(states(hid))
    return Scene(
        lambda now: confirmations.confirm(sent, now), ends, (confirmed, [Status.ACCEPTED] * len(schools)), NAMES
    )


@scene
def confirm_one_child(world: World) -> Scene:
    """The sender presses the link of the confirmation mail."""
    return confirming(submissions.submit(make.make_household(), "192.0.2.1", make.NOW), make.HILL)


@scene
def confirm_two_children_of_a_mailbox_that_has_written_before(world: World) -> Scene:
    """One press for two letters; the mailbox's other households are looked at."""
    tell.submit_and_confirm(make.make_household(make.make_child("Alex Example"), key="before"))
    return confirming(submissions.submit(two_children(), "192.0.2.1", make.NOW), make.HILL, make.BROOK)


@scene
def confirm_the_same_again(world: World) -> Scene:
    """The same child, school and items from the same mailbox: cancelled, naming the first; one letter."""
    first = tell.submit_and_confirm(make.make_household(key="before"))
    hid = submissions.submit(make.make_household(), "192.0.2.1", make.NOW)
    sent = token(hid)

    def ends() -> Any:
        return states(hid), status(tell.letter(first)), status(tell.letter(hid))

    expected = [State.CANCELLED], Status.ACCEPTED, None
    return Scene(lambda now: confirmations.confirm(sent, now), ends, expected, NAMES)


def ringing(world: World) -> Callable[[datetime], Any]:
    batch = {"Records": redrive.records(world)}
    return lambda now: door.ring(batch, None)


@scene
def ring_for_a_letter(world: World) -> Scene:
    """The stream tells of a confirmation: wake, claim, write, send, mark."""
    return sending(world, ringing)


@scene
def sweep_for_a_letter(world: World) -> Scene:
    """The stream was never heard: the schedule finds the letter."""
    return sending(world, lambda _: lambda now: door.sweep(tell.tick(), None))


def sending(world: World, woken: Callable[[World], Callable[[datetime], Any]]) -> Scene:
    hid = tell.submit_and_confirm()
    press = woken(world)

    def ends() -> Any:
        return states(hid), status(tell.letter(hid))

    def send(now: datetime) -> None:
        press(now)

    return Scene(send, ends, ([State.CONFIRMED], Status.ACCEPTED), NAMES)


def hearing(world: World, kind: str, expected: Any, **detail: Any) -> Scene:
    """The letter was sent from here; ``kind`` is what the mail server says of it."""
    hid = tell.submit_and_confirm()
    tell.ring(hid, "confirmed")
    batch = {"Records": [tell.mail_event(tell.letter(hid), kind, **detail)]}

    def ends() -> Any:
        contact = contact_rows.get_contacts([make.HILL])[make.HILL]
        delivery = delivery_rows.get_delivery(tell.letter(hid))
        return delivery.status, bool(delivery.complained), contact.works, contact.version

    return Scene(lambda now: door.hear(batch, None), ends, expected, NAMES)


@scene
def hear_of_a_delivery(world: World) -> Scene:
    return hearing(world, "Delivery", (Status.ACCEPTED, False, True, 1))


@scene
def hear_of_a_bounce(world: World) -> Scene:
    """The mailbox does not exist: the letter is shown to staff, the contact used no more."""
    return hearing(world, "Bounce", (Status.BOUNCED, False, False, 2), bounceType="Permanent")


@scene
def hear_of_a_complaint(world: World) -> Scene:
    return hearing(world, "Complaint", (Status.ACCEPTED, True, True, 1))


def answering(world: World, outcome: Outcome, reason: Reason | None, expected: Any, before: Any = None) -> Scene:
    hid = tell.submit_and_confirm(make.make_household(make.make_child(), make.make_child("Sam Example")))
    tell.ring(hid, "confirmed")
    letter = delivery_rows.get_delivery(tell.letter(hid))
    link = answers.answer_link(letter).rpartition("/")[2]
    if before:
        answers.acknowledge(link, *before, make.NOW)

    def ends() -> Any:
        found = withdrawal_rows.get_withdrawals(letter.refs)
        closed = delivery_rows.get_delivery(letter.id).closed is not None
        tally = read_tables(world)[f"S#{make.HILL}"].get("T", {})
        return {(each.outcome, each.reason) for each in found.values()}, tally.get("done"), closed

    return Scene(lambda now: answers.acknowledge(link, outcome, reason, now), ends, expected, NAMES)


@scene
def answer_for_two_children(world: World) -> Scene:
    return answering(world, *DEALT, ({DEALT}, 2, False))


@scene
def correct_an_answer(world: World) -> Scene:
    """The second answer counts, and the school's tally counts nobody twice."""
    return answering(world, *DEALT, ({DEALT}, 2, False), before=CANNOT_FIND)


@scene
def answer_that_it_is_the_wrong_mailbox(world: World) -> Scene:
    """The link dies, the withdrawals stay to be told; the same press again is answered the same."""
    return answering(world, Outcome.NOT_ACTED, Reason.WRONG_MAILBOX, ({(None, None)}, None, True))


def erased_later(hid: str) -> Scene:
    """The first child of a household is erased at the sender's wish."""
    refs = household_rows.get_household(hid).refs

    def ends() -> Any:
        return states(hid)

    left = [State.CONFIRMED] * (len(refs) - 1)
    return Scene(lambda now: erasures.erase(refs[0], "sender", now), ends, [State.ERASED, *left], NAMES)


@scene
def erase_one_of_two_children(world: World) -> Scene:
    """Their letter was sent and accepted; the other child's stays."""
    hid = tell.submit_and_confirm(make.make_household(make.make_child(), make.make_child("Sam Example")))
    redrive.ring(redrive.records(world))
    redrive.hear(redrive.messages(world, make.NOW))
    return erased_later(hid)


@scene
def erase_an_only_child_before_its_letter_goes(world: World) -> Scene:
    """The letter waits: it names the child in time, or never."""
    return erased_later(tell.submit_and_confirm())


@scene
def forget_what_was_never_confirmed(world: World) -> Scene:
    """The night's function: a week is over."""
    long_ago = make.NOW - timedelta(days=8)
    hid = submissions.submit(two_children(), "192.0.2.1", long_ago)
    with redrive.clock(long_ago):
        redrive.ring(redrive.records(world))
        redrive.hear(redrive.messages(world, long_ago))
    return forgotten(hid)


@scene
def forget_what_the_school_has_answered(world: World) -> Scene:
    """The night's function: 28 days after the answer."""
    long_ago = make.NOW - timedelta(days=30)
    hid = tell.submit_and_confirm(two_children(), long_ago)
    with redrive.clock(long_ago):
        redrive.ring(redrive.records(world))
        redrive.hear(redrive.messages(world, long_ago))
    for urn in (make.HILL, make.BROOK):
        link = answers.answer_link(delivery_rows.get_delivery(tell.letter(hid, urn))).rpartition("/")[2]
        answers.acknowledge(link, *DEALT, long_ago)
    return forgotten(hid)


def forgotten(hid: str) -> Scene:
    def forget(now: datetime) -> None:
        door.forget(tell.tick(), None)

    return Scene(forget, lambda: states(hid), [State.ERASED] * 2, NAMES)
