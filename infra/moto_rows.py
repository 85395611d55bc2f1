"""What moto keeps, read without a call: no count of calls is disturbed, and it takes no time."""

import base64
from collections.abc import Iterator
from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.dynamodb import dynamodb_backends

REGION = "eu-west-2"


def list_tables() -> list[Any]:
    """moto's own tables."""
    return list(dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables.values())


def list_items() -> Iterator[tuple[dict[str, Any], bool]]:
    """Every item as DynamoDB answers it, and whether it is of the table of keys."""
    for table in list_tables():
        for found in list(table.items.values()):
            for item in list(found.values()) if table.range_key_attr else [found]:
                yield {name: _value(each) for name, each in item.attrs.items()}, not table.range_key_attr


def records(table: Any) -> list[Any]:
    """moto's own records of a table's stream."""
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
