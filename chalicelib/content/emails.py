"""Every e-mail of the service, one function a letter: domain objects in, ``EmailMessage`` out.

Headers hold no name, no school and nothing a person typed but the address that the mail goes to.
"""

import re
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

from chalicelib.content import render
from chalicelib.content.i18n import ENGLISH
from chalicelib.content.letters import Letter
from chalicelib.domain.campaign import Campaign
from chalicelib.domain.times import LONDON


def confirm_email(
    *,
    campaign: Campaign,
    to_address: str,
    language: str,
    link: str,
    made: datetime,
    expires: datetime,
    sender_from: str,
    test: bool = False,
) -> EmailMessage:
    """Asks whoever reads ``to_address`` to confirm what was written at ``made``, by ``link``, before ``expires``.

    It holds nothing that the sender typed: the address may be a stranger's (reliability.md, promise 4).
    Instants are UTC and shown in London time.
    """
    return _compose(
        "confirm",
        language,
        campaign,
        to_address,
        sender_from,
        test,
        link=link,
        made=made.astimezone(LONDON),
        expires=expires.astimezone(LONDON),
    )


def school_letter(letter: Letter, *, to_address: str, sender_from: str, test: bool = False) -> EmailMessage:
    """The letter to a school, always in English. What people typed in it was cleaned by the form.

    ``test``: it goes to its sender instead, and says so first.
    """
    return _compose("letter", ENGLISH, letter.campaign, to_address, sender_from, test, letter=letter)


def _compose(
    name: str, language: str, campaign: Campaign, to_address: str, sender_from: str, test: bool, **facts: Any
) -> EmailMessage:
    facts |= {"campaign": campaign, "in_mail": True}
    facts["test"] = _tidy(render.text("emails/test.txt", language, **facts)) if test else ""
    message = EmailMessage(policy=SMTP)
    subject = " ".join(render.text(f"emails/{name}/subject.txt", language, **facts).split())
    message["Subject"] = f"[TEST] {subject}" if test else subject
    # From is our own domain and Reply-To the campaign's mailbox: one press of Reply must not reach a stranger.
    message["From"] = Address(campaign.name, addr_spec=sender_from)
    message["To"] = Address(addr_spec=to_address)
    message["Reply-To"] = Address(addr_spec=campaign.controller.reply_mailbox)
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "OOF, AutoReply"
    text = _tidy(f"{facts['test']}\n" + render.text(f"emails/{name}/body.txt", language, **facts))
    page = render.page(f"emails/{name}/body.html", language, **facts)
    message.set_content(text, cte="quoted-printable")
    message.add_alternative(page, subtype="html", cte="quoted-printable")
    return message


def _tidy(text: str) -> str:
    """``text`` with one empty line between its parts, as templates cannot promise it."""
    return re.sub(r"\n\s*\n", "\n\n", text).strip() + "\n"
