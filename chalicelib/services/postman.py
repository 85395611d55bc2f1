"""One round of the one sender: each mail is claimed, written, sent and marked in its turn, at AWS's pace."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from chalicelib.aws import delivery_rows, mailer, pace_rows
from chalicelib.aws.vault import BrokenSeal
from chalicelib.config import settings
from chalicelib.domain.campaign import load_campaign
from chalicelib.domain.delivery import CONFIRM, Delivery, Hold, queue_of
from chalicelib.domain.pace import Quota, Stop, Turn
from chalicelib.domain.plain import Unreadable
from chalicelib.errors import Unavailable
from chalicelib.services import correspondence, holds

log = logging.getLogger(__name__)

Wait = Callable[[float], datetime]
"""Lets so many seconds pass (0: none); the instant after it."""

REFUSALS = 6
"""SES's refusals of one mail in a row (about an hour of trying) after which a person looks."""


class Postman:
    """A worker from ``now`` on, for as long as it ``lasts``; ``woken`` = by the bell, else by the sweep.

    Without ``wait`` time is given and stands still: turns are counted, and nobody waits for them.
    """

    def __init__(self, now: datetime, lasts: timedelta, wait: Wait | None = None, woken: bool = False) -> None:
        self.now = now
        self.over = False
        self.lost = 0
        """Deliveries in a row that somebody else had already."""
        self._ends = now + lasts
        self._wait = wait
        self._woken = woken
        self._shut: set[str] = set()
        self._turn: Turn | None = None
        limits = load_campaign(settings().campaign).limits
        self._quota = Quota(settings().mail_rate, settings().mail_day, limits.confirm_mails_an_hour)

    def carry(self, delivery_id: str, seen: Delivery | None = None, backlog: bool = False) -> None:
        """One attempt at a delivery, if a mail may go now; else it stays due. Nothing is claimed without a turn.

        ``seen``: as the sweep found it; ``backlog``: the sweep found more of its queue than it can list.
        """
        turn = self._take(queue_of(delivery_id), backlog)
        if turn is None:
            return
        delivery = delivery_rows.claim(delivery_id, self.now, seen)
        self.lost = 0 if delivery else self.lost + 1
        if delivery:
            self._attempt(delivery, turn)

    def end(self) -> None:
        """Gives back the turn that was not used."""
        if self._turn:
            pace_rows.give_back(self._turn)
            self._turn = None

    def shuts(self, queue: str) -> bool:
        """Whether nothing of ``queue`` will be sent in this round any more."""
        return self.over or queue in self._shut

    def _take(self, queue: str, backlog: bool) -> Turn | None:
        """The turn in hand, or the next one, when it has come."""
        if self.shuts(queue):
            return None
        if self._turn and self._turn.queue != queue:
            self.end()
        if self._wait:
            self.now = max(self.now, self._wait(0))
        if self._turn is None:
            found = pace_rows.take(queue, self._quota, self.now, self._ends, self._woken, backlog)
            if isinstance(found, Stop):
                self._shut.add(queue)
                self.over = found in (Stop.PAUSED, Stop.DAY, Stop.TIME)
                if found in (Stop.DAY, Stop.HOUR) and not self._woken:
                    log.warning("mail waits: %s", found)
                return None
            self._turn = found
            if queue == CONFIRM and found.confirms == self._quota.confirms // 2:
                log.warning("confirm mails at half of the hour's limit")
            if self._wait and found.at > self.now:
                self.now = max(self.now, self._wait((found.at - self.now).total_seconds()))
        return self._turn

    def _attempt(self, delivery: Delivery, turn: Turn) -> None:
        try:
            mail = correspondence.write(delivery, self.now)
            if mail is None:
                delivery_rows.close(delivery, self.now)
                return
            self._turn = None
            mailer.send(mail.message, delivery.id, delivery.attempt, mail.contact_version)
        except correspondence.NoContact:
            holds.hold(delivery, Hold.NO_CONTACT, self.now)
        except (BrokenSeal, Unreadable):
            log.error("broken seal in delivery %s", delivery.kind)
            holds.hold(delivery, Hold.BROKEN_SEAL, self.now)
        except Unavailable as error:
            log.warning("mail waits: %s", error.facts.get("operation", "no answer"))
            delivery_rows.release_claim(delivery, self.now)
        except mailer.MailRefused as refusal:
            log.warning("mail refused: %s", refusal.code)
            self._refused(delivery, refusal)
        except mailer.MailUnknown:
            # The claim stands: the sweep comes back when a mail event has had time to tell.
            log.warning("mail outcome unknown: %s attempt %s", delivery.kind, delivery.attempt)
            self._strike("NoAnswer")
        else:
            delivery_rows.mark_sent(delivery, self.now, mail.contact_version)
            if not turn.cleared:
                pace_rows.clear()

    def _refused(self, delivery: Delivery, refusal: mailer.MailRefused) -> None:
        if not refusal.of_the_mail:
            delivery_rows.release_claim(delivery, self.now, counted=False)
            self._strike(refusal.code)
        elif delivery.refused + 1 >= REFUSALS:
            holds.hold(delivery, Hold.REFUSED, self.now)
        else:
            delivery_rows.release_claim(delivery, self.now)

    def _strike(self, code: str) -> None:
        self.over, begun = pace_rows.strike(code, self.now)
        if begun:
            log.warning("mail paused: %s", code)
