"""The story of tests/story.py, in process, and its variants.

Nothing that names child or parent may be in any log record of it.
"""

import logging
import quopri
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote, quote_plus

import pytest

import app as door
from chalicelib import config
from chalicelib.aws import clients
from chalicelib.domain.withdrawal import spell
from infra.exchange import SentMail
from infra.pump import Pump
from infra.world import StaffAccount, World
from tests import make, tell
from tests.invariants import check_invariants, hides, read_words
from tests.story import CHILD, CLASS, MAIL, PARENT, TYPED, ask_for_letter, sign_in, tell_story
from tests.web.client import Browser, read_link


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


@dataclass
class Desk:
    """The service in this process: Hill is its school, and what AWS does by itself the pump does at each beat."""

    world: World
    pump: Pump
    query: str = "hill primary exampleton"
    urn: str = make.HILL
    school: str = "Hill Primary School"
    mailbox: str = "office@hill.example"

    @property
    def outbox(self) -> list[SentMail]:
        return self.world.outbox

    @property
    def staff(self) -> StaffAccount:
        return self.world.staff

    def open_browser(self) -> Browser:
        return Browser()

    def wait(self, seen: Callable[[], bool]) -> None:
        self.pump.beat()
        assert seen()


def test_the_whole_story(world: World, records: Records) -> None:
    tell_story(Desk(world, Pump(world, door)))
    check_invariants(world, make.NOW, TYPED)
    leaks = [line for line in records.lines if any(hides(text, line.encode()) for text in TYPED)]
    assert not leaks
    assert records.lines, "DEBUG was on, and somebody said something"


def test_after_erasure_no_door_shows_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    parent, office, staff, pump = Browser(), Browser(), Browser(), Pump(world, door)
    parent.answer(ask_for_letter(Desk(world, pump), parent), "/check")
    pump.beat()
    asked = read_link(world.outbox[0].raw, "confirm")
    done = parent.answer(parent.get(asked))
    reference = done.tree.select_one(".govuk-panel .site-reference").get_text()
    pump.beat()
    answer = read_link(world.outbox[1].raw, "answer")
    office.answer(office.get(answer), outcome="recorded")

    # 28 nights after the school's answer.
    there = make.NOW + timedelta(days=28)
    monkeypatch.setattr(config, "now", lambda: there)
    pump.forget()
    sign_in(staff, world.staff)
    doors = {
        done.path: (parent, 410),
        asked: (parent, 410),
        answer: (office, 410),
        answer.replace("/answer/", "/answered/"): (office, 410),
        "/": (parent, 200),
        "/staff/attention": (staff, 200),
        f"/staff/withdrawals?reference={reference.replace(' ', '+')}": (staff, 200),
        "/staff/withdrawals?state=acknowledged": (staff, 200),
        f"/staff/withdrawals?urn={make.HILL}": (staff, 200),
    }
    pages = {path: person.get(path) for path, (person, _) in doors.items()}
    assert {path: page.status for path, page in pages.items()} == {
        path: status for path, (_, status) in doors.items()
    }
    for page in (*pages.values(), parent.post(asked, {}), office.post(answer, {"outcome": "recorded"})):
        assert not any(hides(text, page.text.encode()) for text in TYPED)
    assert "Erased" in pages[f"/staff/withdrawals?reference={reference.replace(' ', '+')}"].words
    pump.sweep()
    pump.beat()
    assert len(world.outbox) == 2
    check_invariants(world, there, TYPED)


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
    done = parent.answer(parent.get(read_link(world.outbox[0].raw, "confirm")))
    pump.beat()
    assert len(world.outbox) == 1
    assert "could not send" in parent.get(done.path).words
    held = sign_in(staff, world.staff).get("/staff/attention")
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
