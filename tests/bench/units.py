"""What DynamoDB would charge for a call, from the sizes of its items: moto does not count it.

AWS, "Read and write operations" and "Item sizes and formats" (DynamoDB developer guide): a write unit per started
kilobyte of the whole item, twice in a transaction; an index is charged for each of its entries that changes; a
read unit per started 4 KB, half of it where the read is eventually consistent.
"""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from botocore.client import BaseClient

from infra.tables import read_tables

Item = Mapping[str, Any]
"""As DynamoDB writes it: {"pk": {"S": "W#K7P42MXW"}}."""

WRITES = {"Put": "Item", "Update": "Key", "Delete": "Key"}
ALONE = {"PutItem": "Put", "UpdateItem": "Update", "DeleteItem": "Delete"}


@dataclass
class Bill:
    """``calls`` by operation; units of tables and of indexes."""

    calls: Counter[str] = field(default_factory=Counter)
    writes: int = 0
    index_writes: int = 0
    reads: float = 0

    def __add__(self, other: "Bill") -> "Bill":
        return Bill(
            self.calls + other.calls,
            self.writes + other.writes,
            self.index_writes + other.index_writes,
            self.reads + other.reads,
        )


def size_item(item: Item) -> int:
    """The bytes of an item: names and values."""
    return sum(len(name.encode()) + _size_value(value) for name, value in item.items())


def charge_write(before: Item | None, after: Item | None) -> int:
    """Units of a write to the table: per started KB of the larger of both."""
    return max(1, *(math.ceil(size_item(each) / 1024) for each in (before or {}, after or {})))


def charge_indexes(before: Item | None, after: Item | None, indexes: Sequence[Mapping[str, Any]]) -> int:
    """Units of the indexes: an entry put or taken away, both where its key changes, none where nothing does."""
    units = 0
    for index in indexes:
        old, new = _project(before, index), _project(after, index)
        if old == new:
            continue
        key = [each["AttributeName"] for each in index["KeySchema"]]
        same_place = old and new and all(old[name] == new[name] for name in key)
        for entry in (new,) if same_place else (old, new):
            units += math.ceil(size_item(entry) / 1024) if entry else 0
    return units


def charge_read(items: Sequence[Item], consistent: bool, together: bool) -> float:
    """Units of a read: each item by itself, or all ``together`` (Query); one at least."""
    sizes = [sum(map(size_item, items))] if together else [size_item(each) for each in items]
    units = sum(max(1, math.ceil(size / 4096)) for size in sizes or [0])
    return units if consistent else units / 2


@contextmanager
def keep_bill() -> Iterator[Bill]:
    """Counts every AWS call inside, and what DynamoDB would charge for it."""
    bill = Bill()
    real = BaseClient._make_api_call

    def call(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
        bill.calls[operation] += 1
        if client.meta.service_model.service_name != "dynamodb":
            return real(client, operation, parameters)
        written = list(_name_written(operation, parameters))
        before = [_look(real, client, *place) for place in written]
        answer = real(client, operation, parameters)
        twice = 2 if operation == "TransactWriteItems" else 1
        for (table, key), old in zip(written, before, strict=True):
            new = _look(real, client, table, key)
            bill.writes += twice * charge_write(old, new)
            bill.index_writes += twice * charge_indexes(old, new, _indexes(table))
        bill.reads += _charge_answer(operation, parameters, answer)
        return answer

    BaseClient._make_api_call = call
    try:
        yield bill
    finally:
        BaseClient._make_api_call = real


def _charge_answer(operation: str, parameters: Mapping[str, Any], answer: Mapping[str, Any]) -> float:
    match operation:
        case "GetItem":
            found = [answer["Item"]] if "Item" in answer else []
            return charge_read(found, parameters.get("ConsistentRead", False), together=False)
        case "BatchGetItem":
            units = 0.0
            for table, asked in parameters["RequestItems"].items():
                found = answer["Responses"].get(table, [])
                missing = len(asked["Keys"]) - len(found)
                units += charge_read(
                    [*found, *([{}] * missing)], asked.get("ConsistentRead", False), together=False
                )
            return units
        case "Query":
            return charge_read(answer["Items"], parameters.get("ConsistentRead", False), together=True)
    return 0


def _name_written(operation: str, parameters: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Table and key of each item that a call writes."""
    wanted = [{ALONE[operation]: parameters}] if operation in ALONE else parameters.get("TransactItems", ())
    for each in wanted:
        ((kind, write),) = each.items()
        names = [part["AttributeName"] for part in _table(write["TableName"])["KeySchema"]]
        yield write["TableName"], {name: write[WRITES[kind]][name] for name in names}


def _look(real: Any, client: Any, table: str, key: dict[str, Any]) -> Item | None:
    found: Item | None = real(client, "GetItem", {"TableName": table, "Key": key, "ConsistentRead": True}).get(
        "Item"
    )
    return found


@cache
def _table(name: str) -> dict[str, Any]:
    """The definition of a table: ``name`` is retract-<stage>-main or -keys."""
    stage = name.split("-")[1]
    return next(table for table in read_tables(stage) if table["TableName"] == name)


def _indexes(table: str) -> Sequence[Mapping[str, Any]]:
    found: Sequence[Mapping[str, Any]] = _table(table).get("GlobalSecondaryIndexes", ())
    return found


def _project(item: Item | None, index: Mapping[str, Any]) -> Item | None:
    """The index's entry for ``item``: None where it has not both keys."""
    keys = {each["AttributeName"] for each in index["KeySchema"]}
    if item is None or not keys <= set(item):
        return None
    kept = keys | {"pk", "sk"} | set(index["Projection"].get("NonKeyAttributes", ()))
    return {name: value for name, value in item.items() if name in kept}


def _size_value(value: Mapping[str, Any]) -> int:
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "N":
            digits = content.lstrip("-0").replace(".", "")
            return math.ceil(len(digits) / 2) + 1 + content.startswith("-")
        case "B":
            return len(content)
        case "BOOL" | "NULL":
            return 1
        case "L":
            return 3 + sum(1 + _size_value(each) for each in content)
        case "M":
            return 3 + sum(1 + len(name.encode()) + _size_value(each) for name, each in content.items())
    raise ValueError(kind)
