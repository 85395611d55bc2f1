"""A school as the GIAS register tells of it, and whether it takes part in the School Census.

It knows nothing of files or searches; what it says of a school is never more than the register says.
"""

from dataclasses import dataclass
from enum import StrEnum

# GIAS type codes (domain.md D8, from GOV.UK's list of who makes the census). Service children's
# schools (26) take part only if they wish and under other regulations, so they are not offered.
IN_THE_CENSUS = frozenset("01 02 03 05 06 07 08 12 14 15 28 33 34 35 36 38 40 41 42 43 44".split())  # noqa: SIM905 - as the list reads
INDEPENDENT_TYPES = frozenset({"10", "11"})
WELSH = "30"

OPEN = "Open"
CLOSING = "Open, but proposed to close"
CLOSED = "Closed"
PROPOSED = "Proposed to open"


class Standing(StrEnum):
    """What a school is to this service; every standing but OFFERED has a page that says what to do."""

    OFFERED = "offered"
    CLOSED = "closed"
    NOT_YET_OPEN = "not-yet-open"
    INDEPENDENT = "independent"
    WALES = "wales"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class School:
    """One row of the register; every text is "" where GIAS has none.

    `locality` holds GIAS's Locality and Address3, in that order, joined by ", ".
    """

    urn: str
    name: str
    la_code: str
    la_name: str
    phase: str
    type_code: str
    type_name: str
    status: str
    street: str
    locality: str
    town: str
    county: str
    postcode: str
    website: str
    telephone: str
    successor_urn: str | None = None

    @property
    def standing(self) -> Standing:
        """Whether it is offered, or why not (domain.md D8; GOV.UK "Complete the school census", who takes part).

        Wales comes first, because there even a closed school leads to another country's rules.
        """
        if self.type_code == WELSH:
            return Standing.WALES
        if self.status == CLOSED:
            return Standing.CLOSED
        if self.status == PROPOSED:
            return Standing.NOT_YET_OPEN
        if self.type_code in INDEPENDENT_TYPES:
            return Standing.INDEPENDENT
        if self.type_code in IN_THE_CENSUS and self.status in (OPEN, CLOSING):
            return Standing.OFFERED
        return Standing.OTHER

    @property
    def offered(self) -> bool:
        """True where a parent can refuse census items: in the census, and open."""
        return self.standing is Standing.OFFERED

    @property
    def place(self) -> str:
        """The town, else Address3, else Locality (as DfE's own pages do), else the local authority."""
        return self.town or self.locality.rpartition(", ")[2] or self.la_name

    @property
    def address(self) -> str:
        """Street, locality, town, county and postcode that there are, on one line."""
        parts = (self.street, self.locality, self.town, self.county, self.postcode)
        return ", ".join(dict.fromkeys(part for part in parts if part))
