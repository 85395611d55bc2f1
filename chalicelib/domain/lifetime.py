"""How long a withdrawal's personal data lives: each answer is the London day in whose night it is erased.

The numbers are the campaign's (reliability.md 6).
"""

from datetime import date, datetime, timedelta

from chalicelib.domain.campaign import Campaign
from chalicelib.domain.times import london_day


def unconfirmed_until(campaign: Campaign, made: datetime) -> date:
    """Of what is not confirmed: the day after its link has ended."""
    return london_day(made) + timedelta(days=campaign.retention.unconfirmed_days + 1)


def confirmed_until(campaign: Campaign, confirmed: datetime) -> date:
    """Of what no school answers: counted from the census day that the letter names."""
    census = campaign.next_census_day(london_day(confirmed)) or campaign.census_days[-1]
    return census.date + timedelta(days=campaign.retention.after_census_days)


def answered_until(campaign: Campaign, answered: datetime) -> date:
    """Of what the school has answered: counted from its newest answer."""
    return london_day(answered) + timedelta(days=campaign.retention.after_answer_days)
