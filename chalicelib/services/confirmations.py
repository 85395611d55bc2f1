"""Confirm: the mailbox is the sender's own, so each school's letter is to be sent; what the sender then sees."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.aws import delivery_rows, guard_rows, household_rows, limit_rows, table, withdrawal_rows
from chalicelib.aws.guard_rows import Guard
from chalicelib.aws.household_rows import HouseholdRow
from chalicelib.config import settings
from chalicelib.content import links
from chalicelib.domain import lifetime
from chalicelib.domain.campaign import Campaign, load_campaign
from chalicelib.domain.delivery import Delivery, Hold, letter_id
from chalicelib.domain.school import School
from chalicelib.domain.times import london_day
from chalicelib.domain.withdrawal import Event, Kind, State, Withdrawal, make_reference
from chalicelib.errors import CampaignEnded, LinkBroken, LinkExpired, LinkSuperseded, Unavailable
from chalicelib.services import holds, schools, tracing

DONE_LINK = timedelta(days=30)
TRIES = 3


@dataclass(frozen=True)
class Told:
    """One withdrawal as its sender's page shows it; ``letter`` is the delivery that carries it."""

    withdrawal: Withdrawal
    school: School
    letter: Delivery | None


def confirm_link(hid: str, version: int, language: str, now: datetime) -> tuple[str, datetime]:
    """The link of a confirmation mail, and when it ends."""
    expires = now + timedelta(days=load_campaign(settings().campaign).limits.confirm_link_days)
    token = links.sign_token("confirm", {"h": hid, "v": version}, expires)
    return links.public_url(f"/confirm/{token}", language), expires


def read_confirmation(token: str, now: datetime) -> None:
    """Whether the link can still be pressed; asks nothing of AWS. Raises LinkBroken, LinkExpired."""
    links.read_token("confirm", token, now)


def confirm(token: str, now: datetime) -> str:
    """The sender's mailbox is theirs: each school's letter is to be sent; the hid. A second time changes nothing.

    The same child, school and items from the same mailbox as before is cancelled, naming the first; this is
    judged only here, so that nobody can block a child by typing a name. Raises LinkBroken, LinkExpired,
    LinkSuperseded, CampaignEnded, Unavailable.
    """
    payload = links.read_token("confirm", token, now)
    for _ in range(TRIES):
        household = household_rows.get_household(payload["h"])
        if household is None:
            raise LinkBroken
        found = withdrawal_rows.get_withdrawals(household.refs).values()
        if all(each.state is State.ERASED for each in found):
            raise LinkExpired
        waiting = [each for each in found if each.state is State.UNCONFIRMED]
        if not waiting:
            return household.hid
        if payload["v"] != household.v:
            raise LinkSuperseded
        campaign = load_campaign(household.campaign)
        if campaign.has_ended(london_day(now)):
            raise CampaignEnded
        try:
            table.transact(_confirmation(household, waiting, campaign, now))
        except table.Refused:
            continue  # another press was quicker, of this or of another household: look again
        return household.hid
    raise Unavailable


def _confirmation(
    household: HouseholdRow, waiting: list[Withdrawal], campaign: Campaign, now: datetime
) -> list[table.Row]:
    lasts = timedelta(days=campaign.retention.unconfirmed_days)
    guards, closed = guard_rows.get_guards(waiting, household)
    writes = [
        household_rows.check_version(household.hid, household.v),
        limit_rows.close_one(household.open, closed, lasts, now),
    ]
    until = lifetime.confirmed_until(campaign, now)
    told: dict[str, list[str]] = {}
    ours: set[tuple[str, str]] = set()
    for each in waiting:
        place = guard_rows.child_at(each)
        same = guards.get(place)
        if same and set(same.items) == set(each.items):
            event = Event(Kind.CANCELLED, each.n + 1, now, "service", {"same_as": same.ref})
        else:
            if place not in ours:  # one write of an item in a transaction
                writes.append(guard_rows.put_guard(each, household.by_mail, same, campaign.last_day, now))
            ours.add(place)
            guards[place] = Guard(each.ref, each.items)
            told.setdefault(each.urn, []).append(each.ref)
            letter = letter_id(household.hid, each.urn)
            event = Event(Kind.CONFIRMED, each.n + 1, now, "sender", {"letter": letter, "erase_on": until})
        writes += withdrawal_rows.change(each, event)
    held = tracing.find_many(household, waiting, campaign, now)
    for urn, refs in told.items():
        writes.append(_letter(household, urn, tuple(refs), urn in held, campaign, now))
    return writes


def _letter(
    household: HouseholdRow, urn: str, refs: tuple[str, ...], held: bool, campaign: Campaign, now: datetime
) -> table.Row:
    letter = Delivery(letter_id(household.hid, urn), "letter", household.hid, refs, make_reference(), now, urn)
    if held:
        holds.tell(Hold.MANY_SCHOOLS)
    letter = replace(letter, held=Hold.MANY_SCHOOLS) if held else replace(letter, due=now)
    return delivery_rows.put_delivery(letter, campaign.last_day)


def done_link(hid: str, now: datetime) -> str:
    """The path of the page that a sender may come back to."""
    return "/done/" + links.sign_token("done", {"h": hid}, now + DONE_LINK)


def read_done(token: str, now: datetime) -> list[Told]:
    """What a household sent and how far each letter is. Raises LinkBroken; LinkExpired also once all is erased."""
    household = household_rows.get_household(links.read_token("done", token, now)["h"])
    if household is None:
        raise LinkBroken
    found = {
        ref: each
        for ref, each in withdrawal_rows.get_withdrawals(household.refs).items()
        if each.state is not State.ERASED
    }
    if not found:
        raise LinkExpired
    letters = delivery_rows.get_deliveries({each.letter for each in found.values() if each.letter})
    return [
        Told(each, schools.get_school(each.urn), letters.get(each.letter or ""))
        for each in (found[ref] for ref in household.refs if ref in found)
    ]
