"""Settings: the only reader of the environment, on first use; names what is missing.

Also the service's clock, which only ``app.py``, ``web`` and ``infra`` may ask.
"""

import os
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from chalicelib.errors import SettingMissing

STAGES = ("local", "dev", "test", "prod")
OPEN_STAGES = ("local", "dev")
"""Stages with test settings: another clock, pseudo-locales, keys of another place."""

INVENTED = re.compile(r"\.(example|test|invalid|localhost)\b")
"""Names that are nobody's (RFC 2606)."""


@dataclass(frozen=True)
class Settings:
    """One deployment. Keys are lists, newest first, so that an older one still opens what it made.

    ``mail_rate``, ``mail_day``: how many mails the account may send in a second and in 24 hours, by SES's quota.
    """

    stage: str
    campaign: str
    public_url: str
    main_table: str
    keys_table: str
    kms_key: str
    register_path: str
    mail_from: str
    configuration_set: str
    mail_rate: int
    mail_day: int
    cookie_keys: tuple[str, ...]
    link_keys: tuple[str, ...]
    fingerprint_key: str
    user_pool: str
    user_pool_client: str
    jwks_url: str
    clock_shift: int
    pseudo: bool

    @property
    def production(self) -> bool:
        """Whether real families use this stage: placeholders are refused there."""
        return self.stage == "prod"

    @property
    def test(self) -> bool:
        """Whether letters go to their submitter only, marked, and are left out of every count."""
        return self.stage == "test"


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Settings from ``environment``. Raises SettingMissing naming every variable that is missing or wrong."""
    missing: list[str] = []

    def need(name: str) -> str:
        value = environment.get(name, "").strip()
        if not value:
            missing.append(name)
        return value

    def keys(name: str) -> tuple[str, ...]:
        return tuple(key for key in need(name).split(",") if key)

    def number(name: str) -> int:
        value = need(name)
        if value and not (value.isdecimal() and int(value)):
            raise SettingMissing(f"{name} must be a whole number from 1 on")
        return int(value or 0)

    settings = Settings(
        stage=need("STAGE"),
        campaign=need("CAMPAIGN"),
        public_url=need("PUBLIC_URL").rstrip("/"),
        main_table=need("MAIN_TABLE"),
        keys_table=need("KEYS_TABLE"),
        kms_key=need("KMS_KEY"),
        register_path=need("REGISTER_PATH"),
        mail_from=need("MAIL_FROM"),
        configuration_set=need("CONFIGURATION_SET"),
        mail_rate=number("MAIL_RATE"),
        mail_day=number("MAIL_DAY"),
        cookie_keys=keys("COOKIE_KEYS"),
        link_keys=keys("LINK_KEYS"),
        fingerprint_key=need("FINGERPRINT_KEY"),
        user_pool=need("USER_POOL"),
        user_pool_client=need("USER_POOL_CLIENT"),
        jwks_url=environment.get("JWKS_URL", ""),
        clock_shift=int(environment.get("CLOCK_SHIFT") or 0),
        pseudo=environment.get("PSEUDO", "") == "yes",
    )
    if settings.fingerprint_key and not re.fullmatch(r"[0-9A-Za-z]{1,3}:\S{16,}", settings.fingerprint_key):
        # Its version stands in front of every print: a key without one would be stored with each of them.
        raise SettingMissing("FINGERPRINT_KEY must be <version>:<secret>")
    if missing:
        raise SettingMissing("settings missing: " + ", ".join(missing))
    if settings.stage not in STAGES:
        raise SettingMissing("STAGE must be one of " + ", ".join(STAGES))
    if settings.stage not in OPEN_STAGES and (settings.clock_shift or settings.pseudo or settings.jwks_url):
        raise SettingMissing("CLOCK_SHIFT, PSEUDO and JWKS_URL are for the stages " + " and ".join(OPEN_STAGES))
    if settings.production and not settings.public_url.startswith("https://"):
        raise SettingMissing("PUBLIC_URL must begin with https://")
    if settings.production and (invented := [n for n in ("PUBLIC_URL", "MAIL_FROM") if INVENTED.search(need(n))]):
        raise SettingMissing("settings invented: " + ", ".join(invented))
    return settings


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process, read on first use."""
    return read_settings(os.environ)


def now() -> datetime:
    """The instant, in UTC, shifted where the local runner lives in the campaign's time."""
    return datetime.now(UTC) + timedelta(seconds=settings().clock_shift)


def wait(seconds: float) -> datetime:
    """Lets so many seconds pass; the instant after them."""
    time.sleep(seconds)
    return now()
