"""Plain Python values as DynamoDB's attributes, and back: text, whole numbers, bytes, truth, lists and maps.

botocore has no such thing; boto3 has one, and loading boto3 for it would cost each cold function another tenth
(infra/README.md, "boto3 stays at home"). We store no fractions and no sets.
"""

from collections.abc import Mapping
from typing import Any


def pack(row: Mapping[str, Any]) -> dict[str, Any]:
    """{"n": 1} as {"n": {"N": "1"}}. Raises TypeError for what we do not store."""
    return {name: _pack(value) for name, value in row.items()}


def unpack(item: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """What ``pack`` packed, with lists for tuples."""
    return {name: _unpack(value) for name, value in item.items()}


def _pack(value: Any) -> dict[str, Any]:
    match value:
        case str():
            return {"S": str(value)}
        case bool():  # before int: Python's truth is a number, too
            return {"BOOL": value}
        case int():
            return {"N": str(value)}
        case bytes():
            return {"B": value}
        case None:
            return {"NULL": True}
        case list() | tuple():
            return {"L": [_pack(each) for each in value]}
        case Mapping():
            return {"M": pack(value)}
    raise TypeError(type(value).__name__)


def _unpack(attribute: Mapping[str, Any]) -> Any:
    ((kind, value),) = attribute.items()
    match kind:
        case "N":
            return int(value)
        case "NULL":
            return None
        case "L":
            return [_unpack(each) for each in value]
        case "M":
            return unpack(value)
    return value
