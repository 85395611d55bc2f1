"""The letter to a school as facts: one noun behind the preview, the e-mail and the printed letter.

It refuses to say more than the campaign's sources say; the words stand in ``templates/letter/words.html``.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from chalicelib.content.i18n import ENGLISH, day
from chalicelib.domain.campaign import Campaign
from chalicelib.domain.census import CensusDay, Ground, Item
from chalicelib.domain.school import School
from chalicelib.domain.times import LONDON
from chalicelib.domain.withdrawal import spell

PUPIL = "pupil"
EXPECTED = " (expected date)"


@dataclass(frozen=True)
class Refusal:
    """One child in a letter, and who refuses for it.

    ``role`` is "parent" (carers too) or "pupil". ``reference`` ("K7P42MXW") and ``confirmed`` are missing in a
    preview, ``mail`` too where the parent hands the letter in. ``twin``: the reference of another withdrawal
    that may be about the same pupil.
    """

    child_name: str
    class_name: str
    items: tuple[Item, ...]
    sender_name: str
    role: str
    mail: str = ""
    confirmed: datetime | None = None
    reference: str = ""
    twin: str = ""

    @property
    def spelt(self) -> str:
        """The reference that the family has, in two groups."""
        return spell(self.reference) if self.reference else ""

    @property
    def spelt_twin(self) -> str:
        """The reference of the other withdrawal, in two groups."""
        return spell(self.twin) if self.twin else ""


@dataclass(frozen=True)
class Sender:
    """Who refuses, and for which pupils of the letter: "pupil 2", "pupils 1 and 3"."""

    name: str
    role: str
    mail: str
    confirmed: str
    pupils: str
    alone: bool


@dataclass(frozen=True)
class Deadline:
    """One census in words, and the items of the letter that it collects."""

    term: str
    day: str
    passed: bool
    return_due: str
    items: str


@dataclass(frozen=True)
class Letter:
    """One letter to one school about 1..n pupils, written on the London day ``today``.

    ``reference`` is the delivery's own; with ``by_hand`` the parent gives the letter in and we hold nothing.
    ``check_link``: our page for schools; ``answer_link``: the page with the three answers.
    """

    campaign: Campaign
    school: School
    refusals: tuple[Refusal, ...]
    today: date
    reference: str = ""
    answer_link: str = ""
    check_link: str = ""
    by_hand: bool = False

    @property
    def spelt(self) -> str:
        """The letter's reference in two groups; "" in a preview."""
        return spell(self.reference) if self.reference else ""

    @property
    def subject(self) -> str:
        """Of the e-mail: kind, number of pupils, reference; never a name or a school (design.md 4)."""
        return f"{self.title}, ref {self.spelt}"

    @property
    def title(self) -> str:
        """ "Parent's refusal for the school census, 1 pupil"."""
        roles = {refusal.role for refusal in self.refusals}
        if roles == {PUPIL}:
            who = "Pupil's own refusal" if len(self.senders) == 1 else "Pupils' own refusals"
        elif PUPIL in roles:
            who = "Refusals"
        else:
            who = "Parent's refusal" if len(self.senders) == 1 else "Parents' refusals"
        return f"{who} for the school census, {self.count}"

    @property
    def count(self) -> str:
        """ "1 pupil", "3 pupils"."""
        number = len(self.refusals)
        return f"{number} pupil{'' if number == 1 else 's'}"

    @property
    def items(self) -> tuple[Item, ...]:
        """Every item that is refused in the letter, in the campaign's order."""
        refused = {item.id for refusal in self.refusals for item in refusal.items}
        return tuple(item for item in self.campaign.items if item.id in refused)

    @property
    def senders(self) -> tuple[Sender, ...]:
        """Who refuses, in the order of their first pupil."""
        pupils: dict[tuple[str, str, str, datetime | None], list[int]] = {}
        for number, refusal in enumerate(self.refusals, 1):
            key = (refusal.sender_name, refusal.role, refusal.mail, refusal.confirmed)
            pupils.setdefault(key, []).append(number)
        return tuple(
            Sender(
                name,
                role,
                mail,
                spell_moment(confirmed) if confirmed else "",
                f"pupil{'' if len(numbers) == 1 else 's'} {join_words(map(str, numbers))}",
                len(numbers) == 1,
            )
            for (name, role, mail, confirmed), numbers in pupils.items()
        )

    @property
    def deadline(self) -> Deadline:
        """The census that the letter is for. Raises ValueError after the campaign's end: there is none."""
        census = self.campaign.next_census_day(self.today)
        if census is None:
            raise ValueError("a letter after the last day of the campaign")
        return self._spell_census(census)

    @property
    def open_deadline(self) -> Deadline | None:
        """An earlier census that collected an item of the letter and whose return can still be corrected."""
        census = self.campaign.open_return(self.today)
        if census is None or census == self.campaign.next_census_day(self.today):
            return None
        found = self._spell_census(census)
        return found if found.items else None

    def _spell_census(self, census: CensusDay) -> Deadline:
        return Deadline(
            census.term,
            spell_day(census.date) + ("" if census.confirmed else EXPECTED),
            self.today > census.date,
            spell_day(census.return_due) + ("" if census.return_confirmed else EXPECTED),
            join_words(item.label.lower() for item in self.items if census.term in item.terms),
        )

    @property
    def guidance(self) -> tuple[Ground, ...]:
        """What the department asks of schools: another matter than the law."""
        return self._grounds(*(item.ground for item in self.items), self.campaign.law.guidance)

    @property
    def statements(self) -> tuple[Ground, ...]:
        """What was said in Parliament about refusing these items, as long as it may be said."""
        said = [(item.retraction, *item.assurances) for item in self.items]
        return self._grounds(*(ground for grounds in said for ground in grounds if ground))

    def _grounds(self, *grounds: Ground) -> tuple[Ground, ...]:
        return tuple(ground for ground in dict.fromkeys(grounds) if ground.holds_on(self.today))


def spell_day(when: date) -> str:
    """ "Thursday 5 October 2017": letters to schools are always English."""
    return f"{when:%A} {day(when, ENGLISH)}"


def spell_moment(instant: datetime) -> str:
    """ "21 September 2017 at 14:05", in London."""
    local = instant.astimezone(LONDON)
    return f"{day(local.date(), ENGLISH)} at {local:%H:%M}"


def join_words(words: Iterable[str]) -> str:
    """ "", "a", "a and b", "a, b and c"."""
    *most, last = [*words] or [""]
    return f"{', '.join(most)} and {last}" if most else last
