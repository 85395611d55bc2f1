"""Mail goes at AWS's pace, 80 % of the quota, in order; refusals that are about the account make all mail wait."""

import random
from collections import Counter
from datetime import timedelta
from email.message import EmailMessage

import pytest
from botocore.exceptions import ClientError

from chalicelib.aws import delivery_rows, keys, mailer, pace_rows, table
from chalicelib.config import settings
from chalicelib.domain import pace
from chalicelib.domain.delivery import LETTER, QUEUES
from chalicelib.domain.pace import Pace, Quota, Stop
from chalicelib.services import notifications, submissions
from tests import make, tell
from tests.clock import Clock, most_within
from tests.faults import fault
from tests.invariants import check_invariants

SANDBOX, USUAL = Quota(1, 200, 2000), Quota(14, 50_000, 2000)
SECOND, MINUTE, HOUR, DAY = (timedelta(seconds=n) for n in (1, 60, 3600, 86_400))
ROUND = timedelta(seconds=110)


@pytest.fixture
def sandbox(world, monkeypatch):
    """The world with the quota of a new account: a mail a second, 200 a day."""
    return set_quota(world, monkeypatch, 1, 200)


def set_quota(world, monkeypatch, rate, day):
    monkeypatch.setenv("MAIL_RATE", str(rate))
    monkeypatch.setenv("MAIL_DAY", str(day))
    settings.cache_clear()
    return world


def submit(n, now=make.NOW):
    household = make.make_household(make.make_child(f"Child {n}"), key=f"k{n}", mail=f"f{n}@mail.example")
    return submissions.submit(household, "192.0.2.1", now, patient=True)


def confirmed(n, now=make.NOW):
    household = make.make_household(make.make_child(f"Child {n}"), key=f"k{n}", mail=f"f{n}@mail.example")
    return tell.submit_and_confirm(household, now)


def refusal(code, text="", status=400):
    error = {"Error": {"Code": code, "Message": text}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(error, "SendEmail")


def order(world):
    return [mail.tags["delivery"] for mail in world.outbox]


def take_all(quota, workers, lasts, start=make.NOW, seed=1):
    """When each turn comes that many workers, with clocks 40 ms apart, take in ``lasts``."""
    rng, record, now, turns = random.Random(seed), Pace(), start, []
    while now < start + lasts:
        found = record.take(LETTER, quota, now + timedelta(milliseconds=rng.randrange(40)), now + ROUND, False)
        if isinstance(found, Stop):
            now += timedelta(minutes=1)
            continue
        record, turn = found
        turns.append(turn.at)
        now = max(now, turn.at - timedelta(milliseconds=rng.randrange(90 * workers)))
    return sorted(turns)


@pytest.mark.parametrize("workers", [1, 2, 10])
def test_no_second_and_no_day_ever_holds_more_than_four_fifths_of_the_quota(workers):
    sandbox = take_all(SANDBOX, workers, 3 * DAY)
    assert most_within(sandbox, SECOND) == 1
    assert most_within(sandbox, timedelta(seconds=5)) == 4
    assert most_within(sandbox, DAY) == 160
    usual = take_all(USUAL, workers, 30 * MINUTE)
    assert most_within(usual, SECOND) == 12  # 11.1 a second, counted from a mail on
    assert most_within(usual, 10 * SECOND) <= 112
    assert len(usual) >= 0.99 * 11.1 * 1800, "the bucket is used to the full"


def test_the_record_of_a_clock_that_was_far_ahead_stops_nobody():
    ahead, _ = Pace().take(LETTER, SANDBOX, make.NOW + HOUR, make.NOW + 2 * HOUR, False)
    _, turn = ahead.take(LETTER, SANDBOX, make.NOW, make.NOW + MINUTE, False)
    assert turn.at == make.NOW


def test_one_call_takes_the_very_turn_that_the_rules_give(world):
    """The quick way to a turn (one condition in the table) and the rules in ``domain/pace`` say the same."""
    rng, now = random.Random(7), make.NOW
    quota, outcomes = Quota(4, 70, 9), Counter()
    for _ in range(160):
        now += timedelta(milliseconds=rng.choice((0, 0, 100, 320, 5_000, 60_000, 400_000)))
        queue, woken, backlog = rng.choice(QUEUES), rng.random() < 0.5, rng.random() < 0.1
        record = pace_rows.from_plain(Pace, table.get(keys.pace()) or {})
        with fault() as calls:
            taken = pace_rows.take(queue, quota, now, now + MINUTE, woken, backlog and not woken)
        found = record.take(queue, quota, now, now + MINUTE, woken)
        if isinstance(found, Stop):
            assert taken is found
            outcomes[found] += 1
        else:
            assert taken == found[1]
            outcomes["one call" if len(calls.names) == 1 else "two calls"] += 1
        if rng.random() < 0.2:
            pace_rows.strike("TooManyRequestsException", now)
        elif rng.random() < 0.05:
            pace_rows.clear()
    assert set(outcomes) >= {Stop.DAY, Stop.HOUR, Stop.PAUSED, Stop.BACKLOG, "one call", "two calls"}, outcomes


def test_two_workers_that_meet_never_share_a_turn(world, monkeypatch):
    real, other = table.write, []

    def slow(one):
        if not other:
            other.append(None)
            other.append(pace_rows.take(LETTER, SANDBOX, make.NOW, make.NOW + MINUTE))
        return real(one)

    monkeypatch.setattr(table, "write", slow)
    mine = pace_rows.take(LETTER, SANDBOX, make.NOW, make.NOW + MINUTE)
    assert {mine.at, other[1].at} == {make.NOW, make.NOW + timedelta(milliseconds=1250)}


def test_a_sweep_in_the_sandbox_waits_for_each_turn_and_stops_at_the_days_end(sandbox, caplog):
    for n in range(6):
        submit(n)
    clock = Clock(work=0.2)
    notifications.sweep(make.NOW, clock.wait)
    assert len(sandbox.outbox) == 6
    rows = delivery_rows.get_deliveries(order(sandbox)).values()
    sent = sorted(each.sent for each in rows)
    assert most_within(sent, SECOND) == 1
    assert sent[-1] - sent[0] == 5 * timedelta(milliseconds=1250)
    fill_day(157)
    for n in range(6, 10):
        submit(n, clock.now)
    notifications.sweep(clock.now, clock.wait)
    assert len(sandbox.outbox) == 9
    assert caplog.messages == ["mail waits: the day's mails are sent"]
    notifications.sweep(clock.now + 23 * HOUR, clock.wait)
    assert len(sandbox.outbox) == 9, "24 hours have not passed"
    notifications.sweep(clock.now + 25 * HOUR, clock.wait)
    assert len(sandbox.outbox) == 10


def fill_day(sent):
    """As if ``sent`` mails had gone out in this hour."""
    table.write(table.update(keys.pace(), {"n": sent, "day": sent}))


def test_what_may_not_be_sent_is_not_claimed(sandbox):
    hid = submit(1)
    pace_rows.take(LETTER, SANDBOX, make.NOW, make.NOW + MINUTE)
    fill_day(160)
    before = delivery_rows.get_delivery(f"confirm-{hid}-1")
    with fault() as calls:
        assert tell.ring(hid, "submitted") == {"batchItemFailures": []}
    assert calls.names[1:] == ["BatchGetItem", "UpdateItem"]
    notifications.sweep(make.NOW + MINUTE)
    assert delivery_rows.get_delivery(f"confirm-{hid}-1") == before
    assert not sandbox.outbox


def test_a_turn_that_nobody_used_is_given_back(sandbox):
    hid = submit(1)
    delivery_rows.claim(f"confirm-{hid}-1", make.NOW)
    tell.ring(hid, "submitted")
    row = table.get(keys.pace())
    assert (row["n"], row["day"], row["confirms"]) == (0, 0, 0)


def test_confirmations_go_first_then_letters_by_age_then_the_rest(world):
    old, young = confirmed("old"), confirmed("young", make.NOW + MINUTE)
    notifications.sweep(make.NOW - MINUTE)  # nothing is due yet
    assert not world.outbox
    late = submit("late", make.NOW + 2 * MINUTE)
    notifications.sweep(make.NOW + 3 * MINUTE)
    assert order(world) == [f"confirm-{late}-1", tell.letter(old), tell.letter(young)]


def test_a_letter_that_staff_release_takes_its_place_by_age(world):
    old, young = confirmed("old"), confirmed("young", make.NOW + MINUTE)
    held = delivery_rows.get_delivery(tell.letter(old))
    delivery_rows.hold(held, notifications.Hold.NO_CONTACT, make.NOW, make.NOW.date())
    assert notifications.release(tell.letter(old), make.NOW + HOUR)
    notifications.sweep(make.NOW + HOUR)
    assert order(world) == [tell.letter(old), tell.letter(young)]


def test_a_confirmation_that_comes_in_while_letters_are_sent_goes_next(world, monkeypatch):
    monkeypatch.setattr(notifications, "PAGE", 2)
    hids = [confirmed(n, make.NOW + n * SECOND) for n in range(4)]
    for hid in hids:
        notifications.send(f"confirm-{hid}-1", make.NOW)
    start = make.NOW + MINUTE
    late = submit("late", start + timedelta(milliseconds=150))
    notifications.sweep(start, Clock(start, work=0.1).wait)
    first, second, third, fourth = (tell.letter(hid) for hid in hids)
    assert order(world) == [first, second, f"confirm-{late}-1", third, fourth]


def test_while_a_backlog_waits_the_bell_of_a_newer_mail_leaves_it_to_the_sweep(world, monkeypatch):
    monkeypatch.setattr(notifications, "PAGE", 2)
    set_quota(world, monkeypatch, 1, 200)
    hids = [confirmed(n, make.NOW + n * SECOND) for n in range(5)]
    with monkeypatch.context() as short:
        short.setattr(notifications, "ROUND", 2 * SECOND)  # one turn for a confirmation that is none any more
        notifications.sweep(make.NOW + MINUTE, Clock(make.NOW + MINUTE).wait)
    assert order(world) == [tell.letter(hids[0])]
    young, other = confirmed("young", make.NOW + MINUTE), submit("other", make.NOW + MINUTE)
    tell.ring(young, "confirmed", make.NOW + MINUTE + 5 * SECOND)
    assert len(world.outbox) == 1
    tell.ring(other, "submitted", make.NOW + MINUTE + 5 * SECOND)
    assert order(world)[1:] == [f"confirm-{other}-1"], "no confirmation waits, so this one overtakes nobody"
    clock = Clock(make.NOW + 2 * MINUTE)
    notifications.sweep(clock.now, clock.wait)
    assert order(world)[2:] == [tell.letter(hid) for hid in (*hids[1:], young)]


def test_two_workers_at_one_backlog_take_different_pages(world, monkeypatch):
    monkeypatch.setattr(notifications, "PAGE", 3)
    ids = [f"confirm-{submit(n, make.NOW + n * SECOND)}-1" for n in range(7)]
    real, quicker = delivery_rows.claim, ids[:2]
    with monkeypatch.context() as other:
        other.setattr(delivery_rows, "claim", lambda each, *more: None if each in quicker else real(each, *more))
        notifications.sweep(make.NOW + MINUTE)
    assert order(world) == ids[3:], "the first page is the other worker's"
    notifications.sweep(make.NOW + 2 * MINUTE)
    assert order(world)[4:] == ids[:3], "what it left comes first at the next tick"


def test_past_the_hours_confirmations_they_wait_and_letters_go_on(world, monkeypatch, caplog):
    limits = notifications.Postman(make.NOW, MINUTE)._quota
    assert limits.confirms == 2000
    hid = confirmed(0)
    first = submit(1)
    notifications.sweep(make.NOW)
    table.write(table.update(keys.pace(), {"confirms": 998}))
    for n in (2, 3):
        notifications.send(f"confirm-{submit(n)}-1", make.NOW + MINUTE)
    assert caplog.messages.count("confirm mails at half of the hour's limit") == 1
    table.write(table.update(keys.pace(), {"confirms": 2000}))
    waiting, other = submit(4), confirmed(5)
    tell.ring(waiting, "submitted", make.NOW + MINUTE)
    tell.ring(other, "confirmed", make.NOW + MINUTE)
    notifications.sweep(make.NOW + 2 * MINUTE)
    sent = order(world)
    assert f"confirm-{waiting}-1" not in sent
    assert {tell.letter(hid), tell.letter(other), f"confirm-{first}-1"} <= set(sent)
    notifications.sweep(make.NOW + HOUR)
    assert order(world)[-1] == f"confirm-{waiting}-1"


ACCOUNT_WIDE = [
    ("SendingPausedException", "", 400, "SendingPausedException"),
    ("AccountSuspendedException", "", 400, "AccountSuspendedException"),
    ("MailFromDomainNotVerifiedException", "", 400, "MailFromDomainNotVerifiedException"),
    ("MessageRejected", "Email address is not verified. These failed: kim@family.example", 400, "NotVerified"),
    ("MessageRejected", "Sending suspended for this account.", 400, "SendingSuspended"),
    ("TooManyRequestsException", "Maximum sending rate exceeded.", 429, "TooManyRequestsException"),
    ("TooManyRequestsException", "Daily message quota exceeded.", 429, "DailyQuota"),
    ("ThrottlingException", "Maximum sending rate exceeded.", 400, "ThrottlingException"),
    ("LimitExceededException", "", 400, "LimitExceededException"),
    ("NotFoundException", "Configuration set <retract> does not exist.", 404, "NotFoundException"),
    ("AccessDeniedException", "", 403, "AccessDeniedException"),
]


@pytest.mark.parametrize(("code", "text", "status", "said"), ACCOUNT_WIDE)
def test_a_refusal_is_of_the_account_unless_ses_speaks_of_the_mail(world, code, text, status, said):
    message = EmailMessage()
    message["From"], message["To"] = settings().mail_from, "kim@family.example"
    message.set_content("Good morning")
    with fault("SendEmail", refusal(code, text, status)), pytest.raises(mailer.MailRefused) as refused:
        mailer.send(message, "letter-1", 1)
    assert (refused.value.code, refused.value.of_the_mail) == (said, False)
    for of_one in ("MessageRejected", "BadRequestException"):
        with fault("SendEmail", refusal(of_one, "Invalid content")), pytest.raises(mailer.MailRefused) as refused:
            mailer.send(message, "letter-1", 1)
        assert refused.value.of_the_mail


@pytest.mark.parametrize("row", [ACCOUNT_WIDE[0], ACCOUNT_WIDE[3], ACCOUNT_WIDE[6]], ids=lambda row: row[3])
def test_three_refusals_that_are_about_the_account_make_everything_wait(world, caplog, row):
    code, text, status, said = row
    hids = [submit(n, make.NOW + n * SECOND) for n in range(4)]
    now = make.NOW + MINUTE
    with fault("SendEmail", refusal(code, text, status)) as calls:
        for minute in (0, 1, 9, 10, 11, 19, 20):
            notifications.sweep(now + minute * MINUTE)
        tell.ring(hids[3], "submitted", now + 31 * MINUTE)
    assert calls.names.count("SendEmail") == 3 + 2, "three, then the sweep's probe each ten minutes"
    assert [line for line in caplog.messages if "paused" in line] == [f"mail paused: {said}"]
    assert "kim@" not in caplog.text
    mails = delivery_rows.get_deliveries(f"confirm-{hid}-1" for hid in hids).values()
    assert not [each for each in mails if each.held or each.refused or each.claimed]
    check_invariants(world, now + 31 * MINUTE)
    notifications.sweep(now + 32 * MINUTE)  # the next probe passes and ends the pause
    assert sorted(order(world)) == sorted(each.id for each in mails)


def test_refusals_that_are_not_in_a_row_pause_nothing(world, caplog):
    for at in range(6):
        with fault("SendEmail" if at % 3 != 2 else "", refusal("TooManyRequestsException", status=429)):
            notifications.send(f"confirm-{submit(at)}-1", make.NOW + at * MINUTE)
    assert not [line for line in caplog.messages if "paused" in line]
    assert len(world.outbox) == 2


def test_after_a_refusal_of_the_account_nothing_goes_for_some_seconds(world):
    first, second = confirmed(1), confirmed(2)
    clock = Clock()
    with fault("SendEmail", refusal("TooManyRequestsException", status=429)):
        notifications.send(tell.letter(first), make.NOW)
    (ref,) = delivery_rows.get_delivery(tell.letter(second)).refs
    notifications.wake([(ref, "confirmed")], clock.now, clock.wait)
    assert clock.now - make.NOW == pace.SLOW
    assert order(world) == [tell.letter(second)]


def test_a_mail_that_alone_is_refused_pauses_no_other(world, caplog):
    with fault("SendEmail", refusal("BadRequestException")):
        for n in range(4):
            notifications.send(f"confirm-{submit(n)}-1", make.NOW)
    last = submit(4)
    notifications.send(f"confirm-{last}-1", make.NOW)
    assert order(world) == [f"confirm-{last}-1"]
    assert not [line for line in caplog.messages if "paused" in line]


def test_no_mail_is_lost_where_the_record_of_the_pace_cannot_be_asked(world):
    hid = confirmed(1)
    with fault(2, refusal("ProvisionedThroughputExceededException")) as calls:
        answer = tell.ring(hid, "confirmed")
    assert calls.names[1:] == ["BatchGetItem", "UpdateItem"]
    assert len(answer["batchItemFailures"]) == 1, "the stream asks again"
    notifications.sweep(make.NOW)
    assert order(world) == [tell.letter(hid)]


def test_the_front_door_waits_for_turns_by_the_clock(world, monkeypatch):
    import app
    from chalicelib import config
    from infra.pump import Pump

    waited = []
    monkeypatch.setattr(config, "wait", lambda seconds: waited.append(seconds) or make.NOW)
    pump = Pump(world, app)
    submit(1)
    pump.sweep()
    assert waited
    del waited[:]
    submit(2)
    pump.beat()
    assert waited
    assert len(world.outbox) == 2
