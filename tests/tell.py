"""The steps that tests of the services share: submit and confirm, ring the bell, hear from the mail server."""

import json
from datetime import datetime, timedelta
from typing import Any

from chalicelib.aws import household_rows
from chalicelib.domain.delivery import letter_id
from chalicelib.domain.household import Household
from chalicelib.services import bells, confirmations, notifications, submissions
from infra.world import World
from tests import make


def submit_and_confirm(household: Household | None = None, now: datetime = make.NOW) -> str:
    """A confirmed household; its letters wait to be sent. The hid."""
    hid = submissions.submit(household or make.make_household(), "192.0.2.1", now, patient=True)
    link, _ = confirmations.confirm_link(hid, 1, "en", now)
    return confirmations.confirm(link.rpartition("/")[2], now)


def letter(hid: str, urn: str = make.HILL) -> str:
    """The id of a household's letter to a school."""
    return letter_id(hid, urn)


def ring(hid: str, kind: str, now: datetime = make.NOW) -> dict[str, Any]:
    """Rings the stream's bell for an event of every withdrawal of the household; what the handler answers."""
    return bells.ring(records(hid, kind), now)


def records(hid: str, kind: str) -> dict[str, Any]:
    """A batch of the stream: an event of ``kind`` of every withdrawal of the household."""
    household = household_rows.get_household(hid)
    assert household
    refs = enumerate(household.refs)
    return {"Records": [record(f"E#W#{ref}", f"000002#{kind}", place) for place, ref in refs]}


def record(pk: str, sk: str, place: int) -> dict[str, Any]:
    """A record of the stream: the row was inserted."""
    keys = {"pk": {"S": pk}, "sk": {"S": sk}}
    return {"eventName": "INSERT", "dynamodb": {"Keys": keys, "SequenceNumber": str(place)}}


def mail_event(
    delivery_id: str, kind: str, attempt: int = 1, at: datetime = make.NOW, **detail: Any
) -> dict[str, Any]:
    """A message of the queue of mail events, as SES writes it and SNS wraps it, of a mail to a first contact."""
    tags = {"delivery": [delivery_id], "attempt": [str(attempt)]}
    if delivery_id.startswith("letter-"):
        tags["contact"] = ["1"]
    ses = {
        "eventType": kind,
        "mail": {
            "timestamp": at.isoformat(),
            "destination": ["office@hill.example"],
            "tags": tags,
        },
        kind.lower(): {"timestamp": at.isoformat(), **detail},
    }
    return queued(ses, f"{kind}-{attempt}")


def queued(ses: dict[str, Any], message_id: str) -> dict[str, Any]:
    """An event of SES as it comes out of the queue: SNS has wrapped it."""
    return {
        "messageId": message_id,
        "body": json.dumps({"Type": "Notification", "Message": json.dumps(ses)}),
    }


def tick() -> dict[str, Any]:
    """The schedule's event, as far as our functions look at it."""
    words = ("version", "id", "detail-type", "source", "account", "time", "region")
    return {**dict.fromkeys(words, ""), "resources": [], "detail": {}}


def hear(*messages: dict[str, Any], now: datetime = make.NOW) -> dict[str, Any]:
    """The handler's answer to a batch of mail events."""
    return bells.hear({"Records": list(messages)}, now)


def drive(world: World, now: datetime, delivery_id: str = "") -> datetime:
    """An hour and a quarter of the schedule: sweeps, and word of each mail of the delivery, if one is named."""
    for _ in range(5):
        now += timedelta(minutes=16)
        for mail in world.outbox:
            if mail.tags["delivery"] == delivery_id:
                attempt = int(mail.tags["attempt"])
                hear(*(mail_event(delivery_id, kind, attempt, now) for kind in ("Delivery", "Send")), now=now)
        notifications.sweep(now)
    return now
