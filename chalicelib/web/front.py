"""What goes around every answer: Chalice's own refusals drawn as pages, and the security headers."""

from collections.abc import Callable
from typing import Any

from chalice.app import Response

from chalicelib import config
from chalicelib.content import i18n
from chalicelib.services import deployment
from chalicelib.web.page import STATUS_PAGES, draw
from chalicelib.web.plain_page import answer_plainly
from chalicelib.web.visit import Visit

HEADERS = {
    "Cache-Control": "no-store",
    # "no-referrer" would make our own forms send "Origin: null".
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    # Heeded over https only. The name's own children are left alone: they may be the campaign's other sites.
    "Strict-Transport-Security": "max-age=31536000",
}
"""What every answer carries, the gateway's own (infra/gateway_pages.py) included."""


def require_campaign(event: Any, get_response: Callable[[Any], Any]) -> Any:
    """The middleware of every event function: none works where no page is served. Raises SettingMissing.

    AWS keeps the event, tries again and rings the alarms; the table knows all that was to be done.
    """
    deployment.open_campaign()
    return get_response(event)


def guard(request: Any, get_response: Callable[[Any], Response]) -> Response:
    """The HTTP middleware: nothing leaves the house as JSON or without its headers."""
    response = get_response(request)
    if isinstance(response.body, dict):
        response = _draw_refusal(request, response)
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Content-Security-Policy", content_security_policy())
    return response


def _draw_refusal(request: Any, response: Response) -> Response:
    """What Chalice itself refuses, as a page."""
    try:
        visit = Visit(request, i18n.ENGLISH, "/", config.now(), "journey")
        words = STATUS_PAGES.get(response.status_code, "broken")
        page = draw(visit, "error", response.status_code, error=words, facts={})
    except Exception as error:  # noqa: BLE001 - Chalice would answer in JSON, and log the message
        return answer_plainly(error)
    if "Allow" in response.headers:
        page.headers["Allow"] = response.headers["Allow"]
    return page


def content_security_policy() -> str:
    """Own files only: no page has a script or a style of its own."""
    return (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
