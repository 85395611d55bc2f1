"""Where schools' mail goes: judges a list of addresses row by row, and stores what may be stored.

Only a role mailbox on the domain of the school's own website is relied on at once; people decide the rest, and an
address that works is never replaced by one that is only claimed (reliability.md 3, contact hijack).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from chalicelib.aws import contact_rows
from chalicelib.domain.contact import Contact, ContactState
from chalicelib.domain.mailbox import Owner, read_address, tell_owner
from chalicelib.domain.school import School, Standing
from chalicelib.domain.times import london_day
from chalicelib.services import schools

A_READ = 100
"""Contacts in one read."""


@dataclass(frozen=True)
class Offer:
    """One line of a list: for the school ``urn``, the address ``text``, as they stand there."""

    line: int
    urn: str
    text: str


class Finding(StrEnum):
    """What a line of a list means for what we hold."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    WEAKER = "would put a mailbox that nobody has looked at in place of one that works"
    NEWER = "ours was changed after the list was made"
    TWICE = "the list has another address for this school"
    BAD_ADDRESS = "no address that mail can be sent to"
    UNKNOWN = "no such school in the register"
    GONE = "closed, and no open school took over"
    NOT_OFFERED = "takes no part in the census"


@dataclass(frozen=True)
class Row:
    """A line judged: the school it is about (the successor of a closed one), and the contact it would make."""

    line: int
    urn: str
    finding: Finding
    school: School | None = None
    owner: Owner | None = None
    before: Contact | None = None
    after: Contact | None = None

    @property
    def followed(self) -> bool:
        """Whether the line names a closed school, and is judged for the one that took over."""
        return self.school is not None and self.school.urn != self.urn


def judge_contacts(offers: Iterable[Offer], made: date) -> list[Row]:
    """Every line judged against the register and what is stored; nothing is written. ``made``: the list's day."""
    rows = [_find_school(offer) for offer in offers]
    first: dict[str, Row] = {}
    for row in sorted(rows, key=lambda row: row.followed):  # a school's own line before one of a closed school
        if row.after:
            first.setdefault(row.after.urn, row)
    urns = list(first)
    held: dict[str, Contact] = {}
    for start in range(0, len(urns), A_READ):
        held |= contact_rows.get_contacts(urns[start : start + A_READ])
    return [_compare(row, row.after, first[row.after.urn], held, made) if row.after else row for row in rows]


def store_contacts(rows: Iterable[Row], source: str, editor: str, now: datetime, replaced: bool) -> Iterator[Row]:
    """Stores what is new and, if ``replaced``, what changed; yields each row that could not be stored.

    ``source``: what the list is called; ``editor``: who imports it. A contact that somebody changed since it was
    judged stays as it is.
    """
    for row in rows:
        if row.after and (row.finding is Finding.NEW or (replaced and row.finding is Finding.CHANGED)):
            after = replace(row.after, source=source, changed=now)
            if not contact_rows.change_contact(after, row.before, editor):
                yield replace(row, finding=Finding.NEWER)


def _find_school(offer: Offer) -> Row:
    urn = offer.urn.strip()
    school = schools.register().follow(urn) or schools.register().get(urn)
    if school is None:
        return Row(offer.line, urn, Finding.UNKNOWN)
    if school.standing is Standing.CLOSED:
        return Row(offer.line, urn, Finding.GONE, school)
    if not school.offered:
        return Row(offer.line, urn, Finding.NOT_OFFERED, school)
    address = read_address(offer.text)
    if not address:
        return Row(offer.line, urn, Finding.BAD_ADDRESS, school)
    owner = tell_owner(address, school.website)
    state = ContactState.VERIFIED if owner is Owner.SCHOOL else ContactState.UNVERIFIED
    return Row(offer.line, urn, Finding.NEW, school, owner, after=Contact(school.urn, address, state))


def _compare(row: Row, after: Contact, first: Row, contacts: dict[str, Contact], made: date) -> Row:
    if first is not row:
        return replace(row, finding=Finding.SAME if first.after == after else Finding.TWICE)
    held = contacts.get(after.urn)
    if held is None:
        return row
    if held.address.casefold() == after.address.casefold():
        finding = Finding.SAME
    elif held.changed and london_day(held.changed) > made:
        finding = Finding.NEWER
    elif held.works and after.state is not ContactState.VERIFIED:
        finding = Finding.WEAKER
    else:
        finding = Finding.CHANGED
    return replace(row, finding=finding, before=held, after=replace(after, version=held.version + 1))
