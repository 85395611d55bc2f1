"""What people read is drawn here without a web around it: the settings of a desk."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from chalicelib import config
from chalicelib.content import i18n, render
from chalicelib.domain.campaign import load_campaign

SETTINGS = (
    *("MAIN_TABLE", "KEYS_TABLE", "KMS_KEY", "REGISTER_PATH", "MAIL_FROM", "CONFIGURATION_SET", "COOKIE_KEYS"),
    *("LINK_KEYS", "USER_POOL", "USER_POOL_CLIENT"),
)
TODAY = date(2017, 9, 21)


@pytest.fixture(autouse=True)
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A stage path in the address, so that no link can forget it; pseudo-locales on."""
    for name in SETTINGS:
        monkeypatch.setenv(name, "test")
    for name, value in {
        "FINGERPRINT_KEY": "1:test-test-test-test",
        "STAGE": "local",
        "CAMPAIGN": "school-census-2017-18",
        "PUBLIC_URL": "https://retract.example/api",
        "MAIL_RATE": "1",
        "MAIL_DAY": "200",
        "PSEUDO": "yes",
    }.items():
        monkeypatch.setenv(name, value)
    config.settings.cache_clear()
    yield
    config.settings.cache_clear()


def draw(template: str, language: str = "en", **context: Any) -> str:
    """``template`` with what the web gives to every page."""
    campaign = load_campaign("school-census-2017-18")
    given = {
        "campaign": campaign,
        "languages": i18n.offered(campaign),
        "path": "/somewhere",
        "today": TODAY,
        "has_answers": False,
        "form_token": lambda: "token",
        "values": {},
        "errors": {},
        "facts": {},
    }
    return render.page(template, language, **given | context)
