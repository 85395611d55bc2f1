"""What needs a person: deliveries that cannot go out, most urgent first."""

from chalice.app import Blueprint, Response

from chalicelib.web.page import draw, redirect
from chalicelib.web.staff.gate import read_fields, staff_act, staff_look
from chalicelib.web.visit import Visit

blueprint = Blueprint(__name__)


@staff_look(blueprint, "/staff/attention")
def show_attention(visit: Visit) -> Response:
    """The list."""
    from chalicelib.services import queries

    waiting, more = queries.list_attention()
    return draw(visit, "staff/attention", waiting=waiting, more=more)


@staff_act(blueprint, "/staff/attention")
def release(visit: Visit) -> Response:
    """Lets one delivery go again; pressed twice, nothing more happens."""
    from chalicelib.services import staff

    staff.release(visit.cookie["sub"], read_fields(visit, "delivery")["delivery"], visit.now)
    return redirect(visit, "/staff/attention")
