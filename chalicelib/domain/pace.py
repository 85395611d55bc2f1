"""How fast the one sender may go, and when it may not: 80 % of the account's quota, a pause after three refusals.

One record for the whole service, whatever the number of workers (reliability.md 2 and 4). Times in it are
milliseconds since 1970, in UTC.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from chalicelib.domain.delivery import CONFIRM, QUEUES

SHARE = 80
"""Per cent of SES's quota that we use: others may send from the same account, and clocks differ a little."""

HOUR = 3_600_000
HOURS = 24
STRIKES = 3
"""Refusals in a row that are about the account and not about a mail, after which everything waits."""

SLOW = timedelta(seconds=5)
"""How long nothing goes out after such a refusal."""

PROBE = timedelta(minutes=10)
"""How often one mail is tried during a pause; SES asks for up to ten minutes
(docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas-errors.html)."""

BACKLOG = timedelta(minutes=1)
"""How long the bell leaves a queue alone after the sweep has found a backlog in it."""


FAR = timedelta(minutes=2)
"""No worker takes a turn so far ahead: a record that does was written by a clock that is wrong."""


class Stop(StrEnum):
    """Why no mail may go out now."""

    PAUSED = "paused"
    DAY = "the day's mails are sent"
    HOUR = "the hour's confirmation mails are sent"
    BACKLOG = "older mails of the kind wait"
    TIME = "its turn comes too late for this worker"


@dataclass(frozen=True)
class Quota:
    """What the account may send a second and in 24 hours; our own limit of confirmation mails an hour."""

    rate: int
    day: int
    confirms: int

    @property
    def gap(self) -> int:
        """Milliseconds from one mail to the next."""
        return -(-100_000 // (SHARE * self.rate))

    @property
    def most(self) -> int:
        """Mails in any 24 hours."""
        return self.day * SHARE // 100


@dataclass(frozen=True)
class Turn:
    """Leave to send one mail of ``queue``, not before ``at``.

    ``confirms``: how many confirmation mails this hour has had with it; ``cleared``: no refusal came before it.
    """

    queue: str
    at: datetime
    hour: int
    confirms: int
    cleared: bool


@dataclass(frozen=True)
class Pace:
    """What is known of the service's mails: ``v`` counts changes.

    ``free``: when the next may go. ``n`` and ``confirms``: sent in ``hour``; ``hours``: sent in the hours before
    it; ``day``: all of them. ``strikes``: refusals in a row; ``paused``: the code of the last, ``probe``: when
    one mail is tried. ``backlog``: until when the bell leaves queues from ``behind`` on to the sweep.
    """

    v: int = 0
    free: int = 0
    hour: int = 0
    n: int = 0
    confirms: int = 0
    hours: dict[str, int] = field(default_factory=dict)
    day: int = 0
    strikes: int = 0
    paused: str | None = None
    probe: int = 0
    backlog: int = 0
    behind: int = 0

    def take(
        self, queue: str, quota: Quota, now: datetime, ends: datetime, woken: bool
    ) -> "tuple[Pace, Turn] | Stop":
        """The record after one more mail of ``queue``, and its turn; ``woken`` = by the bell, not by the sweep."""
        at, here = milliseconds(now), self._roll(milliseconds(now) // HOUR)
        if queue == CONFIRM and here.confirms >= quota.confirms:
            return Stop.HOUR
        if here.day >= quota.most:
            return Stop.DAY
        if here.paused and (woken or at < here.probe):
            return Stop.PAUSED
        if woken and at <= here.backlog and QUEUES.index(queue) >= here.behind:
            return Stop.BACKLOG
        slot = here.free if at < here.free <= at + milliseconds(FAR) else at
        if slot > milliseconds(ends):
            return Stop.TIME
        after = replace(
            here,
            v=here.v + 1,
            free=slot + quota.gap,
            n=here.n + 1,
            day=here.day + 1,
            confirms=here.confirms + (queue == CONFIRM),
            probe=at + milliseconds(PROBE) if here.paused else here.probe,
        )
        return after, after.turn(queue, slot)

    def turn(self, queue: str, slot: int) -> Turn:
        """The turn whose taking made this record."""
        at = datetime.fromtimestamp(slot / 1000, UTC)
        return Turn(queue, at, self.hour, self.confirms, not (self.strikes or self.paused))

    def give_back(self, turn: Turn) -> "Pace":
        """A turn that nobody used counts no longer, but in its own hour only: a later one has forgotten it."""
        if turn.hour != self.hour:
            return self
        confirms = self.confirms - (turn.queue == CONFIRM)
        return replace(self, v=self.v + 1, n=self.n - 1, day=self.day - 1, confirms=confirms)

    def strike(self, code: str, now: datetime) -> "Pace":
        """One more refusal that is about the account: slower, and after three a pause."""
        slow = max(self.free, milliseconds(now + SLOW))
        after = replace(self, v=self.v + 1, free=slow, strikes=self.strikes + 1)
        if after.strikes < STRIKES or after.paused:
            return after
        return replace(after, paused=code, probe=milliseconds(now + PROBE))

    def clear(self) -> "Pace":
        """A mail went through: no refusal counts, no pause is left."""
        return replace(self, v=self.v + 1, strikes=0, paused=None, probe=0)

    def _roll(self, hour: int) -> "Pace":
        """The record in a later hour: 24 whole ones before it count, so that no 24 hours ever hold more."""
        if hour <= self.hour:
            return self
        past = self.hours | {str(self.hour): self.n}
        hours = {each: n for each, n in past.items() if n and int(each) >= hour - HOURS}
        return replace(self, hour=hour, n=0, confirms=0, hours=hours, day=sum(hours.values()))


def milliseconds(of: datetime | timedelta) -> int:
    """An instant (since 1970) or a length of time as a whole number."""
    if isinstance(of, timedelta):
        return of // timedelta(milliseconds=1)
    return milliseconds(of - datetime(1970, 1, 1, tzinfo=UTC))
