"""Sends a mail through SES, and turns an SES event into ours, with every address cut out."""

import json
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from typing import Any

from chalicelib.aws.clients import client
from chalicelib.config import settings


class MailRefused(Exception):
    """SES has certainly not taken the mail."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class MailUnknown(Exception):
    """SES may or may not have taken the mail."""


@dataclass(frozen=True)
class MailEvent:
    """What happened to one attempt of a delivery: ``kind`` is SES's word in lower case ("delivery", "bounce").

    ``lasting``: a bounce that a second try would not mend.
    """

    kind: str
    delivery: str
    attempt: int
    at: datetime
    lasting: bool = False


def send(message: EmailMessage, delivery_id: str, attempt: int) -> None:
    """Hands the very bytes of ``message`` to SES, once. Raises MailRefused or MailUnknown.

    The tags are how mail events find the delivery: SES writes its own Message-ID.
    """
    from botocore.exceptions import BotoCoreError, ClientError, ConnectTimeoutError, EndpointConnectionError

    try:
        client("sesv2").send_email(
            FromEmailAddress=str(message["From"]),
            Destination={"ToAddresses": [message["To"].addresses[0].addr_spec]},
            Content={"Raw": {"Data": message.as_bytes()}},
            ConfigurationSetName=settings().configuration_set,
            EmailTags=[
                {"Name": "delivery", "Value": delivery_id},
                {"Name": "attempt", "Value": str(attempt)},
            ],
        )
    except ClientError as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        if 400 <= status < 500:
            raise MailRefused(error.response["Error"]["Code"]) from None
        raise MailUnknown from None
    except (EndpointConnectionError, ConnectTimeoutError):
        raise MailRefused("NoConnection") from None
    except BotoCoreError:
        raise MailUnknown from None


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
        )
    except (ValueError, KeyError, TypeError, IndexError, AttributeError):
        return None
