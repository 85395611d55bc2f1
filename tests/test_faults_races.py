"""Two workers at once, in every order of their AWS calls: one winner, the same answer for both, promises kept."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

import app as door
from chalicelib.aws import delivery_rows, household_rows, withdrawal_rows
from chalicelib.aws.attributes import unpack
from chalicelib.domain.delivery import Hold, Status, confirm_id
from chalicelib.domain.withdrawal import Outcome, Reason, State
from chalicelib.errors import LinkExpired, LinkSuperseded, Unavailable
from chalicelib.services import answers, confirmations, erasures, notifications, submissions
from infra.moto_rows import list_items
from infra.world import World
from tests import make, redrive, tell
from tests.faults import TIMEOUT, fault
from tests.invariants import check_invariants
from tests.races import Worker, every_order, run
from tests.scenes import households, states, status, token, two_children
from tests.snapshots import keep

SEED = 9
SAMPLE = 4
"""Orders of a race that the plain suite tries; ``make faults`` tries all."""

RACES: list[Callable[[World], "Race"]] = []


@dataclass(frozen=True)
class Race:
    """``ends`` reads, from the answers of ``acts``, what came of them: one of ``allowed``."""

    acts: list[Callable[[], Any]]
    ends: Callable[[list[Any]], Any]
    allowed: list[Any]
    ready: Callable[[], bool] = lambda: True
    now: datetime = make.NOW


def race(prepare: Callable[[World], Race]) -> Callable[[World], Race]:
    """Adds a race: ``ready`` is when all but its first worker may set out."""
    RACES.append(prepare)
    return prepare


def mails(world: World, delivery_id: str) -> int:
    return sum(mail.tags["delivery"] == delivery_id for mail in world.outbox)


@race
def two_workers_send_one_letter(world):
    hid = tell.submit_and_confirm()
    letter = tell.letter(hid)
    return Race(
        [lambda: notifications.send(letter, make.NOW)] * 2,
        lambda told: (mails(world, letter), status(letter)),
        [(1, Status.SENT)],
    )


@race
def the_bell_and_the_sweep_send_one_letter(world):
    letter = tell.letter(tell.submit_and_confirm())
    batch = {"Records": redrive.records(world)}
    return Race(
        [lambda: door.ring(batch, None), lambda: door.sweep(tell.tick(), None)],
        lambda told: (mails(world, letter), status(letter)),
        [(1, Status.SENT)],
    )


@race
def two_sweeps_try_a_second_time_what_stayed_unknown(world):
    letter = tell.letter(tell.submit_and_confirm())
    with fault("SendEmail", TIMEOUT, after=True):
        notifications.send(letter, make.NOW)
    later = make.NOW + timedelta(minutes=16)
    return Race(
        [lambda: notifications.sweep(later)] * 2,
        lambda told: (mails(world, letter), status(letter)),
        [(2, Status.SENT)],
        now=later,
    )


@race
def two_posts_of_one_form_store_it_once(world):
    household = make.make_household()

    def ends(told: list[Any]) -> Any:
        return households(world), len(set(told)), states(told[0])

    return Race(
        [lambda: submissions.submit(household, "192.0.2.1", make.NOW)] * 2, ends, [(1, 1, [State.UNCONFIRMED])]
    )


@race
def two_presses_of_a_confirmation_confirm_once(world):
    hid = submissions.submit(two_children(), "192.0.2.1", make.NOW)
    sent = token(hid)
    return Race(
        [lambda: confirmations.confirm(sent, make.NOW)] * 2,
        lambda told: (told, states(hid), status(tell.letter(hid))),
        [([hid, hid], [State.CONFIRMED] * 2, Status.QUEUED)],
    )


@race
def the_same_child_confirmed_twice_at_once_is_told_once(world):
    hids = [submissions.submit(make.make_household(key=f"k{n}"), "192.0.2.1", make.NOW) for n in range(2)]
    return Race(
        [lambda hid=hid: confirmations.confirm(token(hid), make.NOW) for hid in hids],
        lambda told: (told == hids, sorted(states(hids[0]) + states(hids[1]))),
        [(True, [State.CANCELLED, State.CONFIRMED])],
    )


@race
def two_confirmations_at_once_do_not_get_round_the_limit_of_schools(world):
    """One name at two schools each, from one mailbox: the second is to be held, whoever is second."""
    schools = (make.HILL, make.BROOK), (make.LONE, make.OTHERS[0])
    hids = []
    for n, urns in enumerate(schools):
        household = make.make_household(*(make.make_child(urn=urn) for urn in urns), key=f"k{n}")
        hids.append(submissions.submit(household, "192.0.2.1", make.NOW))

    def ends(told: list[Any]) -> Any:
        held = [delivery_rows.get_delivery(tell.letter(hids[n], schools[n][0])).held for n in range(2)]
        return sorted(map(str, held))

    return Race(
        [lambda hid=hid: confirmations.confirm(token(hid), make.NOW) for hid in hids],
        ends,
        [[str(None), str(Hold.MANY_SCHOOLS)]],
    )


def answered(hid: str) -> Callable[[list[Any]], Any]:
    letter = delivery_rows.get_delivery(tell.letter(hid))

    def ends(told: list[Any]) -> Any:
        found = withdrawal_rows.get_withdrawals(letter.refs)
        closed = delivery_rows.get_delivery(letter.id).closed is not None
        return told, {each.outcome for each in found.values()}, closed

    return ends


def letter_of_two(world: World) -> tuple[str, str]:
    hid = tell.submit_and_confirm(make.make_household(make.make_child(), make.make_child("Sam Example")))
    tell.ring(hid, "confirmed")
    return hid, answers.answer_link(delivery_rows.get_delivery(tell.letter(hid))).rpartition("/")[2]


@race
def two_colleagues_give_the_same_answer(world):
    hid, link = letter_of_two(world)
    act = lambda: answers.acknowledge(link, Outcome.DEALT_WITH, None, make.NOW)  # noqa: E731
    return Race([act, act], answered(hid), [([None, None], {Outcome.DEALT_WITH}, False)])


@race
def two_colleagues_give_different_answers(world):
    """The later corrects the earlier; both pupils of the letter have one answer, counted once."""
    hid, link = letter_of_two(world)
    return Race(
        [
            lambda: answers.acknowledge(link, Outcome.DEALT_WITH, None, make.NOW),
            lambda: answers.acknowledge(link, Outcome.NOT_ACTED, Reason.CANNOT_FIND, make.NOW),
        ],
        answered(hid),
        [([None, None], {Outcome.DEALT_WITH}, False), ([None, None], {Outcome.NOT_ACTED}, False)],
    )


@race
def an_answer_and_wrong_mailbox_at_once(world):
    """The link is dead after both; who came too late is told so, and only then is nothing kept of the answer."""
    hid, link = letter_of_two(world)
    return Race(
        [
            lambda: answers.acknowledge(link, Outcome.DEALT_WITH, None, make.NOW),
            lambda: answers.acknowledge(link, Outcome.NOT_ACTED, Reason.WRONG_MAILBOX, make.NOW),
        ],
        answered(hid),
        [([None, None], {Outcome.DEALT_WITH}, True), ([LinkSuperseded, None], {None}, True)],
    )


@race
def word_of_a_mail_comes_while_it_is_being_marked_as_sent(world):
    letter = tell.letter(tell.submit_and_confirm())
    said = tell.mail_event(letter, "Delivery")
    return Race(
        [lambda: notifications.send(letter, make.NOW), lambda: tell.hear(said)],
        lambda told: (mails(world, letter), status(letter)),
        [(1, Status.ACCEPTED)],
        lambda: mails(world, letter) > 0,
    )


@race
def a_bounce_comes_while_the_mail_is_being_marked_as_sent(world):
    letter = tell.letter(tell.submit_and_confirm())
    said = tell.mail_event(letter, "Bounce", bounceType="Permanent")

    def ends(told: list[Any]) -> Any:
        contact = delivery_rows.table.get({"pk": f"S#{make.HILL}", "sk": "C"})
        return mails(world, letter), status(letter), contact["state"]

    return Race(
        [lambda: notifications.send(letter, make.NOW), lambda: tell.hear(said)],
        ends,
        [(1, Status.BOUNCED, "bouncing")],
        lambda: mails(world, letter) > 0,
    )


@race
def arrived_and_bounced_are_heard_at_once(world):
    """A server may take a mail and return it later: staff are to see it, whichever is heard first."""
    letter = tell.letter(tell.submit_and_confirm())
    notifications.send(letter, make.NOW)
    said = tell.mail_event(letter, "Delivery"), tell.mail_event(letter, "Bounce", bounceType="Permanent")

    def ends(told: list[Any]) -> Any:
        asked = [row["pk"] for row in delivery_rows.list_held(Hold.BOUNCED)]
        return status(letter), asked, [each["batchItemFailures"] for each in told]

    return Race(
        [lambda each=each: tell.hear(each) for each in said], ends, [(Status.BOUNCED, [f"D#{letter}"], [[], []])]
    )


@race
def two_words_of_one_mail_at_once(world):
    letter = tell.letter(tell.submit_and_confirm())
    with fault("TransactWriteItems", TIMEOUT):
        notifications.wake([(delivery_rows.get_delivery(letter).refs[0], "confirmed")], make.NOW)
    return Race(
        [lambda kind=kind: tell.hear(tell.mail_event(letter, kind)) for kind in ("Send", "Delivery")],
        lambda told: (status(letter), [each["batchItemFailures"] for each in told]),
        [(Status.ACCEPTED, [[], []])],
    )


@race
def staff_release_a_letter_twice_while_the_sweep_runs(world):
    contact = delivery_rows.table.get({"pk": f"S#{make.HILL}", "sk": "C"})
    delivery_rows.table.transact([delivery_rows.table.delete({"pk": f"S#{make.HILL}", "sk": "C"})])
    letter = tell.letter(tell.submit_and_confirm())
    notifications.send(letter, make.NOW)
    delivery_rows.table.transact([delivery_rows.table.put(contact)])

    def ends(told: list[Any]) -> Any:
        notifications.sweep(make.NOW + timedelta(seconds=1))
        return sum(told[:2]), mails(world, letter), status(letter)

    return Race(
        [*[lambda: notifications.release(letter, make.NOW)] * 2, lambda: notifications.sweep(make.NOW) and 0],
        ends,
        [(1, 1, Status.SENT)],
        now=make.NOW + timedelta(minutes=1),
    )


@race
def two_forms_of_a_mailbox_whose_count_should_be_forgotten(world):
    """Three households were never confirmed, more than a week ago: the count begins again, and counts both."""
    for n in range(3):
        submissions.submit(make.make_household(key=f"old{n}"), "192.0.2.1", make.NOW)
    later = make.NOW + timedelta(days=8)
    new = [make.make_household(make.make_child(f"Child {n}"), key=f"new{n}") for n in range(2)]

    def ends(told: list[Any]) -> Any:
        (row,) = [each for each in counts() if each["pk"].startswith("L#open#")]
        return [status(confirm_id(hid, 1)) for hid in told], row["n"]

    return Race(
        [lambda each=each: submissions.submit(each, "192.0.2.1", later) for each in new],
        ends,
        [([Status.QUEUED] * 2, 2)],
        now=later,
    )


def erasing(hid: str, now: datetime = make.NOW) -> Callable[[], bool]:
    (ref,) = household_rows.get_household(hid).refs
    return lambda: erasures.erase(ref, "sender", now)


@race
def a_household_is_confirmed_while_it_is_erased(world):
    """Erased it is, whoever is first; who confirms is told that, or was in time."""
    hid = submissions.submit(make.make_household(), "192.0.2.1", make.NOW)
    sent = token(hid)

    def ends(told: list[Any]) -> Any:
        return told[1], states(hid), status(tell.letter(hid)) in (None, Status.CLOSED)

    return Race(
        [lambda: confirmations.confirm(sent, make.NOW), erasing(hid)], ends, [(True, [State.ERASED], True)]
    )


@race
def a_school_answers_while_the_child_is_erased(world):
    hid = tell.submit_and_confirm()
    tell.ring(hid, "confirmed")
    letter = tell.letter(hid)
    tell.hear(tell.mail_event(letter, "Send"), tell.mail_event(letter, "Delivery"))
    link = answers.answer_link(delivery_rows.get_delivery(letter)).rpartition("/")[2]
    return Race(
        [lambda: answers.acknowledge(link, Outcome.DEALT_WITH, None, make.NOW), erasing(hid)],
        lambda told: (told, states(hid)),
        [([None, True], [State.ERASED]), ([LinkExpired, True], [State.ERASED])],
    )


@race
def a_letter_is_sent_while_the_child_is_erased(world):
    """It goes in time, or never; while it is on its way, who erases is asked to come again."""
    hid = tell.submit_and_confirm()
    letter = tell.letter(hid)
    return Race(
        [lambda: notifications.send(letter, make.NOW), erasing(hid)],
        lambda told: (told[1], mails(world, letter), states(hid)),
        [
            (True, 0, [State.ERASED]),
            (True, 1, [State.ERASED]),
            (Unavailable, 1, [State.CONFIRMED]),
        ],
    )


@race
def two_nights_forget_at_once(world):
    """Two runs of the night's function: each child is erased once."""
    hid = submissions.submit(two_children(), "192.0.2.1", make.NOW)
    later = make.NOW + timedelta(days=8)
    return Race(
        [lambda: erasures.erase_due(later)] * 2,
        lambda told: states(hid),
        [[State.ERASED] * 2],
        now=later,
    )


def counts() -> list[dict[str, Any]]:
    return [unpack(item) for item, keys in list_items() if not keys]


@pytest.mark.parametrize("prepare", RACES, ids=lambda prepare: prepare.__name__)
def test_whoever_is_first_there_is_one_winner(world, prepare, thorough, figures):
    contest = prepare(world)
    restore = keep(world)
    with fault() as calls:
        for act in contest.acts:
            act()
    wrong: list[str] = []
    orders = 0
    for schedule in every_order(len(calls.names), SEED, None if thorough else SAMPLE):
        restore()
        told = run(
            [Worker(act, contest.ready if place else lambda: True) for place, act in enumerate(contest.acts)],
            schedule,
        )
        orders += 1
        try:
            ended = contest.ends(told)
            assert ended in contest.allowed, f"ended as {ended}"
            check_invariants(world, contest.now)
        except AssertionError as broken:
            wrong.append(str(broken).partition("\n")[0])
    figures["race orders"] += orders
    figures["double winners"] += len(wrong)
    assert not wrong, f"{len(wrong)} of {orders} orders: {sorted(set(wrong))}"
