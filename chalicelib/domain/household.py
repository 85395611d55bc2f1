"""What one journey says: the sender, and each child at a school. In memory and in the cookie only."""

import unicodedata
from dataclasses import dataclass

MOST_CHILDREN = 8


@dataclass(frozen=True)
class Child:
    """One child at one school; ``items`` are ids of the campaign's items."""

    urn: str
    name: str
    class_name: str
    items: tuple[str, ...]


@dataclass(frozen=True)
class Sender:
    """Who sends: ``role`` is "parent" (carers too) or "pupil"; ``language`` a path prefix such as "en"."""

    name: str
    mail: str
    role: str
    language: str


@dataclass(frozen=True)
class Household:
    """The children, sender and schools of one journey; ``key`` is the random key of its form."""

    key: str
    children: tuple[Child, ...]
    sender: Sender


def fold_name(name: str) -> str:
    """A name without case, accents, punctuation and spacing: two spellings of one name fold alike."""
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in decomposed if letter.isalnum())


def fold_mail(address: str) -> str:
    """An address for limits and equality: case folded, ``+tag`` cut; never used to send."""
    local, _, host = address.casefold().rpartition("@")
    return f"{local.partition('+')[0]}@{host}"
