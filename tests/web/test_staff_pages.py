"""The staff's side through its front door: in with two factors, out for good, and lists that name nobody."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib import config
from chalicelib.aws import delivery_rows
from chalicelib.domain.delivery import Hold
from chalicelib.domain.withdrawal import spell
from chalicelib.services import submissions
from chalicelib.web import session
from infra.world import World
from tests.desk import answer, calls_made, hold, right_code, store, wrong_code
from tests.make import HILL, LONE, NOW, make_child, make_household
from tests.web.client import Browser, Page

LISTS = ("/staff", "/staff/attention", "/staff/withdrawals")
COOKIE = "__Host-staff"


def first_step(world: World, browser: Browser) -> Page:
    """Through the password, to the page that asks for the code."""
    page = browser.get("/staff/sign-in")
    return browser.answer(page, "/staff/sign-in", user=world.staff.user, password=world.staff.password)


def sign_in(world: World) -> Browser:
    """Somebody who has signed in."""
    browser = Browser()
    arrived = browser.answer(first_step(world, browser), "/staff/code", code=right_code(world.staff))
    assert browser.follow(browser.get("/staff")).title == "Needs attention - Retract"
    assert arrived.status == 303
    return browser


def set_clock(patch: pytest.MonkeyPatch, later: timedelta) -> None:
    patch.setattr(config, "now", lambda: NOW + later)


def references(page: Page) -> list[str]:
    return [each.get_text() for each in page.tree.select("tbody .site-reference")]


def test_two_right_answers_lead_to_what_needs_attention(world: World) -> None:
    browser = Browser()
    code = first_step(world, browser)
    assert code.title == "Enter the code from your app - Retract"
    assert browser.get("/staff/attention").status == 401  # the password alone opens nothing
    assert browser.submit(code, "/staff/code", code=right_code(world.staff)).location == "/staff"
    assert browser.follow(browser.get("/staff")).path == "/staff/attention"


def test_a_code_may_be_typed_with_spaces(world: World) -> None:
    browser = Browser()
    code = right_code(world.staff)
    page = first_step(world, browser)
    assert browser.submit(page, "/staff/code", code=f" {code[:3]} {code[3:]} ").status == 303


@pytest.mark.parametrize(
    ("user", "password", "field"),
    [
        ("nobody", "right", "user"),
        ("right", "wrong", "user"),
        ("right", "x" * 5000, "user"),
        ("", "right", "user"),
        ("right", "", "password"),
        ("\x00\x07‮", "right", "user"),
    ],
)
def test_a_wrong_first_step_keeps_the_user_name_and_tells_no_more_than_it_must(
    world: World, user: str, password: str, field: str
) -> None:
    browser = Browser()
    typed = {
        "user": user.replace("right", world.staff.user),
        "password": password.replace("right", world.staff.password),
    }
    page = browser.submit(browser.get("/staff/sign-in"), "/staff/sign-in", **typed)
    assert (page.status, [name for name, _ in page.errors]) == (422, [field])
    if user and password:
        assert page.errors[0][1] == "The user name or the password is not right"
    assert page.form("/staff/sign-in")["password"] == [""]
    assert COOKIE not in browser.cookies


def test_a_wrong_code_is_refused_and_the_right_one_still_works(world: World) -> None:
    browser = Browser()
    page = first_step(world, browser)
    for wrong in (wrong_code(world.staff), "12345", "12345a", "١٢٣٤٥٦", ""):
        again = browser.submit(page, "/staff/code", code=wrong)
        assert (again.status, [name for name, _ in again.errors]) == (422, ["code"])
        assert browser.get("/staff/attention").status == 401
    assert browser.submit(page, "/staff/code", code=right_code(world.staff)).status == 303


def test_too_many_tries_say_how_long_to_wait(world: World) -> None:
    browser = Browser()
    for _ in range(5):
        page = browser.submit(
            browser.get("/staff/sign-in"), "/staff/sign-in", user=world.staff.user, password="guess"
        )
    page = browser.submit(page, "/staff/sign-in", user=world.staff.user, password="guess")
    assert page.status == 429
    assert "Wait 15 minutes" in page.errors[0][1]


def test_the_second_step_without_the_first_leads_to_the_first(world: World) -> None:
    browser = Browser()
    assert browser.get("/staff/code").location == "/staff/sign-in"
    assert browser.post("/staff/code", {"code": "123456"}).location == "/staff/sign-in"


def test_what_our_forms_do_not_send_is_a_bad_request(world: World) -> None:
    browser = sign_in(world)
    for path, fields in (
        ("/staff/sign-in", [("user", "a"), ("user", "b"), ("password", "c")]),
        ("/staff/sign-in", [("user", "a"), ("password", "c"), ("role", "admin")]),
        ("/staff/code", [("code", "1"), ("code", "2")]),
        ("/staff/attention", [("delivery", "a"), ("more", "b")]),
    ):
        assert browser.post(path, fields).status == 400


def test_without_a_session_every_list_is_the_sign_in_page(world: World) -> None:
    for path in (*LISTS, "/staff/withdrawals?urn=900001"):
        page = Browser().get(path, **{"Sec-Fetch-Site": "none"})
        assert (page.status, page.title) == (401, "Sign in - Retract")
        assert "continue" not in page.words


def test_whoever_arrives_from_a_mail_is_offered_to_continue(world: World) -> None:
    browser = sign_in(world)
    asked = "/staff/withdrawals?urn=900001&state=any"
    cookies, browser.cookies = browser.cookies, {}  # Strict: it stays away
    page = browser.get(asked, **{"Sec-Fetch-Site": "cross-site"})
    [link] = page.tree.select("main a")
    browser.cookies = cookies
    assert link["href"] == asked
    assert browser.get(asked, **{"Sec-Fetch-Site": "same-origin"}).status == 200


def test_a_form_without_a_session_does_nothing(world: World) -> None:
    held = hold("one", Hold.NO_CONTACT, NOW)
    assert Browser().post("/staff/attention", {"delivery": held}).status == 401
    delivery = delivery_rows.get_delivery(held)
    assert delivery
    assert delivery.held


def test_a_form_from_another_site_does_nothing(world: World) -> None:
    browser = sign_in(world)
    held = hold("one", Hold.NO_CONTACT, NOW)
    for path in ("/staff/attention", "/staff/sign-out", "/staff/sign-in", "/staff/code"):
        assert browser.post(path, {"delivery": held}, **{"Sec-Fetch-Site": "cross-site"}).status == 403
    delivery = delivery_rows.get_delivery(held)
    assert delivery
    assert delivery.held
    assert browser.get("/staff/attention").status == 200


def test_signing_out_ends_every_copy_of_the_session(world: World) -> None:
    browser = sign_in(world)
    thief = Browser(cookies=dict(browser.cookies))
    assert thief.get("/staff/attention").status == 200
    assert browser.submit(browser.get("/staff/attention"), "/staff/sign-out").location == "/staff/sign-in"
    assert COOKIE not in browser.cookies
    assert thief.get("/staff/attention").status == 401


def test_a_session_that_is_used_stays_and_one_that_is_idle_ends(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = sign_in(world)
    for minutes in (14, 28, 42):
        set_clock(monkeypatch, timedelta(minutes=minutes))
        assert browser.get("/staff/attention").status == 200
    set_clock(monkeypatch, timedelta(minutes=57, seconds=1))
    assert browser.get("/staff/attention").status == 401


def test_eight_hours_end_the_busiest_session(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = sign_in(world)
    for quarter in range(1, 35):
        set_clock(monkeypatch, timedelta(minutes=14 * quarter))
        assert browser.get("/staff/withdrawals?reference=AAAAAAAA").status == 200
    set_clock(monkeypatch, timedelta(hours=8))
    assert browser.get("/staff/withdrawals").status == 401


def test_each_sign_in_has_a_cookie_of_its_own_that_only_our_pages_get(world: World) -> None:
    browser = Browser()
    keys = []
    for action, fields in (
        ("/staff/sign-in", {"user": world.staff.user, "password": world.staff.password}),
        ("/staff/code", {"code": right_code(world.staff)}),
    ):
        answered = browser.post(action, fields)
        [header] = answered.headers["set-cookie"]
        assert header.endswith("; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=900")
        keys.append(session.unseal("staff", header.split(";")[0], NOW)["key"])
    assert len(set(keys)) == 2


def test_a_forged_or_foreign_cookie_is_no_session(world: World) -> None:
    browser = sign_in(world)
    sealed = browser.cookies[COOKIE]
    journey = session.seal("journey", {"key": "k", "token": "t", "since": "s"}, NOW)
    for value in (sealed[:-8] + "AAAAAAA=", "", "x", journey.split(";")[0].partition("=")[2]):
        assert Browser(cookies={COOKIE: value}).get("/staff/attention").status == 401


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
    assert {operation for operation, _ in calls} == {"Query", "GetItem"}


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
