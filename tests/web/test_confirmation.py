"""Confirming by the link, the page that can be visited again, and what it may say of the school's answer."""

from datetime import timedelta

import pytest

from chalicelib import config
from chalicelib.content.links import sign_token
from chalicelib.domain.delivery import Delivery, Hold
from chalicelib.domain.withdrawal import Outcome, Reason
from chalicelib.services import notifications
from chalicelib.web.parents.confirmation import tell_letter
from infra.world import World
from tests import make
from tests.invariants import check_invariants, read_tables
from tests.web.client import Browser, Page, come_to_check, read_link

TYPED = ("Robin Example", "Kim Example", "kim@family.example")


def send(world: World, phone: Browser, *urns: str) -> str:
    """The path of the link in the confirmation mail."""
    phone.submit(come_to_check(phone, *urns))
    notifications.sweep(make.NOW)
    return read_link(world.outbox[-1].raw, "confirm")


def answer(world: World, **fields: str) -> Page:
    """The school presses one of its buttons."""
    school = Browser()
    return school.answer(school.get(read_link(world.outbox[-1].raw, "answer")), **fields)


def test_opening_the_link_does_nothing_and_pressing_sends_the_letter(world: World) -> None:
    phone = Browser()
    link = send(world, phone, make.HILL)
    before = read_tables(world)
    for _ in range(3):  # a mail scanner
        assert Browser().get(link).status == 200
        assert Browser().request("HEAD", link).status_code == 200
    assert read_tables(world) == before
    done = phone.answer(phone.get(link))
    assert done.status == 200
    notifications.sweep(make.NOW)
    assert world.outbox[-1].to == ("office@hill.example",)
    check_invariants(world, make.NOW, TYPED)


def test_a_link_pressed_twice_sends_once_and_answers_the_same(world: World) -> None:
    phone = Browser()
    link = send(world, phone, make.HILL)
    first = phone.answer(phone.get(link))
    rows = read_tables(world)
    other = Browser()
    assert other.answer(other.get(link)).words == first.words
    assert read_tables(world) == rows
    assert phone.get(first.path).words == first.words


def test_done_shows_a_reference_a_child_and_names_nobody(world: World) -> None:
    phone = Browser()
    done = phone.answer(phone.get(send(world, phone, make.HILL, make.BROOK)))
    references = [each.get_text() for each in done.tree.select("strong .site-reference")]
    assert len(references) == 2
    assert all(len(reference) == 9 and reference[4] == " " for reference in references)
    assert "Hill Primary School" in done.words
    assert "Brook Academy" in done.words
    assert "Example" not in done.words.replace("Retract (example campaign)", "").replace("Exampleton", "").replace(
        "Example Street", ""
    )


def test_done_tells_how_far_each_letter_is(world: World) -> None:
    phone = Browser()
    done = phone.answer(phone.get(send(world, phone, make.HILL, make.LONE)))
    assert done.words.count("We send the letter to the school now") == 2
    notifications.sweep(make.NOW)
    words = phone.get(done.path).words
    assert "We sent the letter to the school on 21 September 2017" in words
    assert "We have no e-mail address that works for this school" in words


def test_the_same_letter_again_is_told_and_not_sent_again(world: World) -> None:
    phone = Browser()
    phone.answer(phone.get(send(world, phone, make.HILL)))
    notifications.sweep(make.NOW)
    mails = len(world.outbox)
    again = Browser()
    done = again.answer(again.get(send(world, again, make.HILL)))
    assert "You sent the same letter before" in done.words
    notifications.sweep(make.NOW)
    assert len(world.outbox) == mails + 1  # the confirmation mail only


def test_only_recorded_is_told_and_every_other_answer_looks_like_none(world: World) -> None:
    phone = Browser()
    done = phone.answer(phone.get(send(world, phone, make.HILL)))
    notifications.sweep(make.NOW)
    silent = phone.get(done.path).text
    answers = [{"outcome": Outcome.DEALT_WITH.value}]
    answers += [{"outcome": Outcome.NOT_ACTED.value, "reason": reason.value} for reason in Reason]
    for each in answers:
        if each.get("reason") == Reason.WRONG_MAILBOX:
            answer(world, outcome=Outcome.RECORDED.value)
            assert "recorded “Refused”" in phone.get(done.path).words
            answer(world, outcome=Outcome.DEALT_WITH.value)
        answer(world, **each)
        assert phone.get(done.path).text == silent, each


def test_a_link_that_is_too_old_leads_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    phone = Browser()
    link = send(world, phone, make.HILL)
    page = phone.get(link)
    monkeypatch.setattr(config, "now", lambda: make.NOW + timedelta(days=8))
    late = Browser()
    assert late.submit(page).status == 410
    page = late.get(link)
    assert page.status == 410
    assert page.tree.select('main a[href="/"]')


@pytest.mark.parametrize("page", ["confirm", "done", "answer"])
def test_a_link_opens_only_the_page_it_was_made_for(world: World, page: str) -> None:
    for purpose in ("confirm", "done", "answer", "form"):
        token = sign_token(purpose, {"h": "nobody", "d": "nothing", "v": 1, "b": ""}, make.NOW + timedelta(days=1))
        expected = 200 if purpose == page == "confirm" else 404
        assert Browser().get(f"/{page}/{token}").status == expected
        if page != "done":
            fields = {"outcome": "recorded"} if page == "answer" else {}
            assert Browser().post(f"/{page}/{token}", fields).status == 404


def test_a_link_with_one_letter_changed_does_not_work(world: World) -> None:
    phone = Browser()
    link = send(world, phone, make.HILL)
    for at in range(len("/confirm/"), len(link) - 1, 5):  # the last letter holds bits that mean nothing
        changed = link[:at] + ("A" if link[at] != "A" else "B") + link[at + 1 :]
        assert Browser().get(changed).status == 404


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({}, "sending"),
        ({"claimed": make.NOW}, "sending"),
        ({"sent": make.NOW}, "sent"),
        ({"sent": make.NOW, "accepted": make.NOW}, "accepted"),
        ({"sent": make.NOW, "accepted": make.NOW, "closed": make.NOW, "held": Hold.WRONG_MAILBOX}, "accepted"),
        ({"sent": make.NOW, "bounced": make.NOW}, "held"),
        ({"held": Hold.NO_CONTACT}, "held"),
    ],
)
def test_what_is_told_of_a_letter_rests_on_its_own_instants(facts: dict[str, object], told: str) -> None:
    letter = Delivery("letter-h-900001", "letter", "h", (), "K7P42MXW", make.NOW, **facts)  # type: ignore[arg-type]
    assert tell_letter(letter) == told
    assert tell_letter(None) == "none"
