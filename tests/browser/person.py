"""A person with a browser: what they do, and what went on in their browser meanwhile."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, Response

from tests.browser.house import Desk
from tests.browser.inspector import SPOKEN, Inspector

COOKIES = {"__Host-journey": "Lax", "__Host-staff": "Strict"}
"""Every cookie that we set, and its SameSite."""


@dataclass
class Noticed:
    """What a browser did: documents by address, posts (paths), requests to others, complaints of its console."""

    address: str
    outbox: str
    documents: dict[str, Response] = field(default_factory=dict)
    posts: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def watch(self, context: BrowserContext) -> None:
        """From now on, whatever page of the context it is."""
        context.on("request", self._note_request)
        context.on("response", self._note_response)
        context.on("console", self._note_message)
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))

    def _note_request(self, request: Any) -> None:
        if not request.url.startswith((f"{self.address}/", self.outbox)):
            self.foreign.append(request.url)
        if request.method == "POST":
            self.posts.append(request.url.removeprefix(self.address))

    def _note_response(self, response: Response) -> None:
        if response.request.is_navigation_request():
            self.documents[response.url] = response
        elif response.status != 200:
            self.complaints.append(f"{response.status} for {response.url}")

    def _note_message(self, message: Any) -> None:
        # Of a page that is an error page the console says so; every other complaint is one.
        document = self.documents.get(message.location["url"])
        if message.type == "error" and not (
            document
            and message.text.startswith("Failed to load resource: the server responded with a status of 4")
        ):
            self.complaints.append(f"{message.text} ({message.location['url']})")


@dataclass(frozen=True)
class Person:
    """Who uses the service; ``page`` is what they have before them. ``language``: prefix of their pages, or ""."""

    page: Page
    desk: Desk
    noticed: Noticed
    inspector: Inspector
    language: str = ""

    def list_faults(self) -> list[str]:
        """What went wrong so far behind what the person saw; [] is right."""
        cookies = [
            f"cookie {cookie}"
            for cookie in self.page.context.cookies()
            if not (cookie["secure"] and cookie["httpOnly"] and cookie["path"] == "/")
            or cookie["sameSite"] != COOKIES.get(cookie["name"])
        ]
        return [f"asked of others: {url}" for url in self.noticed.foreign] + self.noticed.complaints + cookies

    def go(self, path: str) -> None:
        """Opens a page of ours, in their language."""
        prefix = f"/{self.language}" if self.language else ""
        self.page.goto(self.desk.address + ((prefix + path).rstrip("/") or "/"))

    def open_outbox(self) -> None:
        """Opens the list of mails."""
        self.page.goto(self.desk.outbox)

    def look(self, name: str) -> None:
        """Shows the page to the inspector, as the server sent it; it must be in the language of its address."""
        self.page.wait_for_load_state()
        url = self.page.url.partition("#")[0]
        prefix = url.removeprefix(self.desk.address).split("/")[1]
        self._show(name, url, prefix if prefix in SPOKEN else "")

    def look_at_mail(self, name: str, language: str = "") -> None:
        """Shows the opened mail to the inspector, by itself."""
        self.page.frame_locator("iframe").locator("body").wait_for()
        self._show(name, f"{self.page.url}/html", language, is_mail=True)

    def _show(self, name: str, url: str, language: str, is_mail: bool = False) -> None:
        named = f"{name}-{self.language}" if self.language else name
        self.inspector.examine(named, url, self.noticed.documents[url].text(), language, is_mail)

    def press(self, words: str | re.Pattern[str]) -> None:
        """Presses the button with these words."""
        self.page.get_by_role("button", name=words, exact=True).click()

    def answer(self, **fields: str) -> None:
        """Fills in the form of main that asks for these, by value where there is a choice, and sends it."""
        shown = "input[name={}]:not([type=hidden])"
        form = self.page.locator("main form").filter(has=self.page.locator(shown.format(next(iter(fields)))))
        for name, value in fields.items():
            box = form.locator(shown.format(name))
            if box.first.get_attribute("type") in ("radio", "checkbox"):
                form.locator(f"input[name={name}][value='{value}']").check()
            else:
                box.fill(value)
        form.get_by_role("button").click()

    def send_nothing(self) -> None:
        """Sends the last form of main as it stands, everything unticked."""
        form = self.page.locator("main form").last
        for box in form.locator("input[type=checkbox]").all():
            box.uncheck()
        form.get_by_role("button").click()

    def open_mail(self, words: str, to: str, most: int = 60) -> None:
        """Opens the newest mail to this address with these words in its subject, once it is in the outbox."""
        for _ in range(most):
            self.open_outbox()
            found = self.page.locator("ol.mails li").filter(has_text=words).filter(has_text=to)
            if found.count():
                found.first.get_by_role("link").click()
                return
            self.page.wait_for_timeout(250)
        raise AssertionError(f"no mail to {to!r} with {words!r} in the outbox")

    @property
    def mail(self) -> str:
        """What the opened mail says to who reads it in a mail program."""
        return self.page.frame_locator("iframe").locator("body").inner_text()

    def press_link(self, kind: str) -> "Person":
        """Presses a link in the opened mail ("confirm"): the same person, before a page of its own."""
        with self.page.expect_popup() as opened:
            self.page.frame_locator("iframe").locator(f'a[href*="/{kind}/"]').first.click()
        opened.value.wait_for_load_state()
        return replace(self, page=opened.value)


@contextmanager
def open_person(
    browser: Browser,
    inspector: Inspector,
    desk: Desk,
    scripts: bool = False,
    language: str = "",
    width: int = 360,
) -> Iterator[Person]:
    """A person with a phone, JavaScript off unless said."""
    context = browser.new_context(
        base_url=desk.address,
        java_script_enabled=scripts,
        viewport={"width": width, "height": 740},
        reduced_motion="reduce",
    )
    noticed = Noticed(desk.address, desk.outbox)
    noticed.watch(context)
    try:
        yield Person(context.new_page(), desk, noticed, inspector, language)
    finally:
        context.close()
