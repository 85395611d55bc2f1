"""/outbox: every mail that went out from this desk, as its reader sees it and as raw bytes. Of the runner only."""

import email.policy
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pyotp
from jinja2 import Environment, FileSystemLoader

from chalicelib import config
from chalicelib.domain.times import LONDON
from infra.exchange import SentMail
from infra.pump import Pump
from infra.world import World

PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "pages"), autoescape=True, trim_blocks=True, lstrip_blocks=True
)
KINDS = {"confirm": "to the parent: please confirm", "letter": "to the school"}
"""What the first word of a delivery's id says of a mail."""

# A letter may do what it may do in a mail program: show itself, and open its links in a page of their own. Without
# "escape-sandbox" these pages could not send their forms.
SANDBOX = "allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation"
OWN_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
LETTER_POLICY = f"sandbox {SANDBOX}; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"


@dataclass(frozen=True)
class Mail:
    """One mail of the list: ``number`` counts from 1 in the order of sending; ``at`` is the campaign's time."""

    number: int
    sent: SentMail
    at: datetime

    @property
    def message(self) -> EmailMessage:
        """The raw bytes, read as a mail program reads them."""
        return message_from_bytes(self.sent.raw, policy=email.policy.default)

    @property
    def kind(self) -> str:
        """Whom it is for and why, by the delivery's id."""
        return KINDS.get(self.sent.tags.get("delivery", "").partition("-")[0], "")

    def part(self, kind: str) -> str:
        """The text of the part ``kind`` ("plain" or "html"), or ""."""
        body = self.message.get_body((kind,))
        return str(body.get_content()) if body else ""

    @property
    def html(self) -> str:
        """The HTML part, its links opening in a page of their own."""
        base = '<base target="_blank">'
        html, found = re.subn(r"(<head\b[^>]*>)", rf"\1{base}", self.part("html"), count=1)
        return html if found else base + html


class Outbox:
    """The pages under /outbox."""

    def __init__(self, world: World, pump: Pump) -> None:
        self._world = world
        self._pump = pump

    def answer(self, method: str, path: str, body: bytes) -> dict[str, Any] | None:
        """The page of ``path``; None where the page is not one of these."""
        path = path.partition("?")[0].rstrip("/")
        if path == "/outbox/pump" and method == "POST":
            self._pump.stream = parse_qs(body.decode("ascii", "replace")).get("stream") == ["on"]
            return _made(303, "", Location="/outbox")
        if method not in ("GET", "HEAD"):
            return None
        if path == "/outbox":
            return self._list()
        found = re.fullmatch(r"/outbox/([1-9][0-9]{0,8})(/html|/raw)?", path)
        if not found or int(found[1]) > len(self._world.outbox):
            return None
        mail = self._mail(int(found[1]))
        match found[2]:
            case "/html":
                return _made(200, mail.html, LETTER_POLICY)
            case "/raw":
                # As ASCII text a browser shows it in place of keeping it; a raw mail of ours is ASCII.
                return _made(200, mail.sent.raw.decode("utf-8", "replace"), content_type="text/plain")
        return _made(200, PAGES.get_template("letter.html").render(mail=mail, sandbox=SANDBOX))

    def _list(self) -> dict[str, Any]:
        mails = [self._mail(number) for number in range(len(self._world.outbox), 0, -1)]
        staff = self._world.staff
        code = pyotp.TOTP(staff.secret).now()
        page = PAGES.get_template("outbox.html")
        return _made(200, page.render(mails=mails, staff=staff, code=code, stream=self._pump.stream))

    def _mail(self, number: int) -> Mail:
        sent = self._world.outbox[number - 1]
        at = sent.at + timedelta(seconds=config.settings().clock_shift)
        return Mail(number, sent, at.astimezone(LONDON))


def _made(
    status: int, body: str, policy: str = OWN_POLICY, content_type: str = "text/html", **headers: str
) -> dict[str, Any]:
    return {
        "statusCode": status,
        "headers": {
            "Content-Type": f"{content_type}; charset=utf-8",
            "Content-Security-Policy": policy,
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
            **headers,
        },
        "multiValueHeaders": {},
        "body": body,
    }
