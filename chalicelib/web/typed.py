"""What people type, made clean: names, classes and addresses, or what to tell the person who typed them.

It never guesses: a name stays as typed, but what could become a link, a formula or a mail header is refused.
"""

import re
import unicodedata

from chalicelib.content.i18n import N_
from chalicelib.domain.mailbox import MAIL_CHARACTERS, join_address

CLASS_CHARACTERS = 30

JOINERS = "\u200c\u200d"
"""Zero-width joiner and non-joiner: inside words they are part of Persian, Sinhala and other names."""

PUNCTUATION = frozenset(" '’‘ʼ`´՚׳״-‐‑–,،(/&)·・.")
LINK = re.compile(r"\.(?![\s,)]|$)|//")
LINK_IN_CLASS = re.compile(r"\.(?![\s,)\d]|$)|//")


class Mistyped(ValueError):
    """What to tell the person: a message of the catalogue and its placeholders."""

    def __init__(self, message: str, **facts: int) -> None:
        super().__init__(message)
        self.message = message
        self.facts = facts


def show(typed: str) -> str:
    """What was typed, for its field on the page that comes again: without what no page may hold."""
    return "".join(letter for letter in typed if unicodedata.category(letter) not in ("Cc", "Cn"))


def clean_text(typed: str) -> str:
    """NFC, one space for any white space, no invisible marks. Raises Mistyped for control characters."""
    text = typed.translate(_LINE_ENDS)
    if any(unicodedata.category(letter) == "Cc" for letter in text):
        raise Mistyped(N_("There was a hidden character, and we removed it. Check the text and continue"))
    kept = (
        letter
        for at, letter in enumerate(text)
        if unicodedata.category(letter) != "Cf" or (letter in JOINERS and _inside_word(text, at))
    )
    return unicodedata.normalize("NFC", " ".join("".join(kept).split()))


def clean_name(typed: str, characters: int, size: int) -> str:
    """A person's name, as typed; "" where nothing was. At most ``characters``, and ``size`` bytes of UTF-8."""
    name = clean_text(typed)
    if len(name) > characters or len(name.encode()) > size:
        raise Mistyped(N_("The name must have %(most)s letters or fewer"), most=characters)
    if not name:
        return ""
    if not any(unicodedata.category(letter).startswith("L") for letter in name):
        raise Mistyped(N_("Enter a name with letters"))
    if not _plain(name) or LINK.search(name):
        raise Mistyped(
            N_("Enter a name with letters, spaces, hyphens and apostrophes only. After a full stop, put a space")
        )
    return name


def clean_class(typed: str) -> str:
    """The class of a child, "3B" or "7/2"; "" where nothing was typed."""
    name = clean_text(typed)
    if len(name) > CLASS_CHARACTERS:
        raise Mistyped(N_("The class must have %(most)s letters or fewer"), most=CLASS_CHARACTERS)
    if name and (not _plain(name) or LINK_IN_CLASS.search(name)):
        raise Mistyped(N_("Enter the class with letters, numbers and spaces only, such as 3B"))
    return name


def clean_mail(typed: str) -> str:
    """An address that mail can be sent to, its host as punycode; "" where nothing was typed."""
    address = clean_text(typed).replace(" ", "")
    if not address:
        return ""
    if len(address) > MAIL_CHARACTERS:
        raise Mistyped(N_("The e-mail address must have %(most)s letters or fewer"), most=MAIL_CHARACTERS)
    local, at, host = address.rpartition("@")
    if not at or "@" in local:
        raise Mistyped(N_("Enter an e-mail address with one @, such as name@example.com"))
    if not (joined := join_address(local, host)):
        raise Mistyped(N_("Enter an e-mail address that is complete, such as name@example.com"))
    return joined


_LINE_ENDS = str.maketrans("\t\r\n\v\f\x85", "      ")


def _inside_word(text: str, at: int) -> bool:
    """Whether letters or their marks stand on both sides."""
    return 0 < at < len(text) - 1 and all(unicodedata.category(text[near])[0] in "LM" for near in (at - 1, at + 1))


def _plain(name: str) -> bool:
    """Whether only letters, marks, digits and the punctuation of names are in it.

    It begins with a letter, digit, bracket or apostrophe: "-" would begin a formula, a mark would change what
    stands before the name.
    """
    known = all(
        letter in PUNCTUATION or letter in JOINERS or unicodedata.category(letter) in _IN_NAMES for letter in name
    )
    return known and (name[0] in "'’‘ʼ(" or unicodedata.category(name[0]) in _IN_NAMES - {"Mn", "Mc"})


_IN_NAMES = frozenset({"Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Nd"})
