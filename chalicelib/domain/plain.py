"""Dataclasses as the text, numbers and lists that a table row holds, and back, by their annotations."""

from dataclasses import fields
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from chalicelib.domain.times import moment, stamp

T = TypeVar("T")


class Unreadable(Exception):
    """A row with a word or a shape that this version of the service does not know: another one wrote it."""


def to_plain(thing: Any) -> dict[str, Any]:
    """The fields of a dataclass that hold something; None, "", () and False are left out."""
    values = {each.name: getattr(thing, each.name) for each in fields(thing)}
    return {
        name: write_value(value)
        for name, value in values.items()
        if value not in (None, "", ()) and value is not False
    }


def from_plain(kind: type[T], row: dict[str, Any]) -> T:
    """A dataclass ``kind`` from what ``to_plain`` made; attributes that it does not have are left alone.

    Raises Unreadable, never with what stands in the row.
    """
    of: Any = kind  # mypy does not take a type for hashable
    hints = _hints(of)
    try:
        return kind(**{name: read_value(of, name, value) for name, value in row.items() if name in hints})
    except (ValueError, TypeError):
        raise Unreadable(kind.__name__) from None


def read_each(kind: type[T], rows: dict[str, dict[str, Any]]) -> tuple[dict[str, T], set[str]]:
    """A dataclass from each row, by name, and the names of those rows that are unreadable."""
    found, odd = {}, set()
    for name, row in rows.items():
        try:
            found[name] = from_plain(kind, row)
        except Unreadable:
            odd.add(name)
    return found, odd


def read_all(read: tuple[dict[str, T], set[str]]) -> dict[str, T]:
    """What ``read_each`` read, where that is all of it. Raises Unreadable."""
    found, odd = read
    if odd:
        raise Unreadable
    return found


def write_value(value: Any) -> Any:
    """One value as stored."""
    match value:
        case datetime():
            return stamp(value)
        case date():
            return value.isoformat()
        case StrEnum():
            return str(value)
        case tuple():
            return list(value)
        case _:
            return value


def read_value(kind: type, name: str, value: Any) -> Any:
    """One stored value as the field ``name`` of ``kind`` has it."""
    hint = _hints(kind)[name]
    if get_origin(hint) is tuple:
        return tuple(value)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return hint(value)
    if hint is date:
        return date.fromisoformat(value)
    return moment(value) if hint is datetime else value


@lru_cache
def _hints(kind: Any) -> dict[str, Any]:
    """Field name to type; of "X | None" the X."""
    return {
        name: next((each for each in get_args(hint) if each is not type(None)), hint)
        if get_origin(hint) is not tuple
        else hint
        for name, hint in get_type_hints(kind).items()
    }
