"""The one sender of every letter, driven by stored facts, never by a web request.

The stream is a bell (``wake``), the sweep finds whatever was left behind, mail events tell what became of it.
One bad delivery never stops its neighbours.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from chalicelib.aws import contact_rows, delivery_rows, mailer, withdrawal_rows
from chalicelib.domain.delivery import LOOK, NO_WORD, QUEUES, RETRY, RETURNS, Delivery, Hold, confirm_id
from chalicelib.domain.withdrawal import Kind
from chalicelib.errors import Unavailable, describe
from chalicelib.services import holds
from chalicelib.services.postman import Postman, Wait

log = logging.getLogger(__name__)

BELL = timedelta(minutes=1)
"""How long the bell may wait for its mails' turns; what is left then is the sweep's."""

ROUND = timedelta(seconds=110)
"""How long a sweep goes on: the next one comes after a minute, so that two are at work on a backlog."""

PAGE = 100
TRIES = 3
LOST = 2
"""Mails in a row that another worker had: it is at this page of a backlog, so the next one is ours."""


def send(delivery_id: str, now: datetime) -> None:
    """One attempt at one delivery, if it is to be sent and nobody else has it."""
    postman = Postman(now, BELL)
    postman.carry(delivery_id)
    postman.end()


def wake(subjects: Iterable[tuple[str, str]], now: datetime, wait: Wait | None = None) -> set[str]:
    """Sends what new events call for; the references whose letters failed in a way that a retry may mend.

    ``subjects``: (reference, kind) of each new event of a withdrawal. What may not go out now stays due.
    """
    called = [(ref, kind) for ref, kind in subjects if kind in (Kind.SUBMITTED, Kind.CONFIRMED)]
    if not called:
        return set()
    found, odd = withdrawal_rows.find_withdrawals({ref for ref, _ in called})
    if odd:
        log.error("%s withdrawals cannot be read", len(odd))
    wanted: dict[str, str] = {}
    for ref, kind in called:
        if withdrawal := found.get(ref):
            letter = confirm_id(withdrawal.hid, 1) if kind == Kind.SUBMITTED else withdrawal.letter
            if letter:
                wanted.setdefault(letter, ref)
    postman = Postman(now, BELL, wait, woken=True)
    failed = {ref for letter, ref in wanted.items() if not _alone(postman.carry, letter)}
    _alone(postman.end)
    return failed | odd


def sweep(now: datetime, wait: Wait | None = None) -> int:
    """Looks at every delivery that is due and does what its state asks for; how many it looked at.

    Queue by queue, the oldest first; after each page, what has come into a queue before it.
    """
    done: set[str] = set()
    postman = Postman(now, ROUND, wait)
    for page in delivery_rows.list_due(LOOK, now, PAGE):
        for delivery in _fresh(page, done, now):
            _alone(holds.ask_staff, delivery, {}, Hold.NO_WORD, now)
    for place, queue in enumerate(QUEUES):
        for page in _pages(queue, postman):
            _carry(page, postman, done)
            for higher in QUEUES[:place]:
                for first in _pages(higher, postman, 1):
                    _carry(first, postman, done)
    _alone(postman.end)
    return len(done)


def _pages(queue: str, postman: Postman, most: int = 0) -> Iterator[list[str]]:
    """Pages of what is due in ``queue``, for as long as any of it may be sent."""
    if postman.shuts(queue):
        return
    for n, page in enumerate(delivery_rows.list_due(queue, postman.now, PAGE), 1):
        yield page
        if postman.shuts(queue) or n == most:
            return


def _carry(page: list[str], postman: Postman, done: set[str]) -> None:
    postman.lost, backlog = 0, len(page) == PAGE
    for delivery in _fresh(page, done, postman.now):
        if delivery.claimed and delivery.unknown:
            _alone(holds.hold, delivery, Hold.UNKNOWN, postman.now)
        elif postman.lost < LOST or not backlog:
            _alone(postman.carry, delivery.id, delivery, backlog)


def _fresh(page: list[str], done: set[str], now: datetime) -> Iterable[Delivery]:
    """What is due by its row: the index is behind, and what it lists may be on its way at this moment."""
    new = [each for each in page if each not in done]
    done.update(new)
    found, odd = delivery_rows.find_deliveries(new) if new else ({}, set())
    for each in odd:
        _alone(holds.set_aside, each, now)
    return [each for each in (found[id_] for id_ in new if id_ in found) if each.due and each.due <= now]


def hear(event: mailer.MailEvent, now: datetime) -> None:
    """Applies a mail event: late, twice and shuffled ones end in the same state; it may overtake "sent".

    Raises Unavailable, Unreadable.
    """
    for _ in range(TRIES):
        try:
            return _apply(event, now)
        except delivery_rows.Moved:
            continue  # the sender, or another event of it, was quicker
    raise Unavailable


def _apply(event: mailer.MailEvent, now: datetime) -> None:
    delivery = delivery_rows.get_delivery(event.delivery)
    if delivery is None or event.attempt > delivery.attempt:
        log.warning("mail event for no such attempt: %s", event.kind)
        return
    sent = {"sent": event.at}
    match event.kind:
        case "send" if event.attempt > delivery.back:
            again = delivery_rows.looked_again_at(event.at + NO_WORD, LOOK)
            delivery_rows.note(delivery, sent, **{} if delivery.closed else delivery_rows.NOTHING_ASKED | again)
        case "delivery":
            over = {} if delivery.bounced or delivery.closed else delivery_rows.NOTHING_ASKED
            delivery_rows.note(delivery, {**sent, "accepted": event.at}, **over, **delivery_rows.NEVER_DUE)
        case "bounce":
            _bounce(delivery, event, now)
        case "reject" if event.attempt == delivery.attempt:
            # SES took it and then found a virus in it: it has not left, and would not the next time.
            holds.ask_staff(delivery, {**sent, "bounced": event.at}, Hold.REFUSED, now)
        case "complaint":
            delivery_rows.note(delivery, {"complained": event.at})
        case _:
            log.info("mail event noted: %s", event.kind)


def _bounce(delivery: Delivery, event: mailer.MailEvent, now: datetime) -> None:
    """A lasting bounce ends the delivery and the contact to which it went; a passing one is tried again.

    What is said of an earlier attempt is no word of the latest, which went, or will go, to a contact of its own.
    An automatic answer counts as a passing bounce at SES: where the mail arrived, it is none. A closed delivery is
    never sent and never asked about again: its children are erased, or staff were asked when it was closed.
    """
    latest = event.attempt == delivery.attempt
    if not event.lasting:
        if not latest or delivery.accepted or delivery.closed or delivery.back == event.attempt:
            log.info("mail event noted: %s", event.kind)
            return
        if delivery.returned + 1 < RETURNS:
            delivery_rows.come_back(delivery, event.at + RETRY)
            return
    what = {"sent": event.at, "bounced": event.at}
    if latest and delivery.closed:
        delivery_rows.note(delivery, what)
    elif latest:
        holds.ask_staff(delivery, what, Hold.BOUNCED, now)
    if delivery.urn:
        contact_rows.mark_bouncing(delivery.urn, event.contact or delivery.contact_version or 0)


def release(delivery_id: str, now: datetime) -> bool:
    """Staff let a held delivery go again; False where it was not held."""
    delivery = delivery_rows.get_delivery(delivery_id)
    return bool(delivery and delivery_rows.release(delivery, now))


def _alone(act: Callable[..., None], *about: Any) -> bool:
    """Acts for one delivery; False where that failed."""
    try:
        act(*about)
    except delivery_rows.Moved:
        return True  # another worker or a mail event was quicker: it is no longer what we looked at
    except Exception as error:  # noqa: BLE001 - one bad delivery never stops its neighbours
        log.error("one delivery failed: %s", describe(error))
        return False
    return True
