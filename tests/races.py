"""The step scheduler: workers run side by side and change places where AWS is called, in every order there is.

moto does not bear free threads: exactly one worker runs at a time, and it is the schedule that says which.
"""

import random
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from botocore.client import BaseClient

from chalicelib.errors import ServiceError

MOST_CALLS = 10
"""With so many calls in all, every order is tried; with more, ``BY_CHANCE`` of them."""
BY_CHANCE = 500
PATIENCE = 30.0
"""Seconds after which a worker that does not come back is a defect of the test, not a slow machine."""


@dataclass
class Worker:
    """One thread: ``go`` lets it run to its next call of AWS, ``paused`` says that it is there or has ended.

    ``answer`` is what it returned, or the class of the error page that its caller saw. It does not set out before
    ``ready``: a mail server says nothing of a mail that it has not got.
    """

    act: Callable[[], Any]
    ready: Callable[[], bool] = lambda: True
    go: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    paused: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    ended: bool = False
    answer: Any = None
    broken: BaseException | None = None

    def run(self) -> None:
        """The thread's body."""
        self.go.acquire()
        try:
            self.answer = self.act()
        except ServiceError as error:
            self.answer = type(error)
        except BaseException as error:  # noqa: BLE001 - told to the test that runs it
            self.broken = error
        self.ended = True
        self.paused.release()

    def wait(self) -> None:
        """Stands before a call until its turn has come."""
        self.paused.release()
        self.go.acquire()


def run(workers: Sequence[Worker], schedule: Callable[[list[int]], int]) -> list[Any]:
    """Runs ``workers`` side by side; ``schedule`` chooses the next of the places that can go on. The answers."""
    threads = {threading.Thread(target=worker.run, daemon=True): worker for worker in workers}
    real = BaseClient._make_api_call

    def call(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
        if worker := threads.get(threading.current_thread()):
            worker.wait()
        return real(client, operation, parameters)

    BaseClient._make_api_call = call
    try:
        for thread in threads:
            thread.start()
        while running := [place for place, each in enumerate(workers) if not each.ended and each.ready()]:
            worker = workers[schedule(running)]
            worker.go.release()
            assert worker.paused.acquire(timeout=PATIENCE), "a worker does not come back"
    finally:
        BaseClient._make_api_call = real
    for worker in workers:
        if worker.broken:
            raise worker.broken
    assert all(worker.ended for worker in workers), "a worker was never ready"
    return [worker.answer for worker in workers]


@dataclass
class Order:
    """A schedule that follows ``plan`` and then takes the first that runs; it notes every choice that it had."""

    plan: list[int]
    choices: list[tuple[int, list[int]]] = field(default_factory=list)

    def __call__(self, running: list[int]) -> int:
        """The next place."""
        at = len(self.choices)
        place = self.plan[at] if at < len(self.plan) else running[0]
        self.choices.append((place, running))
        return place

    def next_plan(self) -> list[int] | None:
        """The plan of the next order, or None after the last."""
        for at in reversed(range(len(self.choices))):
            place, running = self.choices[at]
            if later := [each for each in running if each > place]:
                return [chosen for chosen, _ in self.choices[:at]] + [later[0]]
        return None


def every_order(calls: int, seed: int, most: int | None = None) -> Iterator[Callable[[list[int]], int]]:
    """Schedules for a race of so many calls when nobody is disturbed: all that differ, or by chance from ``seed``.

    ``most``: no more than so many, by chance.
    """
    if calls > MOST_CALLS or most is not None:
        rng = random.Random(seed)
        for _ in range(most or BY_CHANCE):
            yield lambda running: rng.choice(running)
        return
    plan: list[int] | None = []
    while plan is not None:
        order = Order(plan)
        yield order
        plan = order.next_plan()
