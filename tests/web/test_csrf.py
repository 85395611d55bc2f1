"""Who may send a form: one rule, every form, every combination of what a browser says; a look changes nothing."""

import re
from collections.abc import Callable
from datetime import timedelta
from itertools import product
from typing import Any
from urllib.parse import urlencode

import pytest

from chalicelib.content.links import sign_token
from infra.world import World
from tests import make
from tests.invariants import read_tables
from tests.web.client import Browser, begin, come_to_check
from tests.web.every_route import Everyone, ask, every_form, every_route

OURS = "http://127.0.0.1:8000"
SITES = ("same-origin", "same-site", "cross-site", "none", "Same-Origin", "x", "")
ORIGINS = (
    *(
        OURS,
        f"{OURS}/api",
        "http://127.0.0.1:8001",
        "https://127.0.0.1:8000",
        "http://127.0.0.1:8000.evil.example",
    ),
    *("https://evil.example", "null", ""),
)
TOKENS = ("ours", "of another browser", "without a browser", "of another link", "too old", "cut", "")
DECIDING = [
    *((site, origin, token) for site in SITES if site for origin, token in ((OURS, "ours"), ("", ""))),
    *(("", origin, token) for origin in ORIGINS for token in ("ours", "") if origin not in ("", "null")),
    *(("", origin, token) for origin in ("", "null") for token in TOKENS),
]
"""Each cell in which something else decides; the rest of the product is those cells again."""


def is_ours(site: str, origin: str, token: str) -> bool:
    """The rule (reliability.md 3): fetch metadata decide, else Origin, else the token of the form."""
    if site:
        return site == "same-origin"
    if origin not in ("", "null"):
        return origin == OURS
    return token == "ours"


@pytest.fixture
def sign(everyone: Everyone) -> Callable[[str, str], str]:
    """The form token of a kind for a pattern; a real one stands on a page that the same browser opens."""
    stranger = Browser()
    begin(stranger)
    strange = stranger.get("/way").form()["form_token"][0]
    other = sign_token("form", {"b": "link:another"}, make.NOW + timedelta(hours=1))
    read: dict[str, str] = {}

    def find(pattern: str, kind: str) -> str:
        area = next((area for area in ("/staff", "/confirm", "/answer") if area in pattern), "/way")
        if area not in read:
            page = {"/staff": "/staff/attention", "/way": "/way"}.get(area) or everyone.path(area + "/{token}")
            text = ask(everyone.cookies(pattern), "GET", page)[2].decode()
            read[area] = re.findall(r'name="form_token" value="([^"]+)"', text)[0]
        ours = read[area]
        bound = {"/staff": "staff:", "/way": "journey:"}.get(area, "link:")
        return {
            "ours": ours,
            "of another browser": strange,
            "without a browser": sign_token("form", {"b": bound}, make.NOW + timedelta(hours=1)),
            "of another link": other,
            "too old": sign_token("form", {"b": bound}, make.NOW - timedelta(seconds=1)),
            "cut": ours[:-1],
            "": "",
        }[kind]

    return find


def test_only_our_own_page_may_send_a_form(
    everyone: Everyone, aws: World, sign: Callable[[str, str], str], request: pytest.FixtureRequest
) -> None:
    """Each form is sent with a field that it does not have: where it is ours that is a bad request."""
    before, forms, cells = read_tables(aws), every_form(), 0
    matrix = list(product(SITES, ORIGINS, TOKENS)) if request.config.getoption("hostile") else DECIDING
    for pattern in forms:
        for site, origin, token in matrix:
            fields = {"form_token": sign(pattern, token), "unknown": "x"}
            headers = {name: value for name, value in (("Sec-Fetch-Site", site), ("Origin", origin)) if value}
            body = urlencode(fields).encode()
            status, answered, _ = ask(everyone.cookies(pattern), "POST", everyone.path(pattern), body, **headers)
            assert status == (400 if is_ours(site, origin, token) else 403), (pattern, site, origin, token)
            assert "set-cookie" not in answered or status == 400, (pattern, site, origin, token)
            cells += 1
    assert read_tables(aws) == before
    print(f"{cells} cells of {len(forms)} forms, wrong 0")


def test_a_look_is_never_asked_where_it_comes_from_and_changes_nothing(everyone: Everyone, aws: World) -> None:
    before = read_tables(aws)
    for method, pattern in every_route():
        if method != "POST":
            path, cookies = everyone.path(pattern), everyone.cookies(pattern)
            told = [
                ask(cookies, method, path, **headers)[0]
                for headers in ({}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"})
            ]
            assert set(told) in ({200}, {303}), (method, path, told)
            ask({}, method, path)
    after = read_tables(aws)
    # What staff look at is written down (services/audits.py): that row is the only trace of a look.
    audit = {pk for pk in after if pk.startswith("A#") or pk == "P#audit"}
    assert {pk: rows for pk, rows in after.items() if pk not in audit} == {
        pk: rows for pk, rows in before.items() if pk not in audit
    }


def test_a_form_that_was_opened_before_the_first_answer_is_taken_after_back(world: World) -> None:
    old = Browser(headers={})  # it sends neither Sec-Fetch-Site nor Origin
    first = old.get("/way")
    assert old.submit(first, way="hand").status == 303
    assert old.submit(first, way="mail").status == 303
    page = old.get("/child/1/school?q=school")
    assert old.submit(page, urn=make.HILL).status == 303


def test_a_key_alone_is_no_answer(world: World) -> None:
    phone = Browser()
    phone.get("/way")
    assert phone.cookies
    for path in ("/way", "/delete-answers", "/confirm/x"):
        assert "Delete my answers" not in phone.get(path).text
    assert phone.get("/check").location == "/way?gone=yes"


def test_what_was_sent_is_still_told_after_the_first_question_is_opened_again(world: World) -> None:
    phone = Browser()
    phone.submit(come_to_check(phone, make.HILL))
    phone.get("/way")
    assert phone.get("/sent").status == 200


def test_the_whole_walk_needs_nothing_but_cookies_and_tokens(world: World) -> None:
    old = Browser(headers={})
    assert old.submit(come_to_check(old, make.HILL)).location == "/sent"


def test_the_token_of_another_browser_does_not_do(world: World) -> None:
    mine, theirs = Browser(), Browser()
    begin(mine)
    begin(theirs)
    token = theirs.get("/way").form()["form_token"]
    mine.headers = {}
    assert mine.post("/way", {"way": "hand", "form_token": token}).status == 403
    assert mine.post("/way", {"way": "hand", "form_token": mine.get("/way").form()["form_token"]}).status == 303


def test_a_refused_form_is_a_page_that_says_what_to_do(everyone: Everyone) -> None:
    headers: dict[str, Any] = {"Sec-Fetch-Site": "cross-site"}
    _, _, body = ask(everyone.parent, "POST", "/way", b"way=hand", **headers)
    assert b"We could not accept this form" in body
    assert b"Your answers are still on this phone" in body
