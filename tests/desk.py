"""What tests of the staff's side share: plenty of withdrawals, a member's code, the AWS calls that were made."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pyotp

from chalicelib.aws import delivery_rows, table, withdrawal_rows
from chalicelib.aws.clients import client
from chalicelib.domain.delivery import Delivery, Hold
from chalicelib.domain.withdrawal import LETTERS_AND_DIGITS, Event, Kind
from infra.world import StaffAccount, World
from tests import make
from tests.web.client import Browser, Page

AT_ONCE = 25
"""The most rows of one batch."""


def right_code(account: StaffAccount) -> str:
    """What the member's app shows now."""
    return pyotp.TOTP(account.secret).now()


def wrong_code(account: StaffAccount) -> str:
    """Six digits that are not the code, nor one near in time."""
    totp = pyotp.TOTP(account.secret)
    return next(digits for digits in map("{:06}".format, range(9)) if not totp.verify(digits, valid_window=2))


def number(n: int) -> str:
    """The ``n``th reference of a test."""
    return "REF" + "".join(LETTERS_AND_DIGITS[n // 29**place % 29] for place in (4, 3, 2, 1, 0))


def store(first: int, count: int, urn: str = make.HILL, at: datetime = make.NOW) -> list[str]:
    """``count`` unconfirmed withdrawals, a minute apart, the last the newest; their references."""
    refs = [number(n) for n in range(first, first + count)]
    puts = []
    for place, ref in enumerate(refs):
        facts = {"hid": "hid", "urn": urn, "la": "999", "items": ("nationality",)}
        made = Event(Kind.SUBMITTED, 1, at + timedelta(minutes=place), "sender", facts)
        puts += [each["Put"] for each in withdrawal_rows.start(ref, made, "child", b"sealed", b"wrapped")]
    for begin in range(0, len(puts), AT_ONCE):  # not one by one: moto takes its time for a transaction
        wanted: dict[str, list[Any]] = {}
        for each in puts[begin : begin + AT_ONCE]:
            wanted.setdefault(each["TableName"], []).append({"PutRequest": {"Item": each["Item"]}})
        client("dynamodb").batch_write_item(RequestItems=wanted)
    return refs


def answer(ref: str, at: datetime = make.NOW) -> None:
    """The parent confirms, and the school answers: recorded."""
    for kind, by, facts in (
        (Kind.CONFIRMED, "sender", {"letter": "letter"}),
        (Kind.ACKNOWLEDGED, "school", {"outcome": "recorded"}),
    ):
        withdrawal = withdrawal_rows.get_withdrawal(ref)
        assert withdrawal
        event = Event(kind, withdrawal.n + 1, at, by, facts)
        table.transact(withdrawal_rows.change(withdrawal, event))


def hold(name: str, reason: Hold, since: datetime, pupils: int = 1, urn: str = make.HILL, days: int = 14) -> str:
    """A letter to a school that is held, with so many days left; its id."""
    refs = tuple(number(n) for n in range(pupils))
    delivery = Delivery(f"letter-{name}-{urn}", "letter", name, refs, "K7P42MXW", since, urn=urn, due=since)
    table.transact([delivery_rows.put_delivery(delivery, since.date() + timedelta(days=days))])
    claimed = delivery_rows.claim(delivery.id, since)
    assert claimed
    delivery_rows.hold(claimed, reason, since, since.date() + timedelta(days=days))
    return delivery.id


@contextmanager
def calls_made() -> Iterator[list[tuple[str, dict[str, Any]]]]:
    """Every AWS call within: its operation and what was asked."""
    made: list[tuple[str, dict[str, Any]]] = []

    def note(params: dict[str, Any], model: Any, **_: Any) -> None:
        made.append((model.name, params))

    services = [client(name) for name in ("dynamodb", "kms", "cognito-idp", "sesv2")]
    for service in services:
        service.meta.events.register("before-parameter-build", note)
    yield made
    for service in services:
        service.meta.events.unregister("before-parameter-build", note)


def first_step(world: World, browser: Browser) -> Page:
    """Through the password, to the page that asks for the code."""
    page = browser.get("/staff/sign-in")
    return browser.answer(page, "/staff/sign-in", user=world.staff.user, password=world.staff.password)


def sign_in(world: World) -> Browser:
    """Somebody who has signed in."""
    browser = Browser()
    arrived = browser.answer(first_step(world, browser), "/staff/code", code=right_code(world.staff))
    assert browser.follow(browser.get("/staff")).title == "Needs attention - Retract"
    assert arrived.status == 303
    return browser
