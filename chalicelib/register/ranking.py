"""Weighs schools against what was typed: which words each has, where, how rare they are, how much of its name.

The weight of a typed word is the logarithm of how unlikely it is by chance: many schools having it, or a word
it may stand for, make it light; a meaning that needs a slip is worth less by how rare such slips are.
"""

from collections.abc import Iterable, Sequence
from math import log
from operator import itemgetter
from typing import NamedTuple

from chalicelib.register.layout import COMMON, NAME_WEIGHT_STEP, unpacked
from chalicelib.register.near import Word
from chalicelib.register.words import KINDS

NAME, PLACE, STREET = 1.0, 0.9, 0.5
KIND = 0.8
"""A kind of school ("infant") is often typed wrongly: it counts for less than other words as rare."""
COMPLETE = 3.0
"""What it is worth that all of a school's name was typed, kinds apart."""
NOT_OFFERED = 3.0
"""What a school that is closed or not in the census gives up to those that are offered."""
NEARLY = 0.8
"""So much of the best score is nearly as good: there, schools that are offered come first."""
LEAST = 0.2
"""What any word is worth, however likely by chance."""
MOST = 400
"""Schools looked at where only common words were typed: many more would fit as well."""


class Meaning(NamedTuple):
    """A word of the register that a typed word may stand for, and how likely it is then typed so."""

    word: Word
    likelihood: float


class Term:
    """One typed word: the schools that have a word it may stand for, and what that is worth to each."""

    def __init__(self, text: str, meanings: Iterable[Meaning], schools: int) -> None:
        self.text = text
        self.named: dict[int, float] = {}
        self.worths: dict[int, float] = {}
        self.common: list[tuple[float, float, Word]] = []
        ascending = sorted(meanings, key=itemgetter(1))
        chance = sum(word.schools * likelihood for word, likelihood in ascending)
        placed: dict[int, float] = {}
        named: dict[int, float] = {}
        for word, likelihood in ascending:
            kind = word.text in KINDS
            worth = max(LEAST, log(1 + schools / chance) + log(likelihood)) * (KIND if kind else 1)
            own = 0.0 if kind else log(1 + schools / word.schools)
            if word.schools > COMMON:
                self.common.append((worth, own, word))
                continue
            if word.street:
                placed.update(dict.fromkeys(unpacked(word.street), worth * STREET))
            if word.place:
                placed.update(dict.fromkeys(unpacked(word.place), worth * PLACE))
            if word.name:
                schools_named = unpacked(word.name)
                named.update(dict.fromkeys(schools_named, worth))
                if own:
                    self.named.update(dict.fromkeys(schools_named, own))
        self.worths = placed | named

    @classmethod
    def of(cls, text: str, worths: dict[int, float]) -> "Term":
        """A term that is worth this much to each school, wherever it stands."""
        term = cls(text, (), 1)
        term.worths = worths
        return term

    def worth(self, school: int) -> tuple[float, float]:
        """(what the term is worth to a school, how much of its name's weight the word is)."""
        worth = self.worths.get(school, 0.0)
        named = self.named.get(school, 0.0)
        for weight, own, word in self.common:
            byte, bit = school >> 3, 1 << (school & 7)
            if word.name and word.name[byte] & bit:
                worth = max(worth, weight)
                named = max(named, own)
            elif word.place and word.place[byte] & bit:
                worth = max(worth, weight * PLACE)
            elif word.street and word.street[byte] & bit:
                worth = max(worth, weight * STREET)
        return worth, named


class Fit(NamedTuple):
    """How well a school fits what was typed, whether it has every word of it, and any of them in its name."""

    score: float
    school: int
    whole: bool
    in_name: bool


class Scale:
    """Weighs the schools of one register, which are numbered from 0 in the order of their URNs."""

    def __init__(self, name_weights: bytes, offered: bytes) -> None:
        self._name_weights = name_weights
        self._offered = offered

    def having_all(self, terms: list[Term]) -> list[Fit]:
        """Those that have every word typed, kinds of school apart; best first."""
        needed = [term for term in terms if term.text not in KINDS] or terms
        few = sorted((term.worths.keys() for term in needed if not term.common), key=len)
        common = [term for term in needed if term.common]
        if few:
            return self._weigh(terms, set(few[0]).intersection(*few[1:]), common)
        return self._weigh(terms, _having_common(common))

    def having_any(self, terms: list[Term]) -> list[Fit]:
        """Those that have any of the words typed and could still be best; best first."""
        totals: dict[int, float] = {}
        for term in terms:
            for school, worth in term.worths.items():
                totals[school] = totals.get(school, 0.0) + worth
        common = [term for term in terms if term.common]
        if not totals:
            return self._weigh(terms, _having_common(common[:1]))
        # common words bring nobody in, but may still lift one over another
        least = max(totals.values()) - COMPLETE - sum(max(term.common)[0] for term in common)
        return self._weigh(terms, [school for school, total in totals.items() if total >= least])

    def _weigh(self, terms: list[Term], schools: Iterable[int], needed: Sequence[Term] = ()) -> list[Fit]:
        fits = []
        for school in schools:
            if needed and not all(term.worth(school)[0] for term in needed):
                continue
            score = named = 0.0
            whole = True
            for term in terms:
                worth, in_name = term.worth(school)
                score += worth
                named += in_name
                if not worth and term.text != "school":
                    whole = False
            weight = self._name_weights[school] * NAME_WEIGHT_STEP
            score += COMPLETE * (min(1.0, named / weight) if weight else 0.0)
            if not self._offered[school]:
                score -= NOT_OFFERED
            fits.append(Fit(round(score, 2), school, whole, named > 0))
        near = NEARLY * max((fit.score for fit in fits), default=0.0)
        fits.sort(key=lambda fit: (fit.score < near or not self._offered[fit.school], -fit.score, fit.school))
        return fits


def _having_common(terms: list[Term]) -> list[int]:
    """The first of the schools that have all of these common words."""
    having = -1 if terms else 0
    for term in terms:
        one = 0
        for _, _, word in term.common:
            for bits in (word.name, word.place, word.street):
                one |= int.from_bytes(bits or b"", "little")
        having &= one
    found: list[int] = []
    while having and len(found) < MOST:
        found.append((having & -having).bit_length() - 1)
        having &= having - 1
    return found
