"""A clock that a test turns: nobody sleeps. Each AWS call may take a moment of it."""

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
