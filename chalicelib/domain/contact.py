"""Where a school's mail goes: GIAS carries no e-mail addresses, so this is ours."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ContactState(StrEnum):
    """How far a contact can be relied on; only a verified or a silent one is written to."""

    UNVERIFIED = "unverified"
    VERIFIED = "verified"
    SILENT = "silent"
    BOUNCING = "bouncing"
    HELD = "held"


@dataclass(frozen=True)
class Contact:
    """A school's contact; ``version`` counts its changes, ``source`` says where it came from.

    ``changed``: when the address was last changed; a bounce is no such change.
    """

    urn: str
    address: str
    state: ContactState
    version: int = 1
    source: str = ""
    changed: datetime | None = None

    @property
    def works(self) -> bool:
        """Whether a letter may go there now (promise 4 of reliability.md)."""
        return bool(self.address) and self.state in (ContactState.VERIFIED, ContactState.SILENT)
