"""Turns the words a parent typed into what they may stand for in the register, and how likely each is.

First as they stand; then, where no school has them all, with slips, sounds, initials and broken words.
"""

from collections.abc import Iterator, Sequence

from chalicelib.register.layout import packed
from chalicelib.register.near import Lexicon, Word, slips
from chalicelib.register.ranking import Meaning, Term
from chalicelib.register.words import KINDS, SAME, sibling, sound

# how likely a word is typed in this way, against as it is
SIBLING, BEGUN, INITIALS, JOINED, SPLIT, SHORTENED = 0.35, 0.2, 0.3, 0.2, 0.1, 0.05
SLIPPED = {1: 0.08, 2: 0.01, 3: 0.003}
HEARD = {1: 0.08, 2: 0.04, 3: 0.02}


class Meanings:
    """What the words of one query may stand for."""

    def __init__(self, lexicon: Lexicon, schools: int, typed: Sequence[str]) -> None:
        self._lexicon = lexicon
        self._schools = schools
        self._typed = typed
        self._known = lexicon.known({*typed, *map(sibling, typed)})

    def as_they_stand(self) -> list[Term]:
        return [Term(word, self._plain(word), self._schools) for word in self._typed]

    def with_slips(self) -> list[Term]:
        return [Term(word, self._slipped(at), self._schools) for at, word in enumerate(self._typed)]

    def _plain(self, word: str) -> list[Meaning]:
        kinds = ((word, 1.0), (sibling(word), SIBLING))
        return [Meaning(self._known[text], likelihood) for text, likelihood in kinds if text in self._known]

    def _slipped(self, at: int) -> list[Meaning]:
        """Every meaning of the word at this place; of two ways to the same word the likelier counts."""
        word = self._typed[at]
        meanings = self._plain(word)
        if word in KINDS or not word.isalpha():
            return meanings
        meanings += self._joined(at)
        if len(word) > 2:
            meanings += self._near(word)
            meanings += (Meaning(other, INITIALS) for other in self._lexicon.known({f"*{word}"}).values())
            if at == len(self._typed) - 1:
                meanings += (Meaning(other, BEGUN) for other in self._lexicon.starting(word))
        if word not in self._known and len(word) > 4:
            meanings += self._split(word)
        best: dict[str, Meaning] = {}
        for meaning in meanings:
            known = best.get(meaning.word.text)
            if not known or known.likelihood < meaning.likelihood:
                best[meaning.word.text] = meaning
        return list(best.values())

    def _near(self, word: str) -> Iterator[Meaning]:
        heard = sound(word)
        likeliest = 0.0
        for other in self._lexicon.one_slip(word):
            apart = slips(word, other.text)
            likelihood = SLIPPED.get(apart, 0.0) if apart < 3 else 0.0
            if apart in HEARD and len(heard) > 1 and HEARD[apart] > likelihood and sound(other.text) == heard:
                likelihood = HEARD[apart]
            if likelihood:
                likeliest = max(likeliest, likelihood)
                yield Meaning(other, likelihood)
        if likeliest < SLIPPED[1] and word not in self._known:
            letters = set(word)
            for other in self._lexicon.letters_alike(word):
                if len(letters.symmetric_difference(other.text)) <= 5:
                    apart = slips(word, other.text)
                    if apart <= 2 or (apart == 3 and len(word) > 7):
                        yield Meaning(other, SLIPPED[max(1, apart)])
        if len(word) <= 6 and word not in self._known:
            for other in self._lexicon.shortened(word):
                yield Meaning(other, SHORTENED)

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
        return sorted(school for school in rare.named if other.worth(school)[1])
