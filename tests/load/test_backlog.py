"""A queue that is longer than the quota: in order, never over the bucket; twice the queue costs twice the calls.

Mails are neither written nor posted here; turns, claims and marks are real.
"""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from email.message import EmailMessage

import pytest
from moto.core import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends

from chalicelib.aws import delivery_rows, keys, mailer
from chalicelib.aws.attributes import pack
from chalicelib.config import settings
from chalicelib.domain.campaign import load_campaign
from chalicelib.domain.delivery import CONFIRM, Delivery, Status
from chalicelib.domain.plain import to_plain
from chalicelib.services import notifications, postman
from chalicelib.services.correspondence import Mail
from infra.world import REGION
from tests import make
from tests.clock import Clock, most_within
from tests.faults import fault

SECOND, MINUTE, HOUR, DAY = (timedelta(seconds=n) for n in (1, 60, 3600, 86_400))
RATE, A_DAY = 14, 50_000
WORK = 0.15
"""Seconds that a worker takes for a mail, calls of AWS included."""

START = make.NOW.replace(hour=9, minute=0)


@pytest.fixture
def posted(world, monkeypatch):
    """(when, which) of every mail that was handed over; mails are not written, and nothing is posted."""
    sent: list[tuple[datetime, str]] = []
    monkeypatch.setenv("MAIL_RATE", str(RATE))
    monkeypatch.setenv("MAIL_DAY", str(A_DAY))
    settings.cache_clear()
    monkeypatch.setattr(postman.correspondence, "write", lambda delivery, now: Mail(EmailMessage()))

    def send(message, delivery_id, attempt, contact_version=None):
        sent.append((clock.now, delivery_id))

    clock = Clock(START, work=WORK)
    monkeypatch.setattr(mailer, "send", send)
    return sent, clock


def queue(many):
    """So many confirmations, a tenth of a second apart, all before START: put straight into moto's table."""
    rows = dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables[settings().main_table]
    ids = [f"confirm-h{n:06}-1" for n in range(many)]
    for n, each in enumerate(ids):
        at = START - timedelta(seconds=(many - n) / 10)
        delivery = Delivery(each, CONFIRM, f"h{n:06}", ("AAAAAAAA",), "K7P42MXW", at, due=at)
        rows.put_item(pack({**keys.delivery(each), **to_plain(delivery), "by_due": keys.by_due(CONFIRM)}))
    return ids


def work_off(sent, clock, many):
    """Sweeps by the schedule until all are sent; which AWS calls it took."""
    began, at = clock.now, clock.now
    with fault() as calls:
        while len(sent) < many:
            before = len(sent)
            assert at - began < 2 * DAY, f"{len(sent)} of {many} after two days"
            clock.now = max(clock.now, at)
            notifications.sweep(clock.now, clock.wait)
            # Where an hour's mails are out, nine of ten ticks find nothing to do: they are left out here.
            at += MINUTE if len(sent) > before else 10 * MINUTE
    return Counter(calls.names)


def limit(monkeypatch, confirms):
    """The campaign's limit of confirmation mails an hour is ``confirms``."""
    whole = load_campaign(settings().campaign)
    fewer = replace(whole, limits=replace(whole.limits, confirm_mails_an_hour=confirms))
    monkeypatch.setattr(postman, "load_campaign", lambda _: fewer)


def test_a_long_queue_goes_out_in_order_and_never_over_the_bucket(world, posted, monkeypatch, thorough, figures):
    sent, clock = posted
    many, an_hour = (30_000, 2_000) if thorough else (60, 25)
    limit(monkeypatch, an_hour)
    monkeypatch.setattr(notifications, "PAGE", 100 if thorough else 10)
    ids = queue(many)
    work_off(sent, clock, many)
    assert [each for _, each in sent] == ids, "each once, the oldest first"
    times = [at for at, _ in sent]
    assert most_within(times, SECOND) <= -(-RATE * 80 // 100)
    assert most_within(times, DAY) <= A_DAY * 80 // 100
    assert max(Counter(at.replace(minute=0, second=0, microsecond=0) for at in times).values()) <= an_hour
    assert times[-1] - times[0] < (many // an_hour + 1) * HOUR, "the limit is used to the full"
    ended = delivery_rows.get_deliveries(ids[-100:]).values()
    assert {each.status for each in ended} == {Status.SENT}
    figures["queued confirmations sent in order"] += many


def test_twice_the_queue_costs_no_more_than_twice_the_calls(world, posted, monkeypatch, thorough):
    sent, clock = posted
    limit(monkeypatch, 40_000)
    many = 500 if thorough else 30
    monkeypatch.setattr(notifications, "PAGE", 100 if thorough else 10)
    queue(many)
    once = sum(work_off(sent, clock, many).values())
    world.empty()
    del sent[:]
    clock.now = START
    queue(2 * many)
    twice = work_off(sent, clock, 2 * many)
    assert sum(twice.values()) <= 2 * once
    assert twice["UpdateItem"] <= 2.1 * 2 * many, "a turn and a claim for each, and little more"
