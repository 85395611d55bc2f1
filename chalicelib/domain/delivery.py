"""One e-mail, to a school or to a parent: its life follows from its timestamps.

"Unknown" is a state of its own: a claim without an outcome may or may not have been sent, so the next attempt
waits, there is never a third, and then a person decides (reliability.md 2).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

PATIENCE = timedelta(minutes=15)
"""How long a claim without outcome waits for the mail event that tells."""

NO_WORD = timedelta(hours=1)
"""How long after "sent" staff are told that the server of the school has said nothing."""


RETRY = timedelta(hours=4)
"""How long after a passing bounce (a full mailbox) the next attempt is made (as GOV.UK Notify does)."""

RETURNS = 3
"""Passing bounces of one delivery that together are a lasting one."""

CONFIRM, LETTER, REST = QUEUES = ("confirm", "letter", "rest")
"""What is sent first: someone waits for a confirmation; then letters, each by its age; then everything else.

All letters of a campaign are for its next census day, so within a queue the oldest is the most urgent one.
"""

LOOK = "look"
"""The queue of what was sent and is looked at again."""


class Hold(StrEnum):
    """Why a delivery cannot go out now; each stands under "needs attention"."""

    NO_CONTACT = "no-contact"
    UNKNOWN = "unknown"
    REFUSED = "refused"
    BROKEN_SEAL = "broken-seal"
    BOUNCED = "bounced"
    WRONG_MAILBOX = "wrong-mailbox"
    NO_WORD = "no-word"
    MANY_SCHOOLS = "many-schools"


class Status(StrEnum):
    """What people are told of a delivery."""

    QUEUED = "queued"
    CLAIMED = "claimed"
    UNKNOWN = "unknown"
    SENT = "sent"
    ACCEPTED = "accepted"
    BOUNCED = "bounced"
    HELD = "held"
    CLOSED = "closed"


@dataclass(frozen=True)
class Delivery:
    """One e-mail with its cause in ``id``; ``refs`` are the withdrawals it carries.

    ``attempt`` counts claims, ``unknown`` those whose outcome never came to light, ``refused`` the provider's
    refusals in a row, ``returned`` passing bounces, ``back`` the last attempt that came back so. ``closed`` = its
    link is dead. ``due`` = when the sweep looks at it next.
    """

    id: str
    kind: str
    hid: str
    refs: tuple[str, ...]
    reference: str
    made: datetime
    urn: str = ""
    attempt: int = 0
    unknown: int = 0
    refused: int = 0
    returned: int = 0
    back: int = 0
    contact_version: int | None = None
    claimed: datetime | None = None
    sent: datetime | None = None
    accepted: datetime | None = None
    bounced: datetime | None = None
    complained: datetime | None = None
    held: Hold | None = None
    closed: datetime | None = None
    due: datetime | None = None

    @property
    def status(self) -> Status:
        """Derived, never stored: the strongest thing that is known."""
        if self.bounced:
            return Status.BOUNCED
        if self.accepted:
            return Status.ACCEPTED
        if self.held:
            return Status.HELD
        if self.closed:
            return Status.CLOSED
        if self.sent:
            return Status.SENT
        if self.claimed:
            return Status.CLAIMED
        return Status.UNKNOWN if self.unknown else Status.QUEUED


def queue_of(delivery_id: str) -> str:
    """The queue in which a delivery waits: its kind stands first in its id."""
    kind = delivery_id.partition("-")[0]
    return kind if kind in QUEUES else REST


def back_off(refused: int) -> timedelta:
    """The wait after the provider's ``refused``th refusal in a row: 1, 2, 4 ... at most 30 minutes."""
    return min(timedelta(minutes=2 ** max(refused - 1, 0)), timedelta(minutes=30))


def confirm_id(hid: str, version: int) -> str:
    """The confirmation mail of a household; the link's version makes a resend a new delivery."""
    return f"confirm-{hid}-{version}"


def letter_id(hid: str, urn: str) -> str:
    """The letter of one household to one school."""
    return f"letter-{hid}-{urn}"
