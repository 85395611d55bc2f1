"""Pictures for the README: ``PICTURES=1 make browser`` makes them anew, any other run leaves them alone."""

import os

from playwright.sync_api import Page

from tests.browser.house import ROOT

MOST = 120_000
"""Bytes: they are committed."""


def take_picture(page: Page, name: str) -> None:
    """What is on the screen now, as docs/<name>.png."""
    if os.environ.get("PICTURES"):
        path = ROOT / "docs" / f"{name}.png"
        path.parent.mkdir(exist_ok=True)
        page.screenshot(path=path)
        assert path.stat().st_size < MOST
