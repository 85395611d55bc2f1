"""Finds withdrawals by reference, school and state: filters stand in the URL, and no name is shown."""

from typing import Any
from urllib.parse import urlencode

from chalice.app import Blueprint, Response

from chalicelib.domain.school import School
from chalicelib.domain.withdrawal import State
from chalicelib.errors import BadRequest, SchoolNotFound
from chalicelib.web.page import draw
from chalicelib.web.staff.gate import staff_look
from chalicelib.web.typed import show
from chalicelib.web.visit import Visit

blueprint = Blueprint(__name__)

PATH = "/staff/withdrawals"
STATES = {
    State.CONFIRMED: "Confirmed",
    State.ACKNOWLEDGED: "Answered by the school",
    State.UNCONFIRMED: "Not confirmed yet",
    State.CANCELLED: "Cancelled",
    State.ERASED: "Erased",
}
ANY = "any"


@staff_look(blueprint, PATH)
def show_withdrawals(visit: Visit) -> Response:
    """The list that the filters of the URL ask for; without any, the confirmed ones."""
    from chalicelib.services import audits, queries

    asked = visit.query
    values = {name: show(asked.get(name, "")).strip() for name in ("reference", "school", "state")}
    shown: dict[str, Any] = {"values": values, "states": STATES}
    if values["reference"]:
        audits.note(visit.cookie["sub"], "looked up", visit.now, audits.name_reference(values["reference"]))
        line = queries.find_by_reference(values["reference"])
        if line:
            values |= {"school": "", "state": ANY}  # a reference is one withdrawal, whatever the filters say
            return draw(visit, "staff/withdrawals", lines=(line,), **shown)
        return _ask_again(visit, shown, "reference", "No withdrawal has this reference. Check each character")
    state = _read_state(values["state"])
    schools = _find_schools(asked.get("urn", ""), values["school"])
    if len(schools) > 1:
        choices = [(each, _address(urn=each.urn, state=values["state"])) for each in schools]
        return draw(visit, "staff/withdrawals", choices=choices, **shown)
    if values["school"] and not schools:
        return _ask_again(visit, shown, "school", "No school was found. Try its town, its postcode or its URN")
    school = schools[0] if schools else None
    if school:
        values["school"] = school.urn
    elif not state:
        if values["state"] == ANY:
            return _ask_again(visit, shown, "school", "Enter a school too, or choose one state")
        state = State.CONFIRMED
    audits.note(visit.cookie["sub"], "listed", visit.now, f"{school.urn if school else 'all'} {state or ANY}")
    listed = queries.list_withdrawals(state, school.urn if school else "", asked.get("older", ""), visit.now)
    values["state"] = state or ANY
    filters = {"urn": school.urn if school else "", "state": values["state"]}
    return draw(
        visit,
        "staff/withdrawals",
        lines=listed.lines,
        older=_address(**filters, older=listed.older) if listed.older else "",
        newest=_address(**filters),
        back_to=listed.back_to if school and state else None,
        school=school,
        continued="older" in asked,
        **shown,
    )


def _ask_again(visit: Visit, shown: dict[str, Any], field: str, message: str) -> Response:
    return draw(visit, "staff/withdrawals", errors={field: message}, **shown)


def _read_state(typed: str) -> State | None:
    if typed in ("", ANY):
        return None
    if typed == State.ERASED or typed not in STATES:
        raise BadRequest
    return State(typed)


def _find_schools(urn: str, typed: str) -> list[School]:
    """The school of a URN, or those that the typed words may mean."""
    from chalicelib.services import schools

    number = urn or (typed if typed.isdigit() else "")
    if number:
        try:
            return [schools.get_school(number)]
        except SchoolNotFound:
            return []
    return schools.find_schools(typed).schools if typed else []


def _address(**filters: str) -> str:
    return "?" + urlencode({name: value for name, value in filters.items() if value})
