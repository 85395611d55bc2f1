"""Submit: a household is stored, unconfirmed and sealed, in one transaction that may be asked for twice."""

from datetime import datetime
from typing import Any

from chalicelib.aws import delivery_rows, household_rows, keys, limit_rows, table, vault, withdrawal_rows
from chalicelib.aws.household_rows import HouseholdRow
from chalicelib.config import settings
from chalicelib.domain import lifetime
from chalicelib.domain.campaign import Campaign, load_campaign
from chalicelib.domain.delivery import Delivery, confirm_id
from chalicelib.domain.household import Child, Household, fold_mail, fold_name
from chalicelib.domain.times import london_day
from chalicelib.domain.withdrawal import Event, Kind, make_reference
from chalicelib.errors import CampaignEnded, NotStored, TooManyRequests, Unavailable
from chalicelib.services import limits, schools


def submit(household: Household, source: str, now: datetime, patient: bool = False) -> str:
    """Stores a household, unconfirmed and sealed, and its confirmation mail to be sent; the hid.

    The same form key again is the same household and stores nothing. Raises CampaignEnded, SchoolNotFound,
    TooManyRequests (``limit`` = "mail-open", "mail-day" or "source"), NotStored.
    """
    campaign = load_campaign(settings().campaign)
    if campaign.has_ended(london_day(now)):
        raise CampaignEnded
    hid = household_rows.name_household(household.key)
    try:
        writes, counters = _submission(household, hid, campaign, source, patient, now)
        for _ in range(2):
            try:
                table.transact(writes)
            except table.Refused as refused:
                if 0 in refused.rows:  # this form was sent before: the same answer
                    return hid
                if not _forget_stale(refused, counters, household, now):
                    raise _name_refusal(refused, counters) from None
            else:
                return hid
        raise NotStored
    except Unavailable:
        # The write may have been ours all the same: the sender sends the same form again and meets it.
        raise NotStored from None


def _submission(
    household: Household, hid: str, campaign: Campaign, source: str, patient: bool, now: datetime
) -> tuple[list[table.Row], int]:
    """The writes of a submission, and at which place its counters begin."""
    refs = tuple(make_reference() for _ in household.children)
    mail = fold_mail(household.sender.mail)
    stored = HouseholdRow(
        hid, refs, campaign.id, 1, now, household_rows.print_mail(mail), limit_rows.open_print(mail)
    )
    first = Delivery(confirm_id(hid, 1), "confirm", hid, refs, make_reference(), now, due=now)
    writes = [household_rows.put_household(stored), delivery_rows.put_delivery(first, campaign.last_day)]
    for ref, child in zip(refs, household.children, strict=True):
        writes += _start(ref, hid, child, household, campaign, now)
    return writes + limits.submission_writes(campaign, household.sender.mail, source, patient, now), len(writes)


def _start(
    ref: str, hid: str, child: Child, household: Household, campaign: Campaign, now: datetime
) -> list[table.Row]:
    school = schools.get_school(child.urn)
    sealed, wrapped = vault.seal(
        ref,
        campaign.id,
        {
            "child": child.name,
            "class": child.class_name,
            "name": household.sender.name,
            "mail": household.sender.mail,
            "role": household.sender.role,
            "language": household.sender.language,
        },
    )
    facts: dict[str, Any] = {
        "hid": hid,
        "campaign": campaign.id,
        "campaign_version": campaign.version,
        "consent": campaign.consent.version,
        "urn": school.urn,
        "la": school.la_code,
        "phase": school.phase,
        "items": child.items,
        "erase_on": lifetime.unconfirmed_until(campaign, now),
    }
    if settings().test:
        facts["test"] = True
    print_ = keys.fingerprint(f"child-{campaign.id}", fold_name(child.name))
    return withdrawal_rows.start(ref, Event(Kind.SUBMITTED, 1, now, "sender", facts), print_, sealed, wrapped)


def _forget_stale(refused: table.Refused, counters: int, household: Household, now: datetime) -> bool:
    """Whether the only refusal was a count that should have been forgotten by now (TTL is late by days).

    It begins again once, however many forms of the mailbox come at this moment.
    """
    row = refused.rows.get(counters)
    if list(refused.rows) != [counters] or not row or row["ttl"] >= now.timestamp():
        return False
    print_ = limit_rows.open_print(fold_mail(household.sender.mail))
    limit_rows.forget_open(print_, row["ttl"])
    return True


def _name_refusal(refused: table.Refused, counters: int) -> Exception:
    for place in sorted(refused.rows):
        if place >= counters:
            return TooManyRequests(limit=limits.NAMES[place - counters])
    return NotStored()
