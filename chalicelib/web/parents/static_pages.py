"""Pages of words, the page of one school, and the built files that pages load."""

from chalice.app import Blueprint, NotFoundError, Response

from chalicelib.content import manifest
from chalicelib.web.page import View, draw, look
from chalicelib.web.parents.draft import read_draft
from chalicelib.web.parents.steps import NUMBERS
from chalicelib.web.visit import Visit

blueprint = Blueprint(__name__)

WORDS = {
    "/": "start",
    "/for-schools": "for_schools",
    "/cookies": "cookies",
    "/privacy": "privacy",
    "/accessibility": "accessibility",
    "/school-not-listed": "school_not_listed",
}
"""Path and template of the pages that ask nothing."""


def _page_of(template: str) -> View:
    def show(visit: Visit) -> Response:
        return draw(visit, template, search=_search_path(visit))

    return show


for path, template in WORDS.items():
    look(blueprint, path)(_page_of(template))


@look(blueprint, "/school/{urn}")
def show_school(visit: Visit, urn: str) -> Response:
    """One school: to be chosen where it is offered; else why not, and which school took its place."""
    from chalicelib.services.schools import get_school, get_successor

    school = get_school(urn)
    search = _search_path(visit)
    # Without a draft there is nothing to put a school into: the journey begins at its beginning.
    choose = search if read_draft(visit).own else None
    if school.offered:
        return draw(visit, "one_school", school=school, choose=choose, back=search)
    successor = get_successor(urn)
    if successor and not successor.offered:
        successor = None
    return draw(
        visit, "school_standing", school=school, successor=successor, choose=choose, search=search, back=search
    )


@blueprint.route("/static/{name}", methods=["GET", "HEAD"])
def send_file(name: str) -> Response:
    """A built file; its name changes with its content, so that a browser may keep it."""
    found = manifest.built_file(name)
    if found is None:
        raise NotFoundError
    kind, text = found
    return Response(text, headers={"Content-Type": kind, "Cache-Control": "public, max-age=31536000, immutable"})


def _search_path(visit: Visit) -> str:
    """The search for the child that the page before was about."""
    child = visit.query.get("child", "")
    return f"/child/{child if child in NUMBERS else 1}/school"
