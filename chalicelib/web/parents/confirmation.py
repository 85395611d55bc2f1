"""Confirm by the link in our mail, and see again and again what became of the letters."""

from chalice.app import Blueprint, Response

from chalicelib.domain.delivery import Delivery, Hold
from chalicelib.domain.times import london_day
from chalicelib.domain.withdrawal import spell
from chalicelib.web.page import act, draw, look, redirect
from chalicelib.web.visit import Visit, require_fields

blueprint = Blueprint(__name__)

OUT_OF_REACH = (Hold.NO_CONTACT, Hold.BOUNCED)


@look(blueprint, "/confirm/{token}")
def ask_confirmation(visit: Visit, token: str) -> Response:
    """A page with a button: mail scanners open links, so opening it does nothing."""
    from chalicelib.services.confirmations import read_confirmation

    read_confirmation(token, visit.now)
    return draw(visit, "confirm")


@act(blueprint, "/confirm/{token}")
def confirm(visit: Visit, token: str) -> Response:
    """The sender's own mailbox is theirs; pressed again it answers the same."""
    from chalicelib.services import confirmations

    require_fields(visit.form, ())
    hid = confirmations.confirm(token, visit.now)
    return redirect(visit, confirmations.done_link(hid, visit.now))


@look(blueprint, "/done/{token}")
def tell_done(visit: Visit, token: str) -> Response:
    """References, and how far each letter is."""
    from chalicelib.services.confirmations import read_done

    rows = [
        {
            "reference": spell(each.withdrawal.ref),
            "school": each.school,
            "withdrawal": each.withdrawal,
            "state": tell_letter(each.letter),
            "sent": london_day(each.letter.sent) if each.letter and each.letter.sent else None,
        }
        for each in read_done(token, visit.now)
    ]
    return draw(visit, "done", rows=rows)


def tell_letter(letter: Delivery | None) -> str:
    """How far a letter is: "none", "sending", "sent", "accepted" or "held".

    It rests on its own instants only: what the school answered must not show here (design.md, no tracing), and a
    school's "wrong mailbox" is such an answer.
    """
    if letter is None:
        return "none"
    if letter.held in OUT_OF_REACH or letter.bounced:
        return "held"
    if letter.accepted:
        return "accepted"
    return "sent" if letter.sent else "sending"
