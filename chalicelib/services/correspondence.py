"""Writes the mail of a delivery from what is stored: opens the seals, asks for the contact, draws the letter."""

from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from typing import Any

from chalicelib.aws import household_rows, vault, withdrawal_rows
from chalicelib.aws.withdrawal_rows import Stored
from chalicelib.config import settings
from chalicelib.content import emails, links
from chalicelib.content.letters import Letter, Refusal
from chalicelib.domain.campaign import load_campaign
from chalicelib.domain.delivery import Delivery
from chalicelib.domain.plain import Unreadable
from chalicelib.domain.times import london_day
from chalicelib.domain.withdrawal import State
from chalicelib.services import answers, confirmations, schools


class NoContact(Exception):
    """The school has no contact that works: the delivery is held, never dropped."""


@dataclass(frozen=True)
class Mail:
    """A mail ready to be sent; ``contact_version`` says which contact of the school it goes to."""

    message: EmailMessage
    contact_version: int | None = None


def write(delivery: Delivery, now: datetime) -> Mail | None:
    """The mail of ``delivery`` as of now; None where nothing of it is to be told any more.

    Raises NoContact, BrokenSeal, Unreadable, Unavailable.
    """
    if delivery.kind not in _KINDS:
        raise Unreadable
    return _KINDS[delivery.kind](delivery, now)


def _write_confirmation(delivery: Delivery, now: datetime) -> Mail | None:
    household = household_rows.get_household(delivery.hid)
    stored, _ = withdrawal_rows.get_stored(delivery.refs)
    waiting = (each for each in stored.values() if each.withdrawal.state is State.UNCONFIRMED)
    first = next(waiting, None)
    if not household or not first:
        return None
    said = _open(first)
    link, expires = confirmations.confirm_link(delivery.hid, household.v, said["language"], now)
    return Mail(
        emails.confirm_email(
            campaign=load_campaign(household.campaign),
            to_address=said["mail"],
            language=said["language"],
            link=link,
            made=household.made,
            expires=expires,
            sender_from=settings().mail_from,
            test=first.withdrawal.test,
        )
    )


def _write_letter(delivery: Delivery, now: datetime) -> Mail | None:
    stored, contacts = withdrawal_rows.get_stored(delivery.refs, [delivery.urn])
    told = [stored[ref] for ref in delivery.refs if ref in stored and stored[ref].withdrawal.to_be_told]
    if not told:
        return None
    campaign = load_campaign(told[0].withdrawal.campaign)
    if campaign.has_ended(london_day(now)):
        return None
    contact = contacts.get(delivery.urn)
    if contact is None or not contact.works:
        raise NoContact
    refusals = []
    for each in told:
        said, withdrawal = _open(each), each.withdrawal
        refusals.append(
            Refusal(
                child_name=said["child"],
                class_name=said["class"],
                items=tuple(campaign.item(item) for item in withdrawal.items),
                sender_name=said["name"],
                role=said["role"],
                mail=said["mail"],
                confirmed=withdrawal.confirmed,
                reference=withdrawal.ref,
            )
        )
    letter = Letter(
        campaign=campaign,
        school=schools.get_school(delivery.urn),
        refusals=tuple(refusals),
        today=london_day(now),
        reference=delivery.reference,
        answer_link=answers.answer_link(delivery),
        check_link=links.public_url("/for-schools"),
    )
    test = any(each.withdrawal.test for each in told)
    # A test goes to who wrote it. What then becomes of that mailbox says nothing of the school's contact.
    to_address, version = (refusals[0].mail, None) if test else (contact.address, contact.version)
    message = emails.school_letter(letter, to_address=to_address, sender_from=settings().mail_from, test=test)
    return Mail(message, version)


def _open(stored: Stored) -> dict[str, Any]:
    if stored.sealed is None or stored.wrapped is None:
        raise vault.BrokenSeal
    withdrawal = stored.withdrawal
    return vault.unseal(withdrawal.ref, withdrawal.campaign, stored.sealed, stored.wrapped)


_KINDS = {"confirm": _write_confirmation, "letter": _write_letter}
