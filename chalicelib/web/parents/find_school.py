"""The search for a school: what its page shows, in place of what the other questions show."""

from typing import Any
from urllib.parse import urlencode

from chalicelib.content.i18n import N_, translation
from chalicelib.domain.school import School
from chalicelib.errors import SchoolNotFound
from chalicelib.web.parents.draft import Answers
from chalicelib.web.visit import Visit

LONGEST = 200
"""Characters of a search that are read."""

CHOOSE = N_("Choose the school")
SEARCH = N_("Enter the name, the town or the postcode of the school")


def search(visit: Visit, values: Answers, errors: dict[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """Context and errors of the page: the schools found, or else the one that was chosen before.

    Where there is none to choose, an error asks for a search, because no other field is on the page.
    """
    from chalicelib.services.schools import find_schools
    from chalicelib.web.typed import show

    typed = values.get("q", visit.query.get("q"))
    q = show(typed or "").strip()[:LONGEST]
    schools, too_many = find_schools(q) if q else ([], False)
    if not q and (chosen := get(values.get("urn", ""))):
        schools = [chosen]
    nothing_typed = typed is not None and not q
    if not schools and (errors or nothing_typed):
        errors = {"q": translation(visit.language).gettext(SEARCH)}
    # Another language keeps the search.
    path = visit.path + (f"?{urlencode({'q': q})}" if q else "")
    return {"schools": schools, "too_many": too_many, "values": {**values, "q": q}, "path": path}, errors


def get(urn: str) -> School | None:
    """The school of any standing; None where the register has none of that number."""
    from chalicelib.services.schools import get_school

    try:
        return get_school(urn)
    except SchoolNotFound:
        return None
