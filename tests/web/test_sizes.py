"""The sizes of reliability.md 4: what just fits, and what is one more, which is a page with nothing lost."""

from random import Random
from string import ascii_lowercase

import pytest

from chalicelib.web import session
from infra.world import World
from tests import make
from tests.web.client import KIM, Browser, come_to_check

GATEWAY = 10_240
"""Bytes of the request line and all headers that API Gateway takes (its quotas for REST APIs)."""
HEADERS = 8 * 1024
RARE = [chr(code) for code in range(0x20000, 0x2A6D0)]
"""Letters of four bytes, which do not deflate."""


@pytest.fixture
def phone(world: World) -> Browser:
    """At "check your answers", for one child."""
    browser = Browser()
    come_to_check(browser, make.HILL)
    return browser


def is_kept(phone: Browser) -> bool:
    """Whether every answer is still there."""
    words = phone.get("/check").words
    return all(answer in words for answer in ("Robin Example", "3B", "Kim Example", KIM["mail"], "Hill Primary"))


@pytest.mark.parametrize(
    ("path", "fits", "over", "status"),
    [
        ("/child/1/name", f"name={'a' * (65_536 - 5)}", f"name={'a' * (65_536 - 4)}", 413),
        ("/child/1/items", "&".join(["items=nationality"] * 60), "&".join(["items=nationality"] * 61), 400),
        ("/child/1/name", f"name={'a' * 100}", f"name={'a' * 101}", 422),
        ("/child/1/name", f"name={'%F0%A0%80%80' * 75}", f"name={'%F0%A0%80%80' * 76}", 422),
        ("/child/1/name", f"name=a&class_name={'3' * 30}", f"name=a&class_name={'3' * 31}", 422),
        (
            "/you",
            f"name={'a' * 100}&role=parent&mail=a%40b.example",
            f"name={'a' * 101}&role=parent&mail=a%40b.example",
            422,
        ),
        (
            "/you",
            f"name=a&role=parent&mail={'a' * 64}%40{('b' * 60 + '.') * 3}exampl",
            f"name=a&role=parent&mail={'a' * 64}%40{('b' * 60 + '.') * 3}example",
            422,
        ),
    ],
)
def test_one_more_than_fits_is_a_page_and_every_answer_is_kept(
    phone: Browser, path: str, fits: str, over: str, status: int
) -> None:
    page = phone.post(path, over.encode())
    assert page.status == status
    assert page.tree.h1
    assert is_kept(phone)
    assert phone.post(path, fits.encode()).status != status or status == 413


def test_both_cookies_when_full_leave_the_gateway_room_for_what_browsers_send(phone: Browser) -> None:
    sent = sum(len(f"__Host-{name}={'x' * session.LIMIT}; ") for name in session.IDLE)
    assert sent <= HEADERS
    assert (
        GATEWAY - sent >= 2_000
    )  # addresses with a token have some 250 bytes, the other headers of browsers 1,500


def test_eight_children_with_the_longest_names_fit_and_what_no_cookie_holds_is_told(world: World) -> None:
    phone, chance = Browser(), Random(1)
    come_to_check(phone, *[make.HILL] * 8)
    mail = (
        "".join(chance.choices(ascii_lowercase, k=64))
        + "@"
        + ".".join(["".join(chance.choices(ascii_lowercase, k=60)) for _ in range(3)])
        + ".uk"
    )
    for n in range(1, 9):
        name, class_name = ("".join(chance.choices(RARE, k=k)) for k in (75, 30))
        assert phone.answer(phone.get(f"/child/{n}/name"), name=name, class_name=class_name).path == "/check"
    page = phone.get("/check")
    told = sum(len(f"{name}: {value}\r\n") for name, value in page.headers.items())
    assert 3_000 < told <= HEADERS
    page = phone.submit(phone.get("/you"), name="".join(chance.choices(RARE, k=75)), mail=mail)
    assert (page.status, page.title) == (413, "Your answers are too long for this phone - Retract")
    kept = phone.get("/check").words
    assert name in kept
    assert KIM["mail"] in kept
