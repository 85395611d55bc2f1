"""The story, in process: a parent refuses, the school is told and answers, staff find the withdrawal.

Read it to see what the service is for. Nothing that names child or parent may be in any log record of it.
"""

import logging
import quopri
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from urllib.parse import quote, quote_plus

import pytest

import app as door
from chalicelib.aws import clients
from chalicelib.domain.withdrawal import spell
from infra.pump import Pump
from infra.world import World
from tests import make, tell
from tests.desk import right_code
from tests.invariants import check_invariants, hides, read_words
from tests.web.client import Browser, Page

CHILD, PARENT, MAIL, CLASS = "Zoë Canary-Ünique", "Kim Canary Parent", "kim.canary@family.example", "Kestrel7"
TYPED = (CHILD, PARENT, MAIL, CLASS)


class Records(logging.Handler):
    """Every log record as its message and its arguments, whatever the logger's level."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.name}: {record.getMessage()} {record.args!r} {record.exc_info!r}")


@pytest.fixture
def records(caplog: pytest.LogCaptureFixture) -> Iterator[Records]:
    """All that is logged by the service and by what it stands on where somebody has turned everything to DEBUG."""
    handler = Records()
    for name in ("", "app", "chalicelib", "chalice", "botocore", "boto3", "urllib3", "jinja2"):
        caplog.set_level(logging.DEBUG, logger=name)
    clients.forget_clients()
    logging.getLogger().addHandler(handler)
    yield handler
    logging.getLogger().removeHandler(handler)


def ask_for_letter(browser: Browser, language: str = "") -> Page:
    """From the start page to "check your answers"."""
    start = browser.get(language or "/")
    page = browser.get(start.tree.select_one("a.govuk-button--start")["href"])
    page = browser.answer(page, way="mail")
    page = browser.get(f"{page.path}?q=hill+primary+exampleton")
    page = browser.answer(page, page.path, urn=make.HILL)
    page = browser.answer(page, name=CHILD, class_name=CLASS)
    page = browser.answer(page)  # nationality and country of birth are ticked
    return browser.answer(page, name=PARENT, role="parent", mail=MAIL)


def link_in(raw: bytes, kind: str) -> str:
    """The path of the link of ``kind`` ("confirm") in a mail."""
    found = re.search(rf"http://127\.0\.0\.1:8000((?:/[a-z-]+)?/{kind}/\S+)", read_words(raw))
    assert found, read_words(raw)
    return found.group(1)


def test_the_whole_story(world: World, records: Records) -> None:
    parent, office, staff = Browser(), Browser(), Browser()
    pump = Pump(world, door)

    # A parent finds the school, refuses, and sees the very letter before sending it.
    check = ask_for_letter(parent)
    assert CHILD in check.words
    assert "Refused" in check.words
    sent = parent.answer(check, "/check")
    assert MAIL in sent.words
    assert "not have your letter yet" in sent.words

    # The mail to the address holds one link and nothing that was typed.
    pump.beat()
    (confirmation,) = world.outbox
    assert confirmation.to == (MAIL,)
    page = parent.get(link_in(confirmation.raw, "confirm"))
    done = parent.answer(page)
    reference = done.tree.select_one(".govuk-panel .site-reference").get_text()

    # The school gets a letter that it can act on.
    pump.beat()
    letter = world.outbox[1]
    assert letter.to == ("office@hill.example",)
    words = read_words(letter.raw)
    for needed in (CHILD, CLASS, PARENT, MAIL, "Refused", "5 October 2017", "1 November 2017", reference):
        assert needed in words, needed
    headers = message_from_bytes(letter.raw, policy=default)
    assert headers["Reply-To"] == "letters@retract.example"
    assert not any(hides(text, str(headers.items()).encode()) for text in TYPED)
    assert "accepted" not in done.words
    assert "the mail system of the school took it" in parent.get(done.path).words

    # The school answers with one press, which the parent's page shows only for the second button.
    answer = office.get(link_in(letter.raw, "answer"))
    assert "Hill Primary School" in answer.words
    assert not any(text in answer.text for text in TYPED)
    thanks = office.follow(
        office.post(answer.path, {"outcome": "recorded", "form_token": answer.form()["form_token"]})
    )
    assert "Thank you" in thanks.title
    assert "recorded" in parent.get(done.path).words

    # Staff find the withdrawal, by reference, without seeing a name.
    found = sign_in(staff, world).get(f"/staff/withdrawals?reference={reference.replace(' ', '+')}")
    assert reference in found.words
    assert "Hill Primary School" in found.words
    assert not any(text in found.text for text in TYPED)

    check_invariants(world, make.NOW, TYPED)
    leaks = [line for line in records.lines if any(hides(text, line.encode()) for text in TYPED)]
    assert not leaks
    assert records.lines, "DEBUG was on, and somebody said something"


def sign_in(staff: Browser, world: World) -> Browser:
    code = staff.answer(staff.get("/staff/sign-in"), user=world.staff.user, password=world.staff.password)
    staff.answer(code, code=right_code(world.staff))
    return staff


@pytest.mark.parametrize("stream", [True, False], ids=["by the bell", "by the sweep alone"])
def test_two_children_at_two_schools_are_one_household_and_two_letters(world: World, stream: bool) -> None:
    pump = Pump(world, door, stream=stream)
    children = (make.make_child(CHILD, class_name=CLASS), make.make_child("Sam Canary", make.BROOK))
    hid = tell.submit_and_confirm(make.make_household(*children, name=PARENT, mail=MAIL))
    pump.beat()
    if not stream:
        assert not world.outbox
        pump.sweep()
        pump.beat()
    sent = {mail.to[0]: read_words(mail.raw) for mail in world.outbox}
    assert set(sent) == {"office@hill.example", "office@brook.example"}
    assert CHILD in sent["office@hill.example"]
    assert CHILD not in sent["office@brook.example"]
    assert "Sam Canary" in sent["office@brook.example"]
    parent = Browser()
    from chalicelib.services import confirmations

    done = parent.get(confirmations.done_link(hid, make.NOW))
    assert "Hill Primary School" in done.words
    assert "Brook Academy" in done.words
    check_invariants(world, make.NOW, (*TYPED, "Sam Canary"))


def test_a_letter_given_by_hand_stores_nothing(world: World) -> None:
    from tests.invariants import read_tables

    before = read_tables(world)
    parent = Browser()
    page = parent.answer(parent.get("/way"), way="hand")
    page = parent.answer(parent.get(f"{page.path}?q=lone+oak"), page.path, urn=make.LONE)
    page = parent.answer(page, name=CHILD, class_name="")
    page = parent.answer(page)
    check = parent.answer(page, name=PARENT, role="parent")
    letter = parent.get("/letter")
    assert CHILD in letter.words
    assert PARENT in letter.words
    assert "Send" not in check.title
    assert read_tables(world) == before
    assert not world.outbox


def test_a_school_without_contact_is_said_before_sending_and_held_after(world: World) -> None:
    parent, staff, pump = Browser(), Browser(), Pump(world, door)
    page = parent.answer(parent.get("/way"), way="mail")
    page = parent.answer(parent.get(f"{page.path}?q=lone+oak"), page.path, urn=make.LONE)
    page = parent.answer(page, name=CHILD, class_name="")
    page = parent.answer(page)
    check = parent.answer(page, name=PARENT, role="parent", mail=MAIL)
    assert "no e-mail address that works" in check.words
    parent.answer(check, "/check")
    pump.beat()
    done = parent.answer(parent.get(link_in(world.outbox[0].raw, "confirm")))
    pump.beat()
    assert len(world.outbox) == 1
    assert "could not send" in parent.get(done.path).words
    held = sign_in(staff, world).get("/staff/attention")
    assert "Lone Oak Primary School" in held.words
    assert spell(done.tree.select_one(".site-reference").get_text().replace(" ", "")) not in held.text
    check_invariants(world, make.NOW, TYPED)


@pytest.mark.parametrize(
    "encode",
    [
        str.encode,
        lambda text: quote(text).encode(),
        lambda text: quote_plus(text).encode(),
        lambda text: b64encode(b"to: " + text.encode() + b" and more"),
        lambda text: urlsafe_b64encode(b"x" + text.encode() + b"y"),
        lambda text: quopri.encodestring(text.encode()),
        lambda text: repr({"name": text}).encode(),
    ],
)
def test_the_canary_is_seen_however_it_is_encoded(encode) -> None:
    assert all(hides(text, b"before " + encode(text) + b" after") for text in TYPED)
    assert not any(hides(text, encode("somebody else")) for text in TYPED)
