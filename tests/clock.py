"""A clock that a test turns: nobody sleeps. Each AWS call may take a moment of it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from tests import make


class Clock:
    """Stands at ``now``; ``work``: seconds that pass whenever a worker looks at it, in which it works."""

    def __init__(self, now: datetime = make.NOW, work: float = 0.0) -> None:
        self.now = now
        self.work = work
        self.waited = 0.0

    def read(self) -> datetime:
        """As ``config.now``."""
        return self.now

    def wait(self, seconds: float) -> datetime:
        """As ``config.wait``."""
        self.waited += seconds
        self.now += timedelta(seconds=seconds or self.work)
        return self.now


def most_within(times: Sequence[datetime], span: timedelta) -> int:
    """The most of ``times`` (sorted) that lie within any half-open ``span``."""
    most, first = 0, 0
    for at, each in enumerate(times):
        while times[first] <= each - span:
            first += 1
        most = max(most, at - first + 1)
    return most
