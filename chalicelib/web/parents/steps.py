"""The journey of a parent as a list of questions, and the one walk along it.

Next page, back link, whether a page may be opened, and the rows of "check your answers" are all read off that
walk. A new question is one line here, one schema in ``forms`` and one template.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from chalicelib.content.i18n import N_
from chalicelib.domain.household import MOST_CHILDREN
from chalicelib.web.parents.draft import Answers, Draft

CHECK = "/check"

NUMBERS = tuple(str(n) for n in range(1, MOST_CHILDREN + 1))
"""What may stand for "{n}" in a path."""

Schema = Callable[[Any, Draft, int], Any]
"""Makes the schema of a step from the module ``forms``, which only a POST imports."""

Holds = Callable[[Draft, int, Answers], bool]


@dataclass(frozen=True)
class Step:
    """One question. ``path`` has "{n}" where each child is asked; ``rows``: field and label of its answers.

    ``holds``: whether an answer still holds beside the other answers.
    """

    name: str
    path: str
    rows: tuple[tuple[str, str], ...]
    schema: Schema
    holds: Holds | None = None

    @property
    def per_child(self) -> bool:
        """Whether it is asked for each child."""
        return "{n}" in self.path


@dataclass(frozen=True)
class Place:
    """A step on the walk: for child ``n`` from 1, or for the household (0)."""

    step: Step
    n: int

    @property
    def path(self) -> str:
        """Where the question is asked."""
        return self.step.path.format(n=self.n)

    def done(self, draft: Draft) -> bool:
        """Whether it is answered, and the answer still holds."""
        answers = draft.answers(self.step.name, self.n)
        holds = self.step.holds
        return answers is not None and (holds is None or holds(draft, self.n, answers))


def _on_offer(draft: Draft, n: int, answers: Answers) -> bool:
    """Another school, or another census, may collect other items."""
    return set(answers["items"]) <= {item.id for item in draft.offered(n)}


def _enough(draft: Draft, n: int, answers: Answers) -> bool:
    """Another way may need an address, and another child a parent."""
    return answers["role"] in draft.roles and bool(answers["mail"] or not draft.by_mail)


STEPS = (
    Step("way", "/way", (("way", N_("Who gives the letter to the school")),), lambda forms, *_: forms.way()),
    Step("school", "/child/{n}/school", (("urn", N_("School")),), lambda forms, *_: forms.school()),
    Step(
        "name",
        "/child/{n}/name",
        (("name", N_("Name of the child")), ("class_name", N_("Class"))),
        lambda forms, draft, _: forms.name(draft.campaign.limits),
    ),
    Step(
        "items",
        "/child/{n}/items",
        (("items", N_("What you refuse")),),
        lambda forms, draft, n: forms.items([item.id for item in draft.offered(n)]),
        _on_offer,
    ),
    Step(
        "you",
        "/you",
        (("name", N_("Your name")), ("role", N_("Who you are")), ("mail", N_("Your e-mail address"))),
        lambda forms, draft, _: forms.you(draft.campaign.limits, draft.roles, draft.by_mail),
        _enough,
    ),
)


def walk(draft: Draft, wanted: int = 0) -> Iterator[Place]:
    """Every question of this draft in order; of the child ``wanted``, too, if it is the next that may be added."""
    children = wanted if wanted == len(draft.children) + 1 and draft.may_add else max(1, len(draft.children))
    for per_child, group in groupby(STEPS, key=lambda step: step.per_child):
        steps = tuple(group)
        for n in range(1, children + 1) if per_child else (0,):
            yield from (Place(step, n) for step in steps)


def next_path(draft: Draft) -> str:
    """The page after an answer: the first open question, else "check your answers"."""
    return next((place.path for place in walk(draft) if not place.done(draft)), CHECK)


def find_back(draft: Draft, wanted: Place) -> str | None:
    """The path of the page before this question; None: it may not be opened, as one before it is open."""
    if wanted.n > max(1, len(draft.children)):
        return CHECK if wanted in walk(draft, wanted.n) and next_path(draft) == CHECK else None
    back = "/"
    for place in walk(draft):
        if place == wanted:
            return back
        if not place.done(draft):
            return None
        back = place.path
    return None
