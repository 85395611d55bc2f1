"""Staff come in with two factors, whatever else is tried, and are out for good."""

from datetime import timedelta

import pytest

from chalicelib import config
from chalicelib.aws import delivery_rows, staff_rows
from chalicelib.domain.delivery import Hold
from chalicelib.web import session
from infra.world import World
from tests.desk import first_step, hold, right_code, sign_in, wrong_code
from tests.make import NOW
from tests.web.client import Browser

LISTS = ("/staff", "/staff/attention", "/staff/withdrawals")
COOKIE = "__Host-staff"


def set_clock(patch: pytest.MonkeyPatch, later: timedelta) -> None:
    patch.setattr(config, "now", lambda: NOW + later)


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


@pytest.mark.parametrize("end", ["sessions ended", "role taken away"])
def test_who_may_no_longer_come_in_is_out_with_the_next_request(
    world: World, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    browser = sign_in(world)
    held = hold("one", Hold.NO_CONTACT, NOW)
    form = browser.get("/staff/attention").form("/staff/attention")
    sub = session.unseal("staff", f"{COOKIE}={browser.cookies[COOKIE]}", NOW)["sub"]
    set_clock(monkeypatch, timedelta(minutes=1))
    if end == "sessions ended":
        staff_rows.end_sessions(sub, NOW + timedelta(seconds=30))
    else:
        staff_rows.note_sign_in(sub, "former", NOW + timedelta(seconds=30))
    for path in LISTS:
        assert browser.get(path).status == 401
    assert browser.post("/staff/attention", {**form, "delivery": held}).status == 401
    delivery = delivery_rows.get_delivery(held)
    assert delivery
    assert delivery.held


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
