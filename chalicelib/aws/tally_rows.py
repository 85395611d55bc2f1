"""Rows of a school's tally: how many withdrawals it has answered, and when."""

from datetime import datetime

from chalicelib.aws import keys, table
from chalicelib.domain.times import stamp


def answered(urn: str, done: int, now: datetime) -> table.Row:
    """A transaction's Update: ``done`` more withdrawals of the school are answered."""
    return table.update(keys.tally(urn), {"last_answer": stamp(now)}, add={"done": done})
