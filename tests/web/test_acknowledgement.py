"""The school's answer: reference and number only, three buttons, corrected as often as it likes."""

import pytest

from chalicelib.domain.withdrawal import Outcome, State
from chalicelib.services import notifications
from infra.world import World
from tests import make, tell
from tests.invariants import check_invariants, read_tables
from tests.web.client import Browser, Page, read_link


@pytest.fixture
def link(world: World) -> str:
    """The link in a school's letter about two pupils."""
    children = (make.make_child(), make.make_child("Sam Example"))
    tell.submit_and_confirm(make.make_household(*children))
    notifications.sweep(make.NOW)
    return read_link(world.outbox[-1].raw, "answer")


def outcomes(world: World) -> list[tuple[str, str | None, str | None]]:
    """State, outcome and reason of each withdrawal."""
    records = [rows["W"] for rows in read_tables(world).values() if "W" in rows]
    return [(each["state"], each.get("outcome"), each.get("reason")) for each in records]


def press(link: str, **fields: str) -> Page:
    school = Browser()
    return school.answer(school.get(link), **fields)


def test_the_page_shows_reference_and_number_and_never_a_name(link: str) -> None:
    page = Browser().get(link)
    shown = [each.get_text().strip() for each in page.tree.select("dd")]
    assert len(shown[0]) == 9
    assert shown[1:] == ["Hill Primary School", "2"]
    for name in ("Robin Example", "Sam Example", "Kim Example", "kim@family.example"):
        assert name not in page.text
    assert "3B" not in page.words.replace(shown[0], "")  # a reference may hold it by chance


def test_the_first_button_says_nothing_of_any_pupil(link: str) -> None:
    buttons = [each.get_text().strip() for each in Browser().get(link).tree.select("main button")]
    assert buttons == [
        "Dealt with. We will tell the family ourselves",
        "Recorded as Refused; the sender is a parent, carer or pupil whom we would tell this ourselves",
        "We have not acted",
    ]


@pytest.mark.parametrize("outcome", [Outcome.DEALT_WITH, Outcome.RECORDED])
def test_one_press_answers_for_every_pupil_of_the_letter(world: World, link: str, outcome: Outcome) -> None:
    page = press(link, outcome=outcome.value)
    assert page.path == link.replace("/answer/", "/answered/")
    assert "We have your answer" in page.words
    assert outcomes(world) == [(State.ACKNOWLEDGED, outcome, None)] * 2
    check_invariants(world, make.NOW)


def test_the_same_answer_again_changes_nothing(world: World, link: str) -> None:
    first = press(link, outcome="recorded")
    rows = read_tables(world)
    assert press(link, outcome="recorded").words == first.words
    assert read_tables(world) == rows


def test_not_acted_needs_a_reason_and_keeps_it_for_the_staff(world: World, link: str) -> None:
    school = Browser()
    page = school.submit(school.get(link), outcome="not_acted")
    assert page.status == 422
    assert page.title.startswith("Error: ")
    assert page.errors == [("reason", "Choose the reason why you have not acted")]
    assert [state for state, *_ in outcomes(world)] == [State.CONFIRMED] * 2
    press(link, outcome="not_acted", reason="cannot_find")
    assert outcomes(world) == [(State.ACKNOWLEDGED, "not_acted", "cannot_find")] * 2


def test_an_answer_may_be_corrected_and_the_page_tells_the_one_before(world: World, link: str) -> None:
    press(link, outcome="not_acted", reason="cannot_find")
    page = Browser().get(link)
    assert "Your answer so far: We have not acted" in page.words
    assert page.tree.select_one("input[value=cannot_find][checked]")
    press(link, outcome="recorded")
    assert outcomes(world) == [(State.ACKNOWLEDGED, "recorded", None)] * 2


def test_a_wrong_mailbox_closes_the_letter_and_leaves_the_withdrawals_confirmed(world: World, link: str) -> None:
    page = press(link, outcome="not_acted", reason="wrong_mailbox")
    assert "This letter is closed" in page.words
    assert [state for state, *_ in outcomes(world)] == [State.CONFIRMED] * 2
    page = Browser().get(link)
    assert page.status == 410
    assert page.tree.h1


def test_opening_the_link_changes_nothing(world: World, link: str) -> None:
    before = read_tables(world)
    for _ in range(3):
        Browser().get(link)
        Browser().get(link.replace("/answer/", "/answered/"))
    assert read_tables(world) == before


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({}, 422),
        ({"outcome": "acknowledged"}, 422),
        ({"outcome": "not_acted", "reason": "bored"}, 422),
        ({"outcome": ["recorded", "dealt_with"]}, 400),
        ({"outcome": "recorded", "note": "hello"}, 400),
    ],
)
def test_an_answer_that_no_button_gives_is_not_taken(
    world: World, link: str, fields: dict[str, str], status: int
) -> None:
    assert Browser().post(link, fields).status == status
    assert [state for state, *_ in outcomes(world)] == [State.CONFIRMED] * 2


def test_a_reason_without_not_acted_is_not_kept(world: World, link: str) -> None:
    press(link, outcome="recorded", reason="doubt_sender")
    assert outcomes(world) == [(State.ACKNOWLEDGED, "recorded", None)] * 2
