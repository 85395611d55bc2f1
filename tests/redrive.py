"""Real life after a fault: people press again, AWS repeats its events in any order, it ticks, a day passes.

Everything goes through the event functions of ``app.py``, also those that later work adds to the schedule.
"""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import app as door
from chalicelib import config
from chalicelib.errors import ServiceError
from infra.pump import mail_events
from infra.world import World
from tests import tell
from tests.clock import Clock
from tests.invariants import read_tables

SECOND = timedelta(seconds=1)
MOMENTS = {
    timedelta(0): 2,
    timedelta(minutes=1): 0,
    timedelta(minutes=16): 1,
    timedelta(hours=1): 1,
    timedelta(days=1): 2,
}
"""When life goes on after the fault; how often people and the stream then repeat themselves."""

SCHEDULED = [s.name for s in door.app.event_sources if type(s).__name__ == "ScheduledEventConfig"]


def live(
    world: World,
    press: Callable[[datetime], Any],
    now: datetime,
    rng: random.Random,
    told: list[Any],
    late: bool = False,
    skew: timedelta = timedelta(0),
) -> datetime:
    """A day in which everything happens again, twice and shuffled; when it ends.

    ``told``: takes what each ``press`` answered. ``late``: no word comes of a mail before an hour is over.
    ``skew``: every worker's clock is off by up to so much, either way.
    """
    began = now
    for wait, again in MOMENTS.items():
        happens: list[Callable[[datetime], Any]] = [lambda _: ring(records(world), rng)] * again
        happens += [lambda _: tick()] * (again or 1)
        if not late or wait >= timedelta(hours=1):
            happens += [lambda _: hear(messages(world, began), rng)] * (again or 1)
        happens += [lambda now: person(press, now, told)] * again
        rng.shuffle(happens)
        now = max(now, began + wait)
        for each in happens:
            off = now + skew * rng.choice((-1, 0, 1))
            with clock(off):
                each(off)
            now += SECOND
    return now


def person(press: Callable[[datetime], Any], now: datetime, told: list[Any]) -> None:
    """Somebody presses, or AWS calls: the answer goes to ``told``, unless it is that a batch is to come again."""
    try:
        answer = press(now)
    except ServiceError as error:
        answer = type(error)
    if not (isinstance(answer, dict) and answer["batchItemFailures"]):
        told.append(answer)


def ring(batch: list[dict[str, Any]], rng: random.Random | None = None) -> list[dict[str, Any]]:
    """The stream hands records over, shuffled; those that failed."""
    return _hand_over(door.ring, batch, lambda record: record["dynamodb"]["SequenceNumber"], 100, rng)


def hear(batch: list[dict[str, Any]], rng: random.Random | None = None) -> list[dict[str, Any]]:
    """The queue hands messages over, shuffled; those that failed."""
    return _hand_over(door.hear, batch, lambda record: record["messageId"], 10, rng)


def tick() -> None:
    """Every function of the schedule runs once."""
    for name in SCHEDULED:
        getattr(door, name)(tell.tick(), None)


def records(world: World) -> list[dict[str, Any]]:
    """A record of the stream for each event that stands in the table."""
    found = [(pk, sk) for pk, rows in read_tables(world).items() if pk.startswith("E#") for sk in rows]
    return [tell.record(pk, sk, n) for n, (pk, sk) in enumerate(sorted(found))]


def messages(world: World, at: datetime) -> list[dict[str, Any]]:
    """What SES says of each mail that went out, as it comes out of the queue."""
    said = [event for mail in world.outbox for event in mail_events(mail, at)]
    return [tell.queued(event, f"message-{n}") for n, event in enumerate(said)]


@contextmanager
def clock(now: datetime) -> Iterator[None]:
    """The clock that ``app.py`` asks stands at ``now``; who waits moves it on, and nobody sleeps."""
    real = config.now, config.wait
    given = Clock(now)
    config.now, config.wait = given.read, given.wait
    try:
        yield
    finally:
        config.now, config.wait = real


def _hand_over(function: Any, batch: list[Any], identify: Any, size: int, rng: random.Random | None) -> list[Any]:
    batch = list(batch)
    if rng:
        rng.shuffle(batch)
    failed: list[Any] = []
    for start in range(0, len(batch), size):
        part = batch[start : start + size]
        named = {each["itemIdentifier"] for each in function({"Records": part}, None)["batchItemFailures"]}
        failed += [each for each in part if identify(each) in named]
    return failed
