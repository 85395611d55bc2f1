"""A busy day with faults: nothing is lost, hardly a letter is doubled; and one form posted by many at once."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.client import BaseClient

from chalicelib.aws import contact_rows, delivery_rows, household_rows, withdrawal_rows
from chalicelib.domain.contact import Contact, ContactState
from chalicelib.domain.delivery import Hold, Status, confirm_id
from chalicelib.domain.household import Household
from chalicelib.domain.withdrawal import State
from chalicelib.errors import ServiceError
from chalicelib.register.gias import Download
from chalicelib.register.index import build
from chalicelib.services import confirmations, notifications, submissions
from infra.world import World
from tests import make, redrive, tell
from tests.faults import Crash, faults_of
from tests.invariants import check_invariants
from tests.races import Worker, run
from tests.scenes import households, states, status

SEED = 11
MINUTE = timedelta(minutes=1)
OFTEN = 0.05
"""How many of the AWS calls fail."""
URNS = [str(800001 + n) for n in range(50)]


@pytest.fixture(scope="module")
def register_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A county of its own."""
    schools = [*make.make_schools(), *(make.make_school(urn, name=f"School {urn}") for urn in URNS)]
    path = tmp_path_factory.mktemp("register") / "register.sqlite"
    build(Download("load.csv", make.NOW.date(), {school.urn: school for school in schools}), path)
    return path


def test_one_form_posted_fifty_times_at_once_is_stored_once_and_answered_the_same(world, figures):
    household = make.make_household()
    rng = random.Random(SEED)
    posts = [Worker(lambda: submissions.submit(household, "192.0.2.1", make.NOW)) for _ in range(50)]
    told = run(posts, rng.choice)
    assert len(set(told)) == 1
    assert households(world) == 1
    assert states(told[0]) == [State.UNCONFIRMED]
    check_invariants(world, make.NOW)


@contextmanager
def weather(rng: random.Random) -> Iterator[list[str]]:
    """Inside, AWS fails now and then, in any way; the names of the faults."""
    real = BaseClient._make_api_call
    failed: list[str] = []

    def call(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
        if rng.random() >= OFTEN:
            return real(client, operation, parameters)
        name, (error, after) = rng.choice(list(faults_of(operation).items()))
        failed.append(name)
        if after:
            real(client, operation, parameters)
        raise error

    BaseClient._make_api_call = call
    try:
        yield failed
    finally:
        BaseClient._make_api_call = real


class Day:
    """Families send and confirm, two workers send, SES tells; each tries again what failed, as in real life."""

    def __init__(self, world: World, families: list[Household], rng: random.Random) -> None:
        self.world, self.rng, self.now = world, rng, make.NOW
        self.sending, self.confirming = list(families), []
        self.sent: set[str] = set()
        self.records: list[dict[str, Any]] = []
        self.rung: set[tuple[str, str]] = set()
        self.messages: list[dict[str, Any]] = []
        self.heard = 0

    def minute(self) -> None:
        """Ten families press, the stream and the schedule run side by side, the queue is emptied."""
        self.now += MINUTE
        with redrive.clock(self.now):
            for family in [self.sending.pop(0) for _ in self.sending[:10]]:
                self._send(family)
            for hid in [self.confirming.pop(0) for _ in self.confirming[:10]]:
                self._confirm(hid)
            self._see_records()
            run([Worker(self._ring), Worker(self._sweep)], self.rng.choice)
            self._hear()
            if self.now.minute % 30 == 0:
                self._look()

    def _send(self, family: Household) -> None:
        hid = self._try(lambda: submissions.submit(family, "192.0.2.1", self.now, patient=True))
        (self.confirming if hid else self.sending).append(hid or family)

    def _confirm(self, hid: str) -> None:
        if not any(mail.tags["delivery"] == confirm_id(hid, 1) for mail in self.world.outbox):
            self.confirming.append(hid)  # the mail is not there yet
            return
        link = confirmations.confirm_link(hid, 1, "en", self.now)[0].rpartition("/")[2]
        if not self._try(lambda: confirmations.confirm(link, self.now)):
            self.confirming.append(hid)

    def _see_records(self) -> None:
        for record in redrive.records(self.world):
            key = tuple(each["S"] for each in record["dynamodb"]["Keys"].values())
            if key not in self.rung and self.rng.random() > OFTEN:  # some are never heard
                self.records.append(record)
            self.rung.add(key)

    def _ring(self) -> None:
        batch = self.records[:20]
        failed = self._try(lambda: redrive.ring(batch))
        self.records = self.records[20:] + (batch if failed is None else failed)

    def _sweep(self) -> None:
        self._try(redrive.tick)

    def _hear(self) -> None:
        self.messages += redrive.messages(self.world, self.now)[2 * self.heard :]
        self.heard = len(self.world.outbox)
        self.rng.shuffle(self.messages)
        batch, self.messages = self.messages[:40], self.messages[40:]
        failed = self._try(lambda: redrive.hear(batch))
        self.messages += batch if failed is None else failed

    def _look(self) -> None:
        """Staff let go again what was held although the mailbox's owner says that nothing has come."""
        came = {mail.tags["delivery"] for mail in self.world.outbox}
        for reason in (Hold.UNKNOWN, Hold.REFUSED):
            held = self._try(lambda reason=reason: delivery_rows.list_held(reason)) or []
            for each in {row["pk"].removeprefix("D#") for row in held} - came:
                self._try(lambda each=each: notifications.release(each, self.now))

    def _try(self, act: Any) -> Any:
        try:
            return act()
        except (Crash, ServiceError):
            return None


def test_a_day_on_which_one_call_in_twenty_fails_loses_nothing_and_doubles_hardly_anything(
    world, thorough, figures
):
    urns = URNS[: 50 if thorough else 5]
    for urn in urns:
        contact_rows.put_contact(Contact(urn, f"office@s{urn}.example", ContactState.VERIFIED))
    rng = random.Random(SEED)
    most = 1000 if thorough else 40
    families, children = [], 0
    while children < most:
        names = [f"Child {children + n:04} Example" for n in range(rng.choice((1, 1, 2, 3)))]
        members = [make.make_child(name, rng.choice(urns)) for name in names]
        families.append(make.make_household(*members, key=f"k{children}", mail=f"f{children:04}@family.example"))
        children += len(names)
    day = Day(world, families, rng)
    with weather(rng) as failed:
        while day.sending or day.confirming:
            day.minute()
    for _ in range(5):  # the weather clears
        day.minute()
        day.now += timedelta(minutes=16)
    for _ in range(20):
        day.minute()
    with redrive.clock(day.now):
        check_invariants(world, day.now)
    hids = [household_rows.name_household(each.key) for each in families]
    told = [ref for hid in hids for ref in household_rows.get_household(hid).refs]
    assert {withdrawal_rows.get_withdrawal(ref).state for ref in told} == {State.CONFIRMED}
    letters = [mail.tags["delivery"] for mail in world.outbox if mail.tags["delivery"].startswith("letter-")]
    deliveries = {
        tell.letter(hid, child.urn) for hid, each in zip(hids, families, strict=True) for child in each.children
    }
    assert set(letters) == deliveries
    assert {status(each) for each in deliveries} == {Status.ACCEPTED}
    assert len(letters) <= 1.02 * len(deliveries)
    figures["withdrawals of a busy day"] += len(told)
    figures["of its calls failed"] += len(failed)
    figures["letters"] += len(letters)
    figures["deliveries"] += len(deliveries)
