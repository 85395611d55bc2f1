"""A browser for tests, without a browser: it carries our cookies and fills in forms, in process or by a gateway.

Every page it gets is parsed as strict HTML5. It sends what a browser sends: a form's own fields, never others.
Its paths are the service's own: the stage path that a gateway puts in front is taken off every link.
"""

import re
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit

from bs4 import BeautifulSoup, Tag
from chalice.test import Client, HTTPResponse

from app import app
from infra.world import World
from tests.content.markup import parse_strictly
from tests.invariants import read_tables

ROOT = Path(__file__).parent.parent.parent
ORIGIN = "http://127.0.0.1:8000"
FORM = "application/x-www-form-urlencoded"


class Gateway(Protocol):
    """What stands before the service. ``address``: that of the site, stage path included."""

    address: str

    def request(self, method: str, path: str, headers: dict[str, str], body: bytes) -> HTTPResponse:
        """The answer to a request for ``path`` (without the stage); ``set-cookie`` among its headers is a list."""


@dataclass
class InProcess:
    """No gateway: Chalice's test client, in this process."""

    address: str = ORIGIN
    client: Client = field(default_factory=lambda: Client(app, "test", str(ROOT)))

    def request(self, method: str, path: str, headers: dict[str, str], body: bytes) -> HTTPResponse:
        """The answer of the app itself."""
        return self.client.http.request(method, path, headers=headers, body=body)


@dataclass
class Page:
    """An answer: its path, status, headers (lower case), text and tree."""

    path: str
    status: int
    headers: dict[str, Any]
    text: str
    tree: BeautifulSoup

    @property
    def location(self) -> str:
        """Where a redirect leads: a path, with its query."""
        parts = urlsplit(self.headers["location"])
        return parts.path + (f"?{parts.query}" if parts.query else "")

    @property
    def title(self) -> str:
        """The page's title."""
        return self.tree.title.get_text() if self.tree.title else ""

    @property
    def words(self) -> str:
        """What main says, its white space single."""
        main = self.tree.find("main")
        return " ".join(main.get_text(" ").split()) if main else ""

    @property
    def errors(self) -> list[tuple[str, str]]:
        """Of the error summary: the field that each message links to, and the message."""
        return [(str(a["href"])[1:], a.get_text()) for a in self.tree.select(".govuk-error-summary a")]

    def form(self, action: str = "") -> dict[str, list[str]]:
        """The fields of the form in main that posts to ``action`` (its path's end), as they would be sent."""
        for form in self.tree.select('main form[method="post"]'):
            if str(form.get("action") or self.path).endswith(action or self.path):
                return _fields(form)
        raise AssertionError(f"no form to {action or self.path} on {self.path}")


def _fields(form: Tag) -> dict[str, list[str]]:
    sent: dict[str, list[str]] = {}
    for each in form.select("input[name]"):
        if each.get("type") in ("radio", "checkbox") and not each.has_attr("checked"):
            continue
        sent.setdefault(str(each["name"]), []).append(str(each.get("value", "")))
    return sent


@dataclass
class Browser:
    """One person's browser. ``headers``: what it sends with every POST."""

    headers: dict[str, str] = field(default_factory=lambda: {"Sec-Fetch-Site": "same-origin"})
    cookies: dict[str, str] = field(default_factory=dict)
    gateway: Gateway = field(default_factory=InProcess)

    def get(self, path: str, **headers: str) -> Page:
        """The page under ``path``; redirects are not followed."""
        return self._ask("GET", path, b"", headers)

    def post(self, path: str, fields: Any = "", kind: str = FORM, **headers: str) -> Page:
        """The answer to a form: ``fields`` as a mapping, as pairs, or as raw bytes."""
        body = fields if isinstance(fields, bytes) else urlencode(fields, doseq=True).encode()
        return self._ask("POST", path, body, {"Content-Type": kind, **self.headers, **headers})

    def submit(self, page: Page, action: str = "", **answers: Any) -> Page:
        """Fills in and sends the form of ``page`` that goes to ``action``."""
        return self.post(action or page.path, {**page.form(action), **answers})

    def follow(self, answer: Page) -> Page:
        """The page that a redirect leads to."""
        assert answer.status == 303, (answer.status, answer.errors or answer.words)
        assert answer.headers["location"].startswith(f"{self.gateway.address}/"), answer.headers["location"]
        return self.get(answer.location)

    def answer(self, page: Page, action: str = "", **answers: Any) -> Page:
        """Sends a form and follows its redirect."""
        return self.follow(self.submit(page, action, **answers))

    def request(self, method: str, path: str, body: bytes = b"", **headers: str) -> HTTPResponse:
        """The bare answer to any request."""
        site = urlsplit(self.gateway.address)
        given = {**headers, "Host": site.netloc}
        if self.cookies:
            given["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return self.gateway.request(method, path, given, body)

    def _ask(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Page:
        path = path.removeprefix(urlsplit(self.gateway.address).path) or "/"
        answer = self.request(method, path, body, **headers)
        lowered = {name.lower(): value for name, value in answer.headers.items()}
        for cookie in lowered.get("set-cookie", ()):
            self._keep(cookie)
        text = answer.body.decode()
        html = str(lowered.get("content-type", "")).startswith("text/html") and answer.status_code != 303
        return Page(
            path.split("?")[0],
            answer.status_code,
            lowered,
            text,
            parse_strictly(text) if html else BeautifulSoup("", "html.parser"),
        )

    def _keep(self, cookie: str) -> None:
        name, _, value = cookie.split(";")[0].partition("=")
        self.cookies[name] = value
        if "Max-Age=0" in cookie:
            del self.cookies[name]


KIM = {"name": "Kim Example", "role": "parent", "mail": "kim@family.example"}
"""What the sender answers where a test is about something else."""


def begin(browser: Browser, prefix: str = "", way: str = "mail") -> Page:
    """The first question answered: the page of the search."""
    return browser.answer(browser.get(f"{prefix}/way"), way=way)


def name_child(browser: Browser, urn: str, n: int = 1, prefix: str = "", name: str = "Robin Example") -> Page:
    """The questions about child ``n`` answered: the page after them."""
    page = browser.answer(browser.get(f"{prefix}/child/{n}/school?q=school"), urn=urn)
    return browser.answer(browser.answer(page, name=name, class_name="3B"))


def come_to_check(browser: Browser, *urns: str, prefix: str = "", way: str = "mail", **you: str) -> Page:
    """Every question answered, for one child at each of the schools: the page "check your answers"."""
    begin(browser, prefix, way)
    page = name_child(browser, urns[0], prefix=prefix)
    page = browser.answer(
        page, **{field: value for field, value in (KIM | you).items() if way == "mail" or field != "mail"}
    )
    for n, urn in enumerate(urns[1:], 2):
        page = name_child(browser, urn, n, prefix, f"Robin{n} Example")
    return page


def read_link(raw: bytes, page: str, address: str = ORIGIN) -> str:
    """The path of the link to ``page`` of the site at ``address`` in a mail's text."""
    text = message_from_bytes(raw, policy=default).get_body(("plain",)).get_content()
    found = re.search(rf"{re.escape(address)}(\S*/{page}/\S+)", text)
    assert found, text
    return found.group(1)


def count_stored(world: World) -> int:
    """How many withdrawals are in the table."""
    return sum("W" in rows for rows in read_tables(world).values())
