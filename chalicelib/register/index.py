"""Builds the register file: one SQLite file with every school and what the search needs, ready to be read.

The same input gives the same bytes, and the file appears whole or not at all.
"""

import os
import sqlite3
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable
from math import log
from pathlib import Path

from chalicelib.domain.school import School
from chalicelib.register.gias import Download
from chalicelib.register.layout import (
    COLUMNS,
    COMMON,
    FIELDS,
    FORMAT,
    LABELS,
    NAME_WEIGHT_STEP,
    SCHEMA,
    TEXTS,
    packed,
)
from chalicelib.register.near import mark, near_keys, pairs
from chalicelib.register.words import KINDS, fold, initials

Postings = dict[str, dict[str, list[int]]]
"""word -> field -> the numbers of the schools that have it there, ascending."""

SHORTENED = frozenset(("Secondary", "All-through", "Middle deemed secondary", "16 plus", "Not applicable"))
"""Phases whose schools are known by their initials."""


def build(
    download: Download, path: str | Path, progress: Callable[[list[School]], Iterable[School]] = iter
) -> None:
    """Write the register file in place of an older one; `progress` may wrap the walk through the schools."""
    unfinished = Path(f"{path}.new")
    unfinished.unlink(missing_ok=True)
    schools = list(download.schools.values())
    connection = sqlite3.connect(unfinished, isolation_level=None)
    try:
        # large pages: the file is only ever read, and it zips a little smaller
        connection.executescript(
            f"PRAGMA page_size = 16384; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; {SCHEMA}"
        )
        connection.execute("BEGIN")
        _write_schools(connection, schools)
        postings = _postings(progress(schools))
        _write_words(connection, postings, len(schools))
        _write_near(connection, postings)
        _write_meta(connection, download, schools, postings)
        connection.execute("COMMIT")
        connection.execute("VACUUM")
    finally:
        connection.close()
    os.replace(unfinished, path)


def _write_schools(connection: sqlite3.Connection, schools: list[School]) -> None:
    def labels(school: School) -> list[str]:
        return ["\t".join(getattr(school, word) for word in group) for group in LABELS]

    texts = sorted({label for school in schools for label in labels(school)})
    ids = {text: at for at, text in enumerate(texts)}
    connection.executemany("INSERT INTO label VALUES (?, ?)", enumerate(texts))
    connection.executemany(
        f"INSERT INTO school VALUES (?{', ?' * len(COLUMNS)})",  # noqa: S608 - nothing but places
        (
            (
                int(school.urn),
                *(getattr(school, text) for text in TEXTS),
                *(ids[label] for label in labels(school)),
                school.successor_urn and int(school.successor_urn),
            )
            for school in schools
        ),
    )


def _words_of(school: School) -> dict[str, set[str]]:
    """The folded words of each field; the outcode of the postcode is a word of the place."""
    place = " ".join((school.locality, school.town, school.county, school.la_name, school.postcode.split(" ")[0]))
    name = set(fold(school.name))
    if school.phase in ("Secondary", "All-through", "Middle deemed secondary", "16 plus", "Not applicable"):
        name |= {f"*{letters}" for letters in initials(school.name)}
    return {"name": name, "place": set(fold(place)), "street": set(fold(school.street))}


def _postings(schools: Iterable[School]) -> Postings:
    postings: Postings = defaultdict(lambda: {field: [] for field in FIELDS})
    for number, school in enumerate(schools):
        for field, words in _words_of(school).items():
            for word in words:
                postings[word][field].append(number)
    return dict(sorted(postings.items()))


def _spread(fields: dict[str, list[int]]) -> int:
    """In how many schools a word is, in any field."""
    return len(set().union(*fields.values()))


def _write_words(connection: sqlite3.Connection, postings: Postings, schools: int) -> None:
    for at, (word, fields) in enumerate(postings.items()):
        spread = _spread(fields)
        blobs = [
            (_bits(numbers, schools) if spread > COMMON else packed(numbers)) if numbers else None
            for numbers in fields.values()
        ]
        connection.execute("INSERT INTO word VALUES (?, ?, ?, ?, ?, ?)", (at, word, spread, *blobs))


def _bits(numbers: list[int], schools: int) -> bytes:
    bits = bytearray(schools // 8 + 1)
    for number in numbers:
        bits[number >> 3] |= 1 << (number & 7)
    return bytes(bits)


def _write_near(connection: sqlite3.Connection, postings: Postings) -> None:
    """What leads from a misspelt word to those like it; words of streets alone are not worth their room."""
    near: dict[int, list[tuple[int, int]]] = defaultdict(list)
    alike: dict[str, list[int]] = defaultdict(list)
    for at, (word, fields) in enumerate(postings.items()):
        if word.isalpha() and (fields["name"] or fields["place"]):
            for key in near_keys(word):
                bucket, rest = mark(key)
                near[bucket].append((at, rest))
            for letters in pairs(word) if len(word) >= 5 else ():
                alike[letters].append(at)
    connection.executemany(
        "INSERT INTO near VALUES (?, ?, ?)",
        (
            (bucket, bytes(rest for _, rest in sorted(found)), packed([at for at, _ in sorted(found)]))
            for bucket, found in sorted(near.items())
        ),
    )
    connection.executemany(
        "INSERT INTO pair VALUES (?, ?)", ((letters, packed(found)) for letters, found in sorted(alike.items()))
    )


def _write_meta(
    connection: sqlite3.Connection, download: Download, schools: list[School], postings: Postings
) -> None:
    """How much each name weighs, who is offered, and where all this came from."""
    weights = [0.0] * len(schools)
    for word, fields in postings.items():
        if not word.startswith("*") and word not in KINDS:
            for number in fields["name"]:
                weights[number] += log(1 + len(schools) / _spread(fields))
    meta = {
        "format": FORMAT,
        "download": download.name,
        "made": download.made.isoformat() if download.made else "",
        "schools": len(schools),
        "refused": len(download.refused),
        "urns": array("I", (int(school.urn) for school in schools)).tobytes(),
        "offered": bytes(school.offered for school in schools),
        "name_weights": bytes(min(255, int(weight / NAME_WEIGHT_STEP)) for weight in weights),
    }
    connection.executemany("INSERT INTO meta VALUES (?, ?)", sorted(meta.items()))
