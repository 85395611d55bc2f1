"""Every route of the service as somebody may ask for it: with links and cookies that hold, or that do not."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from app import app
from chalicelib.content import manifest
from chalicelib.domain.delivery import Hold
from chalicelib.services import notifications
from chalicelib.web import front
from infra.world import World
from tests import make
from tests.desk import hold, sign_in
from tests.web.client import FORM, KIM, ORIGIN, Browser, come_to_check, read_link

Answer = tuple[int, dict[str, object], bytes]
"""Status, headers (their names in lower case) and body."""

LANGUAGE = "en-xa"
NAMES = ("Robin Example", "Kim Example", KIM["mail"])
"""What was typed on the way; a mail address and two names."""

COOKIE = re.compile(
    r"__Host-(?:journey=[\w=-]*; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=(?:0|1800)"
    r"|staff=[\w=-]*; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=(?:0|900))"
)
KNOWN = {name.lower() for name in front.HEADERS} | {
    *("content-security-policy", "content-type", "location", "set-cookie", "allow"),
}
KEPT_FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class Everyone:
    """Who has been here: cookies of a ``parent`` with every answer given and of ``staff``; tokens by page.

    ``held``: the id of a delivery that waits for staff.
    """

    parent: dict[str, str]
    staff: dict[str, str]
    tokens: dict[str, str] = field(repr=False)
    held: str

    def path(self, pattern: str, whole: bool = True, **instead: str) -> str:
        """A path of the route ``pattern``: there, or with nothing behind it; ``instead``: parts of it."""
        page = pattern.removeprefix("/{language}").partition("/")[2].partition("/")[0]
        there = {
            "language": LANGUAGE,
            "n": "1",
            "urn": make.HILL,
            "name": manifest.hashed("site.css"),
            "token": self.tokens.get(page, ""),
        }
        nothing = {"language": LANGUAGE, "n": "9", "urn": "0", "name": "x.css", "token": "x"}
        parts = (there if whole else nothing) | instead
        return re.sub(r"\{(\w+)\}", lambda part: parts[part[1]], pattern)

    def cookies(self, pattern: str) -> dict[str, str]:
        """Those of whoever the page is for."""
        return dict(self.staff if pattern.startswith("/staff") else self.parent)


def play(world: World) -> Everyone:
    """Lets a letter be sent and answered, another wait for its confirmation, and both sides be in the middle."""
    phone, school = Browser(), Browser()
    tokens = {}
    confirm = _send(world, phone, make.HILL)
    done = phone.answer(phone.get(confirm))
    notifications.sweep(make.NOW)
    answer = read_link(world.outbox[-1].raw, "answer")
    school.answer(school.get(answer), outcome="dealt_with")
    other = _send(world, Browser(), make.BROOK)
    for page, path in (("done", done.path), ("answer", answer), ("answered", answer), ("confirm", other)):
        tokens[page] = path.rpartition("/")[2]
    parent = Browser()
    come_to_check(parent, make.HILL)
    held = hold("one", Hold.NO_CONTACT, make.NOW)
    return Everyone(parent.cookies, sign_in(world).cookies, tokens, held)


def every_route() -> Iterator[tuple[str, str]]:
    """Each (method, pattern) that the service serves."""
    for pattern, methods in app.routes.items():
        for method in methods:
            yield method, pattern


def every_form() -> list[str]:
    """The pattern of each route that takes a form."""
    return [pattern for method, pattern in every_route() if method == "POST"]


def ask(cookies: dict[str, str], method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
    """Status, headers (lower case) and body of one request by a browser with these cookies."""
    given = {"Content-Type": FORM} if method == "POST" else {}
    answer = Browser(cookies=cookies).request(method, path, body, **{**given, **headers})
    return answer.status_code, {name.lower(): value for name, value in answer.headers.items()}, answer.body


def check_headers(answer: Answer, everyone: Everyone, method: str, path: str) -> None:
    """The rule for every answer (reliability.md 3), whatever was asked: headers, and never JSON."""
    status, headers, body = answer
    where = (method, path, status)
    static = status == 200 and path.startswith("/static/")
    assert set(headers) <= KNOWN, where
    for name, value in front.HEADERS.items():
        assert headers[name.lower()] == (KEPT_FOR_EVER if static and name == "Cache-Control" else value), where
    policy = str(headers["content-security-policy"]).split("; ")
    assert {"default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"} <= set(policy), where
    assert not [part for part in policy if "unsafe" in part or "*" in part or "data:" in part], where
    for cookie in headers.get("set-cookie", ()):  # type: ignore[attr-defined]
        assert COOKIE.fullmatch(cookie), where
    assert ("location" in headers) == (status == 303), where
    assert status != 303 or str(headers["location"]).startswith(ORIGIN + "/"), where
    assert ("allow" in headers) == (status == 405), where
    told = [f"{name}: {value}" for name, value in headers.items() if name not in ("location", "set-cookie")]
    for secret in (*NAMES, *everyone.tokens.values()):
        assert secret not in "\n".join(told), where
        assert secret not in str(headers.get("location")) or secret in everyone.tokens.values(), where
    if static:
        assert headers["content-type"] == "text/css; charset=utf-8"
    elif status == 303:
        assert not body, where
    elif method != "HEAD":
        assert headers["content-type"] == "text/html; charset=utf-8", where
        assert body.startswith(b"<!DOCTYPE html>"), where
        assert body.rstrip().endswith(b"</html>"), where


def _send(world: World, phone: Browser, urn: str) -> str:
    phone.submit(come_to_check(phone, urn))
    notifications.sweep(make.NOW)
    return read_link(world.outbox[-1].raw, "confirm")
