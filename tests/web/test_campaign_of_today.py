"""The campaign of 2026-27 as a parent meets it: its items, and a letter no stronger than its sources."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from chalicelib import config
from chalicelib.aws import contact_rows
from chalicelib.domain.contact import Contact, ContactState
from infra.world import World
from infra.world import world as open_world
from tests import make
from tests.web.client import KIM, Browser, Page, begin

BEFORE_SPRING = datetime(2026, 12, 1, 9, 30, tzinfo=UTC)
BEFORE_AUTUMN = datetime(2026, 9, 15, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def aws(register_path: Path) -> Iterator[World]:
    with open_world(register_path=register_path, campaign="school-census-2026-27") as here:
        yield here


@pytest.fixture
def phone(aws: World, monkeypatch: pytest.MonkeyPatch) -> Browser:
    aws.empty()
    contact_rows.put_contact(Contact(make.HILL, "office@hill.example", ContactState.VERIFIED))
    monkeypatch.setattr(config, "now", lambda: BEFORE_SPRING)
    return Browser()


def come_to_items(phone: Browser) -> Page:
    begin(phone)
    page = phone.answer(phone.get("/child/1/school?q=hill"), urn=make.HILL)
    return phone.answer(page, name="Robin Example")


def boxes(page: Page) -> dict[str, bool]:
    """The items that can be refused, and whether each is ticked."""
    return {str(box["value"]): box.has_attr("checked") for box in page.tree.select("input[name=items]")}


def test_the_start_page_names_what_can_be_declined_today_and_an_expected_day(phone: Browser) -> None:
    words = phone.get("/").words
    assert "We expect the next census day on 21 January 2027" in words
    assert "First language" in words
    assert "Service child" in words
    assert "Nationality" not in words
    assert "Country of birth" not in words


def test_nothing_is_ticked_because_nothing_can_be_retracted(phone: Browser) -> None:
    assert boxes(come_to_items(phone)) == {"ethnicity": False, "first-language": False, "service-child": False}


def test_ethnicity_is_offered_for_the_spring_census_only(phone: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "now", lambda: BEFORE_AUTUMN)
    assert set(boxes(come_to_items(phone))) == {"first-language", "service-child"}


def test_the_letter_says_what_the_sources_of_today_say_and_nothing_of_2016(phone: Browser) -> None:
    items = come_to_items(phone)
    assert phone.answer(items, items=["ethnicity", "first-language", "service-child"]).path == "/you"
    page = phone.answer(phone.get("/you"), **KIM)
    letter = " ".join(str(page.tree.select_one(".site-letter").get_text(" ")).split())  # type: ignore[union-attr]
    assert "Before census day, Thursday 21 January 2027 (expected date)" in letter
    assert "First language: “Refused”, code REF" in letter
    assert "Ethnicity: “Refused”." in letter
    assert "is not transferred to the Department for Education" in letter
    assert "HL2697" in letter
    assert "UK GDPR, Articles 13 and 14" in letter
    for word in ("retracts", "replace any", "Data Protection Act 1998", "Lord Nash", "country of birth"):
        assert word not in letter
