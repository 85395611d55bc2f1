"""The half-finished answers of one journey: what the encrypted cookie keeps, and nothing else does.

A draft is never changed in place; each answer makes a new one, which the next cookie keeps.
"""

import json
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field, replace
from datetime import date
from hashlib import sha256
from secrets import token_urlsafe
from typing import Any

from chalicelib import config
from chalicelib.domain.campaign import Campaign, load_campaign
from chalicelib.domain.census import Item
from chalicelib.domain.household import Child, Household, Sender
from chalicelib.domain.times import london_day
from chalicelib.web.visit import Visit

Answers = dict[str, Any]

SHAPE = 1
"""Of the answers in the cookie: another number makes older cookies a fresh start."""


@dataclass(frozen=True)
class Draft:
    """``own``: answers of the household by step; ``children``: of each child by step; ``key``: random.

    ``waited``: when the wait page was first shown, in seconds of the epoch.
    """

    key: str
    campaign: Campaign
    today: date
    own: dict[str, Answers] = field(default_factory=dict)
    children: tuple[dict[str, Answers], ...] = ()
    waited: int | None = None

    @property
    def by_mail(self) -> bool:
        """Whether we send the letter; else the parent hands it in and nothing is stored."""
        return self.own.get("way", {}).get("way") == "mail"

    @property
    def roles(self) -> tuple[str, ...]:
        """Who the sender may be: a pupil writes only for themselves."""
        return ("parent",) if len(self.children) > 1 else ("parent", "pupil")

    @property
    def may_add(self) -> bool:
        """Whether another child may be added: a pupil writes for one, and the campaign limits a journey."""
        limit = self.campaign.limits.children_a_journey
        return len(self.children) < limit and self.own.get("you", {}).get("role") != "pupil"

    def answers(self, step: str, n: int) -> Answers | None:
        """The answers of ``step``, for child ``n`` from 1 or the household (0); None where there are none."""
        if not n:
            return self.own.get(step)
        return self.children[n - 1].get(step) if n <= len(self.children) else None

    def answer(self, step: str, n: int, answers: Answers) -> "Draft":
        """The draft with these answers; ``n`` may be one more than there are children."""
        if not n:
            return replace(self, own={**self.own, step: answers})
        children = [*self.children] if n <= len(self.children) else [*self.children, {}]
        children[n - 1] = {**children[n - 1], step: answers}
        return replace(self, children=tuple(children))

    def remove(self, n: int) -> "Draft":
        """The draft without child ``n``."""
        return replace(self, children=self.children[: n - 1] + self.children[n:])

    def offered(self, n: int) -> tuple[Item, ...]:
        """The items that the next census collects at the school of child ``n``."""
        school = self.answers("school", n) or {}
        return self.campaign.items_on(self.today, school.get("type", ""))

    def household(self, language: str) -> Household:
        """What a complete draft says. Its key changes with any answer: the same page sent twice is one."""
        you = self.own["you"]
        said = json.dumps([self.key, self.own, self.children], sort_keys=True).encode()
        return Household(
            urlsafe_b64encode(sha256(said).digest()[:18]).decode(),
            tuple(
                Child(
                    each["school"]["urn"],
                    each["name"]["name"],
                    each["name"]["class_name"],
                    tuple(each["items"]["items"]),
                )
                for each in self.children
            ),
            Sender(you["name"], you["mail"], you["role"], language),
        )

    def to_cookie(self) -> dict[str, Any]:
        """As the cookie keeps it."""
        kept: dict[str, Any] = {"shape": SHAPE, "key": self.key, "own": self.own, "children": self.children}
        return kept | ({"waited": self.waited} if self.waited else {})


def read_draft(visit: Visit) -> Draft:
    """The draft in the visit's cookie; a new one where there is none, or where its letters are sent."""
    campaign, kept = load_campaign(config.settings().campaign), visit.cookie
    today = london_day(visit.now)
    if kept.get("shape") != SHAPE:
        # The key of a page that was opened before the first answer stays; what was sent has its own for good.
        key = "" if "sent" in kept else kept.get("key", "")
        return Draft(key or token_urlsafe(12), campaign, today)
    return Draft(kept["key"], campaign, today, kept["own"], tuple(kept["children"]), kept.get("waited"))
