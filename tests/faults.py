"""The injector: each AWS call of a scene fails in every way, real life repeats itself, the promises hold.

A scene is one function (``tests/scenes.py``): it prepares a world and says what is done there and how it must end.
"""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from botocore.client import BaseClient
from botocore.exceptions import ClientError, ReadTimeoutError

from chalicelib.errors import ServiceError, Unavailable
from infra.world import World
from tests import make, redrive
from tests.invariants import check_invariants
from tests.snapshots import keep


class Crash(BaseException):
    """The process was killed: nothing may catch this."""


def refusal(code: str, status: int = 400, **more: Any) -> ClientError:
    """AWS's own way to say no."""
    return ClientError({"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}, **more}, "any")


THROTTLE = refusal("ThrottlingException")
TIMEOUT = ReadTimeoutError(endpoint_url="https://aws.example")

FAULTS = {
    "throttled": (THROTTLE, False),
    "timed out before": (TIMEOUT, False),
    "timed out after": (TIMEOUT, True),
    "killed before": (Crash(), False),
    "killed after": (Crash(), True),
    "broken before": (refusal("InternalServerError", 500), False),
    "broken after": (refusal("InternalServerError", 500), True),
}
"""name -> (what is raised, whether the call was carried out first)"""

CONFLICT = refusal("TransactionCanceledException", CancellationReasons=[{"Code": "TransactionConflict"}])
"""Of transactions only: another one was writing the same item."""


def faults_of(operation: str) -> dict[str, tuple[BaseException, bool]]:
    """The ways in which a call of ``operation`` may fail."""
    return FAULTS | ({"met another": (CONFLICT, False)} if operation == "TransactWriteItems" else {})


@dataclass
class Calls:
    """Which operations were called, in order."""

    names: list[str] = field(default_factory=list)


@contextmanager
def fault(at: int | str = "", error: BaseException | None = None, after: bool = False) -> Iterator[Calls]:
    """Counts the AWS calls inside, and raises ``error`` at number ``at`` (from 0), or at each with that name."""
    real = BaseClient._make_api_call
    calls = Calls()

    def call(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
        calls.names.append(operation)
        failing = at in (operation, len(calls.names) - 1) and error is not None
        if failing and not after:
            raise error  # type: ignore[misc]
        answer = real(client, operation, parameters)
        if failing:
            raise error  # type: ignore[misc]
        return answer

    BaseClient._make_api_call = call
    try:
        yield calls
    finally:
        BaseClient._make_api_call = real


@dataclass(frozen=True)
class Scene:
    """A prepared world: ``press`` is done in it at a given time, perhaps again and again; ``ends`` reads what came
    of it, which must be ``expected``. ``typed``: what people typed that names them.
    """

    press: Callable[[datetime], Any]
    ends: Callable[[], Any]
    expected: Any
    typed: tuple[str, ...] = ()


@dataclass
class Tally:
    """What an injection came to; ``broken`` says at which point which promise did not hold."""

    points: int = 0
    lost: int = 0
    beyond: int = 0
    broken: list[str] = field(default_factory=list)


def inject(
    world: World,
    prepare: Callable[[World], Scene],
    seed: int,
    most: int | None = None,
    skew: timedelta = timedelta(0),
) -> Tally:
    """Every AWS call of a scene fails in every way: each in a new world, after which life goes on for a day.

    Where a mail goes out, word of it comes soon and, in another world, late; else the one or the other.
    ``most``: so many of these points, chosen by ``seed``; None = all, and what happens without a fault.
    ``skew``: how far each clock may be off.
    """
    scene = prepare(world)
    restore = keep(world)
    with fault() as calls:
        answer = scene.press(make.NOW)
    assert calls.names, "nothing was asked of AWS"
    rng = random.Random(seed)
    mails = "SendEmail" in calls.names
    points: list[tuple[int | None, str, str, bool]] = [
        (at, operation, name, late)
        for at, operation in enumerate(calls.names)
        for name in faults_of(operation)
        for late in ((False, True) if mails else (rng.random() < 0.5,))
    ]
    if most is None:
        points.insert(0, (None, "", "no fault", False))
    else:
        points = rng.sample(points, min(most, len(points)))
    tally = Tally()
    for at, operation, name, late in points:
        restore()
        error, after = faults_of(operation).get(name, (None, False))
        told: list[Any] = []
        with suppress(Crash), fault(-1 if at is None else at, error, after):
            redrive.person(scene.press, make.NOW, told)
        if at is not None:
            told = [each for each in told if not (isinstance(each, type) and issubclass(each, ServiceError))]
        try:
            now = redrive.live(world, scene.press, make.NOW, rng, told, late, skew)
            told = [each for each in told if each is not Unavailable]  # "try again" is no answer
            assert {repr(each) for each in told} == {repr(answer)}, f"6: answered {told}"
            check_invariants(world, now + skew, scene.typed)
            assert scene.ends() == scene.expected, f"ended as {scene.ends()}"
        except AssertionError as broken:
            said = str(broken).partition("\n")[0]
            tally.broken.append(f"{prepare.__name__}: call {at} {operation} {name}, late {late}: {said}")
            tally.lost += said.startswith("1:")
            tally.beyond += said.startswith("3:")
        tally.points += at is not None
    return tally
