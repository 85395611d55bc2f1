"""The limits on sending (reliability.md 4): by address and by source, never by school."""

from datetime import datetime, timedelta

from chalicelib.aws import limit_rows, table
from chalicelib.domain.campaign import Campaign
from chalicelib.domain.household import fold_mail
from chalicelib.domain.times import london_day

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

NAMES = ("mail-open", "mail-day", "source", "source")
"""What each of ``submission_writes`` limits, in its order."""


def submission_writes(campaign: Campaign, mail: str, source: str, patient: bool, now: datetime) -> list[table.Row]:
    """The counters of one submission, for its transaction; refused ones are named by ``NAMES``.

    ``patient``: the sender has waited on the wait page; a whole mobile network may share one address, so past
    the source's number there is a wait and never a refusal.
    """
    limits, who = campaign.limits, fold_mail(mail)
    place = salt_source(source, now)
    lasts = timedelta(days=campaign.retention.unconfirmed_days)
    return [
        limit_rows.open_one(limit_rows.open_print(who), limits.unconfirmed_open, lasts, now),
        limit_rows.bump("mail-day", who, DAY, limits.unconfirmed_a_day, now),
        limit_rows.bump("source-hour", place, HOUR, None if patient else limits.source_an_hour, now),
        limit_rows.bump("source-day", place, DAY, None if patient else limits.source_a_day, now),
    ]


def salt_source(source: str, now: datetime) -> str:
    """A network address salted by the day: nobody can be followed from one day to the next."""
    return f"{london_day(now)}#{source}"
