"""Sends a mail through SES, and turns an SES event into ours, with every address cut out."""

import json
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from typing import Any

from chalicelib.aws.clients import client
from chalicelib.config import settings

ABOUT_ONE_MAIL = ("MessageRejected", "BadRequestException")
"""SES v2's refusals of a mail for what it is. Every other is about the account, the domain, the configuration set,
our rights or our speed (botocore's service model of sesv2, SendEmail), and meets the next mail too.
"""

ABOUT_THE_ACCOUNT = {
    "not verified": "NotVerified",
    "suspended": "SendingSuspended",
    "paused": "SendingPaused",
    "Daily message quota": "DailyQuota",
}
"""Words in a refusal's text that tell more than its code: the sandbox says MessageRejected (SES guide, "Amazon SES
email sending errors"), and both quotas have one code ("Errors related to the sending quotas").
"""


class MailRefused(Exception):
    """SES has certainly not taken the mail; ``of_the_mail``: for what it is, so that others may pass."""

    def __init__(self, code: str, of_the_mail: bool) -> None:
        super().__init__(code)
        self.code = code
        self.of_the_mail = of_the_mail


class MailUnknown(Exception):
    """SES may or may not have taken the mail."""


@dataclass(frozen=True)
class MailEvent:
    """What happened to one attempt of a delivery: ``kind`` is SES's word in lower case ("delivery", "bounce").

    ``lasting``: a bounce that a second try would not mend. ``contact``: the version of the school's contact to
    which this attempt went.
    """

    kind: str
    delivery: str
    attempt: int
    at: datetime
    lasting: bool = False
    contact: int = 0


def send(message: EmailMessage, delivery_id: str, attempt: int, contact_version: int | None = None) -> None:
    """Hands the very bytes of ``message`` to SES, once. Raises MailRefused or MailUnknown.

    The tags are how mail events find the delivery (SES writes its own Message-ID) and the contact that was used,
    even where they come before we have noted either.
    """
    from botocore.exceptions import BotoCoreError, ClientError, ConnectTimeoutError, EndpointConnectionError

    tags = {"delivery": delivery_id, "attempt": str(attempt)}
    if contact_version is not None:
        tags["contact"] = str(contact_version)
    try:
        client("sesv2").send_email(
            FromEmailAddress=str(message["From"]),
            Destination={"ToAddresses": [message["To"].addresses[0].addr_spec]},
            Content={"Raw": {"Data": message.as_bytes()}},
            ConfigurationSetName=settings().configuration_set,
            EmailTags=[{"Name": name, "Value": value} for name, value in tags.items()],
        )
    except ClientError as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        if 400 <= status < 500:
            raise _name_refusal(error.response["Error"]) from None
        raise MailUnknown from None
    except (EndpointConnectionError, ConnectTimeoutError):
        raise MailRefused("NoConnection", of_the_mail=False) from None
    except BotoCoreError:
        raise MailUnknown from None


def _name_refusal(error: dict[str, str]) -> MailRefused:
    """The refusal; its text may name an address and is looked at here only."""
    text = error.get("Message", "")
    for words, code in ABOUT_THE_ACCOUNT.items():
        if words in text:
            return MailRefused(code, of_the_mail=False)
    return MailRefused(error["Code"], error["Code"] in ABOUT_ONE_MAIL)


def read_mail_event(body: str) -> MailEvent | None:
    """Our event from the body of a queue's message (SES by SNS); None for what is no event of a delivery.

    Nothing but kind, tags and time is taken over: SES repeats addresses and subjects.
    """
    try:
        envelope = json.loads(body)
        event = json.loads(envelope["Message"]) if "Message" in envelope else envelope
        tags = event["mail"]["tags"]
        kind = (event.get("eventType") or event["notificationType"]).lower()
        detail: dict[str, Any] = event.get(kind) or {}
        return MailEvent(
            kind,
            tags["delivery"][0],
            int(tags["attempt"][0]),
            datetime.fromisoformat(detail.get("timestamp") or event["mail"]["timestamp"]),
            detail.get("bounceType") == "Permanent",
            int(tags.get("contact", ["0"])[0]),
        )
    except (ValueError, KeyError, TypeError, IndexError, AttributeError):
        return None
