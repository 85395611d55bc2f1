"""The keys of cookies, links and fingerprints: made here, kept in Secrets Manager, never shown, written or argued.

A new key goes in front; an old one stays as long as anything that it made is still good (reliability.md 6).
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from infra.aws_cli import STDIN, Refusal, Stopped, aws

WHAT = ("cookies", "links", "fingerprint")
NAMES = {"cookies": "COOKIE_KEYS", "links": "LINK_KEYS"}
KEPT = {
    # The longest cookie lasts a working day of the staff.
    "COOKIE_KEYS": timedelta(days=1),
    # A school's link lives until 42 days after the campaign's last census day, and a campaign is a school year.
    "LINK_KEYS": timedelta(days=400),
}
"""How long an old key stays after it was put behind a new one."""

MADE = "MADE"
"""Beside the keys: the day each was made, newest first, and the campaign that the fingerprint belongs to."""

Secret = dict[str, Any]


@dataclass(frozen=True)
class Kept:
    """The secret as it stands: its version's id, and what is in it. Its repr shows no key."""

    version: str
    content: Secret

    def __repr__(self) -> str:
        return f"Kept(version={self.version!r})"


def read_secret(stage: str) -> Kept | None:
    """The newest version of the stage's secret; None where nothing was ever put into it."""
    try:
        found = aws("secretsmanager", "get-secret-value", "--secret-id", name_secret(stage))
    except Refusal as refusal:
        if refusal.code == "ResourceNotFoundException":
            return None
        raise
    text = found.get("SecretString")
    return Kept(found["VersionId"], json.loads(text)) if text else None


def put_secret(stage: str, content: Secret) -> str:
    """Puts a new version into the stage's secret; its id."""
    arguments = ("secretsmanager", "put-secret-value", "--secret-id", name_secret(stage), "--secret-string", STDIN)
    return str(aws(*arguments, given=json.dumps(content))["VersionId"])


def name_secret(stage: str) -> str:
    """The name of a stage's secret."""
    return f"retract-{stage}-keys"


def make_keys(campaign: str, today: date) -> Secret:
    """All three, for the first time."""
    day = today.isoformat()
    return {
        "COOKIE_KEYS": _cookie_key(),
        "LINK_KEYS": secrets.token_urlsafe(32),
        "FINGERPRINT_KEY": f"1:{secrets.token_urlsafe(32)}",
        MADE: {"COOKIE_KEYS": [day], "LINK_KEYS": [day], "campaign": campaign},
    }


def rotate(content: Mapping[str, Any], what: str, campaign: str, today: date) -> Secret:
    """The secret with a new key for ``what``, and without the keys that nothing needs any more.

    Raises Stopped for a fingerprint key in the middle of its campaign.
    """
    made = dict(content[MADE])
    if what == "fingerprint":
        if made["campaign"] == campaign:
            raise Stopped(
                f"refused: the fingerprint key belongs to {campaign}. With another one the same child, address and"
                " block would no longer be known as the same; a new campaign gets a new key"
            )
        version = int(str(content["FINGERPRINT_KEY"]).partition(":")[0]) + 1
        made["campaign"] = campaign
        return {**content, "FINGERPRINT_KEY": f"{version}:{secrets.token_urlsafe(32)}", MADE: made}
    name = NAMES[what]
    keys = [_cookie_key() if what == "cookies" else secrets.token_urlsafe(32), *str(content[name]).split(",")]
    days = [today.isoformat(), *made[name]]
    # A key is old from the day on which the one before it in the list was made.
    kept = [0, *(n for n in range(1, len(keys)) if today - date.fromisoformat(days[n - 1]) <= KEPT[name])]
    made[name] = [days[n] for n in kept]
    return {**content, name: ",".join(keys[n] for n in kept), MADE: made}


def count(content: Mapping[str, Any]) -> dict[str, int]:
    """How many keys of each kind there are."""
    return {name: len(str(content[name]).split(",")) for name in (*NAMES.values(), "FINGERPRINT_KEY")}


def _cookie_key() -> str:
    return f"{secrets.token_urlsafe(32)}="  # 32 bytes as Fernet wants them
