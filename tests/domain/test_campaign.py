"""The shipped campaign: what may be refused when and where, and what it may claim (domain.md A and its traps)."""

import dataclasses
from datetime import date

import pytest

from chalicelib.domain.campaign import Campaign, load_campaign
from chalicelib.errors import SettingMissing

COMMUNITY_SCHOOL, PUPIL_REFERRAL_UNIT, NURSERY_SCHOOL = "01", "14", "15"


@pytest.fixture
def campaign() -> Campaign:
    return load_campaign("school-census-2017-18")


def offered(campaign: Campaign, today: date, type_code: str = COMMUNITY_SCHOOL) -> list[str]:
    return [item.id for item in campaign.items_on(today, type_code)]


@pytest.mark.parametrize(
    ("today", "census"),
    [
        (date(2017, 9, 21), date(2017, 10, 5)),
        (date(2017, 10, 5), date(2017, 10, 5)),
        (date(2017, 10, 6), date(2018, 1, 18)),
        (date(2018, 5, 17), date(2018, 5, 17)),
        (date(2018, 6, 13), date(2018, 5, 17)),
    ],
)
def test_a_refusal_is_for_the_next_census_and_at_the_end_for_the_return_still_open(
    campaign: Campaign, today: date, census: date
) -> None:
    day = campaign.next_census_day(today)
    assert day is not None
    assert day.date == census


def test_the_campaign_ends_when_its_last_return_is_due(campaign: Campaign) -> None:
    assert not campaign.has_ended(date(2018, 6, 13))
    assert campaign.has_ended(date(2018, 6, 14))
    assert campaign.next_census_day(date(2018, 6, 14)) is None
    assert offered(campaign, date(2018, 6, 14)) == []


def test_a_return_is_open_from_the_day_after_census_day_until_it_is_due(campaign: Campaign) -> None:
    autumn = campaign.census_days[0]
    assert campaign.open_return(date(2017, 10, 5)) is None
    assert campaign.open_return(date(2017, 10, 6)) == autumn
    assert campaign.open_return(date(2017, 11, 1)) == autumn
    assert campaign.open_return(date(2017, 11, 2)) is None


def test_ethnicity_is_offered_before_the_spring_census_only(campaign: Campaign) -> None:
    everywhere = ["nationality", "country-of-birth", "first-language"]
    assert offered(campaign, date(2017, 9, 21)) == everywhere
    assert offered(campaign, date(2017, 10, 6)) == [
        "nationality",
        "country-of-birth",
        "ethnicity",
        "first-language",
    ]
    assert offered(campaign, date(2018, 1, 19)) == everywhere


def test_only_nationality_and_country_of_birth_are_ticked_and_can_be_retracted(campaign: Campaign) -> None:
    assert [item.id for item in campaign.items if item.ticked] == ["nationality", "country-of-birth"]
    assert [item.id for item in campaign.items if item.retractable] == ["nationality", "country-of-birth"]


@pytest.mark.parametrize("type_code", [PUPIL_REFERRAL_UNIT, NURSERY_SCHOOL, "38", "42", "43"])
def test_nationality_is_not_asked_in_alternative_provision_nor_of_the_under_fives(
    campaign: Campaign, type_code: str
) -> None:
    assert offered(campaign, date(2017, 9, 21), type_code) == ["first-language"]
    assert campaign.item("nationality").from_age == 5


def test_a_code_is_given_only_where_a_source_gives_one(campaign: Campaign) -> None:
    assert {item.id: item.refusal_code for item in campaign.items} == {
        "nationality": None,
        "country-of-birth": None,
        "ethnicity": "REFU",
        "first-language": "REF",
    }
    assert {item.school_word for item in campaign.items} == {"Refused"}


def test_no_effect_on_funding_is_said_of_nationality_and_country_of_birth_only(campaign: Campaign) -> None:
    assert [item.id for item in campaign.items if "no effect" in item.funding] == [
        "nationality",
        "country-of-birth",
    ]
    assert "October census" in campaign.item("first-language").funding


def test_that_the_department_deletes_what_it_has_is_said_until_its_promise_was_reviewed(
    campaign: Campaign,
) -> None:
    delete = next(ground for ground in campaign.item("nationality").assurances if "delete" in ground.text)
    assert delete.holds_on(date(2017, 11, 30))
    assert not delete.holds_on(date(2017, 12, 1))


def test_law_and_guidance_are_two_sentences_of_their_day(campaign: Campaign) -> None:
    assert "must" in campaign.law.duty.text
    assert campaign.law.duty.citation == "Data Protection Act 1998"
    assert "must" not in campaign.law.guidance.text
    assert "guide" in campaign.law.guidance.citation


def test_citations_name_sections_never_pages(campaign: Campaign) -> None:
    for item in campaign.items:
        for ground in (item.ground, *item.assurances):
            assert "page" not in ground.citation


def test_expected_dates_are_told_from_confirmed_ones(campaign: Campaign) -> None:
    assert [day.confirmed for day in campaign.census_days] == [True, True, True]
    assert [day.return_confirmed for day in campaign.census_days] == [False, True, False]


def test_every_placeholder_of_the_controller_is_found_until_it_is_filled_in(campaign: Campaign) -> None:
    keys = [field.name for field in dataclasses.fields(campaign.controller)]
    assert campaign.placeholders() == [f"controller.{key}" for key in keys]
    real = dataclasses.replace(
        campaign.controller,
        legal_name="Parents for Privacy Ltd",
        postal_address="3 Mill Lane, Leeds",
        registration="ZA123456",
        reply_mailbox="letters@parents.org.uk",
        telephone="0113 496 1234",
        website="https://parents.org.uk",
    )
    assert dataclasses.replace(campaign, controller=real).placeholders() == []
    half = dataclasses.replace(real, telephone=" ")
    assert dataclasses.replace(campaign, controller=half).placeholders() == ["controller.telephone"]


def test_an_item_or_campaign_that_is_not_there_is_named() -> None:
    with pytest.raises(KeyError, match="religion"):
        load_campaign("school-census-2017-18").item("religion")
    with pytest.raises(SettingMissing, match="CAMPAIGN=school-census-1066"):
        load_campaign("school-census-1066")
