"""The lines that alarms count are written whoever meets the matter first: the bell or the tick."""

from datetime import timedelta

import pytest
from botocore.exceptions import ClientError

from chalicelib.aws import keys, table
from chalicelib.services import notifications, submissions
from tests import make, tell
from tests.faults import THROTTLE, fault

MINUTE = timedelta(minutes=1)
TOO_MANY = ClientError(
    {"Error": {"Code": "TooManyRequestsException"}, "ResponseMetadata": {"HTTPStatusCode": 429}}, "SendEmail"
)
DOORS = {
    "bell": lambda hid, now: tell.ring(hid, "submitted", now),
    "tick": lambda hid, now: notifications.sweep(now),
}


def submit(n):
    household = make.make_household(make.make_child(f"Child {n}"), key=f"k{n}", mail=f"f{n}@mail.example")
    return submissions.submit(household, "192.0.2.1", make.NOW, patient=True)


@pytest.mark.parametrize("door", DOORS)
def test_a_pause_is_told_once(world, caplog, door):
    with fault("SendEmail", TOO_MANY):
        for n in range(1, 6):
            DOORS[door](submit(n), make.NOW + n * MINUTE)
    assert [line for line in caplog.messages if "paused" in line] == ["mail paused: TooManyRequestsException"]


@pytest.mark.parametrize("door", DOORS)
def test_half_of_the_hours_confirmations_is_told_once(world, caplog, door):
    DOORS[door](submit(1), make.NOW + MINUTE)
    table.write(table.update(keys.pace(), {"confirms": 998}))
    for n in (2, 3, 4):
        DOORS[door](submit(n), make.NOW + n * MINUTE)
    assert caplog.messages.count("confirm mails at half of the hour's limit") == 1


@pytest.mark.parametrize("door", DOORS)
def test_a_key_service_that_does_not_answer_is_told(world, caplog, door):
    hid = submit(1)
    with fault("Decrypt", THROTTLE):
        DOORS[door](hid, make.NOW + MINUTE)
    assert caplog.messages == ["mail waits: decrypt"]
    assert not world.outbox
