"""The end of the journey: check the answers, see the very letter, send, and hear what happens next."""

from dataclasses import replace

from chalice.app import Blueprint, Response

from chalicelib.errors import TooManyRequests
from chalicelib.web.page import act, draw, keep, look, redirect
from chalicelib.web.parents import steps
from chalicelib.web.parents.draft import Draft, read_draft
from chalicelib.web.parents.journey import lead_back, open_draft
from chalicelib.web.parents.paper import write_letters
from chalicelib.web.visit import Visit, require_fields

blueprint = Blueprint(__name__)

WAIT = 60
"""Seconds on the wait page: many families may share one network address, so a limit by it is only a wait."""


@look(blueprint, "/check")
def check(visit: Visit) -> Response:
    """Every answer with its way back, the exact letters, and which schools cannot be written to."""
    draft = open_draft(visit)
    if steps.next_path(draft) != steps.CHECK:
        return lead_back(visit, draft)
    letters = write_letters(draft, by_hand=not draft.by_mail)
    return draw(
        visit,
        "check",
        cookie=keep(visit, draft.to_cookie()),
        draft=draft,
        places=list(steps.walk(draft)),
        letters=letters,
        unreachable=_find_unreachable(draft),
        back=list(steps.walk(draft))[-1].path,
    )


@act(blueprint, "/check")
def send(visit: Visit) -> Response:
    """Stores the household, so that its confirmation mail goes out; the same page sent twice is sent once."""
    from chalicelib.services.submissions import submit

    draft = open_draft(visit)
    if steps.next_path(draft) != steps.CHECK or not draft.by_mail:
        return lead_back(visit, draft)
    require_fields(visit.form, ())
    now = int(visit.now.timestamp())
    patient = draft.waited is not None and now - draft.waited >= WAIT
    household = draft.household(visit.language)
    try:
        hid = submit(household, visit.source, visit.now, patient)
    except TooManyRequests as refusal:
        if refusal.facts.get("limit") != "source":
            raise
        waiting = replace(draft, waited=draft.waited or now)
        return draw(visit, "wait", 429, keep(visit, waiting.to_cookie()), back=steps.CHECK)
    sent = {"hid": hid, "mail": household.sender.mail, "schools": len({each.urn for each in household.children})}
    return redirect(visit, "/sent", keep(visit, {"key": draft.key, "sent": sent}))


@look(blueprint, "/sent")
def tell_sent(visit: Visit) -> Response:
    """Where the confirmation mail went, and what the sender does with it."""
    if "sent" not in visit.cookie:
        return lead_back(visit, read_draft(visit))
    return draw(visit, "sent", cookie=keep(visit, visit.cookie), sent=visit.cookie["sent"])


def _find_unreachable(draft: Draft) -> set[str]:
    """The URNs without a working contact; asked only where we would send the letter."""
    if not draft.by_mail:
        return set()
    from chalicelib.services.schools import reachable

    urns = {child["school"]["urn"] for child in draft.children}
    return urns - reachable(urns)
