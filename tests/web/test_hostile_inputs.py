"""Thousands of hostile requests, each byte of cookies and links: calm pages, nothing stored, every answer kept."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from typing import Any

import pytest
from bs4 import Tag

from chalicelib.aws.clients import client
from chalicelib.web import session
from chalicelib.web.typed import show
from chalicelib.web.visit import BODY_LIMIT
from infra.world import World
from tests import make
from tests.content.markup import parse_strictly
from tests.invariants import check_invariants, read_tables
from tests.web.every_route import LANGUAGE, NAMES, Answer, Everyone, ask, check_headers
from tests.web.hostile_inputs import MARKS, Input, make_input

SAMPLE, ALL = 400, 10_000
WRITES = {"PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems", "BatchWriteItem"}
COUNTED = ("/staff/sign-in", "/staff/code", "/staff/withdrawals")
"""Where a try is counted whether it is refused or not, or a look is written down."""
PURPOSES = {"confirm": "confirm", "done": "done", "answer": "answer", "answered": "answer"}
"""Page and what its links are made for."""
STEP = 11
"""Of so many bytes one is changed, but with --hostile each."""
READ_STRICTLY = 8
"""Of so many pages one is read as strict HTML5, which takes ten times as long as to make it."""


@contextmanager
def writes_made() -> Iterator[list[str]]:
    """Every operation within that changed a table."""
    made: list[str] = []

    def note(http_response: Any, model: Any, **_: Any) -> None:
        if model.name in WRITES and http_response.status_code < 300:
            made.append(model.name)

    events = client("dynamodb").meta.events
    events.register("after-call.dynamodb", note)
    yield made
    events.unregister("after-call.dynamodb", note)


def judge(sent: Input, answer: Answer, writes: list[str], everyone: Everyone) -> None:
    """Raises AssertionError where the answer to ``sent`` is not as every answer must be."""
    status, headers, body = answer
    assert status < 500
    check_headers(answer, everyone, sent.method, sent.path.split("?")[0])
    text = body.decode()
    assert "Traceback" not in text
    assert not [mark for mark in MARKS if "zqx" in mark and mark in text and mark != "javascript:zqx//"]
    assert 'href="javascript:' not in text
    if status >= 400 or sent.method != "POST":
        assert not writes or sent.pattern in COUNTED
        assert not [cookie for cookie in headers.get("set-cookie", ()) if "Max-Age=0" in cookie]  # type: ignore[attr-defined]
        assert kept_answers(sent.cookies, headers) or sent.method != "POST"
    if sent.typed and not sent.pattern.startswith("/staff"):
        assert status in expected(sent)
    if status == 422 and sent.typed and sent.n % 2:
        comes_again(sent, text)
    elif body and sent.n % READ_STRICTLY == 0 and "html" in str(headers["content-type"]):
        parse_strictly(text)


def expected(sent: Input) -> tuple[int, ...]:
    """How a form may be answered of which one field holds any text, and the others what they should."""
    if len(sent.body) > BODY_LIMIT:
        return (413,)
    if any("\ud800" <= letter <= "\udfff" for text in sent.typed.values() for letter in text):
        return (400,)  # half a surrogate pair is no text
    return (303, 422)


def kept_answers(cookies: dict[str, str], headers: dict[str, Any]) -> bool:
    """Whether a journey's cookie that is set anew keeps what the one before kept."""
    name = "__Host-journey"
    for cookie in headers.get("set-cookie", ()):
        if cookie.startswith(name):
            before = session.unseal("journey", f"{name}={cookies.get(name, '')}", make.NOW)
            after = session.unseal("journey", cookie.split(";")[0], make.NOW)
            if any(before.get(part) not in (None, after.get(part)) for part in ("own", "children")):
                return False
    return True


def comes_again(sent: Input, text: str) -> None:
    """The page has an error, and every field as it was typed."""
    tree = parse_strictly(text)
    assert tree.select(".govuk-error-summary a")
    for name, value in sent.typed.items():
        found = tree.find("input", attrs={"name": name, "type": ["text", "email", None]})
        if isinstance(found, Tag) and found.get("type") not in ("radio", "checkbox", "hidden", "password"):
            assert str(found.get("value", "")) in (show(value), show(value).strip(), show(value).strip()[:200])


def test_no_input_breaks_a_page_stores_anything_or_loses_an_answer(
    everyone: Everyone, aws: World, request: pytest.FixtureRequest
) -> None:
    total = ALL if request.config.getoption("hostile") else SAMPLE
    told: Counter[int] = Counter()
    kinds: Counter[str] = Counter()
    for n in range(total):
        sent = make_input(n, everyone)
        with writes_made() as writes:
            answer = ask(sent.cookies, sent.method, sent.path, sent.body, **sent.headers)
        try:
            judge(sent, answer, writes, everyone)
        except Exception as error:
            raise AssertionError(
                f"make_input({n}, everyone): {sent!r:.2000}\n{answer[0]} {answer[2]!r:.300}"
            ) from error
        told[answer[0]] += 1
        kinds[sent.kind] += 1
    assert {200, 303, 400, 404, 413, 415, 422} <= set(told)
    check_invariants(aws, make.NOW, NAMES)
    print(f"{total} hostile inputs {dict(kinds)}, answers {dict(sorted(told.items()))}, 5xx 0")


def change_bytes(sealed: str, step: int, spared: int) -> Iterator[str]:
    """``sealed`` with another letter in one place each; the last letters hold bits that nothing reads."""
    for at in range(0, len(sealed) - spared, step):
        yield sealed[:at] + ("A" if sealed[at] != "A" else "B") + sealed[at + 1 :]


def test_each_byte_of_a_cookie_and_of_a_link_counts(
    everyone: Everyone, aws: World, request: pytest.FixtureRequest
) -> None:
    before, step, tried = read_tables(aws), 1 if request.config.getoption("hostile") else STEP, 0
    for page, token in everyone.tokens.items():
        for changed in change_bytes(token, step, 1):
            assert ask({}, "GET", f"/{page}/{changed}")[0] == 404, (page, changed)
            tried += 1
    for area, path, status in (("parent", "/check", 303), ("staff", "/staff/attention", 401)):
        [(name, sealed)] = getattr(everyone, area).items()
        assert ask({name: sealed}, "GET", path)[0] == 200
        for changed in change_bytes(sealed, step, 4):
            assert ask({name: changed}, "GET", path)[0] == status, (name, changed)
            tried += 1
    assert read_tables(aws) == before
    print(f"{tried} bytes changed, opened 0")


def test_a_link_opens_only_pages_of_its_purpose(everyone: Everyone, aws: World) -> None:
    before, cells = read_tables(aws), 0
    for (page, wanted), (made_for, token), prefix in product(
        PURPOSES.items(), everyone.tokens.items(), ("", f"/{LANGUAGE}")
    ):
        fits = PURPOSES[made_for] == wanted
        assert ask({}, "GET", f"{prefix}/{page}/{token}")[0] == (200 if fits else 404), (page, made_for)
        cells += 1
        if page in ("confirm", "answer") and not fits:
            body = b"outcome=recorded" if page == "answer" else b""
            sent = ask({}, "POST", f"{prefix}/{page}/{token}", body, **{"Sec-Fetch-Site": "same-origin"})
            assert sent[0] == 404, (page, made_for)
            cells += 1
    assert read_tables(aws) == before
    print(f"{cells} cells of page and purpose, wrong 0")


def test_a_cookie_opens_only_its_own_area(everyone: Everyone) -> None:
    [journey], [staff] = everyone.parent.values(), everyone.staff.values()
    assert ask({"__Host-journey": staff}, "GET", "/check")[0] == 303
    assert ask({"__Host-staff": journey}, "GET", "/staff/attention")[0] == 401
