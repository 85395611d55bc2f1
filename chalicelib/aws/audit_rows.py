"""Rows of the audit: what staff did, each row with the hash of the one before; rows are only ever added.

The newest row's number and hash stand in a row of their own, moved on in the same transaction: the chain has one
end and no fork, and whoever writes it need not be allowed to read the audit.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from datetime import date, datetime

from chalicelib.aws import keys, table
from chalicelib.domain.times import london_day, stamp
from chalicelib.errors import Unavailable

TRIES = 5


def add_act(who: str, role: str, act: str, about: str, reason: str, now: datetime) -> None:
    """Writes down that ``who`` did ``act``, on ``about``; two calls. Raises Unavailable."""
    told = {"who": who, "role": role, "act": act, "object": about, "reason": reason}
    end = table.get(keys.audit_end()) or {}
    for _ in range(TRIES):
        number = end.get("n", 0) + 1
        row = {
            **keys.audit(london_day(now), stamp(now), number),
            "n": number,
            **{name: value for name, value in told.items() if value},
            "before": end.get("hash", "nothing"),
        }
        moved = {"n": number, "hash": hash_row(row)}
        condition = "#hash = :before" if end else "attribute_not_exists(#pk)"
        values = {"before": end["hash"]} if end else {}
        try:
            table.transact([table.put(row, new=True), table.update(keys.audit_end(), moved, condition, values)])
        except table.Refused as refused:
            if refused.rows.get(0) == row:  # its answer was lost, and AWS's own client asked again
                return
            end = refused.rows.get(1) or table.get(keys.audit_end()) or {}
        else:
            return
    raise Unavailable


def list_acts(days: Iterable[date]) -> Iterator[table.Row]:
    """The rows of the days, in their order of time."""
    for day in days:
        yield from table.query_all(("pk", keys.audit(day, "", 0)["pk"]))


def find_breaks(days: Iterable[date]) -> list[int]:
    """Numbers of rows that do not follow from the one before, or that are not there; [] = unbroken.

    ``days``: without a gap, up to the newest; the first of their rows is taken as it is.
    """
    rows = {row["n"]: row for row in list_acts(days)}
    end = table.get(keys.audit_end()) or {"n": 0}
    if not rows:
        return [end["n"]] if end["n"] else []
    last = max(rows)
    broken = [
        n
        for n in range(min(rows) + 1, last + 1)
        if n not in rows or n - 1 not in rows or rows[n]["before"] != hash_row(rows[n - 1])
    ]
    whole = (end["n"], end.get("hash")) == (last, hash_row(rows[last]))
    return broken if whole else [*broken, last + 1]


def hash_row(row: table.Row) -> str:
    """SHA-256 over everything that stands in a row, the hash of the one before included."""
    plain = json.dumps(row, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()
