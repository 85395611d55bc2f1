"""What every answer carries: each route, each way to ask it, each thing that can go wrong."""

from itertools import product

import pytest

from app import app
from chalicelib import config, errors
from chalicelib.content import render
from chalicelib.services import schools
from infra.gateway_pages import draw_gateway_pages
from tests import make
from tests.web.client import ORIGIN
from tests.web.every_route import Everyone, ask, check_headers, every_form, every_route


def test_every_answer_of_every_route_carries_them(everyone: Everyone) -> None:
    seen = set()
    asking = [
        *product(app.routes, ("GET", "HEAD", "POST"), (True, False), (True, False)),
        *product(app.routes, ("PUT", "PATCH", "DELETE"), (True,), (True,)),
    ]
    for pattern, method, whole, known in asking:
        path = everyone.path(pattern, whole)
        cookies = everyone.cookies(pattern) if known else {}
        answer = ask(cookies, method, path, **{"Sec-Fetch-Site": "cross-site" if method == "POST" else "none"})
        check_headers(answer, everyone, method, path)
        seen.add(answer[0])
    assert seen == {200, 303, 401, 403, 404, 405}
    print(f"{len(asking)} answers of {len(app.routes)} routes, headers wrong 0")


def test_every_refusal_of_a_form_carries_them(everyone: Everyone) -> None:
    for pattern in every_form():
        path, cookies = everyone.path(pattern), everyone.cookies(pattern)
        for body, kind, expected in (
            (b"{}", "application/json", 415),
            (b"x=1", "application/x-www-form-urlencoded", 400),
            (b"x=%ff", "application/x-www-form-urlencoded", 400),
            (b"x" * 70_000, "application/x-www-form-urlencoded", 413),
        ):
            answer = ask(cookies, "POST", path, body, **{"Content-Type": kind, "Sec-Fetch-Site": "same-origin"})
            check_headers(answer, everyone, "POST", path)
            assert answer[0] == expected, (path, body[:9])


ERRORS = [
    each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, errors.ServiceError)
]


@pytest.mark.parametrize("error", [*ERRORS, RuntimeError, KeyError])
def test_every_error_is_a_page_that_carries_them(
    everyone: Everyone, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def fail(urn: str) -> None:
        raise error() if error in ERRORS else error("Robin Example")

    monkeypatch.setattr(schools, "get_school", fail)
    path = f"/school/{make.HILL}"
    answer = ask(everyone.parent, "GET", path)
    check_headers(answer, everyone, "GET", path)
    assert answer[0] == getattr(error, "status", 500)
    assert b"Robin" not in answer[2]


def test_where_not_even_the_page_of_an_error_can_be_drawn_there_is_still_a_page(
    everyone: Everyone, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("Robin Example")

    for broken, name in ((render, "page"), (config, "now"), (config, "settings")):
        with monkeypatch.context() as patch:
            patch.setattr(broken, name, fail)
            for path in ("/", "/staff/sign-in", "/static/x.css", everyone.path("/confirm/{token}")):
                answer = ask({}, "GET", path)
                check_headers(answer, everyone, "GET", path)
                assert answer[0] == 500
                assert "Robin" not in answer[2].decode() + caplog.text


def test_pages_of_the_gateway_carry_them_too(everyone: Everyone) -> None:
    for kind, page in draw_gateway_pages().items():
        headers: dict[str, object] = {name.lower(): value for name, value in page.headers.items()}
        check_headers((page.status, headers, page.at(ORIGIN).encode()), everyone, "GET", kind)


def test_no_header_of_a_request_sets_where_a_redirect_leads(everyone: Everyone) -> None:
    forged = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
    redirects = 0
    for method, pattern in every_route():
        if method == "GET":
            path = everyone.path(pattern, whole=False)
            status, headers, _ = ask({}, method, path, **forged)
            redirects += status == 303
            assert "evil" not in str(headers)
    assert redirects
