"""A school answers a letter: reference and number of pupils, three answers, never a name."""

from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint, Response

from chalicelib.domain.withdrawal import Outcome, Reason, spell
from chalicelib.errors import LinkSuperseded
from chalicelib.web.page import act, draw, look, redirect
from chalicelib.web.visit import Visit

if TYPE_CHECKING:
    from chalicelib.services.answers import AnswerPage

blueprint = Blueprint(__name__)


@look(blueprint, "/answer/{token}")
def ask_answer(visit: Visit, token: str) -> Response:
    """The three answers; the one that was given is told, and may be corrected."""
    from chalicelib.services.answers import open_answer

    page = open_answer(token, visit.now)
    return _draw_page(visit, page, values={"reason": page.reason or ""})


@act(blueprint, "/answer/{token}")
def answer(visit: Visit, token: str) -> Response:
    """Keeps the school's answer; the same again changes nothing."""
    from chalicelib.services.answers import acknowledge, open_answer
    from chalicelib.web import forms

    not_acted = visit.form.get("outcome") == [Outcome.NOT_ACTED.value]
    reading = forms.read_form(forms.answer(not_acted), visit.form, visit.language)
    if reading.errors:
        return _draw_page(visit, open_answer(token, visit.now), 422, values=reading.values, errors=reading.errors)
    reason = Reason(reading.answers["reason"]) if not_acted else None
    acknowledge(token, Outcome(reading.answers["outcome"]), reason, visit.now)
    return redirect(visit, f"/answered/{token}")


@look(blueprint, "/answered/{token}")
def thank(visit: Visit, token: str) -> Response:
    """Thanks, and the way to correct the answer; a letter to the wrong mailbox is closed by its answer."""
    from chalicelib.services.answers import open_answer

    try:
        page = open_answer(token, visit.now)
    except LinkSuperseded:
        return draw(visit, "answered", page=None)
    return draw(visit, "answered", page=page, reference=spell(page.delivery.reference), token=token)


def _draw_page(visit: Visit, page: "AnswerPage", status: int = 200, **context: Any) -> Response:
    return draw(visit, "answer", status, page=page, reference=spell(page.delivery.reference), **context)
