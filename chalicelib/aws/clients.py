"""AWS clients: one botocore session (a second costs as much as the first), clients kept by name."""

import logging
import threading
from typing import Any

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


def forget_clients() -> None:
    """Drops every client and the session: a test's next world has its own."""
    global _session
    with _lock:
        _clients.clear()
        _session = None
