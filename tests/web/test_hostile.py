"""What no page of ours sends: refused with a clear page and the right status, nothing stored, never a 500."""

import base64
from collections.abc import Iterator

import pytest

from infra.world import World
from tests import make
from tests.invariants import read_tables
from tests.web.client import Browser, Page, begin, come_to_check


@pytest.fixture
def phone(world: World) -> Iterator[Browser]:
    before = read_tables(world)
    yield Browser()
    assert read_tables(world) == before


def is_calm(page: Page, status: int) -> bool:
    """Whether it is a page for a person, with that status."""
    return page.status == status and page.tree.h1 is not None and "Traceback" not in page.text


@pytest.mark.parametrize(
    "body",
    [
        *(b"way=mail&way=hand", b"way=mail&admin=yes", b"way=%ff%fe", b"way=\xff", b"&".join([b"way=mail"] * 70)),
        b"__proto__=1",
    ],
)
def test_fields_that_our_form_does_not_send_are_a_bad_request(phone: Browser, body: bytes) -> None:
    assert is_calm(phone.post("/way", body), 400)


@pytest.mark.parametrize("body", [b"", b"=", b"&&&", b"way", b"way=%", b"way=%zz", b"way=x", b"way=%00"])
def test_a_form_without_a_right_answer_comes_again(phone: Browser, body: bytes) -> None:
    status = 400 if body == b"=" else 422
    assert is_calm(phone.post("/way", body), status)


@pytest.mark.parametrize("size", [64 * 1024 + 1, 10 * 1024 * 1024])
def test_a_body_that_is_too_large_is_told(phone: Browser, size: int) -> None:
    assert is_calm(phone.post("/way", b"way=" + b"x" * size), 413)


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=x", "text/plain", "x"])
def test_another_content_type_is_told(phone: Browser, kind: str) -> None:
    assert is_calm(phone.post("/way", b'{"way": "mail"}', kind=kind), 415)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "POST"])
def test_a_wrong_method_is_told(phone: Browser, method: str) -> None:
    answer = phone.request(method, "/sent")
    assert answer.status_code == 405
    assert "GET" in str(answer.headers["Allow"])
    assert b"This page cannot be opened like this" in answer.body


@pytest.mark.parametrize(
    "path",
    [
        *("/nowhere", "/xx/way", "/en/way", "/school/123", "/school/%00", "/school/abcdef", "/child//school"),
        *("/confirm/x", "/done/x", "/answer/x", "/answered/x", "/static/x.css", "/static/..%2fapp.py", "/%ff"),
    ],
)
def test_an_address_that_is_none_is_a_page_that_says_so(phone: Browser, path: str) -> None:
    assert is_calm(phone.get(path), 404)


@pytest.mark.parametrize(
    "q", ["%00", "%ff", "%E2%80%AE", "%F0%9F%98%80", "%", "a" * 5000, "%22%3E%3Cscript%3E", "*", "'"]
)
def test_any_search_is_a_page(phone: Browser, q: str) -> None:
    begin(phone)
    page = phone.get(f"/child/1/school?q={q}")
    assert page.status in (200, 400, 422)
    assert page.tree.find("script", src=False) is None


@pytest.mark.parametrize(
    "cookie",
    ["", "x", "gAAAAAB", "=" * 3900, base64.urlsafe_b64encode(b"x" * 200).decode(), "%00", "é"],
)
def test_a_forged_cookie_is_a_fresh_start(phone: Browser, cookie: str) -> None:
    phone.cookies["__Host-journey"] = cookie
    assert phone.get("/check").location == "/way?gone=yes"
    assert phone.get("/way").status == 200


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7*7 }}", "%(name)s"]
)
def test_what_is_typed_is_never_markup(phone: Browser, text: str) -> None:
    come_to_check(phone, make.HILL)
    for path, field in (("/child/1/name", "name"), ("/you", "name"), ("/you", "mail"), ("/child/1/school", "q")):
        page = phone.post(path, {field: text})
        assert page.status == 422
        assert page.form() if path != "/child/1/school" else True
        assert page.tree.find("img") is None
        assert page.tree.find("script", src=False) is None
        assert page.tree.find("input", attrs={"name": field})["value"] == text  # type: ignore[index]
