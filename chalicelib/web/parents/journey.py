"""The questions of the journey: each page asks one, and its form's POST leads on to the next.

Nothing is stored: the answers travel in the encrypted cookie until the parent sends.
"""

from typing import Any

from chalice.app import Blueprint, Response

from chalicelib.content import i18n
from chalicelib.errors import CampaignEnded, PageNotFound
from chalicelib.web import session
from chalicelib.web.page import act, draw, keep, look, redirect
from chalicelib.web.parents import find_school, steps
from chalicelib.web.parents.draft import Answers, Draft, read_draft
from chalicelib.web.parents.steps import STEPS, Place, Step
from chalicelib.web.visit import Visit, require_fields

blueprint = Blueprint(__name__)


def open_draft(visit: Visit) -> Draft:
    """The draft of this visit. Raises CampaignEnded once the campaign takes nothing new."""
    draft = read_draft(visit)
    if draft.campaign.has_ended(draft.today):
        raise CampaignEnded
    return draft


def lead_back(visit: Visit, draft: Draft) -> Response:
    """Where a page leads that may not be opened now: to what is open, to what was sent, or to the beginning."""
    if "sent" in visit.cookie:
        return redirect(visit, "/sent")
    if not draft.own:
        return redirect(visit, "/way?gone=yes")
    return redirect(visit, steps.next_path(draft), keep(visit, draft.to_cookie()))


def go_on(visit: Visit, draft: Draft) -> Response:
    """Keeps the draft and leads to the next page. Raises CookieFull."""
    return redirect(visit, steps.next_path(draft), keep(visit, draft.to_cookie()))


def _ask(visit: Visit, step: Step, n: int) -> Response:
    draft, place = open_draft(visit), Place(step, n)
    back = steps.find_back(draft, place)
    if back is None:
        return lead_back(visit, draft)
    values = draft.answers(step.name, n)
    if values is None and step.name == "items":
        values = {"items": [item.id for item in draft.offered(n) if item.ticked]}
    return _draw_question(visit, draft, place, back, values or {}, {})


def _take(visit: Visit, step: Step, n: int) -> Response:
    from chalicelib.web import forms

    draft, place = open_draft(visit), Place(step, n)
    back = steps.find_back(draft, place)
    if back is None:
        return lead_back(visit, draft)
    reading = forms.read_form(step.schema(forms, draft, n), visit.form, visit.language)
    answers, errors = reading.answers, reading.errors
    if step.name == "school" and not errors:
        school = find_school.get(answers["urn"])
        if school is None:
            errors = {"urn": i18n.translation(visit.language).gettext(find_school.CHOOSE)}
        elif school.offered:
            answers = {"urn": school.urn, "name": school.name, "type": school.type_code}
        else:
            return redirect(visit, f"/school/{school.urn}?child={n}")
    if errors:
        return _draw_question(visit, draft, place, back, reading.values, errors)
    return go_on(visit, draft.answer(step.name, n, answers))


def _draw_question(
    visit: Visit, draft: Draft, place: Place, back: str, values: Answers, errors: dict[str, str]
) -> Response:
    context: dict[str, Any] = {"draft": draft, "n": place.n, "back": back, "values": values}
    # Before the first answer the cookie has but a key: the form is bound to it, and after Back it still is.
    kept = draft.to_cookie() if draft.own else visit.cookie or {"key": draft.key}
    if place.step.name == "school":
        found, errors = find_school.search(visit, values, errors)
        context |= found
    return draw(
        visit,
        place.step.name,
        422 if errors else 200,
        keep(visit, kept),
        errors=errors,
        action=place.path,
        gone=visit.query.get("gone") == "yes",
        **context,
    )


def _register(step: Step) -> None:
    """A page and its form for one step of the list."""

    def ask(visit: Visit, n: str = "0") -> Response:
        return _ask(visit, step, _number(n, step))

    def take(visit: Visit, n: str = "0") -> Response:
        return _take(visit, step, _number(n, step))

    look(blueprint, step.path)(ask)
    act(blueprint, step.path)(take)


def _number(n: str, step: Step) -> int:
    """The number of a child in a path. Raises PageNotFound for what is none."""
    if step.per_child and n not in steps.NUMBERS:
        raise PageNotFound
    return int(n)


for each in STEPS:
    _register(each)


@act(blueprint, "/child/{n}/remove")
def remove_child(visit: Visit, n: str) -> Response:
    """Takes a child out; pressed twice it takes out one, and the last child stays."""
    from chalicelib.web import forms

    draft = open_draft(visit)
    reading = forms.read_form(forms.remove(), visit.form, visit.language)
    children = len(draft.children)
    if children > 1 and reading.answers["of"] == str(children) and n in steps.NUMBERS[:children]:
        draft = draft.remove(int(n))
    return go_on(visit, draft) if draft.own else lead_back(visit, draft)


@look(blueprint, "/delete-answers")
def ask_deletion(visit: Visit) -> Response:
    """Says whether this phone keeps answers, with a button where it does."""
    return draw(visit, "delete_answers")


@act(blueprint, "/delete-answers")
def delete_answers(visit: Visit) -> Response:
    """Makes the browser forget every answer."""
    require_fields(visit.form, ())
    return redirect(visit, "/delete-answers", session.clear("journey"))
