"""What goes around every answer: Chalice's own refusals drawn as pages, and the security headers."""

from collections.abc import Callable
from typing import Any

from chalice.app import Response

from chalicelib import config
from chalicelib.content import i18n
from chalicelib.errors import SettingMissing
from chalicelib.services import deployment
from chalicelib.web.page import STATUS_PAGES, draw
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

NOT_SET_UP = (
    '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Not working</title></head>'
    "<body><h1>This service is not working</h1><p>Nothing was sent. Please come back later.</p></body></html>"
)


def require_campaign(event: Any, get_response: Callable[[Any], Any]) -> Any:
    """The middleware of every event function: none works where no page is served. Raises SettingMissing.

    AWS keeps the event, tries again and rings the alarms; the table knows all that was to be done.
    """
    deployment.open_campaign()
    return get_response(event)


def guard(request: Any, get_response: Callable[[Any], Response]) -> Response:
    """The HTTP middleware: nothing leaves the house as JSON or without its headers."""
    response = get_response(request)
    try:
        config.settings()
    except SettingMissing:  # without settings no page can be drawn: no links, no cookies, no campaign
        return Response(NOT_SET_UP, {"Content-Type": "text/html; charset=utf-8", **HEADERS}, 500)
    if isinstance(response.body, dict):
        visit = Visit(request, i18n.ENGLISH, "/", config.now(), "journey")
        words = STATUS_PAGES.get(response.status_code, "broken")
        allow = response.headers.get("Allow")
        response = draw(visit, "error", response.status_code, error=words, facts={})
        if allow:
            response.headers["Allow"] = allow
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Content-Security-Policy", content_security_policy())
    return response


def content_security_policy() -> str:
    """Own files only: no page has a script or a style of its own."""
    return (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
