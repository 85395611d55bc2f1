"""The gateway's own answers: pages for people, whole by themselves, under every deployment's address."""

import re
from base64 import b64encode
from hashlib import sha256

import pytest

from chalicelib import config
from chalicelib.web import front
from infra.gateway_pages import GatewayPage, draw_gateway_pages, write_gateway_responses
from tests.content.markup import parse_strictly

PAGES = draw_gateway_pages()
NEEDED = {
    *("MISSING_AUTHENTICATION_TOKEN", "UNAUTHORIZED", "ACCESS_DENIED", "WAF_FILTERED", "THROTTLED"),
    *("REQUEST_TOO_LARGE", "UNSUPPORTED_MEDIA_TYPE", "DEFAULT_4XX", "DEFAULT_5XX"),
}
ADDRESS = "https://abc123.execute-api.eu-west-2.amazonaws.com/api"

each_page = pytest.mark.parametrize("answer", PAGES.values(), ids=list(PAGES))


def test_every_answer_of_the_gateway_has_a_page():
    assert set(PAGES) == NEEDED
    assert PAGES["MISSING_AUTHENTICATION_TOKEN"].status == 404
    assert PAGES["THROTTLED"].status == 429


@each_page
def test_it_is_a_strict_page_that_says_what_to_do(answer: GatewayPage):
    tree = parse_strictly(answer.at(ADDRESS))
    assert tree.h1.get_text()
    assert tree.select("main li")
    assert tree.html["lang"] == "en"


@each_page
def test_it_loads_nothing_and_runs_nothing(answer: GatewayPage):
    tree = parse_strictly(answer.at(ADDRESS))
    assert not tree.select("script, link, img, form, iframe, [src], [style], [onclick]")
    assert "url(" not in answer.html
    [style] = tree.select("style")
    named = b64encode(sha256(style.string.encode()).digest()).decode()
    policy = answer.headers["Content-Security-Policy"].split("; ")
    assert f"style-src 'sha256-{named}'" in policy
    for rule in ("default-src", "form-action", "base-uri", "frame-ancestors"):
        assert f"{rule} 'none'" in policy


@each_page
def test_its_links_lead_into_the_service_under_its_stage_path(answer: GatewayPage):
    tree = parse_strictly(answer.at(ADDRESS))
    paths = [str(link["href"]) for link in tree.select("a")]
    assert f"{ADDRESS}/" in paths
    assert not [path for path in paths if path != "#main" and not path.startswith(f"{ADDRESS}/")]


@each_page
def test_the_gateway_finds_no_variable_in_it_and_cloudformation_only_our_address(answer: GatewayPage):
    assert set(re.findall(r"\$[^}]*.", answer.html)) == {"${PublicUrl}"}
    assert "$" not in answer.at(ADDRESS)
    assert not [value for value in answer.headers.values() if "$" in value]


@each_page
def test_it_has_the_headers_of_every_other_page(answer: GatewayPage):
    assert answer.headers.items() >= front.HEADERS.items()
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"


def test_it_is_drawn_without_any_setting(monkeypatch: pytest.MonkeyPatch):
    def refuse() -> None:
        raise AssertionError("a setting was read")

    monkeypatch.setattr(config, "settings", refuse)
    draw_gateway_pages.cache_clear()
    assert draw_gateway_pages() == PAGES


def test_whatever_a_client_accepts_it_gets_the_page():
    for kind, response in write_gateway_responses().items():
        assert response.get("StatusCode", 0) == PAGES[kind].status
        assert set(response["ResponseTemplates"]) == {"application/json", "text/html"}
        assert {each["Fn::Sub"] for each in response["ResponseTemplates"].values()} == {PAGES[kind].html}
        headers = response["ResponseParameters"]["Headers"]
        assert headers == {name: f"'{value}'" for name, value in PAGES[kind].headers.items()}
