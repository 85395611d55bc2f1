"""What cannot go on by itself stands under "needs attention", and a log line says so; nothing is ever dropped."""

import logging
from datetime import datetime

from chalicelib.aws import delivery_rows
from chalicelib.config import settings
from chalicelib.domain.campaign import load_campaign
from chalicelib.domain.delivery import Delivery, Hold

log = logging.getLogger(__name__)


def hold(delivery: Delivery, reason: Hold, now: datetime) -> None:
    """It cannot go out: no sweep touches it until staff release it."""
    if delivery_rows.hold(delivery, reason, now, load_campaign(settings().campaign).last_day):
        tell(reason)


def set_aside(delivery_id: str, now: datetime) -> None:
    """A delivery that this version of the service cannot read waits for a person, and stops nobody."""
    last = load_campaign(settings().campaign).last_day
    delivery_rows.set_aside(delivery_id, Hold.BROKEN_SEAL, now, last)
    tell(Hold.BROKEN_SEAL)


def ask_staff(
    delivery: Delivery, what: dict[str, datetime], reason: Hold, now: datetime, pupils: int | None = None
) -> None:
    """It went out, and staff should look at what became of it (``what``: timestamps), once.

    ``pupils``: how many of its withdrawals still count (None: all).
    """
    last = load_campaign(settings().campaign).last_day
    asks = delivery_rows.asks_for(reason, len(delivery.refs) if pupils is None else pupils, last, now)
    if delivery_rows.note(delivery, what, **asks, **delivery_rows.NEVER_DUE):
        tell(reason)


def tell(reason: Hold) -> None:
    """The line that an alarm counts (infra/overlay.yaml)."""
    log.warning("delivery held: %s", reason)
