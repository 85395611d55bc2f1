"""What API Gateway answers by itself, where no function of ours is asked: a page for a person, never JSON.

Drawn by the service's own error page, in English (the gateway knows nothing of languages) and without the contact
of a campaign (a parameter of the deployment); with nothing to load, as the gateway may be refusing just that.
"""

from base64 import b64encode
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import ChoiceLoader, FileSystemLoader
from markupsafe import Markup

from chalicelib.content import i18n, render
from chalicelib.web import front

PAGES = Path(__file__).parent / "pages"
PUBLIC_URL = "${PublicUrl}"
"""Stands before every link: the parameter of the app stack, which Fn::Sub or ``GatewayPage.at`` fills in."""

ANSWERS = {
    # The gateway's word for "no such route or method": it takes the caller for one who forgot to sign.
    "MISSING_AUTHENTICATION_TOKEN": (404, "not-found"),
    "UNAUTHORIZED": (401, "bad-request"),
    "ACCESS_DENIED": (403, "bad-request"),
    "WAF_FILTERED": (429, "busy"),  # its one rule is a rate
    "THROTTLED": (429, "busy"),
    "REQUEST_TOO_LARGE": (413, "too-large"),
    "UNSUPPORTED_MEDIA_TYPE": (415, "bad-request"),
    "DEFAULT_4XX": (0, "bad-request"),
    "DEFAULT_5XX": (0, "unavailable"),
}
"""ResponseType of API Gateway: the status (0: the gateway's own), and the words of ``pages/error.html``."""


@dataclass(frozen=True)
class GatewayPage:
    """One answer: ``status`` (0: left as the gateway has it), ``headers`` (Content-Type too) and ``html``.

    In ``html`` stands no "$" but that of PUBLIC_URL: to the gateway it begins a variable. Its templates for such
    answers know variables only, no Velocity (API Gateway's guide, "gateway-responses.responseTemplates").
    """

    status: int
    headers: dict[str, str]
    html: str

    def at(self, public_url: str) -> str:
        """The page as people get it from a service at ``public_url``."""
        return self.html.replace(PUBLIC_URL, public_url)


@cache
def draw_gateway_pages() -> dict[str, GatewayPage]:
    """Every page by its ResponseType. Reads no setting, so that one package serves every stage."""
    style = (PAGES / "gateway.css").read_text(encoding="utf-8")
    policy = (
        f"default-src 'none'; style-src 'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'; "
        "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    )
    headers = {**front.HEADERS, "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": policy}
    environment = render.environment(i18n.ENGLISH)
    environment = environment.overlay(loader=ChoiceLoader([FileSystemLoader(PAGES), environment.loader]))
    template = environment.get_template("gateway.html")
    return {
        kind: GatewayPage(
            status,
            headers,
            template.render(error=words, language=i18n.ENGLISH, style=Markup(style), url=_address),  # noqa: S704 - our file
        )
        for kind, (status, words) in ANSWERS.items()
    }


def write_gateway_responses() -> dict[str, Any]:
    """The pages as the property GatewayResponses of AWS::Serverless::Api.

    The gateway picks the template by Accept and takes JSON for the default: the same page stands under both. A
    value in single quotes is taken literally, quotes inside included.
    """
    return {
        kind: {
            **({"StatusCode": page.status} if page.status else {}),
            "ResponseParameters": {"Headers": {name: f"'{value}'" for name, value in page.headers.items()}},
            "ResponseTemplates": {accept: {"Fn::Sub": page.html} for accept in ("application/json", "text/html")},
        }
        for kind, page in draw_gateway_pages().items()
    }


def _address(path: str, language: str = i18n.ENGLISH) -> str:
    return PUBLIC_URL + i18n.path_prefix(language) + path
