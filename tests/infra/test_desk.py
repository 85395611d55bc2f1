"""What the runner adds for the person at the desk: the outbox, the clock, the invented contacts."""

from datetime import UTC, date, datetime
from email.message import EmailMessage

import pyotp
import pytest
from bs4 import BeautifulSoup

import app as door
from chalicelib.aws import mailer
from chalicelib.config import settings
from chalicelib.domain.campaign import load_campaign
from infra import local
from infra.outbox import Outbox
from infra.pump import Pump

HTML = '<!doctype html><html><head><title>x</title></head><body><a href="/confirm/a">Go on</a></body></html>'


@pytest.fixture
def outbox(world):
    message = EmailMessage()
    message["From"], message["To"] = settings().mail_from, "kim@family.example"
    message["Subject"] = "<b>Café</b>"
    message.set_content("Plain <i>words</i>")
    message.add_alternative(HTML, subtype="html")
    mailer.send(message, "letter-h-1", 1)
    return Outbox(world, Pump(world, door))


def look(outbox, path):
    answer = outbox.answer("GET", path, b"")
    return answer, BeautifulSoup(answer["body"], "html.parser")


def test_the_outbox_lists_mails_and_shows_the_code_of_this_moment(world, outbox):
    _, page = look(outbox, "/outbox")
    assert [link.text for link in page.select("ol a")] == ["<b>Café</b>"]
    totp = pyotp.TOTP(world.staff.secret)
    assert any(totp.verify(cell.text[:6], valid_window=1) for cell in page.select("dd"))


def test_a_letter_is_framed_so_that_its_links_open_pages_that_work(outbox):
    _, page = look(outbox, "/outbox/1")
    assert "allow-popups-to-escape-sandbox" in page.iframe["sandbox"]
    assert "allow-scripts" not in page.iframe["sandbox"]
    assert "allow-same-origin" not in page.iframe["sandbox"]
    assert "<i>words</i>" in page.pre.text
    answer, letter = look(outbox, page.iframe["src"])
    assert letter.head.base["target"] == "_blank"
    assert answer["headers"]["Content-Security-Policy"].startswith("sandbox allow-popups ")


def test_the_raw_bytes_are_shown_as_text(world, outbox):
    answer, _ = look(outbox, "/outbox/1/raw")
    assert answer["headers"]["Content-Type"].startswith("text/plain")
    assert answer["body"].encode() == world.outbox[0].raw


def test_every_other_page_is_the_services(outbox):
    for path in ("/", "/way", "/outbox/0", "/outbox/2", "/outbox/1/other", "/outboxes"):
        assert outbox.answer("GET", path, b"") is None
    assert outbox.answer("POST", "/outbox/1", b"") is None


def test_the_stream_is_silenced_by_a_button(outbox):
    for said, stands in (("off", "The stream is silent"), ("on", "stream rings")):
        assert outbox.answer("POST", "/outbox/pump", f"stream={said}".encode())["statusCode"] == 303
        assert stands in look(outbox, "/outbox")[1].text


@pytest.mark.parametrize(
    ("now", "today", "day"),
    [
        (datetime(2026, 7, 1, 12, 15, tzinfo=UTC), None, date(2017, 9, 21)),
        (datetime(2026, 7, 1, 12, 15, tzinfo=UTC), date(2018, 1, 4), date(2018, 1, 4)),
        (datetime(2017, 10, 1, 12, 15, tzinfo=UTC), None, date(2017, 10, 1)),
    ],
)
def test_the_clock_stands_in_the_campaign_at_the_present_time_of_day(now, today, day):
    there = now.timestamp() + local.shift_clock(load_campaign("school-census-2017-18"), now, today)
    then = datetime.fromtimestamp(there, local.LONDON)
    assert then.date() == day
    assert then.time() == now.astimezone(local.LONDON).time()
