"""Clocks that disagree, days that are 23 or 25 hours long, and the midnight in which a census day begins."""

import re
from datetime import UTC, datetime, time, timedelta

import pytest

from chalicelib.domain.campaign import load_campaign
from chalicelib.errors import CampaignEnded
from chalicelib.services import limits, submissions
from tests import make, scenes, tell
from tests.faults import inject
from tests.invariants import read_words

MINUTES = timedelta(minutes=5)
SECOND = timedelta(seconds=1)
SPRING, AUTUMN = datetime(2018, 3, 25, 1, tzinfo=UTC), datetime(2017, 10, 29, 1, tzinfo=UTC)
"""When the clocks of England go forward and back."""
CENSUS_DAY = datetime(2017, 10, 4, 23, tzinfo=UTC)
"""5 October 2017, 00:00 in London."""


@pytest.mark.parametrize(
    "prepare",
    [scenes.ring_for_a_letter, scenes.sweep_for_a_letter, scenes.confirm_one_child, scenes.correct_an_answer],
    ids=lambda prepare: prepare.__name__,
)
def test_workers_whose_clocks_are_five_minutes_off_break_no_promise(world, prepare, thorough, figures):
    tally = inject(world, prepare, 5, None if thorough else 1, MINUTES)
    figures["fault points under skewed clocks"] += tally.points
    assert not tally.broken, "\n".join(tally.broken)


@pytest.mark.parametrize("at", [SPRING, AUTUMN, CENSUS_DAY], ids=lambda at: str(at.date()))
def test_the_walk_crosses_the_change_of_the_clocks_and_census_day(world, monkeypatch, at):
    monkeypatch.setattr(make, "NOW", at - SECOND)
    assert not inject(world, scenes.confirm_one_child, 6, 1).broken


@pytest.mark.parametrize(("noon", "hours"), [(AUTUMN.replace(hour=12), 25), (SPRING.replace(hour=12), 23)])
def test_a_day_of_a_source_is_a_london_day(noon, hours):
    day = limits.salt_source("192.0.2.1", noon)
    around = [noon.replace(hour=0) + timedelta(hours=hour) for hour in range(-24, 48)]
    assert sum(limits.salt_source("192.0.2.1", each) == day for each in around) == hours


def test_the_campaign_ends_with_its_last_day_in_london(world):
    campaign = load_campaign("school-census-2017-18")
    ends = datetime.combine(campaign.last_day, time(23), UTC)  # summer time
    submissions.submit(make.make_household(), "192.0.2.1", ends - SECOND)
    with pytest.raises(CampaignEnded):
        submissions.submit(make.make_household(key="late"), "192.0.2.1", ends)


@pytest.mark.parametrize(
    ("at", "day"),
    [
        (CENSUS_DAY - SECOND, "5 October 2017"),
        (CENSUS_DAY, "5 October 2017"),
        (CENSUS_DAY + timedelta(days=1) - SECOND, "5 October 2017"),
        (CENSUS_DAY + timedelta(days=1), "18 January 2018"),
    ],
    ids=str,
)
def test_a_letter_is_for_the_census_day_that_has_not_ended_in_london(world, at, day):
    hid = tell.submit_and_confirm(now=at)
    tell.ring(hid, "confirmed", at)
    (letter,) = [mail for mail in world.outbox if mail.tags["delivery"] == tell.letter(hid)]
    assert re.search(rf"Census day is (\w+ )?{day}\.", " ".join(read_words(letter.raw).split()))
