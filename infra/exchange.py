"""The one way to AWS where moto stands for it: a lock, the mails that went out, and the second factor.

moto is not safe under threads, forgets a mail's tags, and takes any code for a second factor.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pyotp
from botocore.client import BaseClient
from botocore.exceptions import ClientError


@dataclass(frozen=True)
class SentMail:
    """A mail that SES took: its very bytes, where it went, its tags, and when (wall clock, UTC)."""

    message_id: str
    raw: bytes
    to: tuple[str, ...]
    tags: dict[str, str]
    at: datetime


@dataclass
class Exchange:
    """What went through: ``outbox`` in the order of sending. ``secret``: every account's second factor, base32."""

    secret: str
    outbox: list[SentMail] = field(default_factory=list)
    lock: Any = field(default_factory=threading.RLock)

    def call(self, real: Any, client: Any, operation: str, parameters: dict[str, Any]) -> Any:
        """Answers one AWS call through ``real``, one at a time."""
        with self.lock:
            if operation == "RespondToAuthChallenge":
                self._check_code(operation, parameters)
            answer = real(client, operation, parameters)
            if operation == "SendEmail":
                self._note(answer["MessageId"], parameters)
            return answer

    def _check_code(self, operation: str, parameters: dict[str, Any]) -> None:
        code = parameters["ChallengeResponses"].get("SOFTWARE_TOKEN_MFA_CODE", "")
        if not pyotp.TOTP(self.secret).verify(code, valid_window=1):  # a person takes some seconds to type it
            refusal = {"Code": "CodeMismatchException", "Message": "Invalid code or auth state for the user."}
            raise ClientError(
                {"Error": refusal, "ResponseMetadata": {"HTTPStatusCode": 400}},
                operation,
            )

    def _note(self, message_id: str, parameters: dict[str, Any]) -> None:
        self.outbox.append(
            SentMail(
                message_id,
                parameters["Content"]["Raw"]["Data"],
                tuple(parameters["Destination"]["ToAddresses"]),
                {tag["Name"]: tag["Value"] for tag in parameters.get("EmailTags", ())},
                datetime.now(UTC),
            )
        )


@contextmanager
def exchange() -> Iterator[Exchange]:
    """Puts an exchange before every botocore client of this process, whenever it was or will be made."""
    real = BaseClient._make_api_call
    desk = Exchange(pyotp.random_base32())

    def make_api_call(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
        return desk.call(real, client, operation, parameters)

    BaseClient._make_api_call = make_api_call
    try:
        yield desk
    finally:
        BaseClient._make_api_call = real
