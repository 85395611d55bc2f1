"""The end of the journey: by hand or by mail, sent once, nothing lost on the way, nothing left behind."""

from datetime import timedelta

import pytest

from chalicelib import config
from chalicelib.errors import TooManyRequests
from chalicelib.services import submissions
from chalicelib.web import session
from infra.world import World
from tests import make
from tests.invariants import read_tables
from tests.web.client import Browser, come_to_check, count_stored, name_child


@pytest.fixture
def phone(world: World) -> Browser:
    return Browser()


def test_who_gives_the_letter_by_hand_is_asked_no_address_and_nothing_is_stored(
    world: World, phone: Browser
) -> None:
    page = come_to_check(phone, make.HILL, way="hand")
    assert page.path == "/check"
    assert "e-mail address" not in page.words
    letter = phone.get("/letter")
    assert "Robin Example" in letter.words
    assert "Signed:" in letter.words
    assert phone.post("/check").location == "/check"
    assert count_stored(world) == 0
    assert phone.answer(phone.get("/way"), way="mail").path == "/you"


def test_a_letter_to_fill_in_by_hand_needs_no_answers(phone: Browser) -> None:
    page = phone.get("/letter")
    assert page.status == 200
    assert "____" in page.words
    assert "Nationality" in page.words


def test_a_school_that_we_cannot_write_to_is_said_before_sending(phone: Browser) -> None:
    page = come_to_check(phone, make.LONE)
    assert "We have no e-mail address that works for Lone Oak Primary School" in page.words
    assert page.words.index("We have no e-mail address") < page.words.index("Send to the school")
    assert page.tree.select('a[href="/letter"]')
    assert "We have no e-mail address" not in come_to_check(Browser(), make.HILL).words


def test_the_same_page_sent_twice_is_stored_once(world: World, phone: Browser) -> None:
    page = come_to_check(phone, make.HILL)
    before = dict(phone.cookies)
    assert phone.submit(page).location == "/sent"
    rows = read_tables(world)
    assert phone.submit(page).location == "/sent"  # Back, and the button again
    phone.cookies = before  # two presses at once: the second has not heard of the first
    assert phone.submit(page).location == "/sent"
    assert read_tables(world) == rows


def test_answers_that_were_changed_are_another_letter(world: World, phone: Browser) -> None:
    page = come_to_check(phone, make.HILL)
    before = dict(phone.cookies)
    phone.submit(page)
    phone.cookies = before  # the answer to the first press never arrived
    page = phone.answer(phone.get("/child/1/name"), name="Sam Example")
    phone.submit(page)
    assert count_stored(world) == 2


def test_after_sending_the_answers_are_gone_from_the_browser_and_back_leads_to_sent(phone: Browser) -> None:
    page = come_to_check(phone, make.HILL)
    phone.submit(page)
    for path in ("/check", "/you", "/child/1/name"):
        assert phone.get(path).location == "/sent"
    page = phone.answer(phone.get("/way"), way="mail")  # another letter
    assert page.path == "/child/1/school"
    assert "Robin Example" not in name_child(phone, make.BROOK, name="Sam Example").words


def test_delete_my_answers_leaves_nothing_in_the_browser(phone: Browser) -> None:
    page = come_to_check(phone, make.HILL)
    assert page.tree.select('footer form[action="/delete-answers"]')
    gone = phone.follow(phone.post("/delete-answers"))
    assert gone.status == 200
    assert phone.cookies == {}
    assert "There are no answers on this phone" in gone.words
    assert not gone.tree.select('footer form[action="/delete-answers"]')


def test_where_not_even_the_wait_fits_into_the_cookie_nothing_is_lost(
    phone: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise TooManyRequests(limit="source")

    page = come_to_check(phone, make.HILL)
    monkeypatch.setattr(submissions, "submit", refuse)
    monkeypatch.setattr(session, "LIMIT", len(phone.cookies["__Host-journey"]))
    answer = phone.submit(page)
    assert answer.status == 413
    assert "did not fit" in answer.words
    assert "Robin Example" in phone.get("/check").words


def test_a_crowded_network_waits_a_minute_and_is_never_refused(
    world: World, phone: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(20):
        other = come_to_check(one := Browser(), make.HILL, mail=f"kim{n}@family.example")
        assert one.submit(other).location == "/sent"
    rows = len(read_tables(world))
    wait = phone.submit(come_to_check(phone, make.HILL))
    assert wait.status == 429
    assert "Wait one minute" in wait.title
    monkeypatch.setattr(config, "now", lambda: make.NOW + timedelta(seconds=30))
    assert phone.submit(wait, "/check").status == 429  # too soon
    assert len(read_tables(world)) == rows
    monkeypatch.setattr(config, "now", lambda: make.NOW + timedelta(seconds=61))
    assert phone.submit(wait, "/check").location == "/sent"


def test_an_address_with_too_many_open_letters_is_told_and_keeps_its_answers(phone: Browser) -> None:
    for n in range(3):
        page = come_to_check(one := Browser(), make.HILL)
        assert one.submit(page).location == "/sent", n
    page = phone.submit(come_to_check(phone, make.HILL))
    assert page.status == 429
    assert "If you have an e-mail from us" in page.words
    assert phone.get("/check").status == 200


def test_a_campaign_that_has_ended_takes_nothing_new(phone: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    page = come_to_check(phone, make.HILL)
    monkeypatch.setattr(config, "now", lambda: make.NOW.replace(year=2018, month=6, day=14))
    for path in ("/way", "/check", "/letter"):
        assert phone.get(path).status == 410
    assert phone.submit(page).status == 410
