"""What goes around every answer: Chalice's own refusals drawn as pages, and the security headers."""

from collections.abc import Callable
from typing import Any

from chalice.app import Response

from chalicelib import config
from chalicelib.content import i18n
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


def guard(request: Any, get_response: Callable[[Any], Response]) -> Response:
    """The HTTP middleware: nothing leaves the house as JSON or without its headers."""
    response = get_response(request)
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
