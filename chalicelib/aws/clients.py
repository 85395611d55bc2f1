"""AWS clients: one botocore session (a second costs as much as the first), kept by name; and one way to ask.

Mail has its own way (``mailer``): there it matters whether a failure was certainly one.
"""

import logging
import threading
from collections.abc import Container
from typing import Any

from chalicelib.errors import Unavailable

_lock = threading.RLock()
_clients: dict[str, Any] = {}
_session: Any = None

ATTEMPTS = {"sesv2": 1}
"""SES is tried once: botocore would post the same mail three times on a read timeout (reliability.md 2)."""


def client(service: str) -> Any:
    """The client of ``service`` ("dynamodb"), made on first use."""
    global _session
    with _lock:
        if service not in _clients:
            import botocore.session
            from botocore.config import Config

            for chatty in ("botocore", "urllib3"):
                # At DEBUG they log whole requests: letters, addresses, unwrapped keys.
                logging.getLogger(chatty).setLevel(logging.WARNING)
            _session = _session or botocore.session.get_session()
            _clients[service] = _session.create_client(
                service,
                config=Config(
                    connect_timeout=2,
                    read_timeout=5,
                    retries={"mode": "standard", "total_max_attempts": ATTEMPTS.get(service, 3)},
                ),
            )
        return _clients[service]


class Answered(Exception):
    """AWS said no in a way that the caller expects: its ``code``, and the whole ``response``."""

    def __init__(self, code: str, response: dict[str, Any]) -> None:
        super().__init__(code)
        self.code = code
        self.response = response


def ask(service: str, operation: str, expected: Container[str] = (), /, **parameters: Any) -> Any:
    """The answer of AWS. Raises Answered for a code that is ``expected``, Unavailable for any other failure."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return getattr(client(service), operation)(**parameters)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in expected:
            raise Answered(code, error.response) from None
        raise Unavailable(operation=operation, code=code) from None
    except BotoCoreError as error:
        # A ParamValidationError prints its input: the type is enough.
        raise Unavailable(operation=operation, code=type(error).__name__) from None


def forget_clients() -> None:
    """Drops every client and the session: a test's next world has its own."""
    global _session
    with _lock:
        _clients.clear()
        _session = None
