"""Batches of events: shuffled, twice, and with a bad one among them, which alone is held or comes again."""

import random

import pytest

import app as door
from chalicelib.aws import delivery_rows, keys, table
from chalicelib.domain.delivery import Hold, Status, confirm_id
from chalicelib.domain.withdrawal import Outcome
from chalicelib.services import answers, submissions
from tests import make, redrive, tell
from tests.invariants import check_invariants, read_tables
from tests.scenes import status
from tests.snapshots import keep

PLACES = {"first": 0, "middle": 2, "last": 4}


@pytest.fixture
def hids(world):
    """Five confirmed households; nothing was sent yet."""
    return [
        tell.submit_and_confirm(
            make.make_household(make.make_child(f"Child {n}"), key=f"k{n}", mail=f"{n}@f.example")
        )
        for n in range(5)
    ]


def letters(hids):
    return [status(tell.letter(hid)) for hid in hids]


def ref_of(hid):
    return delivery_rows.get_delivery(tell.letter(hid)).refs[0]


def spoil(key, **changes):
    """Writes what this version of the service does not write."""
    table.write(table.update(key, changes))


def test_events_in_three_orders_and_each_twice_end_the_same(world, hids):
    waiting = submissions.submit(make.make_household(key="w", mail="w@f.example"), "192.0.2.1", make.NOW)
    restore, ends = keep(world), []
    for seed in range(3):
        restore()
        rng = random.Random(seed)
        for _ in range(2):
            redrive.ring(redrive.records(world), rng)
            redrive.hear(redrive.messages(world, make.NOW), rng)
        check_invariants(world, make.NOW)
        rows = read_tables(world)
        ends.append({pk: found["D"] for pk, found in rows.items() if pk.startswith("D#")})
        assert status(confirm_id(waiting, 1)) is Status.ACCEPTED
        assert len(world.outbox) == 6
    assert ends[0] == ends[1] == ends[2]


def batch_of(hids):
    return [tell.record(f"E#W#{ref_of(hid)}", "000002#confirmed", n) for n, hid in enumerate(hids)]


def unknown_word(hids, at):
    """A newer version has written a state that this one does not know."""
    spoil(keys.withdrawal(ref_of(hids[at])), state="paused")
    return batch_of(hids)


def broken_seal(hids, at):
    spoil(keys.withdrawal(ref_of(hids[at])), x=b"\0" * 60)
    return batch_of(hids)


def no_such_withdrawal(hids, at):
    batch = batch_of(hids)
    batch[at] = tell.record("E#W#NOBODY", "000002#confirmed", at)
    return batch


def unknown_kind_of_event(hids, at):
    batch = batch_of(hids)
    batch[at] = tell.record(f"E#W#{ref_of(hids[at])}", "000002#postponed", at)
    return batch


def no_record_of_ours(hids, at):
    batch = batch_of(hids)
    batch[at] = {"eventName": "INSERT", "dynamodb": {"SequenceNumber": str(at)}}
    return batch


@pytest.mark.parametrize("at", PLACES.values(), ids=PLACES)
@pytest.mark.parametrize(
    ("bad", "again"),
    [
        (unknown_word, True),
        (broken_seal, False),
        (no_such_withdrawal, False),
        (unknown_kind_of_event, False),
        (no_record_of_ours, True),
    ],
    ids=lambda case: getattr(case, "__name__", ""),
)
def test_a_bad_record_of_the_stream_stops_no_neighbour(hids, bad, again, at):
    failed = door.ring({"Records": bad(hids, at)}, None)["batchItemFailures"]
    assert failed == ([{"itemIdentifier": str(at)}] if again else [])
    others = letters(hids[:at] + hids[at + 1 :])
    assert others == [Status.SENT] * 4


@pytest.mark.parametrize("at", PLACES.values(), ids=PLACES)
@pytest.mark.parametrize("bad", ["unknown word", "no such delivery", "unknown event", "no json"])
def test_a_bad_mail_event_stops_no_neighbour(hids, bad, at):
    door.ring({"Records": batch_of(hids)}, None)
    batch = [tell.mail_event(tell.letter(hid), "Delivery") | {"messageId": str(n)} for n, hid in enumerate(hids)]
    match bad:
        case "unknown word":
            spoil(keys.delivery(tell.letter(hids[at])), held="for a reason of next year")
        case "no such delivery":
            batch[at] = tell.mail_event("letter-nobody", "Delivery")
        case "unknown event":
            batch[at] = tell.mail_event(tell.letter(hids[at]), "Levitation")
        case "no json":
            batch[at] = {"messageId": str(at), "body": "no json"}
    failed = door.hear({"Records": batch}, None)["batchItemFailures"]
    assert failed == ([{"itemIdentifier": str(at)}] if bad == "unknown word" else [])
    assert letters(hids[:at] + hids[at + 1 :]) == [Status.ACCEPTED] * 4


@pytest.mark.parametrize("at", PLACES.values(), ids=PLACES)
@pytest.mark.parametrize("bad", ["withdrawal", "seal", "delivery", "kind"])
def test_what_cannot_be_read_is_held_for_a_person_and_the_sweep_goes_on(world, hids, bad, at):
    ref, letter = ref_of(hids[at]), tell.letter(hids[at])
    match bad:
        case "withdrawal":
            spoil(keys.withdrawal(ref), state="paused")
        case "seal":
            spoil(keys.withdrawal(ref), x=b"\0" * 60)
        case "delivery":
            spoil(keys.delivery(letter), claimed="some time")
        case "kind":
            spoil(keys.delivery(letter), kind="greeting")
    redrive.tick()
    assert letters(hids[:at] + hids[at + 1 :]) == [Status.SENT] * 4
    held = [row["pk"] for row in delivery_rows.list_held(Hold.BROKEN_SEAL)]
    assert f"D#{letter}" in held
    before = read_tables(world)
    redrive.tick()
    assert read_tables(world) == before


def test_a_record_of_an_older_version_lacks_what_came_later_and_is_read(world, hids):
    """And one of a newer version has more than this one knows, which is left alone."""
    letter = tell.letter(hids[0])
    spoil(keys.delivery(letter), refused=None, unknown=None, mood="cheerful")
    spoil(keys.withdrawal(ref_of(hids[0])), consent=None, mood="cheerful")
    redrive.tick()
    assert letters(hids[:1]) == [Status.SENT]
    delivery = delivery_rows.get_delivery(letter)
    answers.acknowledge(answers.answer_link(delivery).rpartition("/")[2], Outcome.DEALT_WITH, None, make.NOW)
    rows = read_tables(world)
    assert rows[f"D#{letter}"]["D"]["mood"] == rows[f"W#{ref_of(hids[0])}"]["W"]["mood"] == "cheerful"
