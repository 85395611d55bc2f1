"""Retract does not look like the government: none of its marks in any page or sheet."""

import re

import pytest

from chalicelib.content import i18n, manifest
from tests.content.conftest import draw

MARKS = re.compile(
    r"GDS Transport|@font-face|crown|crest|logotype|gov\.uk(?!\.)|open government licence|nationalarchives|"
    r"#1d70b8|#00703c|#0f7a52|#005ea5",
    re.IGNORECASE,
)


@pytest.mark.parametrize("name", ["site.css", "site.rtl.css", "staff.css"])
def test_no_sheet_has_a_mark_of_the_government(name: str) -> None:
    found = manifest.built_file(manifest.hashed(name))
    assert found is not None
    assert MARKS.findall(found[1]) == []


@pytest.mark.parametrize("name", ["start", "for_schools", "privacy", "cookies", "accessibility"])
def test_every_page_says_that_we_are_not_the_government(name: str) -> None:
    html = draw(f"pages/{name}.html")
    assert "Retract is not the government and not your school." in html
    assert MARKS.findall(html) == []


def test_the_sheet_is_turned_round_only_for_languages_that_are() -> None:
    for code, language in i18n.LANGUAGES.items():
        sheet = "site.rtl.css" if language.direction == "rtl" else "site.css"
        assert manifest.hashed(sheet) in draw("pages/cookies.html", code)
