"""How a view is reached and how its page is drawn: routes in every language, HTML, redirects, error pages.

``look`` registers a page (GET and HEAD, changes nothing), ``act`` a form's POST; both hand the view a Visit.
"""

import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from chalice.app import Blueprint, Response

from chalicelib import config
from chalicelib.content import i18n, links
from chalicelib.domain.campaign import load_campaign
from chalicelib.domain.times import london_day
from chalicelib.errors import PageNotFound, ServiceError, describe
from chalicelib.services import deployment
from chalicelib.web import session
from chalicelib.web.plain_page import answer_plainly
from chalicelib.web.visit import Visit

log = logging.getLogger(__name__)

View = Callable[..., Response]
FORM = "application/x-www-form-urlencoded"

STATUS_PAGES = {400: "bad-request", 404: "not-found", 405: "wrong-method", 415: "bad-request"}
"""Answers that Chalice makes by itself, and the words they are drawn with."""


def look(blueprint: Blueprint, path: str, area: str = "journey") -> Callable[[View], View]:
    """Registers a page under ``path``, and outside /staff under /{language}/path as well."""

    def register(view: View) -> View:
        _route(blueprint, path, area, view, methods=["GET", "HEAD"])
        return view

    return register


def act(blueprint: Blueprint, path: str, area: str = "journey") -> Callable[[View], View]:
    """Registers the POST of a form; only our own pages may send it."""

    def register(view: View) -> View:
        def checked(visit: Visit, **parameters: str) -> Response:
            _ = visit.form  # too large or malformed comes before whose it is
            visit.require_our_form()
            return view(visit, **parameters)

        _route(blueprint, path, area, checked, methods=["POST"], content_types=[FORM])
        return view

    return register


def _route(blueprint: Blueprint, path: str, area: str, view: View, **options: Any) -> None:
    def plain(**parameters: str) -> Response:
        return _answer(blueprint, i18n.ENGLISH, area, view, parameters)

    blueprint.route(path, **options)(plain)
    if area == "staff":  # staff pages are English only
        return

    def prefixed(language: str, **parameters: str) -> Response:
        return _answer(blueprint, language, area, view, parameters)

    blueprint.route("/{language}" + ("" if path == "/" else path), **options)(prefixed)


def _answer(blueprint: Blueprint, language: str, area: str, view: View, parameters: dict[str, str]) -> Response:
    try:
        return _draw_answer(blueprint, language, area, view, parameters)
    except Exception as error:  # noqa: BLE001 - Chalice would log the message, which may hold what was typed
        return answer_plainly(error)


def _draw_answer(
    blueprint: Blueprint, language: str, area: str, view: View, parameters: dict[str, str]
) -> Response:
    request = blueprint.current_request
    # By the route, never the context's own "path": at the gateway's default address that begins with the stage.
    route = request.path.removeprefix("/{language}") or "/"
    # The gateway has decoded its parts: they are quoted again, for the links of the page.
    parts = {name: quote(part, safe="", errors="replace") for name, part in (request.uri_params or {}).items()}
    path = route.format(**parts)
    visit = Visit(request, language, path, config.now(), area)
    try:
        # Nobody may be asked for a name by a campaign that does not say who it is.
        campaign = deployment.open_campaign()
        if language not in i18n.offered(campaign) or (
            language == i18n.ENGLISH and "language" in (request.uri_params or {})
        ):
            visit.language = i18n.ENGLISH
            raise PageNotFound
        return view(visit, **parameters)
    except session.CookieFull:
        return draw(visit, "cookie_full", 413, back=visit.path)
    except ServiceError as error:
        return draw_error(visit, error)
    except Exception as error:  # noqa: BLE001 - as above
        log.error("a view failed: %s", describe(error))
        return draw_error(visit, ServiceError())


def draw(visit: Visit, template: str, status: int = 200, cookie: str = "", **context: Any) -> Response:
    """The page ``pages/<template>.html`` with what every page needs and ``context``; may set one cookie."""
    from chalicelib.content import render

    campaign = load_campaign(config.settings().campaign)
    body = render.page(
        f"pages/{template}.html",
        visit.language,
        **{
            "campaign": campaign,
            "language": visit.language,
            "languages": () if visit.area == "staff" else i18n.offered(campaign),
            "path": visit.path,
            "today": london_day(visit.now),
            "test": config.settings().test,
            "has_answers": visit.has_answers,
            "form_token": visit.form_token,
            "values": {},
            "errors": {},
            **context,
        },
    )
    return _response("" if visit.request.method == "HEAD" else body, status, cookie)


def redirect(visit: Visit, path: str, cookie: str = "") -> Response:
    """See other: ``path`` in the visit's language, so that Back and Reload never post again."""
    response = _response("", 303, cookie)
    response.headers["Location"] = links.public_url(path, visit.language)
    return response


def draw_error(visit: Visit, error: ServiceError) -> Response:
    """The page that explains ``error`` to a person."""
    return draw(visit, "error", error.status, error=error.page, facts=error.facts)


def keep(visit: Visit, data: dict[str, Any]) -> str:
    """The Set-Cookie value that keeps ``data`` in the area's cookie. Raises CookieFull.

    The visit goes on with it: the forms of a page that is drawn from here on are bound to its key.
    """
    cookie = session.seal(visit.area, data, visit.now)
    visit.cookie = data
    return cookie


def _response(body: str, status: int, cookie: str) -> Response:
    headers: dict[str, Any] = {"Content-Type": "text/html; charset=utf-8"}
    if cookie:
        headers["Set-Cookie"] = [cookie]
    return Response(body, status_code=status, headers=headers)
