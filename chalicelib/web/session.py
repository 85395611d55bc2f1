"""Our two cookies, ``journey`` and ``staff``: deflated, encrypted, gone after an idle time.

Half-finished answers live only here; a cookie that is old, forged or of another shape is a fresh start.
"""

import json
import zlib
from datetime import datetime, timedelta
from typing import Any

from chalicelib.config import settings

LIMIT = 3900
"""Bytes of a cookie's value that every browser keeps, with room for its name and attributes."""

IDLE = {"journey": timedelta(minutes=30), "staff": timedelta(minutes=15)}
SAME_SITE = {"journey": "Lax", "staff": "Strict"}


class CookieFull(Exception):
    """The answers no longer fit into the cookie: nothing is lost, the last answer was not taken."""


def seal(name: str, data: dict[str, Any], now: datetime) -> str:
    """The Set-Cookie value that keeps ``data`` (JSON) from ``now``. Raises CookieFull past 3,900 bytes."""
    packed = zlib.compress(json.dumps([name, data], ensure_ascii=False, separators=(",", ":")).encode(), 9)
    value = _cipher().encrypt_at_time(packed, int(now.timestamp())).decode()
    if len(value) > LIMIT:
        raise CookieFull
    return _cookie(name, value, int(IDLE[name].total_seconds()))


def clear(name: str) -> str:
    """The Set-Cookie value that makes a browser forget the cookie."""
    return _cookie(name, "", 0)


def unseal(name: str, header: str, now: datetime) -> dict[str, Any]:
    """What the Cookie ``header`` keeps under ``name``; {} where it holds none, or an idle or a forged one."""
    prefix = f"__Host-{name}="
    for part in header.split(";"):
        if part.strip().startswith(prefix):
            from cryptography.fernet import InvalidToken  # 25 modules, which a first visit need not pay for

            sealed = part.strip().removeprefix(prefix).encode("ascii", "replace")
            try:
                packed = _cipher().decrypt_at_time(sealed, int(IDLE[name].total_seconds()), int(now.timestamp()))
            except InvalidToken:
                return {}
            inside, data = json.loads(zlib.decompress(packed))
            return dict(data) if inside == name else {}
    return {}


def _cookie(name: str, value: str, seconds: int) -> str:
    return f"__Host-{name}={value}; Path=/; Secure; HttpOnly; SameSite={SAME_SITE[name]}; Max-Age={seconds}"


def _cipher() -> Any:
    from cryptography.fernet import Fernet, MultiFernet

    return MultiFernet([Fernet(key) for key in settings().cookie_keys])
