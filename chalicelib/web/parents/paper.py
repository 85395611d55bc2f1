"""The letters of a draft as the schools will read them, and the page that prints them; nothing here is stored."""

from dataclasses import fields

from chalice.app import Blueprint, Response

from chalicelib.content.letters import Letter, Refusal
from chalicelib.domain.school import School
from chalicelib.web.page import draw, keep, look
from chalicelib.web.parents import steps
from chalicelib.web.parents.draft import Draft
from chalicelib.web.parents.journey import open_draft
from chalicelib.web.visit import Visit

blueprint = Blueprint(__name__)

LINE = "_" * 24
"""Where a letter is filled in by hand."""


def write_letters(draft: Draft, by_hand: bool) -> list[Letter]:
    """One letter for each school of a complete draft, in the order of the children. Raises SchoolNotFound."""
    from chalicelib.services.schools import get_school

    you = draft.own["you"]
    refusals: dict[str, list[Refusal]] = {}
    for child in draft.children:
        refusals.setdefault(child["school"]["urn"], []).append(
            Refusal(
                child["name"]["name"],
                child["name"]["class_name"],
                tuple(draft.campaign.item(item) for item in child["items"]["items"]),
                you["name"],
                you["role"],
                "" if by_hand else you["mail"],
            )
        )
    return [
        Letter(draft.campaign, get_school(urn), tuple(each), draft.today, by_hand=by_hand)
        for urn, each in refusals.items()
    ]


def write_blank(draft: Draft) -> Letter:
    """A letter to fill in by hand, for a school that is not in the register or a parent who tells us nothing."""
    blank = dict.fromkeys((each.name for each in fields(School)), "")
    school = School(**blank | {"name": LINE, "town": LINE, "urn": LINE})
    ticked = tuple(item for item in draft.campaign.items_on(draft.today, "") if item.ticked)
    refusal = Refusal(LINE, LINE, ticked, LINE, "parent")
    return Letter(draft.campaign, school, (refusal,), draft.today, by_hand=True)


@look(blueprint, "/letter")
def print_letter(visit: Visit) -> Response:
    """The letters to print or show: filled in where the journey is complete, else one with lines to fill in."""
    draft = open_draft(visit)
    complete = steps.next_path(draft) == steps.CHECK
    letters = write_letters(draft, by_hand=True) if complete else [write_blank(draft)]
    cookie = keep(visit, draft.to_cookie()) if complete else ""
    return draw(
        visit, "letter", cookie=cookie, letters=letters, blank=not complete, back=steps.CHECK if complete else "/"
    )
