"""The layout of the register file: what index.py writes and search.py reads."""

from array import array

FORMAT = 1

COMMON = 1200
"""Words in more schools than this only score: they never bring a school in (search.md), so bits suffice."""

NAME_WEIGHT_STEP = 0.4
"""The weight of a name's words is kept in a byte, in steps of this."""

FIELDS = ("name", "place", "street")
"""Where a word of a school may stand."""

TEXTS = ("name", "street", "postcode", "website", "telephone")
LABELS = (
    ("la_code", "la_name"),
    ("type_code", "type_name", "phase", "status"),
    ("locality",),
    ("town",),
    ("county",),
)
"""What schools share, written once: each group is one label, its texts parted by tabs."""

COLUMNS = (*TEXTS, *(group[0] for group in LABELS), "successor")

SCHEMA = f"""
CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE label (id INTEGER PRIMARY KEY, text TEXT NOT NULL);
CREATE TABLE school (urn INTEGER PRIMARY KEY, {", ".join(COLUMNS)});
CREATE TABLE word (id INTEGER PRIMARY KEY, text TEXT UNIQUE, schools INTEGER NOT NULL, name, place, street);
CREATE TABLE near (bucket INTEGER PRIMARY KEY, marks BLOB NOT NULL, words BLOB NOT NULL);
CREATE TABLE pair (letters TEXT PRIMARY KEY, words BLOB NOT NULL) WITHOUT ROWID;
"""


def packed(numbers: list[int]) -> bytes:
    """Numbers as bytes, two each where they are small enough, else four; `unpacked` tells by the last byte."""
    code = "H" if not numbers or max(numbers) < 1 << 16 else "I"
    return array(code, numbers).tobytes() + code.encode()


def unpacked(blob: bytes) -> "array[int]":
    """The numbers that `packed` wrote."""
    return array(chr(blob[-1]), blob[:-1])
