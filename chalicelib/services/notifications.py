"""The one sender of every letter: claim, write, send, mark; driven by stored facts, never by a web request.

The stream is a bell (``wake``), the sweep finds whatever was left behind, mail events tell what became of it.
One bad delivery never stops its neighbours.
"""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from chalicelib.aws import contact_rows, delivery_rows, mailer, withdrawal_rows
from chalicelib.aws.vault import BrokenSeal
from chalicelib.config import settings
from chalicelib.domain.campaign import load_campaign
from chalicelib.domain.delivery import NO_WORD, Delivery, Hold, confirm_id
from chalicelib.domain.withdrawal import Kind
from chalicelib.errors import Unavailable, describe
from chalicelib.services import correspondence

log = logging.getLogger(__name__)

SWEEP_BATCH = 100
REFUSALS = 6
"""Refusals by SES in a row (about an hour of trying) after which a person looks."""


def send(delivery_id: str, now: datetime, seen: Delivery | None = None) -> None:
    """One attempt at a delivery, if it is to be sent and nobody else has it."""
    delivery = delivery_rows.claim(delivery_id, now, seen)
    if delivery is None:
        return
    try:
        mail = correspondence.write(delivery, now)
        if mail is None:
            delivery_rows.close(delivery, now)
            return
        mailer.send(mail.message, delivery.id, delivery.attempt)
    except correspondence.NoContact:
        _hold(delivery, Hold.NO_CONTACT, now)
    except BrokenSeal:
        log.error("broken seal in delivery %s", delivery.kind)
        _hold(delivery, Hold.BROKEN_SEAL, now)
    except Unavailable:
        delivery_rows.release_claim(delivery, now)
    except mailer.MailRefused as refusal:
        log.warning("mail refused: %s", refusal.code)
        if delivery.refused + 1 >= REFUSALS:
            _hold(delivery, Hold.REFUSED, now)
        else:
            delivery_rows.release_claim(delivery, now)
    except mailer.MailUnknown:
        # The claim stands: the sweep comes back when a mail event has had time to tell.
        log.warning("mail outcome unknown: %s attempt %s", delivery.kind, delivery.attempt)
    else:
        delivery_rows.mark_sent(delivery, now, mail.contact_version)


def wake(subjects: Iterable[tuple[str, str]], now: datetime) -> set[str]:
    """Sends what new events call for; the references whose letters failed in a way that a retry may mend.

    ``subjects``: (reference, kind) of each new event of a withdrawal.
    """
    called = [(ref, kind) for ref, kind in subjects if kind in (Kind.SUBMITTED, Kind.CONFIRMED)]
    if not called:
        return set()
    found = withdrawal_rows.get_withdrawals({ref for ref, _ in called})
    wanted: dict[str, str] = {}
    for ref, kind in called:
        if withdrawal := found.get(ref):
            letter = confirm_id(withdrawal.hid, 1) if kind == Kind.SUBMITTED else withdrawal.letter
            if letter:
                wanted.setdefault(letter, ref)
    return {ref for letter, ref in wanted.items() if not _alone(send, letter, now)}


def sweep(now: datetime) -> int:
    """Looks at every delivery that is due and does what its state asks for; how many it looked at."""
    due = delivery_rows.list_due(now, SWEEP_BATCH)
    found = delivery_rows.get_deliveries(due) if due else {}
    for delivery in found.values():
        _alone(_tend, delivery, now)
    return len(found)


def _tend(delivery: Delivery, now: datetime) -> None:
    if delivery.sent:
        # SES took it, and since then nobody has said anything: a person should know; nothing is sent again.
        _attention(delivery, {}, Hold.NO_WORD, now)
    elif delivery.claimed and delivery.unknown:
        _hold(delivery, Hold.UNKNOWN, now)
    else:
        send(delivery.id, now, seen=delivery)


def hear(event: mailer.MailEvent, now: datetime) -> None:
    """Applies a mail event: late, twice and shuffled ones end in the same state; it may overtake "sent"."""
    delivery = delivery_rows.get_delivery(event.delivery)
    if delivery is None or event.attempt > delivery.attempt:
        log.warning("mail event for no such attempt: %s", event.kind)
        return
    sent = {"sent": event.at}
    match event.kind:
        case "send":
            delivery_rows.note(
                delivery,
                sent,
                **delivery_rows.NOTHING_ASKED,
                **delivery_rows.looked_again_at(event.at + NO_WORD),
            )
        case "delivery":
            over = {} if delivery.bounced else delivery_rows.NOTHING_ASKED
            delivery_rows.note(delivery, {**sent, "accepted": event.at}, **over, **delivery_rows.NEVER_DUE)
        case "bounce" if event.lasting:
            if _attention(delivery, {**sent, "bounced": event.at}, Hold.BOUNCED, now) and delivery.urn:
                contact_rows.mark_bouncing(delivery.urn, delivery.contact_version or 0)
        case "complaint":
            delivery_rows.note(delivery, {"complained": event.at})
        case _:
            log.info("mail event noted: %s", event.kind)


def release(delivery_id: str, now: datetime) -> bool:
    """Staff let a held delivery go again; False where it was not held."""
    delivery = delivery_rows.get_delivery(delivery_id)
    return bool(delivery and delivery_rows.release(delivery, now))


def _hold(delivery: Delivery, reason: Hold, now: datetime) -> None:
    delivery_rows.hold(delivery, reason, now, load_campaign(settings().campaign).last_day)


def _attention(delivery: Delivery, what: dict[str, datetime], reason: Hold, now: datetime) -> bool:
    last = load_campaign(settings().campaign).last_day
    asks = delivery_rows.asks_for(reason, len(delivery.refs), last, now)
    return delivery_rows.note(delivery, what, **asks, **delivery_rows.NEVER_DUE)


def _alone(act: Callable[..., None], *about: Any) -> bool:
    """Acts for one delivery; False where that failed."""
    try:
        act(*about)
    except Exception as error:  # noqa: BLE001 - one bad delivery never stops its neighbours
        log.error("one delivery failed: %s", describe(error))
        return False
    return True
