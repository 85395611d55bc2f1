"""Turns the words a parent typed into what they may stand for in the register, and how likely each is.

First as they stand; then, where no school has them all, with slips, sounds, initials and broken words.
"""

from collections.abc import Iterator, Sequence
from operator import itemgetter

from chalicelib.register.layout import COMMON, packed
from chalicelib.register.near import Lexicon, Word, slips
from chalicelib.register.ranking import Meaning, Term
from chalicelib.register.words import KINDS, SAME, sibling, sound

# how likely a word is typed in this way, against as it is
SIBLING, BEGUN, INITIALS, JOINED, SPLIT, SHORTENED = 0.35, 0.2, 0.3, 0.2, 0.1, 0.05
SLIPPED = {1: 0.08, 2: 0.01, 3: 0.003}
HEARD = {1: 0.08, 2: 0.04, 3: 0.02}

FEW = 8
"""Up to so many words typed, unlikely slips are looked for in each: a name and a town are no more."""


class Meanings:
    """What the words of one query may stand for."""

    def __init__(self, lexicon: Lexicon, schools: int, typed: Sequence[str]) -> None:
        self._lexicon = lexicon
        self._schools = schools
        self._typed = typed
        self._known = lexicon.known({*typed, *map(sibling, typed)})

    def guesses(self) -> Iterator[list[Term]]:
        """The terms of the query as they stand, then with likely slips, then with unlikely ones as well."""
        yield self._terms([self._plain(word) for word in self._typed])
        slipped = [self._slipped(at) for at in range(len(self._typed))]
        far = [
            self._far(word) if all(near.likelihood < SLIPPED[1] for near in meanings) else None
            for word, meanings in zip(self._typed, slipped, strict=True)
        ]
        yield self._terms([meanings + (more or []) for meanings, more in zip(slipped, far, strict=True)])
        if None in far and len(self._typed) <= FEW:
            for at, word in enumerate(self._typed):
                slipped[at] += self._far(word) if far[at] is None else far[at] or []
            yield self._terms(slipped)

    def _terms(self, meanings: list[list[Meaning]]) -> list[Term]:
        return [
            Term(word, _likeliest(of_word), self._schools)
            for word, of_word in zip(self._typed, meanings, strict=True)
        ]

    def _plain(self, word: str) -> list[Meaning]:
        kinds = ((word, 1.0), (sibling(word), SIBLING))
        return [Meaning(self._known[text], likelihood) for text, likelihood in kinds if text in self._known]

    def _slipped(self, at: int) -> list[Meaning]:
        """The meanings of the word at this place, as it stands and as it is usually mistyped."""
        word = self._typed[at]
        meanings = self._plain(word)
        if word in KINDS or not word.isalpha() or any(known.schools > COMMON for known, _ in meanings):
            return meanings
        meanings += self._joined(at)
        if len(word) > 2:
            meanings += self._near(word)
            meanings += (Meaning(other, INITIALS) for other in self._lexicon.known({f"*{word}"}).values())
            if at == len(self._typed) - 1:
                meanings += (Meaning(other, BEGUN) for other in self._lexicon.starting(word))
        if word not in self._known and len(word) > 4:
            meanings += self._split(word)
        return meanings

    def _near(self, word: str) -> Iterator[Meaning]:
        heard = sound(word)
        for other in self._lexicon.one_slip(word):
            apart = slips(word, other.text)
            likelihood = SLIPPED.get(apart, 0.0) if apart < 3 else 0.0
            if apart in HEARD and len(heard) > 1 and HEARD[apart] > likelihood and sound(other.text) == heard:
                likelihood = HEARD[apart]
            if likelihood:
                yield Meaning(other, likelihood)
        if len(word) <= 6 and word not in self._known:
            for other in self._lexicon.shortened(word):
                yield Meaning(other, SHORTENED)

    def _far(self, word: str) -> list[Meaning]:
        """Words two slips from an unknown one, and three from a long one."""
        far: list[Meaning] = []
        if word in self._known or len(word) < 5 or not word.isalpha():
            return far
        letters = set(word)
        for other in self._lexicon.letters_alike(word):
            if len(letters.symmetric_difference(other.text)) <= 5:
                apart = max(1, slips(word, other.text))
                if apart <= 2 or (apart == 3 and len(word) > 7):
                    far.append(Meaning(other, SLIPPED[apart]))
        return far

    def _joined(self, at: int) -> Iterator[Meaning]:
        """One word of the register typed as two: this and the one before or after."""
        both = {
            "".join(self._typed[first : first + 2]) for first in (at - 1, at) if 0 <= first < len(self._typed) - 1
        }
        for other in self._lexicon.known(both).values() if both else ():
            yield Meaning(other, JOINED)

    def _split(self, word: str) -> Iterator[Meaning]:
        """Two words of one school typed as one."""
        halves = [(word[:at], word[at:]) for at in range(2, len(word) - 1)]
        known = self._lexicon.known({SAME.get(half, half) for pair in halves for half in pair})
        for pair in halves:
            first, second = (known.get(SAME.get(half, half)) for half in pair)
            if first and second:
                schools = self._having_both(first, second)
                if schools:
                    yield Meaning(Word(word, len(schools), packed(schools), None, None), SPLIT)

    def _having_both(self, *words: Word) -> list[int]:
        rare, other = sorted(
            (Term(word.text, [Meaning(word, 1.0)], self._schools) for word in words),
            key=lambda term: len(term.common),
        )
        return sorted(school for school in rare.named if other.worth(school)[0])


def _likeliest(meanings: list[Meaning]) -> list[Meaning]:
    """Of several ways to the same word, the likeliest; in the order of their likelihood."""
    return list({meaning.word.text: meaning for meaning in sorted(meanings, key=itemgetter(1))}.values())
