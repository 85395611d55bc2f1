"""Every confirmed withdrawal reaches its school once, whatever fails on the way."""

import random
from contextlib import suppress
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError

from chalicelib.aws import contact_rows, delivery_rows, table
from chalicelib.domain.campaign import load_campaign
from chalicelib.domain.contact import ContactState
from chalicelib.domain.delivery import Hold, Status
from chalicelib.services import bells, confirmations, notifications
from tests import make, tell
from tests.faults import TIMEOUT, Crash, fault
from tests.invariants import check_invariants, read_words

NAMES = ("Robin Example", "Kim Example", "kim@family.example")


def letters(world):
    return [mail for mail in world.outbox if mail.tags["delivery"].startswith("letter-")]


def status(hid, urn=make.HILL):
    return delivery_rows.get_delivery(tell.letter(hid, urn)).status


def test_the_bell_of_a_submission_sends_the_confirmation_mail_alone(world):
    hid = notifications_of_submission(world)
    assert [mail.tags["delivery"] for mail in world.outbox] == [f"confirm-{hid}-1"]
    assert world.outbox[0].to == ("kim@family.example",)
    check_invariants(world, make.NOW, NAMES)


def notifications_of_submission(world):
    from chalicelib.services import submissions

    hid = submissions.submit(make.make_household(), "192.0.2.1", make.NOW)
    assert tell.ring(hid, "submitted") == {"batchItemFailures": []}
    return hid


def test_the_bell_of_a_confirmation_sends_one_letter_a_school(world):
    children = (make.make_child(), make.make_child("Sam Example"), make.make_child("Alex Example", make.BROOK))
    hid = tell.submit_and_confirm(make.make_household(*children))
    tell.ring(hid, "confirmed")
    tell.ring(hid, "confirmed")
    assert sorted(mail.to[0] for mail in letters(world)) == ["office@brook.example", "office@hill.example"]
    words = next(read_words(mail.raw) for mail in letters(world) if "hill" in mail.to[0])
    assert "Robin Example" in words
    assert "Sam Example" in words
    assert "Alex Example" not in words
    check_invariants(world, make.NOW, NAMES)


def test_the_sweep_alone_delivers_when_the_bell_was_never_heard(world):
    hid = tell.submit_and_confirm()
    notifications.sweep(make.NOW)
    assert status(hid) is Status.SENT
    assert len(letters(world)) == 1


def test_a_school_without_contact_is_held_and_goes_out_when_it_has_one(world):
    hid = tell.submit_and_confirm(make.make_household(make.make_child(urn=make.LONE)))
    tell.ring(hid, "confirmed")
    assert delivery_rows.get_delivery(tell.letter(hid, make.LONE)).held is Hold.NO_CONTACT
    assert [row["urn"] for row in delivery_rows.list_held(Hold.NO_CONTACT)] == [make.LONE]
    check_invariants(world, make.NOW, NAMES)
    contact_rows.put_contact(contact_rows.Contact(make.LONE, "office@lone.example", ContactState.VERIFIED))
    assert notifications.release(tell.letter(hid, make.LONE), make.NOW)
    assert not notifications.release(tell.letter(hid, make.LONE), make.NOW)
    notifications.sweep(make.NOW)
    assert [mail.to for mail in letters(world)] == [("office@lone.example",)]
    assert not delivery_rows.list_held(Hold.NO_CONTACT)
    check_invariants(world, make.NOW, NAMES)


def test_an_unknown_outcome_waits_for_a_mail_event_before_a_second_attempt(world):
    hid = tell.submit_and_confirm()
    with fault("SendEmail", TIMEOUT, after=True) as calls:
        notifications.send(tell.letter(hid), make.NOW)
    assert "SendEmail" in calls.names
    notifications.sweep(make.NOW + timedelta(minutes=14))
    assert len(letters(world)) == 1
    tell.hear(tell.mail_event(tell.letter(hid), "Send"), tell.mail_event(tell.letter(hid), "Delivery"))
    notifications.sweep(make.NOW + timedelta(minutes=16))
    assert len(letters(world)) == 1
    assert status(hid) is Status.ACCEPTED
    check_invariants(world, make.NOW, NAMES)


def test_two_unknown_outcomes_are_never_followed_by_a_third_letter(world):
    hid = tell.submit_and_confirm()
    with fault("SendEmail", TIMEOUT, after=True):
        notifications.send(tell.letter(hid), make.NOW)
    now = make.NOW
    for _ in range(4):
        now += timedelta(minutes=16)
        with fault("SendEmail", TIMEOUT, after=True):
            notifications.sweep(now)
    assert len(letters(world)) == 2
    assert delivery_rows.get_delivery(tell.letter(hid)).held is Hold.UNKNOWN
    check_invariants(world, now, NAMES)


def test_late_word_of_a_held_letter_ends_the_hold(world):
    test_two_unknown_outcomes_are_never_followed_by_a_third_letter(world)
    delivery_id = letters(world)[0].tags["delivery"]
    tell.hear(tell.mail_event(delivery_id, "Delivery", 2))
    assert delivery_rows.get_delivery(delivery_id).status is Status.ACCEPTED
    assert not delivery_rows.list_held(Hold.UNKNOWN)


@pytest.mark.parametrize("code", ["MessageRejected", "BadRequestException"])
def test_refusals_of_one_mail_are_tried_again_and_then_shown_to_staff(world, code, caplog):
    hid = tell.submit_and_confirm()
    now = make.NOW
    with fault("SendEmail", refusal(code)):
        for _ in range(8):
            notifications.sweep(now)
            now += timedelta(minutes=31)
    assert caplog.messages.count("delivery held: refused") == 1
    assert delivery_rows.get_delivery(tell.letter(hid)).held is Hold.REFUSED
    assert not letters(world)


def refusal(code, text="", status=400):
    error = {"Error": {"Code": code, "Message": text}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(error, "SendEmail")


def test_a_lasting_bounce_is_seen_and_the_contact_is_used_no_more(world):
    hid = tell.submit_and_confirm()
    tell.ring(hid, "confirmed")
    bounce = tell.mail_event(tell.letter(hid), "Bounce", bounceType="Permanent")
    tell.hear(bounce, bounce)
    assert status(hid) is Status.BOUNCED
    assert not contact_rows.get_contacts([make.HILL])[make.HILL].works
    again = tell.submit_and_confirm(
        make.make_household(make.make_child("Sam Example"), key="k2", mail="s@f.example")
    )
    tell.ring(again, "confirmed")
    assert delivery_rows.get_delivery(tell.letter(again)).held is Hold.NO_CONTACT


def test_a_bounce_that_names_an_older_contact_leaves_the_newer_alone_and_stops_no_neighbour(world):
    first = tell.submit_and_confirm()
    other = make.make_household(make.make_child("Sam Example", make.BROOK), key="k2", mail="s@f.example")
    second = tell.submit_and_confirm(other)
    for hid in (first, second):
        tell.ring(hid, "confirmed")
    contact_rows.mark_bouncing(make.HILL, 1)  # staff or another bounce changed it since: it is version 2 now
    bounce = tell.mail_event(tell.letter(first), "Bounce", bounceType="Permanent")
    arrived = tell.mail_event(tell.letter(second, make.BROOK), "Delivery")
    assert tell.hear(bounce, arrived) == {"batchItemFailures": []}
    assert status(second, make.BROOK) is Status.ACCEPTED
    assert contact_rows.get_contacts([make.HILL])[make.HILL].version == 2


def test_a_bounce_that_overtakes_sent_ends_the_contact_that_was_mailed(world):
    hid = tell.submit_and_confirm()
    with suppress(Crash), fault("TransactWriteItems", Crash()):
        tell.ring(hid, "confirmed")  # killed before "sent" is noted, and with it the contact's version
    tag = letters(world)[0].tags
    assert tag == {"delivery": tell.letter(hid), "attempt": "1", "contact": "1"}
    assert delivery_rows.get_delivery(tell.letter(hid)).contact_version is None
    bounce = tell.mail_event(tell.letter(hid), "Bounce", bounceType="Permanent", bounceSubType="Suppressed")
    tell.hear(bounce, tell.mail_event(tell.letter(hid), "Send"))
    assert status(hid) is Status.BOUNCED
    assert not contact_rows.get_contacts([make.HILL])[make.HILL].works
    check_invariants(world, make.NOW, NAMES)


def test_a_late_bounce_of_an_earlier_attempt_is_no_word_of_the_latest(world):
    hid = tell.submit_and_confirm()
    with fault("SendEmail", TIMEOUT, after=True):
        tell.ring(hid, "confirmed")
    now = make.NOW + timedelta(minutes=16)
    contact_rows.mark_bouncing(make.HILL, 1)  # staff then gave the school another address: version 3
    replace_contact(world, "new@hill.example", 3)
    notifications.sweep(now)
    tell.hear(tell.mail_event(tell.letter(hid), "Bounce", bounceType="Permanent"), now=now)
    assert status(hid) is Status.SENT
    assert contact_rows.get_contacts([make.HILL])[make.HILL].works
    tell.hear(tell.mail_event(tell.letter(hid), "Delivery", 2, now), now=now)
    assert status(hid) is Status.ACCEPTED


def replace_contact(world, address, version):
    row = contact_rows.to_row(contact_rows.Contact(make.HILL, address, ContactState.VERIFIED, version=version))
    table.transact([table.put(row)])


@pytest.mark.parametrize("word_first", [False, True], ids=["after sent", "before sent"])
def test_a_letter_that_came_back_for_a_passing_reason_goes_again_after_four_hours(world, word_first):
    hid = tell.submit_and_confirm()
    letter = tell.letter(hid)
    came_back = tell.mail_event(letter, "Bounce", bounceType="Transient", bounceSubType="MailboxFull")
    if word_first:
        with suppress(Crash), fault("TransactWriteItems", Crash()):
            tell.ring(hid, "confirmed")
    else:
        tell.ring(hid, "confirmed")
    late = tell.mail_event(letter, "Send")
    tell.hear(came_back, late, came_back, late)
    assert status(hid) is Status.QUEUED
    assert not delivery_rows.list_held(Hold.NO_WORD)
    notifications.sweep(make.NOW + timedelta(hours=3, minutes=59))
    assert len(letters(world)) == 1
    now = make.NOW + timedelta(hours=4)
    notifications.sweep(now)
    assert [mail.tags["attempt"] for mail in letters(world)] == ["1", "2"]
    tell.hear(late, came_back, tell.mail_event(letter, "Delivery", 2, now), now=now)
    assert status(hid) is Status.ACCEPTED
    check_invariants(world, now, NAMES)


def test_the_third_return_of_a_letter_counts_as_a_lasting_bounce(world):
    hid = tell.submit_and_confirm()
    now = make.NOW
    for attempt in (1, 2, 3):
        notifications.sweep(now)
        back = tell.mail_event(tell.letter(hid), "Bounce", attempt, now, bounceType="Transient")
        tell.hear(back, back, now=now)
        now += timedelta(hours=4)
    notifications.sweep(now)
    assert len(letters(world)) == 3
    assert status(hid) is Status.BOUNCED
    assert [row["urn"] for row in delivery_rows.list_held(Hold.BOUNCED)] == [make.HILL]
    assert not contact_rows.get_contacts([make.HILL])[make.HILL].works
    check_invariants(world, now, NAMES)


def test_an_automatic_answer_is_no_bounce(world):
    hid = tell.submit_and_confirm()
    tell.ring(hid, "confirmed")
    answer = tell.mail_event(tell.letter(hid), "Bounce", bounceType="Transient", bounceSubType="General")
    tell.hear(answer, tell.mail_event(tell.letter(hid), "Delivery"), answer)
    notifications.sweep(make.NOW + timedelta(hours=5))
    assert status(hid) is Status.ACCEPTED
    assert len(letters(world)) == 1


@pytest.mark.parametrize("word_first", [False, True], ids=["after sent", "before sent"])
def test_a_letter_that_ses_rejects_after_taking_it_is_shown_to_staff(world, caplog, word_first):
    hid = tell.submit_and_confirm()
    with suppress(Crash), fault("TransactWriteItems" if word_first else "", Crash()):
        tell.ring(hid, "confirmed")
    reject = tell.mail_event(tell.letter(hid), "Reject", reason="Bad content")
    tell.hear(reject, tell.mail_event(tell.letter(hid), "Send"), reject)
    assert [row["urn"] for row in delivery_rows.list_held(Hold.REFUSED)] == [make.HILL]
    assert caplog.messages.count("delivery held: refused") == 1
    notifications.sweep(make.NOW + timedelta(hours=1))
    assert len(letters(world)) == 1
    assert contact_rows.get_contacts([make.HILL])[make.HILL].works, "it is not the school's fault"
    check_invariants(world, make.NOW, NAMES)


def test_a_complaint_is_noted_whenever_it_comes(world):
    hid = tell.submit_and_confirm()
    tell.ring(hid, "confirmed")
    complaint, arrived = (tell.mail_event(tell.letter(hid), kind) for kind in ("Complaint", "Delivery"))
    tell.hear(complaint, arrived, complaint)
    delivery = delivery_rows.get_delivery(tell.letter(hid))
    assert delivery.complained
    assert delivery.status is Status.ACCEPTED


def test_every_hold_writes_the_line_that_an_alarm_counts(world, caplog):
    hid = tell.submit_and_confirm(make.make_household(make.make_child(urn=make.LONE)))
    tell.ring(hid, "confirmed")
    tell.ring(hid, "confirmed")
    assert [line for line in caplog.messages if "held" in line] == ["delivery held: no-contact"]


def test_what_needs_attention_counts_its_days_in_london(world):
    late = make.NOW.replace(hour=23, minute=30)  # summer time: in London it is the next day
    hid = tell.submit_and_confirm(make.make_household(make.make_child(urn=make.LONE)), late)
    notifications.send(tell.letter(hid, make.LONE), late)
    (row,) = delivery_rows.list_held(Hold.NO_CONTACT)
    last = load_campaign("school-census-2017-18").last_day
    assert int(row["rank"].partition("#")[0]) == (last - make.NOW.date()).days - 1


def test_mail_events_in_any_order_and_twice_end_the_same(world):
    rng = random.Random(3)
    ends = []
    for n in range(4):
        household = make.make_household(make.make_child(f"Child {n}"), key=f"k{n}", mail=f"f{n}@mail.example")
        hid = tell.submit_and_confirm(household)
        notifications.send(tell.letter(hid), make.NOW)
        events = [tell.mail_event(tell.letter(hid), kind) for kind in ("Send", "Delivery", "DeliveryDelay")] * 2
        events.append(tell.mail_event(tell.letter(hid), "Bounce", bounceType="Transient"))
        rng.shuffle(events)
        assert tell.hear(*events) == {"batchItemFailures": []}
        delivery = delivery_rows.get_delivery(tell.letter(hid))
        ends.append((delivery.status, delivery.due, delivery.held))
    assert set(ends) == {(Status.ACCEPTED, None, None)}


@pytest.mark.parametrize(
    "body", ["", "no json", "[]", "{}", '{"Message": "{}"}', '{"mail": {"tags": {"delivery": []}}}']
)
def test_a_message_that_is_no_mail_event_stops_no_neighbour(world, body):
    hid = tell.submit_and_confirm()
    tell.ring(hid, "confirmed")
    odd = {"messageId": "odd", "body": body}
    assert tell.hear(odd, tell.mail_event(tell.letter(hid), "Delivery"), odd) == {"batchItemFailures": []}
    assert status(hid) is Status.ACCEPTED


def test_a_sent_letter_of_which_nobody_says_a_word_is_shown_to_staff_and_not_sent_again(world):
    hid = tell.submit_and_confirm()
    now = tell.drive(world, make.NOW)
    assert len(letters(world)) == 1
    assert tell.letter(hid) in {row["pk"].removeprefix("D#") for row in delivery_rows.list_held(Hold.NO_WORD)}
    check_invariants(world, now, NAMES)


def test_a_broken_seal_is_held_and_stops_no_neighbour(world):
    first = tell.submit_and_confirm()
    second = tell.submit_and_confirm(
        make.make_household(make.make_child("Sam Example"), key="k2", mail="s@f.example")
    )
    ref = delivery_rows.get_delivery(tell.letter(first)).refs[0]
    world.dynamodb.update_item(
        TableName="retract-local-main",
        Key={"pk": {"S": f"W#{ref}"}, "sk": {"S": "W"}},
        UpdateExpression="SET x = :x",
        ExpressionAttributeValues={":x": {"B": b"0" * 60}},
    )
    notifications.sweep(make.NOW)
    assert delivery_rows.get_delivery(tell.letter(first)).held is Hold.BROKEN_SEAL
    assert status(second) is Status.SENT


def test_a_letter_costs_seven_calls_from_the_bell_on(world):
    """Each of which fails in every way in tests/test_faults.py."""
    hid = tell.submit_and_confirm(make.make_household(key="count", mail="count@mail.example"))
    bell = tell.records(hid, "confirmed")
    other = tell.submit_and_confirm(
        make.make_household(make.make_child("Sam Example"), key="k2", mail="s@f.example")
    )
    tell.ring(other, "confirmed")  # once in an hour, the first turn takes two calls
    with fault() as calls:
        bells.ring(bell, make.NOW + timedelta(minutes=1))
    turn, claim = "UpdateItem", "UpdateItem"
    assert calls.names == [
        "BatchGetItem",
        turn,
        claim,
        "BatchGetItem",
        "Decrypt",
        "SendEmail",
        "TransactWriteItems",
    ]


def test_a_cancelled_or_unconfirmed_withdrawal_is_in_no_letter(world):
    from chalicelib.services import submissions

    hid = submissions.submit(make.make_household(), "192.0.2.1", make.NOW)
    notifications.sweep(make.NOW)
    assert not letters(world)
    twice = tell.submit_and_confirm(make.make_household(key="k2"))
    same = confirmations.confirm(
        confirmations.confirm_link(hid, 1, "en", make.NOW)[0].rpartition("/")[2], make.NOW
    )
    notifications.sweep(make.NOW)
    assert [each.tags["delivery"] for each in letters(world)] == [tell.letter(twice)]
    assert same == hid
