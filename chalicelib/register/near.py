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

    def letters_alike(self, word: str, most: int = 24) -> list[Word]:
        """The words that share most pairs of letters with this one: what two slips leave."""
        wanted = pairs(word)
        rows = among(self._connection, "SELECT words FROM pair WHERE letters", wanted)
        shared = Counter(chain.from_iterable(unpacked(words) for (words,) in rows))
        enough = max(2, (len(wanted) + 1) // 2 - 1)
        alike = sorted(((count, at) for at, count in shared.items() if count >= enough), reverse=True)
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
    """Letters to change, leave out, put in or swap with their neighbour to come from one to the other."""
    while typed and word and typed[0] == word[0]:
        typed, word = typed[1:], word[1:]
    while typed and word and typed[-1] == word[-1]:
        typed, word = typed[:-1], word[:-1]
    if not typed or not word:
        return len(typed) + len(word)
    before: list[int] = []
    row = list(range(len(word) + 1))
    for at, letter in enumerate(typed):
        two_before, before, row = before, row, [at + 1]
        for to, other in enumerate(word):
            cost = min(before[to + 1] + 1, row[to] + 1, before[to] + (letter != other))
            if at and to and letter == word[to - 1] and other == typed[at - 1]:
                cost = min(cost, two_before[to - 1] + 1)
            row.append(cost)
    return row[-1]
