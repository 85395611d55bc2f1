"""What may be in a name, a class and an address; and that no text is a fault of the service."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.web.typed import Mistyped, clean_class, clean_mail, clean_name, show

NAMES = (
    "Robin Example",
    "O'Brien",
    "D’Arcy-Smith",
    "Mary-Jane (MJ) St. John",
    "Jr., Sam",
    "José Núñez",
    "محمد علي",
    "می‌خواهم",  # zero-width non-joiner, as Persian writes it
    "ක්‍රිස්",  # zero-width joiner, as Sinhala writes it
    "王小明",
    "Đặng Thị Ánh",
    "Łukasz Żółć",
    "Smith & Jones",
    "3rd Example",
    "ʻAlohilani",
)

REFUSED_NAMES = (
    "evil.com",
    "http://evil",
    "a//b",
    "kim@family.example",
    "=cmd()",
    "+44 1632",
    "-Kim",
    "@kim",
    "<b>Kim</b>",
    "Kim; Bcc: x",
    'Kim "K" Example',
    "evil。com",
    "Kim\x00Example",
    "12345",
    "\u0301Kim",
    "😀 Kim",
    "x" * 101,
    "王" * 101,
    "ஹ்" * 50 + "ஹ்",
)


def name(typed: str) -> str:
    return clean_name(typed, 100, 300)


@pytest.mark.parametrize("typed", NAMES)
def test_a_real_name_stays_as_it_was_typed(typed: str) -> None:
    assert name(typed) == unicodedata.normalize("NFC", typed)


@pytest.mark.parametrize("typed", REFUSED_NAMES)
def test_what_could_become_a_link_a_formula_or_a_header_is_no_name(typed: str) -> None:
    with pytest.raises(Mistyped):
        name(typed)


@pytest.mark.parametrize(
    ("typed", "cleaned"),
    [
        ("  Robin \t\r\n Example ", "Robin Example"),
        ("\u202eRobin\u202c Example\u200f", "Robin Example"),
        ("Ro\u200bbin\ufeff", "Robin"),
        ("Robin\u200d \u200cExample\u200d", "Robin Example"),
        ("Jose\u0301", "José"),
        ("", ""),
        (" \u200e ", ""),
    ],
)
def test_white_space_is_one_space_and_invisible_marks_go(typed: str, cleaned: str) -> None:
    assert name(typed) == cleaned


@pytest.mark.parametrize("typed", ["3B", "7/2", "Year 4 (Oak)", "Y7.2", "Klasse 3-ä", ""])
def test_a_class_may_have_numbers_and_full_stops(typed: str) -> None:
    assert clean_class(typed) == typed


@pytest.mark.parametrize("typed", ["evil.com", "=1", "x" * 31, "3B\x00", "-3"])
def test_a_class_is_no_link_and_no_formula(typed: str) -> None:
    with pytest.raises(Mistyped):
        clean_class(typed)


@pytest.mark.parametrize(
    ("typed", "cleaned"),
    [
        ("kim@family.example", "kim@family.example"),
        (" kim @ family.example ", "kim@family.example"),
        ("Kim.O'Neil+school@Family.EXAMPLE", "Kim.O'Neil+school@family.example"),
        ("kim@bücher.example", "kim@xn--bcher-kva.example"),
        ("\u200ekim@family.example", "kim@family.example"),
        ("", ""),
    ],
)
def test_an_address_is_kept_with_its_host_in_ascii(typed: str, cleaned: str) -> None:
    assert clean_mail(typed) == cleaned


@pytest.mark.parametrize(
    "typed",
    [
        *("kim", "kim@", "@family.example", "kim@family", "kim@@family.example", "a@b@family.example"),
        *('"kim"@family.example', "kím@family.example", ".kim@family.example", "k..m@family.example"),
        *("kim@-family.example", "kim@family..example", "kim@127.0.0.1", "kim@[127.0.0.1]", "kim@family.example."),
        *(
            "Kim <kim@family.example>",
            "kim@family.example,x@y.example",
            "kim@family.example\x00",
            "k\r\nBcc:x@y.z",
        ),
        *("k" * 65 + "@family.example", "kim@" + "f" * 64 + ".example", "kim@" + "family." * 40 + "example"),
        "kim\r\nBcc:x@family.example",
    ],
)
def test_an_address_that_mail_cannot_reach_is_refused(typed: str) -> None:
    with pytest.raises(Mistyped):
        clean_mail(typed)


@given(st.text())
def test_any_text_is_a_clean_name_or_is_refused(typed: str) -> None:
    try:
        cleaned = name(typed)
    except Mistyped:
        return
    assert cleaned == name(cleaned)
    assert not set(cleaned) & set('<>@=+:;"\\\r\n\x00')
    assert not any(
        unicodedata.bidirectional(letter) in ("RLO", "LRO", "RLE", "LRE", "RLI", "LRI") for letter in cleaned
    )
    assert len(cleaned) <= 100
    assert len(cleaned.encode()) <= 300


@given(st.text() | st.emails())
def test_any_text_is_a_clean_address_or_is_refused(typed: str) -> None:
    try:
        cleaned = clean_mail(typed)
    except Mistyped:
        return
    assert cleaned.isascii()
    assert cleaned == clean_mail(cleaned)
    assert len(cleaned) <= 254


@given(st.text())
def test_what_is_shown_again_holds_nothing_that_a_page_may_not_hold(typed: str) -> None:
    assert not any(unicodedata.category(letter) in ("Cc", "Cn") for letter in show(typed))
