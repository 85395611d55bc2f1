"""Which schools are offered, and why not the others; how a school's place and address read."""

import pytest

from chalicelib.domain.school import Standing
from tests.make import make_school


@pytest.mark.parametrize(
    ("type_code", "status", "standing"),
    [
        ("01", "Open", Standing.OFFERED),
        ("34", "Open, but proposed to close", Standing.OFFERED),
        ("14", "Open", Standing.OFFERED),
        ("15", "Open", Standing.OFFERED),
        ("44", "Open", Standing.OFFERED),
        ("01", "Closed", Standing.CLOSED),
        ("11", "Closed", Standing.CLOSED),
        ("35", "Proposed to open", Standing.NOT_YET_OPEN),
        ("10", "Open", Standing.INDEPENDENT),
        ("11", "Open", Standing.INDEPENDENT),
        ("30", "Open", Standing.WALES),
        ("30", "Closed", Standing.WALES),
        ("18", "Open", Standing.OTHER),
        ("26", "Open", Standing.OTHER),
        ("39", "Open", Standing.OTHER),
        ("", "Open", Standing.OTHER),
        ("77", "Open", Standing.OTHER),
    ],
)
def test_only_open_schools_that_take_part_in_the_census_are_offered(type_code, status, standing):
    school = make_school(type_code=type_code, status=status)
    assert school.standing is standing
    assert school.offered is (standing is Standing.OFFERED)


def test_a_school_without_a_town_is_placed_by_address3_then_locality_then_authority():
    assert make_school(town="Exampleton", locality="Brook End").place == "Exampleton"
    assert make_school(town="", locality="Brook End, Near Sampleford").place == "Near Sampleford"
    assert make_school(town="", locality="Brook End").place == "Brook End"
    assert make_school(town="", locality="").place == "Exampleshire"


def test_an_address_leaves_out_what_is_empty_and_says_nothing_twice():
    school = make_school(street="1 Hill Road", locality="", town="Exampleton", county="", postcode="ZZ1 1ZZ")
    assert school.address == "1 Hill Road, Exampleton, ZZ1 1ZZ"
    assert make_school(street="", locality="Exampleton", postcode="").address == "Exampleton"
