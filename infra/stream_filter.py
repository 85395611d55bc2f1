"""Which records of the table's stream reach the function: the patterns of overlay.yaml, for the local pump too."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from infra.template import read_overlay


@cache
def read_patterns() -> list[dict[str, Any]]:
    """The patterns; a record that matches one of them is let through (Lambda's guide, "Filter rule syntax")."""
    source = read_overlay()["Resources"]["Ring"]["Properties"]["Events"]["RingDynamodbEventSource"]["Properties"]
    return [json.loads(each["Pattern"]) for each in source["FilterCriteria"]["Filters"]]


def lets_through(record: Mapping[str, Any]) -> bool:
    """Whether ``record``, as DynamoDB streams it, reaches the function."""
    return any(_matches(pattern, record) for pattern in read_patterns())


def _matches(pattern: Mapping[str, Any], found: Any) -> bool:
    if not isinstance(found, Mapping):
        return False
    for name, wanted in pattern.items():
        value = found.get(name)
        if isinstance(wanted, Mapping):
            if not _matches(wanted, value):
                return False
        elif not any(_is(rule, value) for rule in wanted):
            return False
    return True


def _is(rule: Any, value: Any) -> bool:
    if not isinstance(rule, Mapping):
        return bool(rule == value)
    ((kind, what),) = rule.items()
    if kind != "prefix":
        raise NotImplementedError(f"a filter rule that the local pump does not know: {kind}")
    return isinstance(value, str) and value.startswith(what)
