"""`make smoke URL=...`: whether a site stands, asked from outside with made-up addresses and nobody's data.

It only reads, but for one form sent from "another site", which must be refused.
"""

import argparse
import http.client
import re
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from chalicelib.web.front import HEADERS
from infra.aws_cli import Stopped

PATIENCE = 15
"""Seconds for one answer: the first one after a release starts cold."""

TRIES = 3
"""API Gateway serves an older deployment for some seconds after a release."""

STYLE = re.compile(r'<link[^>]+href="([^"]+\.css)"')
HASHED = re.compile(r"/static/[\w-]+[.-][0-9a-f]{8,}[\w.-]*\.css$")
LINK = re.compile(r'(?:href|action)="(/[^"/][^"]*|/)"')


@dataclass(frozen=True)
class Answer:
    """What came back; header names in small letters."""

    status: int
    headers: dict[str, str]
    text: str


class Wrong(Exception):
    """An answer is not as it must be."""


def ask(address: str, method: str = "GET", body: str | None = None, **headers: str) -> Answer:
    """One request, redirects not followed. Raises Wrong where nobody answers."""
    parts = urlsplit(address)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.netloc, timeout=PATIENCE)
    try:
        connection.request(method, parts.path or "/", body, {"Accept": "text/html", **headers})
        answer = connection.getresponse()
        text = answer.read().decode("utf-8", "replace")
        return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, text)
    except OSError as fault:
        raise Wrong(f"no answer ({type(fault).__name__})") from None
    finally:
        connection.close()


def check(url: str) -> None:
    """Prints a line a check. Raises Stopped where one fails."""
    failed = 0
    base = url.rstrip("/")
    for look in LOOKS:
        what = (look.__doc__ or "").rstrip(".")
        for attempt in range(1, TRIES + 1):
            try:
                look(base)
            except Wrong as wrong:
                if attempt == TRIES:
                    failed += 1
                    print(f"  WRONG  {what}: {wrong}")
                else:
                    time.sleep(attempt)
            else:
                print(f"  ok     {what}")
                break
    if failed:
        raise Stopped(f"{failed} of {len(LOOKS)} checks of {base} failed")


def _look_at_start(base: str) -> None:
    """The start page answers, with the security headers, and every link stays on the site."""
    start = _page(f"{base}/", 200)
    policy = start.headers.get("content-security-policy", "")
    _must("default-src 'none'" in policy and "frame-ancestors 'none'" in policy, "content security policy")
    under = urlsplit(base).path
    astray = [link for link in LINK.findall(start.text) if not f"{link}/".startswith(f"{under}/")]
    _must(not astray, f"links that leave {under}: {', '.join(astray[:3])}")


def _look_at_pages(base: str) -> None:
    """Other pages answer."""
    for path in ("way", "for-schools", "privacy", "cookies", "accessibility"):
        _page(f"{base}/{path}", 200)


def _look_at_style(base: str) -> None:
    """The style sheet has its hash in its name and may be kept."""
    found = STYLE.search(ask(f"{base}/").text)
    _must(found is not None, "no style sheet on the start page")
    address = urljoin(f"{base}/", found.group(1) if found else "")
    _must(bool(HASHED.search(urlsplit(address).path)), f"no hash in {urlsplit(address).path}")
    style = ask(address, Accept="text/css")
    _must(style.status == 200, f"{style.status}")
    _must(style.headers.get("content-type", "").startswith("text/css"), "not served as a style sheet")
    _must("immutable" in style.headers.get("cache-control", ""), "may not be kept")


def _look_at_unknown(base: str) -> None:
    """An unknown address is a page of ours."""
    page = _page(f"{base}/no-such-page-{'x' * 8}", 404)
    _must("<h1" in page.text and "Missing Authentication Token" not in page.text, "not our page")


def _look_at_staff(base: str) -> None:
    """Staff have to sign in."""
    _must('type="password"' in _page(f"{base}/staff/sign-in", 200).text, "no field for a password")
    for path in ("staff", "staff/withdrawals", "staff/attention"):
        _page(f"{base}/{path}", 401)


def _look_at_forgery(base: str) -> None:
    """A form from another site is refused."""
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "cross-site"}
    answer = ask(f"{base}/way", "POST", "way=mail", Origin="https://elsewhere.invalid", **headers)
    _must(answer.status == 403, f"answers {answer.status}")


def _page(address: str, status: int) -> Answer:
    answer = ask(address)
    _must(answer.status == status, f"{urlsplit(address).path} answers {answer.status}")
    _must(answer.headers.get("content-type", "").startswith("text/html"), f"{urlsplit(address).path} is no page")
    missing = [name for name, value in HEADERS.items() if answer.headers.get(name.lower()) != value]
    _must(not missing, f"{urlsplit(address).path} lacks {', '.join(missing)}")
    return answer


def _must(holds: bool, otherwise: str) -> None:
    if not holds:
        raise Wrong(otherwise)


LOOKS: tuple[Callable[[str], None], ...] = (
    *(_look_at_start, _look_at_pages, _look_at_style),
    *(_look_at_unknown, _look_at_staff, _look_at_forgery),
)


def main(arguments: list[str] | None = None) -> int:
    """0 when every check holds, 1 when not."""
    parser = argparse.ArgumentParser(prog="smoke", description=__doc__)
    parser.add_argument("url", help="address of the site, stage path included")
    try:
        check(parser.parse_args(arguments).url)
    except Stopped as stopped:
        print(f"smoke: {stopped}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
