"""DynamoDB with plain Python values: reads, conditional writes, transactions; its refusals as named errors.

Expressions name attributes as ``#name`` and values as ``:name``; the names are worked out here.
"""

import random
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chalicelib.aws.attributes import pack, unpack
from chalicelib.aws.clients import Answered, ask
from chalicelib.config import settings
from chalicelib.errors import Unavailable

Row = dict[str, Any]
CONFLICT_TRIES = 3
AT_ONCE = 100
"""The most keys of one BatchGetItem."""
CONDITION_FAILED = ("ConditionalCheckFailedException", "TransactionCanceledException")


@dataclass
class Refused(Exception):
    """A condition did not hold: nothing was written. ``rows``: what stood there, by place in the transaction."""

    rows: dict[int, Row]


def get(key: Mapping[str, str], table: str = "main", consistent: bool = True) -> Row | None:
    """One row, or None."""
    answer = _call("get_item", TableName=_name(table), Key=pack(key), ConsistentRead=consistent)
    return unpack(answer["Item"]) if "Item" in answer else None


def get_many(
    main: Sequence[Mapping[str, str]], keys: Sequence[Mapping[str, str]] = ()
) -> dict[tuple[str, str], Row]:
    """Rows of both tables, read consistently, by pk and sk ("" in the table of keys): one read for each 100."""
    asked = [(_name("main"), key) for key in main] + [(_name("keys"), key) for key in keys]
    rows: dict[tuple[str, str], Row] = {}
    for start in range(0, len(asked), AT_ONCE):
        rows |= _get_many(asked[start : start + AT_ONCE])
    return rows


def _get_many(asked: Sequence[tuple[str, Mapping[str, str]]]) -> dict[tuple[str, str], Row]:
    wanted: dict[str, Any] = {}
    for table, key in asked:
        wanted.setdefault(table, {"Keys": [], "ConsistentRead": True})["Keys"].append(pack(key))
    rows: dict[tuple[str, str], Row] = {}
    for _ in range(CONFLICT_TRIES):
        if wanted:
            answer = _call("batch_get_item", RequestItems=wanted)
            for items in answer["Responses"].values():
                rows.update({(row["pk"], row.get("sk", "")): row for row in map(unpack, items)})
            wanted = answer.get("UnprocessedKeys") or {}
    if wanted:
        raise Unavailable
    return rows


def query(
    partition: tuple[str, str],
    index: str = "",
    until: tuple[str, str] | None = None,
    limit: int = 50,
    newest: bool = False,
    start: Row | None = None,
) -> tuple[list[Row], Row | None]:
    """One page of rows with attribute ``partition[0]`` = ``partition[1]``, and where the next page starts.

    ``until`` = (sort attribute, value): rows up to that value only.
    """
    condition, values = f"#{partition[0]} = :partition", {":partition": partition[1]}
    if until:
        condition += f" AND #{until[0]} <= :until"
        values[":until"] = until[1]
    options: dict[str, Any] = {"IndexName": index} if index else {"ConsistentRead": True}
    if start:
        options["ExclusiveStartKey"] = pack(start)
    answer = _call(
        "query",
        TableName=_name("main"),
        KeyConditionExpression=condition,
        Limit=limit,
        ScanIndexForward=not newest,
        **_named(condition),
        ExpressionAttributeValues=pack(values),
        **options,
    )
    last = answer.get("LastEvaluatedKey")
    return [unpack(item) for item in answer["Items"]], unpack(last) if last else None


def query_all(partition: tuple[str, str], index: str = "", **options: Any) -> Iterator[Row]:
    """Every row of a partition, page by page."""
    start: Row | None = None
    while True:
        rows, start = query(partition, index, start=start, **options)
        yield from rows
        if not start:
            return


def put(row: Row, table: str = "main", new: bool = False) -> Row:
    """A transaction's Put; ``new`` = refused where something stands."""
    condition = {"ConditionExpression": "attribute_not_exists(pk)", **_all_old()} if new else {}
    return {"Put": {"TableName": _name(table), "Item": pack(row), **condition}}


def update(
    key: Mapping[str, str],
    changes: Mapping[str, Any],
    condition: str = "",
    values: Mapping[str, Any] | None = None,
    add: Mapping[str, int] | None = None,
) -> Row:
    """A transaction's Update: sets what is not None, removes what is None, adds ``add``, under ``condition``."""
    kept = {name: value for name, value in changes.items() if value is not None}
    parts = []
    if kept:
        parts.append("SET " + ", ".join(f"#{name} = :{name}" for name in kept))
    if removed := [name for name, value in changes.items() if value is None]:
        parts.append("REMOVE " + ", ".join(f"#{name}" for name in removed))
    if add:
        parts.append("ADD " + ", ".join(f"#{name} :add_{name}" for name in add))
    expression = " ".join(parts)
    bound = {f":{name}": value for name, value in kept.items()}
    bound |= {f":add_{name}": value for name, value in (add or {}).items()}
    bound |= {f":{name}": value for name, value in (values or {}).items()}
    written: Row = {
        "TableName": _name("main"),
        "Key": pack(key),
        "UpdateExpression": expression,
        **_named(f"{expression} {condition}"),
    }
    if bound:
        written["ExpressionAttributeValues"] = pack(bound)
    if condition:
        written |= {"ConditionExpression": condition, **_all_old()}
    return {"Update": written}


def delete(
    key: Mapping[str, str], table: str = "main", condition: str = "", values: Mapping[str, Any] | None = None
) -> Row:
    """A transaction's Delete, under ``condition`` if there is one."""
    return {"Delete": {"TableName": _name(table), "Key": pack(key), **_conditioned(condition, values)}}


def check(key: Mapping[str, str], condition: str, values: Mapping[str, Any]) -> Row:
    """A transaction's ConditionCheck of a row that it does not write."""
    return {"ConditionCheck": {"TableName": _name("main"), "Key": pack(key), **_conditioned(condition, values)}}


def transact(writes: Sequence[Row]) -> None:
    """All of ``writes`` or nothing. Raises Refused where a condition fails, Unavailable where AWS does not answer.

    A conflict with another transaction is tried again, three times in all.
    """
    for attempt in range(1, CONFLICT_TRIES + 1):
        try:
            _call("transact_write_items", TransactItems=list(writes))
        except Answered as answered:
            reasons = answered.response.get("CancellationReasons", [])
            rows = {
                place: unpack(reason.get("Item") or {})
                for place, reason in enumerate(reasons)
                if reason.get("Code") == "ConditionalCheckFailed"
            }
            if rows:
                raise Refused(rows) from None
            if attempt == CONFLICT_TRIES:
                raise Unavailable from None
            time.sleep(random.uniform(0.02, 0.1) * attempt)  # noqa: S311 - jitter, not a secret
        else:
            return


def write(one: Row) -> Row:
    """One Update of ``update`` by itself; the row as it is then. Raises Refused where its condition fails."""
    try:
        answer = _call("update_item", **one["Update"], ReturnValues="ALL_NEW")
    except Answered as answered:
        raise Refused({0: unpack(answered.response.get("Item") or {})}) from None
    return unpack(answer["Attributes"])


def _call(operation: str, **parameters: Any) -> Any:
    return ask("dynamodb", operation, CONDITION_FAILED, **parameters)


def _name(table: str) -> str:
    return settings().main_table if table == "main" else settings().keys_table


def _named(expression: str) -> Row:
    names = {f"#{name}": name for name in re.findall(r"#(\w+)", expression)}
    return {"ExpressionAttributeNames": names} if names else {}


def _conditioned(condition: str, values: Mapping[str, Any] | None) -> Row:
    if not condition:
        return {}
    bound = pack({f":{name}": value for name, value in (values or {}).items()})
    kept = {"ExpressionAttributeValues": bound} if bound else {}
    return {"ConditionExpression": condition, **_named(condition), **kept, **_all_old()}


def _all_old() -> Row:
    return {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
