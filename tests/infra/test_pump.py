"""The pump: what AWS does by itself reaches app.py in AWS's own words."""

import time
from datetime import UTC, datetime

import pytest

import app as door
from chalicelib.aws import delivery_rows, mailer
from chalicelib.domain.delivery import Status, confirm_id
from chalicelib.services import submissions
from infra import pump as pumps
from infra.exchange import SentMail
from infra.pump import Pump
from tests import make
from tests.tell import submit_and_confirm


def wait_for(what):
    until = time.monotonic() + 5
    while not (found := what()):
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.02)
    return found


@pytest.fixture
def pump(world, monkeypatch):
    monkeypatch.setattr(pumps, "BEAT", 0.02)
    running = Pump(world, door)
    running.start()
    yield running
    running.stop()
    assert not running.is_alive()


def test_the_stream_rings_and_the_mail_event_comes_back(world, pump):
    hid = submissions.submit(make.make_household(), "192.0.2.1", make.NOW)
    wait_for(lambda: world.outbox)
    accepted = wait_for(lambda: delivery_rows.get_delivery(confirm_id(hid, 1)).accepted)
    assert abs((accepted - make.NOW).total_seconds()) <= 1
    assert len(world.outbox) == 1


def test_a_silent_stream_leaves_everything_to_the_sweep(world, pump, monkeypatch):
    pump.stream = False
    submissions.submit(make.make_household(), "192.0.2.1", make.NOW)
    time.sleep(0.3)
    assert not world.outbox
    monkeypatch.setattr(pumps, "SWEEP_EVERY", 0)
    wait_for(lambda: world.outbox)


def test_a_mailbox_that_bounces_is_told_as_one(world, pump):
    hid = submissions.submit(make.make_household(mail="bounce@family.example"), "192.0.2.1", make.NOW)
    found = wait_for(lambda: delivery_rows.get_delivery(confirm_id(hid, 1)).bounced)
    assert found
    assert delivery_rows.get_delivery(confirm_id(hid, 1)).status is Status.BOUNCED


def test_what_fails_does_not_stop_the_pump(world, pump, monkeypatch, caplog):
    def fail(event, context):
        raise RuntimeError("Robin Example")

    monkeypatch.setattr(pumps, "SWEEP_EVERY", 0)
    with monkeypatch.context() as broken:
        broken.setattr(door, "sweep", fail)
        wait_for(lambda: "missed a beat" in caplog.text)
    submit_and_confirm()
    wait_for(lambda: world.outbox)
    assert "Robin Example" not in caplog.text


@pytest.mark.parametrize(
    ("mailbox", "kinds"),
    [
        ("office@hill.example", ["send", "delivery"]),
        ("Bounce@hill.example", ["send", "bounce"]),
        ("complaint@hill.example", ["send", "delivery", "complaint"]),
    ],
)
def test_mail_events_are_read_by_the_service_in_the_order_of_ses(world, mailbox, kinds):
    sent = SentMail("id", b"", (mailbox,), {"delivery": "letter-1", "attempt": "1"}, datetime.now(UTC))
    read = [mailer.read_mail_event(pumps._queued(event)["body"]) for event in pumps.mail_events(sent, make.NOW)]
    assert [event.kind for event in read] == kinds
    assert {(event.delivery, event.attempt) for event in read} == {("letter-1", 1)}
    assert any(event.lasting for event in read) == ("bounce" in kinds)
