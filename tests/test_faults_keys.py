"""KMS is down, denied or disabled: nothing is stored in clear or sent, nothing is lost; later it goes on."""

from datetime import timedelta

import pytest

from chalicelib.domain.delivery import Status, confirm_id
from chalicelib.errors import NotStored
from chalicelib.services import submissions
from tests import make, redrive, tell
from tests.faults import TIMEOUT, fault, refusal
from tests.invariants import check_invariants, read_tables
from tests.scenes import NAMES, status

DOWN = {
    "down": refusal("KMSInternalException", 500),
    "no answer": TIMEOUT,
    "denied": refusal("AccessDeniedException"),
    "disabled": refusal("DisabledException"),
    "to be deleted": refusal("KMSInvalidStateException"),
}


@pytest.mark.parametrize("error", DOWN.values(), ids=DOWN)
def test_without_a_key_nothing_is_stored_and_the_same_form_is_taken_later(world, error):
    before = read_tables(world)
    with fault("GenerateDataKey", error), pytest.raises(NotStored):
        submissions.submit(make.make_household(), "192.0.2.1", make.NOW)
    assert read_tables(world) == before
    hid = submissions.submit(make.make_household(), "192.0.2.1", make.NOW)
    redrive.ring(redrive.records(world))
    assert status(confirm_id(hid, 1)) is Status.SENT
    check_invariants(world, make.NOW, NAMES)


@pytest.mark.parametrize("error", DOWN.values(), ids=DOWN)
def test_while_no_seal_opens_letters_wait_and_then_go_once(world, error):
    hid = tell.submit_and_confirm()
    letter, now = tell.letter(hid), make.NOW
    with fault("Decrypt", error):
        redrive.ring(redrive.records(world))
        for _ in range(8):  # two hours
            now += timedelta(minutes=16)
            with redrive.clock(now):
                redrive.tick()
    check_invariants(world, now, NAMES)
    assert not world.outbox
    assert status(letter) is Status.QUEUED
    with redrive.clock(now + timedelta(minutes=30)):
        redrive.tick()
        redrive.tick()
    assert [mail.tags["delivery"] for mail in world.outbox] == [letter]
    check_invariants(world, now + timedelta(minutes=30), NAMES)
