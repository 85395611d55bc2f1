"""Reads the postcode, or the part of one, in what a parent typed, mistaken letters and digits included."""

import re
from collections.abc import Callable
from typing import NamedTuple

# Compiled at first use, which is when somebody types a digit: most queries have none, and a cold start pays.
_OUT = r"\b([a-z]{1,2}\d[a-z\d]?)"
_WHOLE = _OUT + r"\s*(\d[a-z]{2})\b"
_BEGUN = _OUT + r"(?:\s+(\d[a-z]?))?\b"
_BEGUN_JOINED = _OUT + r"(\d[a-z])\b"
_SECTOR_JOINED = _OUT + r"(\d)\b"
_SLIPPED = r"\b([a-z\d]{2,4}) ?([a-z\d][abd-hjlnp-uw-z\d]{2})\b"
"""No inward part has C, I, K, M, O or V (Royal Mail's rule for its last two letters)."""

_DIGITS = str.maketrans("oilszbgq", "01152869")
_LETTERS = str.maketrans("0152869", "oiszbgq")
_OUTCODES = ("a9", "a99", "aa9", "aa99", "a9a", "aa9a")


class Postcode(NamedTuple):
    """An outcode of the register, and as much of the rest as was typed, in capitals: ("SL6", "5Y")."""

    outcode: str
    inward: str


def take_postcode(text: str, known: Callable[[str], bool]) -> tuple[Postcode | None, str]:
    """The first postcode whose outcode is known, and the text without it (all of the text if there is none).

    A whole one comes before a part: "SG12YN" is SG1 2YN, not SG12. Letters typed for digits (O for 0, I for 1)
    and the other way round are righted where a whole postcode comes of it that could not be read before.
    """
    text = text.lower()
    if not any(letter.isdigit() for letter in text):
        return None, text
    for match in (*re.finditer(_WHOLE, text, re.ASCII), *re.finditer(_BEGUN_JOINED, text, re.ASCII)):
        if known(match[1]):
            return _taken(match, match[1], match[2])
    for match in re.finditer(_SLIPPED, text, re.ASCII):
        inward = _shaped(match[2], "9aa") if any(letter.isdigit() for letter in match[0]) else ""
        for shape in _OUTCODES if inward else ():
            outcode = _shaped(match[1], shape)
            if outcode and known(outcode):
                return _taken(match, outcode, inward)
    for match in (*re.finditer(_BEGUN, text, re.ASCII), *re.finditer(_SECTOR_JOINED, text, re.ASCII)):
        if known(match[1]):
            return _taken(match, match[1], match[2] or "")
    return None, text


def _taken(match: re.Match[str], outcode: str, inward: str) -> tuple[Postcode, str]:
    rest = f"{match.string[: match.start()]} {match.string[match.end() :]}"
    return Postcode(outcode.upper(), inward.upper()), rest


def _shaped(typed: str, shape: str) -> str:
    """What was typed as letters ("a") and digits ("9") of this shape, or "" where it cannot be."""
    if len(typed) != len(shape):
        return ""
    read = "".join(
        letter.translate(_LETTERS if kind == "a" else _DIGITS) for letter, kind in zip(typed, shape, strict=True)
    )
    fits = all(
        letter.isalpha() if kind == "a" else letter.isdigit() for letter, kind in zip(read, shape, strict=True)
    )
    return read if fits and read.isascii() else ""
