"""Builders with kind defaults: a test says only what it is about."""

from datetime import UTC, datetime
from typing import Any

from chalicelib.domain.household import Child, Household, Sender
from chalicelib.domain.school import School
from chalicelib.register.gias import Download

NOW = datetime(2017, 9, 21, 9, 30, tzinfo=UTC)
"""Two weeks before the first census day of school-census-2017-18."""

HILL, BROOK, LONE, SHUT, PAID = "900001", "900002", "900003", "900004", "900005"
"""A primary and a secondary with a contact, one without; a closed one (Hill took over), an independent one."""
OTHERS = ("900006", "900007")
"""Two more, without contacts."""


def make_school(urn: str = HILL, **facts: Any) -> School:
    defaults = {
        "name": "Hill Primary School",
        "la_code": "999",
        "la_name": "Exampleshire",
        "phase": "Primary",
        "type_code": "01",
        "type_name": "Community school",
        "status": "Open",
        "street": "1 Hill Road",
        "locality": "",
        "town": "Exampleton",
        "county": "",
        "postcode": "ZZ1 1ZZ",
        "website": "www.hill.example",
        "telephone": "01632960001",
        "successor_urn": None,
    }
    return School(urn=urn, **(defaults | facts))


def make_schools() -> list[School]:
    return [
        make_school(),
        make_school(BROOK, name="Brook Academy", phase="Secondary", postcode="ZZ2 2ZZ", type_code="34"),
        make_school(LONE, name="Lone Oak Primary School", town="Lone Oak", postcode="ZZ3 3ZZ"),
        make_school(SHUT, name="Old Hill Infant School", status="Closed", successor_urn=HILL, postcode="ZZ1 1ZY"),
        make_school(
            PAID,
            name="Paid College",
            type_code="11",
            type_name="Other independent school",
            postcode="ZZ5 5ZZ",
        ),
        *(make_school(urn, name=f"Other School {urn[-1]}", postcode=f"ZZ{urn[-1]} 6ZZ") for urn in OTHERS),
    ]


def make_child(name: str = "Robin Example", urn: str = HILL, **facts: Any) -> Child:
    defaults = {"class_name": "3B", "items": ("nationality", "country-of-birth")}
    return Child(urn=urn, name=name, **(defaults | facts))


def make_sender(**facts: Any) -> Sender:
    defaults = {"name": "Kim Example", "mail": "kim@family.example", "role": "parent", "language": "en"}
    return Sender(**(defaults | facts))


def make_household(*children: Child, key: str = "form-key-1", **sender: Any) -> Household:
    return Household(key, children or (make_child(),), make_sender(**sender))


def make_download() -> Download:
    """The schools of ``make_schools`` as one GIAS download."""
    return Download("tests.csv", NOW.date(), {school.urn: school for school in make_schools()})
