"""Every word is in the catalogue, plain enough to be read and translated."""

import re
from dataclasses import replace
from datetime import date

import pytest
from babel.messages.pofile import read_po

from chalicelib import config
from chalicelib.content import i18n
from chalicelib.domain.campaign import load_campaign
from infra import messages

CONTRACTION = re.compile(r"\b\w+(?:n['’]t|['’](?:re|ve|ll|d|m))\b|\b(?:it|that|there|what)['’]s\b", re.IGNORECASE)
HARD = re.compile(
    r"\b(?:deadline|get in touch|partner|sort out|fill in|find out|opt out|oops|invalid)\b", re.IGNORECASE
)


def sentences() -> list[str]:
    """Every sentence of the catalogue, markup and placeholders taken out."""
    with messages.POT.open("rb") as pot:
        ids = [
            message.id if isinstance(message.id, str) else message.id[-1] for message in read_po(pot) if message.id
        ]
    plain = [re.sub(r"<[^>]+>|%\(\w+\)s", "x", each) for each in ids]
    return [sentence for each in plain for sentence in re.split(r"(?<=[.?!:])\s+", each) if sentence]


def test_the_catalogue_is_up_to_date() -> None:
    assert messages.POT.read_text(encoding="utf-8") == messages.write_pot(), "run `make messages`"


def test_words_are_plain_english() -> None:
    assert [each for each in sentences() if CONTRACTION.search(each) or HARD.search(each)] == []
    lengths = [len(each.split()) for each in sentences()]
    assert sum(lengths) / len(lengths) <= 15
    assert [each for each in sentences() if len(each.split()) > 25] == []


def test_a_day_is_written_as_people_write_it() -> None:
    assert i18n.day(date(2017, 10, 5), "en") == "5 October 2017"
    assert re.fullmatch(r"\[5 \[.+\] 2017 .*\]", i18n.day(date(2017, 10, 5), "ar-xb"))


def test_pseudo_locales_exist_only_where_the_setting_is_on(monkeypatch: pytest.MonkeyPatch) -> None:
    campaign = load_campaign("school-census-2017-18")
    assert i18n.offered(campaign) == ("en", "en-xa", "ar-xb")
    monkeypatch.setenv("PSEUDO", "")
    config.settings.cache_clear()
    assert i18n.offered(campaign) == ("en",)


def test_a_language_is_offered_only_when_it_was_finished() -> None:
    campaign = replace(load_campaign("school-census-2017-18"), languages=("en", "tlh", "ar-xb"))
    assert i18n.offered(campaign) == ("en", *i18n.PSEUDO)


def test_a_pseudo_word_keeps_what_no_translation_changes() -> None:
    message = 'See <a href="https://x.example/a">the %(day)s</a> &amp; 5 %%'
    for letters in (messages.ACCENTED, messages.ARABIC):
        disguised = messages.disguise(message, letters)
        assert messages.FIXED.findall(disguised) == messages.FIXED.findall(message)
        assert disguised[0] + disguised[-1] == "[]"
        assert len(disguised) > len(message) * 1.2
        assert "See" not in disguised


def test_plurals_follow_the_language() -> None:
    words = i18n.translation("en")
    assert words.ngettext("%(num)d day", "%(num)d days", 1) == "%(num)d day"
    for language in i18n.PSEUDO:
        once, often = (i18n.translation(language).ngettext(*PLURAL, n) for n in (1, 7))
        assert once.startswith("[")
        assert "%(num)d" in often


PLURAL = ("%(num)d day after your answer", "%(num)d days after your answer")


def test_english_has_no_prefix_and_others_have_their_own() -> None:
    assert [i18n.path_prefix(code) for code in ("en", "ar-xb")] == ["", "/ar-xb"]
    assert [i18n.direction(code) for code in ("en", "ar-xb")] == ["ltr", "rtl"]
    assert i18n.html_lang("en-xa") == "en-x-pseudo"
