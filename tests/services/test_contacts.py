"""A list of addresses becomes contacts: row by row, dry first, and never at the cost of a contact that works."""

from datetime import date, timedelta

import pytest

from chalicelib.aws import contact_rows, table
from chalicelib.domain.contact import Contact, ContactState
from chalicelib.domain.mailbox import Owner
from chalicelib.services import contacts, schools
from chalicelib.services.contacts import Finding, Offer, Row
from infra.world import World
from tests import make
from tests.invariants import read_tables

TODAY = make.NOW.date()
HILL_WEBSITE = "hill.example"  # every school of tests/make.py has it


@pytest.fixture(autouse=True)
def _world(world: World) -> None:
    """Hill and Brook have office@hill.example and office@brook.example; Lone has nothing."""


def judge(*lines: tuple[str, str], made: date = TODAY) -> list[Row]:
    return contacts.judge_contacts([Offer(n, *line) for n, line in enumerate(lines, 2)], made)


def store(rows: list[Row], replaced: bool = False) -> list[Row]:
    return list(contacts.store_contacts(rows, "spring list", "kim", make.NOW, replaced))


def contact(urn: str) -> Contact:
    return contact_rows.get_contacts([urn])[urn]


@pytest.mark.parametrize(
    ("urn", "text", "finding"),
    [
        (make.LONE, "office@hill.example", Finding.NEW),
        (make.HILL, "Office@Hill.example", Finding.SAME),
        (make.BROOK, "office@hill.example", Finding.CHANGED),
        (make.BROOK, "kim@hill.example", Finding.WEAKER),
        (make.LONE, "the office", Finding.BAD_ADDRESS),
        (make.PAID, "office@hill.example", Finding.NOT_OFFERED),
        ("123456", "office@hill.example", Finding.UNKNOWN),
        ("hill", "office@hill.example", Finding.UNKNOWN),
        ("", "", Finding.UNKNOWN),
    ],
)
def test_each_line_is_told_what_it_means(urn: str, text: str, finding: Finding) -> None:
    assert [row.finding for row in judge((urn, text))] == [finding]


def test_judging_writes_nothing(world: World) -> None:
    before = read_tables(world)
    judge((make.LONE, "office@hill.example"), (make.BROOK, "office@hill.example"))
    assert read_tables(world) == before


@pytest.mark.parametrize(
    ("text", "owner", "state"),
    [
        ("office@hill.example", Owner.SCHOOL, ContactState.VERIFIED),
        ("office@elsewhere.example", Owner.ELSEWHERE, ContactState.UNVERIFIED),
        ("kim@hill.example", Owner.PERSONAL, ContactState.UNVERIFIED),
        ("loneoak@gmail.com", Owner.WEBMAIL, ContactState.UNVERIFIED),
    ],
)
def test_only_the_schools_own_role_mailbox_is_written_to_before_a_person_looked(
    text: str, owner: Owner, state: ContactState
) -> None:
    rows = judge((make.LONE, text))
    assert rows[0].owner is owner
    assert store(rows) == []
    assert contact(make.LONE).state is state
    assert schools.reachable([make.LONE]) == ({make.LONE} if state is ContactState.VERIFIED else set())


def test_a_closed_schools_line_is_judged_for_the_one_that_took_over() -> None:
    (row,) = judge((make.SHUT, "head@hill.example"))
    assert row.followed
    assert (row.urn, row.after and row.after.urn, row.finding) == (make.SHUT, make.HILL, Finding.CHANGED)


def test_a_closed_schools_line_gives_way_to_the_schools_own_wherever_it_stands() -> None:
    rows = judge((make.SHUT, "head@hill.example"), (make.HILL, "admin@hill.example"))
    assert [row.finding for row in rows] == [Finding.TWICE, Finding.CHANGED]


def test_a_line_twice_is_the_same_and_two_addresses_for_a_school_are_told() -> None:
    rows = judge(*[(make.LONE, f"{name}@hill.example") for name in ("office", "office", "head")])
    assert [row.finding for row in rows] == [Finding.NEW, Finding.SAME, Finding.TWICE]
    assert store(rows) == []
    assert contact(make.LONE).address == "office@hill.example"


def test_what_differs_stays_unless_replacing_is_asked_for() -> None:
    rows = judge((make.BROOK, "office@hill.example"))
    store(rows)
    assert contact(make.BROOK).address == "office@brook.example"
    store(rows, replaced=True)
    stored = contact(make.BROOK)
    assert (stored.address, stored.version, stored.source) == ("office@hill.example", 2, "spring list")


def test_a_contact_changed_after_the_list_was_made_is_never_replaced() -> None:
    store(judge((make.LONE, "office@hill.example")))
    rows = judge((make.LONE, "admin@hill.example"), made=TODAY - timedelta(days=1))
    assert rows[0].finding is Finding.NEWER
    store(rows, replaced=True)
    assert contact(make.LONE).address == "office@hill.example"


def test_a_contact_that_changes_between_report_and_import_stays_and_is_told() -> None:
    rows = judge((make.BROOK, "office@hill.example"))
    contact_rows.mark_bouncing(make.BROOK, 1)
    assert [row.finding for row in store(rows, replaced=True)] == [Finding.NEWER]
    assert contact(make.BROOK).state is ContactState.BOUNCING


def test_an_address_that_bounces_may_be_replaced_by_one_that_a_person_has_to_look_at() -> None:
    contact_rows.mark_bouncing(make.BROOK, 1)
    rows = judge((make.BROOK, "kim@hill.example"))
    assert rows[0].finding is Finding.CHANGED


def test_the_list_imported_again_changes_nothing(world: World) -> None:
    lines = ((make.LONE, "office@hill.example"), (make.BROOK, "office@hill.example"))
    store(judge(*lines), replaced=True)
    before = read_tables(world)
    rows = judge(*lines)
    assert {row.finding for row in rows} == {Finding.SAME}
    store(rows, replaced=True)
    assert read_tables(world) == before


def test_every_change_stands_in_the_history_with_old_new_editor_and_time() -> None:
    store(judge((make.BROOK, "office@hill.example")), replaced=True)
    lines = [row for row in table.query_all(("pk", f"S#{make.BROOK}")) if row["sk"].startswith("H#")]
    assert [(line["sk"], line["old"], line["new"], line["editor"], line["at"]) for line in lines] == [
        ("H#000002", "office@brook.example", "office@hill.example", "kim", "2017-09-21T09:30:00.000Z")
    ]
