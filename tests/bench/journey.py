"""One whole journey under moto, step by step, with the bill of each, to the school's answer and mail events."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import app as door
from chalicelib import config
from chalicelib.services import erasures
from infra.pump import mail_events
from infra.world import World
from tests import tell
from tests.bench.units import Bill, keep_bill
from tests.invariants import read_tables
from tests.web.client import KIM, Browser, begin, name_child, read_link

Bills = dict[str, Bill]

MUST = {
    "pages, steps, school search": 0,
    "check the answers": 1,
    "submit": 2,
    "parent's mail": 8,
    "confirm": 5,
    "parent's page afterwards": 3,
    "school's mail": 7,
    "school opens": 2,
    "school answers": 3,
    "school's page afterwards": 2,
    "mail events, two a mail": 6,
    "erase": 5,
}
"""AWS calls of each step at most; infra/README.md says what each is for."""


def walk_journey(world: World, urn: str, mail: str) -> Bills:
    """The bill of each step of one child's journey to the school ``urn``, in order; the sender has ``mail``."""
    bills: Bills = {}
    before = set(read_tables(world))
    world.outbox.clear()

    @contextmanager
    def step(name: str) -> Iterator[None]:
        with keep_bill() as bill:
            yield
        bills[name] = bills.get(name, Bill()) + bill

    parent, office = Browser(), Browser()
    with step("pages, steps, school search"):
        parent.get("/")
        begin(parent)
        page = name_child(parent, urn)
    with step("check the answers"):
        page = parent.answer(page, **(KIM | {"mail": mail}))
    with step("submit"):
        parent.answer(page, "/check")
    (hid,) = [pk.removeprefix("H#") for pk in set(read_tables(world)) - before if pk.startswith("H#")]
    submitted, confirmed = tell.records(hid, "submitted"), tell.records(hid, "confirmed")
    with step("parent's mail"):
        door.ring(submitted, None)
    with step("confirm"):
        opened = parent.get(read_link(world.outbox[0].raw, "confirm"))
        done = parent.submit(opened)
    with step("parent's page afterwards"):
        parent.follow(done)
    with step("school's mail"):
        door.ring(confirmed, None)
    with step("school opens"):
        opened = office.get(read_link(world.outbox[1].raw, "answer"))
    with step("school answers"):
        answered = office.submit(opened, outcome="recorded")
    with step("school's page afterwards"):
        office.follow(answered)
    with step("mail events, two a mail"):
        for mail in world.outbox:
            door.hear({"Records": [_message(event) for event in mail_events(mail, config.now())]}, None)
    (ref,) = [pk.removeprefix("W#") for pk in set(read_tables(world)) - before if pk.startswith("W#")]
    with step("erase"):
        assert erasures.erase(ref, "sender", config.now())
    return bills


def _message(event: dict[str, Any]) -> dict[str, Any]:
    return {"messageId": "1", "body": json.dumps({"Type": "Notification", "Message": json.dumps(event)})}
