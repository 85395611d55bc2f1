"""The runner as a process of its own, and Debian's Chromium; every page seen is kept for the HTML checker."""

import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

ROOT = Path(__file__).parent.parent.parent
OUT = Path(__file__).parent / "out"
PHONE = {"width": 360, "height": 740}


@dataclass
class Desk:
    """A running service: where it is, and how staff sign in."""

    address: str
    user: str
    password: str
    secret: str


@dataclass
class Seen:
    """What a browser saw: HTML by path, requests to others, complaints of the console, posts that it made."""

    pages: dict[str, str] = field(default_factory=dict)
    foreign: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    posts: list[str] = field(default_factory=list)


SEEN = Seen()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Chromium of the system: nothing is downloaded, and it speaks to nobody but us."""
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
    quiet += ["--disable-background-networking", "--disable-component-update"]
    return {**browser_type_launch_args, "executable_path": "/usr/bin/chromium", "args": quiet}


@contextmanager
def run_desk(*options: str) -> Iterator[Desk]:
    """The runner on a free port until the block ends."""
    OUT.mkdir(exist_ok=True)
    log = OUT / f"runner{''.join(options)}.log"
    command = [sys.executable, "-m", "infra.local", "--port", "0", *options]
    with log.open("w") as out:
        process = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT)
    try:
        deadline = time.monotonic() + 120
        while "forgotten" not in log.read_text() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.1)
        banner = log.read_text()
        found = re.search(
            r"begin at\s+(http://[\d.:]+)/.*user (\w+), password (\S+).*secret ([A-Z2-7]+) ", banner, re.DOTALL
        )
        assert found, banner
        yield Desk(*found.groups())
    finally:
        process.send_signal(signal.SIGTERM)
        ended = process.wait(timeout=15)
    assert ended == 0, log.read_text()[-2000:]


@pytest.fixture(scope="session")
def desk() -> Iterator[Desk]:
    """The service of the whole session, pseudo-locales included."""
    OUT.mkdir(exist_ok=True)
    with run_desk("--pseudo") as running:
        yield running


def watch(context: BrowserContext, desk: Desk) -> BrowserContext:
    """Notes what every page of the context asks for, posts and complains of, and keeps its HTML."""

    def note_request(request: Any) -> None:
        if not request.url.startswith((desk.address, "data:", "about:", "chrome-error:")):
            SEEN.foreign.append(request.url)
        if request.method == "POST":
            SEEN.posts.append(request.url.removeprefix(desk.address))

    def note_message(message: Any) -> None:
        if message.type == "error":
            SEEN.complaints.append(message.text)

    def note_page(page: Page) -> None:
        page.on(
            "console", lambda message: SEEN.complaints.append(message.text) if message.type == "error" else None
        )
        page.on("pageerror", lambda error: SEEN.complaints.append(str(error)))

    context.on("request", note_request)
    context.on("page", note_page)
    return context


@contextmanager
def person(browser: Browser, desk: Desk, scripts: bool = False, width: int = 360) -> Iterator[Page]:
    """A person with a phone (or a wider screen), JavaScript off unless said."""
    context = watch(
        browser.new_context(
            base_url=desk.address,
            java_script_enabled=scripts,
            viewport={**PHONE, "width": width},
            reduced_motion="reduce",
        ),
        desk,
    )
    try:
        yield context.new_page()
    finally:
        context.close()
