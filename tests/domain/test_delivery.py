"""What is known of a delivery follows from its timestamps."""

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.domain.delivery import Delivery, Hold, Status, back_off

NOW = datetime(2017, 9, 21, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("known", "status"),
    [
        ({}, Status.QUEUED),
        ({"claimed": NOW}, Status.CLAIMED),
        ({"unknown": 1}, Status.UNKNOWN),
        ({"claimed": NOW, "sent": NOW}, Status.SENT),
        ({"sent": NOW, "accepted": NOW}, Status.ACCEPTED),
        ({"sent": NOW, "accepted": NOW, "bounced": NOW}, Status.BOUNCED),
        ({"held": Hold.NO_CONTACT}, Status.HELD),
        ({"closed": NOW}, Status.CLOSED),
    ],
)
def test_the_strongest_thing_that_is_known_is_the_status(known, status):
    assert Delivery("letter-h-1", "letter", "h", ("R",), "K7P42MXW", NOW, **known).status is status


def test_the_wait_after_refusals_doubles_and_ends_at_half_an_hour():
    minutes = [back_off(n) / timedelta(minutes=1) for n in range(1, 8)]
    assert minutes == [1, 2, 4, 8, 16, 30, 30]
