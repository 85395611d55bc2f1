"""Finds schools by whatever a parent types: name, town, postcode or any mix, slips included.

Every word typed brings in the schools that have it; words like it are looked up only where no school has
them all. It never fails on what is typed, and finds schools that are not offered, behind those that are.
"""

import re
import sqlite3
from array import array
from bisect import bisect_left
from collections.abc import Collection, Iterator
from threading import Lock
from typing import NamedTuple
from weakref import finalize

from chalicelib.domain.school import School, Standing
from chalicelib.register.layout import FORMAT, LABELS, TEXTS, unpacked
from chalicelib.register.meanings import Meanings
from chalicelib.register.near import Lexicon, among
from chalicelib.register.postcodes import Postcode, take_postcode
from chalicelib.register.ranking import NEARLY, Fit, Scale, Term
from chalicelib.register.words import fold_typed

LONGEST_QUERY = 200
MOST_WORDS = 12

OUTCODE, SECTOR, UNIT_BEGUN, UNIT = 3.0, 9.0, 10.0, 15.0
"""What it is worth that a school's postcode agrees with the one typed: so far, in the order of its parts."""

_NUMBER = re.compile(r"(?<!\d)\d{6}(?!\d)")


class Finding(NamedTuple):
    """The schools that fit best, best first; `too_many` where more than these fit as well: ask for a town."""

    schools: list[School]
    too_many: bool


def open_register(path: str) -> "Register":
    """The register of this file. Raises sqlite3.Error where there is no such file or it is no register."""
    return Register(path)


class Register:
    """The schools of one GIAS download. One is enough for a process: threads may share it."""

    def __init__(self, path: str) -> None:
        self._connection = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True, check_same_thread=False)
        finalize(self, self._connection.close)
        self._lock = Lock()
        meta = dict(self._connection.execute("SELECT key, value FROM meta"))
        if meta["format"] != FORMAT:
            raise sqlite3.DatabaseError(f"a register of format {meta['format']}, not {FORMAT}: build it again")
        self.download: str = meta["download"]
        """The name of the GIAS download it was made from."""
        self.made: str = meta["made"]
        """The day of that download (2025-04-22), or "" where the download does not say."""
        self._urns = array("I", meta["urns"])
        self._scale = Scale(meta["name_weights"], meta["offered"])
        self._lexicon = Lexicon(self._connection)

    def __len__(self) -> int:
        """How many schools it has, offered or not."""
        return len(self._urns)

    def __iter__(self) -> Iterator[School]:
        """Every school, offered or not, in the order of the URNs."""
        for first in range(0, len(self._urns), 500):
            with self._lock:
                some = self._fetch(self._urns[first : first + 500])
            yield from some

    def get(self, urn: str) -> School | None:
        """The school with this URN, whatever its standing."""
        with self._lock:
            return self._get(urn)

    def follow(self, urn: str) -> School | None:
        """This school, or the one that took its place where it is closed, however many steps away.

        None where the way ends at a closed school, leaves the register or leads in a circle.
        """
        with self._lock:
            seen: set[str] = set()
            school = self._get(urn)
            while school and school.standing in (Standing.CLOSED, Standing.NOT_YET_OPEN):
                seen.add(school.urn)
                successor = school.successor_urn
                school = self._get(successor) if successor and successor not in seen else None
            return school

    def find(self, query: str, limit: int = 15) -> Finding:
        """The schools that fit what was typed: any text at all, of which the first 200 characters count."""
        with self._lock:
            query = query[:LONGEST_QUERY]
            typed_urns = [int(number) for number in _NUMBER.findall(query) if self._has(int(number))]
            if typed_urns:
                return Finding(self._fetch(typed_urns[:limit]), False)
            postcode, rest = take_postcode(query, lambda word: bool(self._lexicon.known([word])))
            meanings = Meanings(self._lexicon, len(self._urns), fold_typed(rest)[:MOST_WORDS])
            placed = [self._near_postcode(postcode)] if postcode else []
            for guess, terms in enumerate(meanings.guesses()):
                rank = self._scale.having_any if guess else self._scale.having_all
                fits = rank(terms + placed)
                if fits and fits[0].whole:
                    break
            schools = self._fetch([self._urns[fit.school] for fit in fits[:limit]])
            return Finding(schools, len(fits) > limit and _fits_as_well(fits[limit], fits[0], not guess, postcode))

    def _get(self, urn: str) -> School | None:
        found = self._fetch([int(urn)]) if urn.isascii() and _NUMBER.fullmatch(urn) else []
        return found[0] if found else None

    def _has(self, urn: int) -> bool:
        at = bisect_left(self._urns, urn)
        return at < len(self._urns) and self._urns[at] == urn

    def _near_postcode(self, postcode: Postcode) -> Term:
        """The schools of its outcode, those of its sector and unit worth more."""
        found = self._lexicon.known([postcode.outcode.lower()])
        schools = {
            self._urns[school]: school for word in found.values() if word.place for school in unpacked(word.place)
        }
        worths = {}
        for urn, text in among(self._connection, "SELECT urn, postcode FROM school WHERE urn", schools):
            agree = 0
            for typed, own in zip(postcode.inward, text.rpartition(" ")[2], strict=False):
                if typed != own:
                    break
                agree += 1
            worths[schools[urn]] = (OUTCODE, SECTOR, UNIT_BEGUN, UNIT)[agree]
        return Term.of(str(postcode), worths)

    def _fetch(self, urns: Collection[int]) -> list[School]:
        """The schools of these URNs, in their order, less those there are not."""
        found = {row[0]: row[1:] for row in among(self._connection, "SELECT * FROM school WHERE urn", urns)}
        ids = {id_ for row in found.values() for id_ in row[len(TEXTS) : -1]}
        labels = dict(among(self._connection, "SELECT id, text FROM label WHERE id", ids))
        return [_school(urn, found[urn], labels) for urn in urns if urn in found]


def _school(urn: int, row: tuple[str | int | None, ...], labels: dict[str | int | None, str]) -> School:
    shared = {
        word: text
        for group, label in zip(LABELS, row[len(TEXTS) : -1], strict=True)
        for word, text in zip(group, labels[label].split("\t"), strict=True)
    }
    own = dict(zip(TEXTS, row, strict=False))
    return School(urn=str(urn), **own, **shared, successor_urn=str(row[-1]) if row[-1] else None)  # type: ignore[arg-type]  # sqlite rows are untyped


def _fits_as_well(fit: Fit, best: Fit, plain: bool, postcode: Postcode | None) -> bool:
    """Whether nothing typed tells this school from the best one.

    Of what was typed plainly a near score is enough ("St Mary's" has "St Mary's Priory" behind it), or a place
    alone; what had to be guessed must score the same.
    """
    if not plain:
        return fit.whole and fit.score >= best.score
    return fit.whole and (fit.score >= NEARLY * best.score or not (fit.in_name or postcode))
