"""Finds the words of the register that a misspelt word may mean: one slip, like sound, or many letters alike.

Reads the register file only; what a word is worth is decided where it is ranked.
"""

import sqlite3
from collections import Counter
from collections.abc import Collection
from itertools import chain
from typing import NamedTuple
from zlib import crc32

from chalicelib.register.layout import unpacked
from chalicelib.register.words import sound

RAREST, ENOUGH = 8, 2
"""Of a word's pairs of letters the rarest are looked up; words with so many of them are looked at."""


def near_keys(word: str) -> set[str]:
    """Words one slip apart share one of these: the word, the word less one letter; and its sound."""
    keys = {word} | {word[:at] + word[at + 1 :] for at in range(len(word))} if len(word) > 2 else {word}
    return keys | {f"~{sound(word)}"}


def mark(key: str) -> tuple[int, int]:
    """(bucket of 4,096, mark of 256) of a key: twenty bits of its hash, so that few others share both."""
    hashed = crc32(key.encode())
    return hashed & 0xFFF, hashed >> 12 & 0xFF


def pairs(word: str) -> set[str]:
    """The pairs of neighbouring letters, the word's ends included."""
    ended = f"^{word}$"
    return {ended[at : at + 2] for at in range(len(ended) - 1)}


def among(connection: sqlite3.Connection, select: str, values: Collection[object]) -> sqlite3.Cursor:
    """The rows of `select` whose last-named column is one of the values."""
    return connection.execute(f"{select} IN ({','.join('?' * len(values))})", tuple(values))


class Word(NamedTuple):
    """A word of the register: in how many schools, and per field which (numbers, or bits where it is common)."""

    text: str
    schools: int
    name: bytes | None
    place: bytes | None
    street: bytes | None


_WORD = "SELECT text, schools, name, place, street FROM word "


class Lexicon:
    """The words of one register file."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def known(self, texts: Collection[str]) -> dict[str, Word]:
        """Those of the texts that are words of the register."""
        return {row[0]: Word._make(row) for row in among(self._connection, f"{_WORD} WHERE text", texts)}

    def starting(self, beginning: str, most: int = 40) -> list[Word]:
        """Words that begin so, those of most schools first."""
        rows = self._connection.execute(
            f"{_WORD} WHERE text > ? AND text < ? ORDER BY schools DESC LIMIT ?",
            (beginning, beginning + "{", most),
        )
        return [Word._make(row) for row in rows]

    def one_slip(self, word: str) -> list[Word]:
        """Words with one letter more, less, other or out of place, or of the same sound."""
        wanted = [mark(key) for key in near_keys(word)]
        buckets = {bucket for bucket, _ in wanted}
        rows = among(self._connection, "SELECT bucket, marks, words FROM near WHERE bucket", buckets)
        held = {bucket: (marks, words) for bucket, marks, words in rows}
        found = set()
        for bucket, rest in wanted:
            marks, words = held.get(bucket, (b"", b""))
            at = marks.find(rest)
            if at >= 0:
                numbers = unpacked(words)
            while at >= 0:
                found.add(numbers[at])
                at = marks.find(rest, at + 1)
        return self._numbered(found)

    def letters_alike(self, word: str, most: int = 40) -> list[Word]:
        """The words that share most pairs of letters with this one: what two slips leave."""
        wanted = pairs(word)
        lists = [words for (words,) in among(self._connection, "SELECT words FROM pair WHERE letters", wanted)]
        telling = sorted(lists, key=len)[:RAREST]
        shared = Counter(chain.from_iterable(map(unpacked, telling)))
        alike = sorted(((count, at) for at, count in shared.items() if count >= ENOUGH), reverse=True)
        return self._numbered([at for _, at in alike[:most]])

    def shortened(self, word: str, most: int = 4) -> list[Word]:
        """Words of places with these letters in this order ("bham"), those of most schools first."""
        rows = self._connection.execute(
            f"{_WORD} WHERE text > ? AND text < ? AND text LIKE ? AND place NOT NULL "
            "ORDER BY schools DESC LIMIT ?",
            (word[0], f"{word[0]}{{", "%".join((*word, "")), most),
        )
        return [Word._make(row) for row in rows]

    def _numbered(self, numbers: Collection[int]) -> list[Word]:
        return [Word._make(row) for row in among(self._connection, f"{_WORD} WHERE id", numbers)]


def slips(typed: str, word: str) -> int:
    """Letters to change, leave out, put in or swap with their neighbour to come from one to the other.

    A column of the usual table is the bits of two integers: Hyyrö, "A bit-vector algorithm for computing
    Levenshtein and Damerau edit distances" (2003), where rises and falls down a column are `up` and `down`.
    """
    if not typed:
        return len(word)
    at: dict[str, int] = {}
    for place, letter in enumerate(typed):
        at[letter] = at.get(letter, 0) | 1 << place
    every = (1 << len(typed)) - 1
    last = 1 << len(typed) - 1
    up, down, same, before = every, 0, 0, 0
    apart = len(typed)
    for letter in word:
        here = at.get(letter, 0)
        swapped = (~same & here) << 1 & before
        same = ((here & up) + up ^ up | here | down | swapped) & every
        right_up = (down | ~(same | up)) & every
        right_down = same & up
        if right_up & last:
            apart += 1
        elif right_down & last:
            apart -= 1
        right_up = right_up << 1 | 1
        up = (right_down << 1 | ~(same | right_up)) & every
        down = right_up & same
        before = here
    return apart
