"""Languages: which there are, how each is written, and its words (gettext catalogues, read once).

English is what the templates say and needs no catalogue. The two pseudo-locales show, on a desk, every word
that was not marked for translation and every page that does not turn round; they never exist in production.
"""

from datetime import date
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from chalicelib.config import settings

if TYPE_CHECKING:
    from chalicelib.domain.campaign import Campaign

LOCALE = Path(__file__).parent / "locale"
ENGLISH = "en"
PSEUDO = ("en-xa", "ar-xb")


class Language(NamedTuple):
    """A language that a volunteer finished and a named person reviewed; ``name`` is its name in itself."""

    name: str
    html_lang: str
    direction: str


LANGUAGES = {
    ENGLISH: Language("English", "en", "ltr"),
    "en-xa": Language("[Éñgļîšĥ]", "en-x-pseudo", "ltr"),
    "ar-xb": Language("[عربي]", "ar-x-pseudo", "rtl"),
}


def N_(message: str) -> str:
    """Marks ``message`` for the catalogue where it is written; whoever shows it translates it."""
    return message


MONTHS = (
    N_("January"),
    N_("February"),
    N_("March"),
    N_("April"),
    N_("May"),
    N_("June"),
    N_("July"),
    N_("August"),
    N_("September"),
    N_("October"),
    N_("November"),
    N_("December"),
)


def offered(campaign: "Campaign") -> tuple[str, ...]:
    """The languages that a person may choose here, English first."""
    known = tuple(code for code in campaign.languages if code in LANGUAGES and code not in PSEUDO)
    return known + (PSEUDO if settings().pseudo else ())


@cache
def translation(language: str) -> NullTranslations:
    """The words of ``language``: ``gettext`` and ``ngettext``. Raises FileNotFoundError if not compiled."""
    if language == ENGLISH:
        return NullTranslations()
    folder = LOCALE / "pseudo" if language in PSEUDO else LOCALE
    with (folder / language / "LC_MESSAGES" / "messages.mo").open("rb") as catalogue:
        return GNUTranslations(catalogue)


def direction(language: str) -> str:
    """The direction of writing: "ltr" or "rtl"."""
    return LANGUAGES[language].direction


def html_lang(language: str) -> str:
    """What stands in ``lang``: the pseudo-locales have a private tag there, so that no reader speaks them."""
    return LANGUAGES[language].html_lang


def path_prefix(language: str) -> str:
    """What a path begins with: nothing for English, else "/" and the language."""
    return "" if language == ENGLISH else f"/{language}"


def day(when: date, language: str) -> str:
    """``when`` as people write it, "5 October 2017"; the catalogue knows the months and the order."""
    words = translation(language)
    parts = {"day": when.day, "month": words.gettext(MONTHS[when.month - 1]), "year": when.year}
    return words.gettext(N_("%(day)s %(month)s %(year)s")) % parts
