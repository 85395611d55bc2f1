"""What staff see: lists that name nobody, found by filters, and what needs a person."""

from typing import Any

from chalicelib.aws import delivery_rows
from chalicelib.domain.delivery import Hold
from chalicelib.domain.withdrawal import spell
from chalicelib.services import submissions
from infra.world import World
from tests.desk import answer, calls_made, hold, sign_in, store
from tests.make import HILL, LONE, NOW, make_child, make_household
from tests.web.client import Page


def references(page: Page) -> list[str]:
    return [each.get_text() for each in page.tree.select("tbody .site-reference")]


def test_staff_pages_are_in_english_only(world: World) -> None:
    browser = sign_in(world)
    for path in ("/en-xa/staff/withdrawals", "/ar-xb/staff/sign-in", "/en/staff/attention"):
        assert browser.request("GET", path).status_code in (403, 404)
    assert not browser.get("/staff/withdrawals").tree.select("[hreflang]")


def test_no_name_stands_on_any_page_and_no_seal_is_opened(world: World) -> None:
    secret = make_child(name="Canary Child", class_name="Canary Class")
    submissions.submit(
        make_household(secret, name="Canary Parent", mail="canary@family.example"), "192.0.2.1", NOW
    )
    browser = sign_in(world)
    [ref] = references(browser.get("/staff/withdrawals?state=unconfirmed"))
    with calls_made() as calls:
        pages = [
            browser.get(f"/staff/withdrawals?{query}")
            for query in (f"reference={ref.replace(' ', '+')}", "state=unconfirmed", f"urn={HILL}", "")
        ] + [browser.get("/staff/attention")]
    assert ref in pages[0].words
    assert "Hidden" in pages[0].words
    assert not [page.path for page in pages if "canary" in page.text.lower()]
    # Each look at withdrawals is written down first; nothing else is written, and no key is asked for.
    assert {operation for operation, _ in calls} == {"Query", "GetItem", "TransactWriteItems"}
    assert [operation for operation, _ in calls].count("TransactWriteItems") == 4


def test_older_pages_follow_until_the_last(world: World) -> None:
    refs = store(0, 120)
    browser = sign_in(world)
    page, seen = browser.get("/staff/withdrawals?state=unconfirmed"), []
    while True:
        seen += references(page)
        older = page.tree.select_one("main a[rel=next]")
        if older is None:
            break
        page = browser.get(str(older["href"]))
    assert seen == [spell(ref) for ref in reversed(refs)]


def test_a_cursor_for_another_filter_is_refused(world: World) -> None:
    store(0, 51)
    browser = sign_in(world)
    older = browser.get("/staff/withdrawals?state=unconfirmed").tree.select_one("main a[rel=next]")
    assert older
    assert browser.get(str(older["href"]).replace("unconfirmed", "cancelled")).status == 404
    assert browser.get("/staff/withdrawals?older=forged").status == 404


def test_school_and_state_together_say_how_far_they_looked(world: World) -> None:
    refs = store(0, 60)
    answer(refs[0])
    browser = sign_in(world)
    page = browser.get(f"/staff/withdrawals?school={HILL}&state=acknowledged")
    assert references(page) == []
    assert "Searched back to 21 September 2017, 10:40." in page.words  # 9:40 UTC, in London's summer
    [further] = page.tree.select("main a[rel=next]")
    assert further.get_text() == "Go on"
    found = browser.get(str(further["href"]))
    assert references(found) == [spell(refs[0])]
    assert "Recorded as Refused" in found.words


def test_a_reference_is_found_whatever_the_filters_say_and_they_show_that(world: World) -> None:
    [ref] = store(0, 1)
    page = sign_in(world).get(f"/staff/withdrawals?reference={ref}&school=Brook&state=confirmed")
    assert references(page) == [spell(ref)]
    assert "Not confirmed yet" in page.words
    assert [each["value"] for each in page.tree.select("select option[selected]")] == ["any"]
    assert page.tree.select_one("#school")["value"] == ""  # type: ignore[index]


def test_a_school_is_found_by_its_words_and_chosen_where_there_are_several(world: World) -> None:
    refs = store(0, 2)
    browser = sign_in(world)
    page = browser.get("/staff/withdrawals?school=primary&state=unconfirmed")
    choices = {each.get_text(): str(each["href"]) for each in page.tree.select("main ul a")}
    assert {"Hill Primary School", "Lone Oak Primary School"} <= set(choices)
    chosen = browser.get(choices["Hill Primary School"])
    assert references(chosen) == [spell(refs[1]), spell(refs[0])]
    assert "Hill Primary School" in chosen.words
    assert "Exampleshire" in chosen.words


def test_what_finds_nothing_says_what_to_do_and_keeps_what_was_typed(world: World) -> None:
    browser = sign_in(world)
    for name, typed in (("reference", "AAAA AAAA"), ("school", "zzzzzz"), ("school", "123456")):
        page = browser.get(f"/staff/withdrawals?{name}={typed.replace(' ', '+')}")
        assert [field for field, _ in page.errors] == [name]
        shown = page.tree.select_one(f"#{name}")
        assert shown
        assert shown["value"] == typed
    page = browser.get("/staff/withdrawals?state=any")
    assert page.errors == [("school", "Enter a school too, or choose one state")]


def test_an_odd_query_is_answered_calmly(world: World) -> None:
    browser = sign_in(world)
    for query, status in (
        ("state=erased", 400),
        ("state=other", 400),
        ("reference=%00%1b", 200),
        ("school=%E2%80%AE%00", 200),
        ("urn=x", 200),
        ("older=", 200),
        ("x=1", 200),
    ):
        assert browser.get(f"/staff/withdrawals?{query}").status == status


def test_a_held_letter_is_shown_and_can_be_released_once(world: World) -> None:
    held = hold("one", Hold.NO_CONTACT, NOW, pupils=2, urn=LONE)
    browser = sign_in(world)
    page = browser.get("/staff/attention")
    assert "Lone Oak Primary School" in page.words
    assert "The school has no e-mail address that works" in page.words
    cells = {str(each.get("data-column")): each.get_text() for each in page.tree.select("tbody td")}
    assert (cells["Pupils"], cells["Since"]) == ("2", "21 September 2017, 10:30")
    assert "Nothing needs attention" in browser.answer(page, "/staff/attention").words
    delivery = delivery_rows.get_delivery(held)
    assert delivery
    assert not delivery.held
    assert browser.submit(page, "/staff/attention").status == 303


def test_every_reason_to_hold_a_letter_is_said_in_words(world: World) -> None:
    for reason in Hold:
        hold(reason.value, reason, NOW)
    page = sign_in(world).get("/staff/attention")
    said = [each.get_text(strip=True) for each in page.tree.select('td[data-column="Why"]')]
    assert len(set(said) - {""}) == len(Hold)


def test_a_school_that_the_register_has_lost_is_shown_by_its_number(world: World) -> None:
    store(0, 1, urn="100000")
    hold("gone", Hold.BROKEN_SEAL, NOW, urn="100000")
    browser = sign_in(world)
    assert "URN 100000" in browser.get("/staff/attention").words
    assert "URN 100000" in browser.get("/staff/withdrawals?state=unconfirmed").words


def test_tables_say_what_they_are_to_whoever_hears_them(world: World) -> None:
    store(0, 1)
    hold("one", Hold.UNKNOWN, NOW)
    browser = sign_in(world)
    for path in ("/staff/attention", "/staff/withdrawals?state=unconfirmed"):
        table: Any = browser.get(path).tree.select_one("table")
        assert table.caption.get_text().strip()
        assert {each["scope"] for each in table.select("th")} == {"col", "row"}
