"""Lists come from the indexes, newest or most urgent first, whole and without doubles, and open no name."""

from datetime import timedelta

import pytest

from chalicelib.domain.delivery import Hold
from chalicelib.domain.withdrawal import State, spell
from chalicelib.errors import LinkBroken, LinkExpired
from chalicelib.services import notifications, queries
from chalicelib.services.queries import Listed
from infra.world import World
from tests.desk import answer, calls_made, hold, store
from tests.make import BROOK, HILL, LONE, NOW

DAY = timedelta(days=1)


def all_pages(state: State | None, urn: str) -> list[Listed]:
    pages = [queries.list_withdrawals(state, urn, "", NOW)]
    while pages[-1].older:
        pages.append(queries.list_withdrawals(state, urn, pages[-1].older, NOW))
    return pages


def references(pages: list[Listed]) -> list[str]:
    return [line.reference for page in pages for line in page.lines]


def test_pages_of_fifty_show_each_withdrawal_once_newest_first(world: World) -> None:
    refs = store(0, 120)
    pages = all_pages(State.UNCONFIRMED, "")
    assert [len(page.lines) for page in pages] == [50, 50, 20]
    assert references(pages) == [spell(ref) for ref in reversed(refs)]


def test_exactly_fifty_have_no_second_page(world: World) -> None:
    store(0, 50)
    assert [len(page.lines) for page in all_pages(None, HILL)] == [50]


def test_what_comes_or_goes_between_two_pages_doubles_and_hides_nothing(world: World) -> None:
    refs = store(0, 70)
    first = queries.list_withdrawals(State.UNCONFIRMED, "", "", NOW)
    answer(refs[20])  # the last one of the first page leaves the list: its place still counts
    store(70, 5, at=NOW + DAY)
    second = queries.list_withdrawals(State.UNCONFIRMED, "", first.older, NOW)
    assert references([first, second]) == [spell(ref) for ref in reversed(refs)]


def test_a_school_shows_all_states_or_one(world: World) -> None:
    refs = store(0, 3)
    store(3, 2, urn=BROOK)
    answer(refs[1])
    assert references(all_pages(None, HILL)) == [spell(ref) for ref in reversed(refs)]
    [line] = queries.list_withdrawals(State.ACKNOWLEDGED, HILL, "", NOW).lines
    assert (line.reference, line.outcome, line.state) == (spell(refs[1]), "recorded", State.ACKNOWLEDGED)
    assert line.school
    assert (line.school.name, line.school.la_name) == ("Hill Primary School", "Exampleshire")


def test_both_filters_read_one_page_of_rows_and_say_how_far_they_looked(world: World) -> None:
    refs = store(0, 60)
    answer(refs[0])  # the oldest
    first = queries.list_withdrawals(State.ACKNOWLEDGED, HILL, "", NOW)
    assert first.lines == ()
    assert first.back_to == NOW + timedelta(minutes=10)
    second = queries.list_withdrawals(State.ACKNOWLEDGED, HILL, first.older, NOW)
    assert references([second]) == [spell(refs[0])]
    assert (second.older, second.back_to) == ("", None)


@pytest.mark.parametrize(("state", "urn"), [(State.ACKNOWLEDGED, ""), (State.UNCONFIRMED, HILL), (None, HILL)])
def test_a_cursor_serves_no_other_filter(world: World, state: State | None, urn: str) -> None:
    store(0, 51)
    older = queries.list_withdrawals(State.UNCONFIRMED, "", "", NOW).older
    with pytest.raises(LinkBroken):
        queries.list_withdrawals(state, urn, older, NOW)


def test_a_cursor_can_be_neither_forged_nor_kept(world: World) -> None:
    store(0, 51)
    older = queries.list_withdrawals(State.UNCONFIRMED, "", "", NOW).older
    with pytest.raises(LinkBroken):
        queries.list_withdrawals(State.UNCONFIRMED, "", older[:-4] + "AAAA", NOW)
    with pytest.raises(LinkExpired):
        queries.list_withdrawals(State.UNCONFIRMED, "", older, NOW + DAY)


def test_a_reference_is_found_however_it_is_spelt(world: World) -> None:
    [ref] = store(0, 1)
    for typed in (ref, ref.lower(), spell(ref), f"  {spell(ref)} ", f"{ref[:3]}-{ref[3:]}"):
        line = queries.find_by_reference(typed)
        assert line
        assert line.reference == spell(ref)


def test_what_is_no_reference_finds_nothing(world: World) -> None:
    for typed in ("", "K7P4", "AAAA AAAA", "x" * 5000, "\x00", "☃" * 8):
        assert queries.find_by_reference(typed) is None


def test_what_needs_a_person_stands_most_urgent_first_over_all_reasons(world: World) -> None:
    hold("calm", Hold.NO_CONTACT, NOW - 9 * DAY, days=30)
    hold("few", Hold.UNKNOWN, NOW - 2 * DAY, urn=LONE)
    hold("many", Hold.NO_CONTACT, NOW - DAY, pupils=3, urn=BROOK)
    hold("old", Hold.REFUSED, NOW - 3 * DAY)
    waiting, more = queries.list_attention()
    assert [each.delivery.hid for each in waiting] == ["many", "old", "few", "calm"]
    assert not more
    urgent = waiting[0]
    assert (urgent.pupils, urgent.reason, urgent.since, urgent.reference) == (
        3,
        Hold.NO_CONTACT,
        NOW - DAY,
        "K7P4 2MXW",
    )
    assert urgent.school
    assert urgent.school.name == "Brook Academy"


def test_more_than_a_page_show_the_most_urgent(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "PAGE", 4)
    for n in range(5):
        hold(f"h{n}", Hold.NO_CONTACT if n % 2 else Hold.BROKEN_SEAL, NOW - n * DAY)
    waiting, more = queries.list_attention()
    assert [each.delivery.hid for each in waiting] == ["h4", "h3", "h2", "h1"]
    assert more


def test_what_was_released_needs_nobody(world: World) -> None:
    held = hold("one", Hold.NO_CONTACT, NOW)
    assert notifications.release(held, NOW)
    assert queries.list_attention() == ([], False)
    assert not notifications.release(held, NOW)


def test_lists_cost_the_same_calls_however_many_there_are_and_open_nothing(world: World) -> None:
    asked = []
    for first, count in ((0, 2), (2, 60)):
        refs = store(first, count)
        hold(f"held-{first}", Hold.NO_CONTACT, NOW)
        with calls_made() as calls:
            queries.list_withdrawals(State.UNCONFIRMED, "", "", NOW)
            queries.list_withdrawals(State.UNCONFIRMED, HILL, "", NOW)
            queries.find_by_reference(refs[0])
            queries.list_attention()
        assert all(asking.get("Limit", 0) <= 51 for _, asking in calls)
        asked.append([operation for operation, _ in calls])
    assert asked[0] == asked[1]
    assert set(asked[0]) == {"Query", "GetItem", "BatchGetItem"}
