"""What a census collects, on which days, and on what ground an item may be refused: plain values."""

import datetime
from dataclasses import dataclass


@dataclass(frozen=True)
class Ground:
    """One true sentence: ``citation`` is printed beside it, ``source`` is where it was read.

    ``valid_until`` is the last day on which the sentence may be said (None: as long as the campaign).
    """

    text: str
    citation: str
    source: str
    valid_until: datetime.date | None = None

    def holds_on(self, today: datetime.date) -> bool:
        """Whether the sentence may still be said."""
        return self.valid_until is None or today <= self.valid_until


@dataclass(frozen=True)
class Item:
    """A data item of the census that a parent may refuse.

    ``terms``: the censuses that collect it ("autumn", "spring", "summer"). ``school_word``: what the school
    enters; ``refusal_code``: its code, only where ``code_source`` gives one. ``from_age`` and
    ``excluded_types`` (GIAS type codes): of whom it is not asked. ``funding``: its effect on the school's money
    in one sentence. ``retraction``: the ground on which what was given before may be taken back; None where
    nobody offered that. ``assurances``: what else was said about refusing it.
    """

    id: str
    label: str
    school_word: str
    terms: tuple[str, ...]
    terms_source: str
    ticked: bool
    funding: str
    funding_source: str
    ground: Ground
    retraction: Ground | None = None
    assurances: tuple[Ground, ...] = ()
    refusal_code: str | None = None
    code_source: str | None = None
    from_age: int | None = None
    excluded_types: frozenset[str] = frozenset()
    scope_source: str | None = None

    @property
    def retractable(self) -> bool:
        """Whether the letter says both: refuse from now on, and replace what is held."""
        return self.retraction is not None

    def collected_by(self, term: str, type_code: str) -> bool:
        """Whether the census of ``term`` collects it from a school of this GIAS type."""
        return term in self.terms and type_code not in self.excluded_types


@dataclass(frozen=True)
class CensusDay:
    """One census: its day, and the day its return is due, until when the school can still correct it.

    ``confirmed`` and ``return_confirmed`` say that a source states the date; otherwise it is expected.
    """

    term: str
    date: datetime.date
    return_due: datetime.date
    confirmed: bool
    return_confirmed: bool
    source: str
    return_source: str
