"""A campaign: one drive to refuse census items, as data (``campaigns/<id>.toml``).

Here it is only constructed; ``infra/campaigns.py`` checks a file wherever it is run, tested or packaged.
"""

import re
import tomllib
from dataclasses import dataclass, fields
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from chalicelib.domain.census import CensusDay, Ground, Item
from chalicelib.errors import SettingMissing

CAMPAIGNS = Path(__file__).parent.parent / "campaigns"

# ".example" is nobody's (RFC 2606), and 01632 960xxx is nobody's telephone (Ofcom: numbers for use in drama).
PLACEHOLDER = re.compile(r"\bexample\b|\b01632 ?960|^\s*$", re.IGNORECASE)


@dataclass(frozen=True)
class Controller:
    """Who answers for the data: it stands in every mail and on every page."""

    legal_name: str
    postal_address: str
    registration: str
    reply_mailbox: str
    telephone: str
    website: str


@dataclass(frozen=True)
class Step:
    """One step of a complaint: to whom, and what to ask."""

    who: str
    what: str


@dataclass(frozen=True)
class Law:
    """The law of the campaign's days. Law and guidance are two sentences and never one.

    ``census``: the duty to make the census. ``duty``: what the law asks of schools towards parents.
    ``guidance``: what the department asks of them. ``escalation``: first the school itself, last the regulator.
    """

    act: str
    regulator: str
    regulator_website: str
    census: Ground
    duty: Ground
    guidance: Ground
    escalation: tuple[Step, ...]


@dataclass(frozen=True)
class Consent:
    """What the parent agrees to before sending; the version is kept with the withdrawal."""

    version: str
    text: str


@dataclass(frozen=True)
class Retention:
    """How long things are kept, in the unit at the end of each name."""

    unconfirmed_days: int
    unconfirmed_reminder_hours: int
    after_answer_days: int
    after_census_days: int
    extensions: int
    undelivered_notice_days: int
    proof_years: int
    logs_days: int
    mail_events_days: int
    dead_letters_days: int


@dataclass(frozen=True)
class Limits:
    """Numbers above which a person gets a clear page, a wait, or staff look. Never one by school mailbox."""

    unconfirmed_open: int
    unconfirmed_a_day: int
    resends: int
    resend_minutes: int
    confirmed_a_day: int
    confirmed_in_all: int
    source_an_hour: int
    source_a_day: int
    confirm_mails_an_hour: int
    confirm_link_days: int
    not_me_days: int
    children_a_journey: int
    name_characters: int
    name_bytes: int
    note_characters: int
    same_name_schools: int
    schools_a_mailbox: int
    tracing_days: int
    sign_in_failures: int
    sign_in_minutes: int
    reveals_an_hour: int
    reveals_a_day: int


@dataclass(frozen=True)
class Rhythm:
    """When a school hears from us. Days before are counted to the next census day."""

    digest_above: int
    references_a_letter: int
    reminder_days: tuple[int, ...]
    reminder_days_before: tuple[int, ...]
    reminders_in_all: int
    urgent_days_before: int
    news_days_before: tuple[int, ...]
    notice_days_before: int


@dataclass(frozen=True)
class Campaign:
    """One campaign; ``permission``: by whose leave it uses another body's name ("" if the name is its own)."""

    id: str
    version: str
    name: str
    permission: str
    languages: tuple[str, ...]
    controller: Controller
    items: tuple[Item, ...]
    census_days: tuple[CensusDay, ...]
    law: Law
    consent: Consent
    retention: Retention
    limits: Limits
    rhythm: Rhythm

    def item(self, id: str) -> Item:
        """The item named ``id``. Raises KeyError if the campaign has none."""
        for item in self.items:
            if item.id == id:
                return item
        raise KeyError(id)

    @property
    def last_day(self) -> date:
        """The day the last return is due: until then a school can still correct it (domain.md A11)."""
        return self.census_days[-1].return_due

    def has_ended(self, today: date) -> bool:
        """Whether the campaign takes nothing new."""
        return today > self.last_day

    def next_census_day(self, today: date) -> CensusDay | None:
        """The census that a refusal of ``today`` is for: the next, its own day included.

        After the last census day it stays that one while its return is open. None: the campaign has ended.
        """
        if self.has_ended(today):
            return None
        return next((each for each in self.census_days if today <= each.date), self.census_days[-1])

    def open_return(self, today: date) -> CensusDay | None:
        """The census whose day is past and whose return can still be corrected, if there is one."""
        return next((each for each in self.census_days if each.date < today <= each.return_due), None)

    def items_on(self, today: date, type_code: str) -> tuple[Item, ...]:
        """The items that a parent can refuse now at a school of this GIAS type, in the campaign's order.

        Those of the next census only: ethnicity is a spring item, and a letter about it before the autumn
        census would be wrong (School census guide 2017-18 as quoted in domain.md A1, A11).
        """
        day = self.next_census_day(today)
        return tuple(item for item in self.items if day and item.collected_by(day.term, type_code))

    def placeholders(self) -> list[str]:
        """Keys that nobody has filled in ("controller.telephone"): with any, production refuses to start."""
        return [
            f"controller.{field.name}"
            for field in fields(self.controller)
            if PLACEHOLDER.search(getattr(self.controller, field.name))
        ]


@lru_cache
def load_campaign(id: str) -> Campaign:
    """The shipped campaign ``id``, read once. Raises SettingMissing if there is no such file."""
    path = CAMPAIGNS / f"{id}.toml"
    if not path.is_file():
        raise SettingMissing(f"settings wrong: CAMPAIGN={id}, but there is no campaigns/{id}.toml")
    return build_campaign(tomllib.loads(path.read_text(encoding="utf-8")))


def build_campaign(table: dict[str, Any]) -> Campaign:
    """The campaign of a checked TOML table: grounds named by items and law are put in their places."""
    grounds = {name: Ground(**ground) for name, ground in table["grounds"].items()}
    law = table["law"] | {name: grounds[table["law"][name]] for name in ("census", "duty", "guidance")}
    rhythm: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in table["rhythm"].items()}
    return Campaign(
        id=table["id"],
        version=table["version"],
        name=table["name"],
        permission=table["permission"],
        languages=tuple(table["languages"]),
        controller=Controller(**table["controller"]),
        items=tuple(_build_item(item, grounds) for item in table["items"]),
        census_days=tuple(CensusDay(**day) for day in table["census_days"]),
        law=Law(**law | {"escalation": tuple(Step(**step) for step in law["escalation"])}),
        consent=Consent(**table["consent"]),
        retention=Retention(**table["retention"]),
        limits=Limits(**table["limits"]),
        rhythm=Rhythm(**rhythm),
    )


def _build_item(table: dict[str, Any], grounds: dict[str, Ground]) -> Item:
    places = {
        "terms": tuple(table["terms"]),
        "excluded_types": frozenset(table.get("excluded_types", ())),
        "ground": grounds[table["ground"]],
        "retraction": grounds[table["retraction"]] if "retraction" in table else None,
        "assurances": tuple(grounds[name] for name in table.get("assurances", ())),
    }
    return Item(**table | places)
