"""A world as it stands: its rows read without a call, kept, and put back as often as a test likes.

To put a world back is cheaper than to make it anew, and a read that is no call disturbs no count of calls.
"""

import base64
import copy
from collections.abc import Callable, Iterator
from typing import Any

from infra.world import ACCOUNT, REGION, World, dynamodb_backends


def keep(world: World) -> Callable[[], None]:
    """Keeps every row, record of the stream and mail; what puts them back."""
    kept = [(each, copy.deepcopy(each.items), list(_records(each))) for each in _tables()]
    outbox = list(world.outbox)

    def restore() -> None:
        for table, items, records in kept:
            table.items = copy.deepcopy(items)
            _records(table)[:] = records
        world.outbox[:] = outbox

    return restore


def items() -> Iterator[tuple[dict[str, Any], bool]]:
    """Every item as DynamoDB answers it, and whether it is of the table of keys."""
    for table in _tables():
        for found in list(table.items.values()):
            for item in list(found.values()) if table.range_key_attr else [found]:
                yield {name: _value(each) for name, each in item.attrs.items()}, not table.range_key_attr


def stream() -> list[dict[str, Any]]:
    """Every record of the stream, oldest first."""
    return [record.record for each in _tables() for record in _records(each)]


def _tables() -> list[Any]:
    return list(dynamodb_backends[ACCOUNT][REGION].tables.values())


def _records(table: Any) -> list[Any]:
    return table.stream_shard.items if table.stream_shard else []


def _value(each: Any) -> dict[str, Any]:
    """A value with its type; what moto keeps as base64 is bytes again."""
    if each.type == "B" and isinstance(each.value, str):
        return {"B": base64.b64decode(each.value)}
    if each.type == "L":
        return {"L": [_value(one) for one in each.value]}
    if each.type == "M":
        return {"M": {name: _value(one) for name, one in each.value.items()}}
    return {each.type: each.value}
