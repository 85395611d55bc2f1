"""The gate of the staff pages: who is not signed in gets the sign-in page, whatever was asked for."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from chalice.app import Blueprint, Response

from chalicelib.domain.times import moment
from chalicelib.errors import NotSignedIn
from chalicelib.web.page import View, act, draw, keep, look
from chalicelib.web.visit import Visit, require_fields

AREA = "staff"


def staff_look(blueprint: Blueprint, path: str) -> Callable[[View], View]:
    """As ``page.look``, for those who are signed in; every page that they see renews the idle time."""
    return lambda view: look(blueprint, path, AREA)(_gated(view))


def staff_act(blueprint: Blueprint, path: str) -> Callable[[View], View]:
    """As ``page.act``, for those who are signed in."""
    return lambda view: act(blueprint, path, AREA)(_gated(view))


def ask_to_sign_in(visit: Visit, status: int = 200, **context: Any) -> Response:
    """The sign-in page.

    A Strict cookie stays away when somebody arrives from a mail or another site, so there the page first offers a
    link to the same address: followed from our own page, the cookie comes along.
    """
    from_elsewhere = visit.header("sec-fetch-site") not in ("same-origin", "none")
    go_on = ""
    if status == NotSignedIn.status and from_elsewhere and visit.request.method != "POST":
        go_on = visit.path + (f"?{urlencode(visit.query, errors='replace')}" if visit.query else "")
    return draw(visit, "staff/sign_in", status, go_on=go_on, **context)


def read_fields(visit: Visit, *names: str) -> dict[str, str]:
    """The posted fields ``names``, "" where one is missing. Raises BadRequest for a repeated or an unknown one."""
    require_fields(visit.form, names)
    return {name: visit.form.get(name, [""])[0].strip() for name in names}


def _gated(view: View) -> View:
    def gated(visit: Visit, **parameters: str) -> Response:
        from chalicelib.services import staff

        kept = visit.cookie
        try:
            if "token" not in kept:
                raise NotSignedIn
            staff.check_session(kept["token"], moment(kept["since"]), visit.now)
        except NotSignedIn:
            return ask_to_sign_in(visit, NotSignedIn.status)
        response = view(visit, **parameters)
        response.headers["Set-Cookie"] = [keep(visit, kept)]
        return response

    return gated
