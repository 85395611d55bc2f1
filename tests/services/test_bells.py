"""The stream's bell: what nobody should have touched is reported, and wakes nobody."""

import pytest

from chalicelib.services import bells
from tests import make

EXPIRED = {"userIdentity": {"type": "Service", "principalId": "dynamodb.amazonaws.com"}}


def touched(name, pk, **more):
    keys = {"pk": {"S": pk}, "sk": {"S": "000001#submitted"}}
    return {"eventName": name, "dynamodb": {"Keys": keys, "SequenceNumber": "1"}, **more}


@pytest.mark.parametrize("name", ["MODIFY", "REMOVE"])
@pytest.mark.parametrize("pk", ["E#W#K7P42MXW", "E#D#confirm-abc-1", "A#2017-09-21", "A#seal"])
def test_an_event_or_an_audit_row_that_was_touched_is_reported(world, caplog, name, pk):
    answer = bells.ring({"Records": [touched(name, pk)]}, make.NOW)
    assert answer == {"batchItemFailures": []}
    assert f"log tampering: {name} of {pk}" in caplog.messages
    assert not world.outbox


def test_a_row_whose_time_was_over_is_no_tampering(world, caplog):
    bells.ring({"Records": [touched("REMOVE", "E#W#K7P42MXW", **EXPIRED)]}, make.NOW)
    assert not caplog.messages


def test_other_rows_may_change(world, caplog):
    bells.ring({"Records": [touched("MODIFY", "W#K7P42MXW"), touched("REMOVE", "C#abc")]}, make.NOW)
    assert not caplog.messages
