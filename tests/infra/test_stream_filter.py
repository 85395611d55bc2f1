"""The stream's filter, read from the template itself: new events, and what nothing of ours does to old ones."""

import pytest

from infra.stream_filter import lets_through


def record(name, pk):
    return {"eventName": name, "dynamodb": {"Keys": {"pk": {"S": pk}, "sk": {"S": "000001#submitted"}}}}


@pytest.mark.parametrize(
    ("name", "pk", "passes"),
    [
        ("INSERT", "E#W#K7P42MXW", True),
        ("INSERT", "W#K7P42MXW", False),
        ("INSERT", "A#2017-09-21", False),
        ("MODIFY", "W#K7P42MXW", False),
        ("MODIFY", "E#W#K7P42MXW", True),
        ("MODIFY", "A#2017-09-21", True),
        ("REMOVE", "E#W#K7P42MXW", True),
        ("REMOVE", "A#seal", True),
        ("REMOVE", "C#abc", False),
    ],
)
def test_new_events_and_touched_ones_reach_the_function(name, pk, passes):
    assert lets_through(record(name, pk)) is passes


def test_a_record_without_a_key_is_no_match():
    assert not lets_through({"eventName": "INSERT", "dynamodb": {}})
