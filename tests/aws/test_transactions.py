"""A transaction is all or nothing, also in the emulated table that the tests stand on."""

import pytest

from chalicelib.aws import keys, table
from chalicelib.errors import Unavailable
from tests.invariants import read_tables

A, B, C = (keys.withdrawal(ref) for ref in "ABC")


def test_a_refused_transaction_leaves_everything_as_it_was(world):
    table.transact([table.put({**A, "n": 1, "facts": {"a": ["x"]}})])
    before = read_tables(world)
    shards = stream(world)
    writes = [
        table.update(A, {"facts": {"a": ["y"]}, "n": 2}),
        table.put({**B, "n": 1}),
        table.delete(A | {"sk": "none"}),
        table.update(C, {"n": 1}, "attribute_exists(#pk)"),
    ]
    with pytest.raises(table.Refused) as refusal:
        table.transact(writes)
    assert refusal.value.rows == {3: {}}
    assert read_tables(world) == before
    assert stream(world) == shards


def test_a_refusal_shows_what_stood_there(world):
    table.transact([table.put({**A, "n": 1})])
    with pytest.raises(table.Refused) as refusal:
        table.transact([table.put({**B, "n": 1}), table.put({**A, "n": 2}, new=True)])
    assert refusal.value.rows == {1: {**A, "n": 1}}


def test_all_of_a_transaction_is_written_in_both_tables(world):
    table.transact(
        [table.put({**A, "n": 1, "x": b"\0\xff"}), table.put({**keys.wrapped_key("A"), "k": b"1"}, "keys")]
    )
    rows = table.get_many([A], [keys.wrapped_key("A")])
    assert rows == {("W#A", "W"): {**A, "n": 1, "x": b"\0\xff"}, ("W#A", ""): {"pk": "W#A", "k": b"1"}}


def stream(world):
    from chalicelib.aws.clients import client

    streams = client("dynamodbstreams")
    shard = streams.describe_stream(StreamArn=world.stream_arn)["StreamDescription"]["Shards"][0]["ShardId"]
    start = streams.get_shard_iterator(StreamArn=world.stream_arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    return [r["dynamodb"]["Keys"] for r in streams.get_records(ShardIterator=start["ShardIterator"])["Records"]]


@pytest.mark.parametrize(("short", "arrives"), [(0, True), (2, True), (3, False)])
def test_a_read_that_comes_in_parts_is_whole_or_not_at_all(world, monkeypatch, short, arrives):
    table.transact([table.put({**A, "n": 1}), table.put({**B, "n": 2})])
    real, left = table._call, [short]

    def call(operation, **parameters):
        answer = real(operation, **parameters)
        if left[0]:
            left[0] -= 1
            return {"Responses": {}, "UnprocessedKeys": parameters["RequestItems"]}
        return answer

    monkeypatch.setattr(table, "_call", call)
    if arrives:
        assert set(table.get_many([A, B])) == {("W#A", "W"), ("W#B", "W")}
    else:
        with pytest.raises(Unavailable):
            table.get_many([A, B])
