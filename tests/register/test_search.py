"""What a parent finds among the invented schools, however it is typed."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.school import Standing
from chalicelib.register.gias import Download
from chalicelib.register.index import build
from chalicelib.register.search import Finding, Register, open_register
from tests.make import make_school


def names(register: Register, query: str) -> list[str]:
    return [school.name for school in register.find(query).schools]


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("kings meadow", "King's Meadow Academy"),
        ("KINGS MEADOW SCHOOL", "King's Meadow Academy"),
        ("king edwin the 6th", "King Edwin VI Grammar School"),
        ("seven oaks imagham", "7 Oaks of Imagham Primary School"),
        ("o mallorys", "O'Mallory's Endowed Primary School"),
        ("st bartholomews c of e", "Saint Bartholomew's Church of England (Voluntary Controlled) Primary School"),
        ("st therese", "St Thérèse à Fictley Catholic Secondary School, A Voluntary Academy"),
        ("ss peter and paul imagham", "Ss Peter & Paul Catholic Primary School, Imagham"),
        ("queens hill junior and infant", "Queen's Hill J & I School"),
        ("blackbirdrise", "Blackbird Rise Primary School"),
        ("black bird rise exampleton", "Blackbird Rise Primary School"),
        ("foxglve lane", "Foxglove Lane Primary School"),
        ("foxlgove laen pretend", "Foxglove Lane Primary School"),
        ("dovcoat", "Dovecote Primary School"),
        ("dvoecoet", "Dovecote Primary School"),
        ("larkrise academy", "Lark Rise Primary Academy"),
        ("harebellprimary fictley", "Harebell Primary School"),
        ("beaconrock", "Beacon Rock Academy"),
        ("harebel primry fictly", "Harebell Primary School"),
        ("thornb", "Thornbeck High School"),
        ("ibhs", "Imagham Boys' High School"),
        ("my child is at nettle green primary and she is in year 3", "Nettle Green Primary School"),
        ("Otters Reach", "Otter's Reach Primary School"),
        ("zz21 2le", "Lone Elm Primary School"),
        ("zz212le", "Lone Elm Primary School"),
        ("900360", "King's Meadow Academy"),
        ("URN: 900360.", "King's Meadow Academy"),
        ("marsh gate mockford", "Marsh Gate Academy"),
    ],
)
def test_the_school_meant_comes_first(register, typed, name):
    assert names(register, typed)[0] == name


def test_two_schools_of_one_name_in_one_town_are_both_shown(register):
    found = register.find("st josephs primary mockford").schools
    assert [school.locality for school in found[:2]] == ["Upper Town", "Ferry Side"]


def test_a_town_tells_schools_of_one_name_apart(register):
    assert {school.place for school in register.find("St Mary's Primary Testbury-on-Sea").schools[:2]} == {
        "Testbury-on-Sea"
    }


@pytest.mark.parametrize(
    "typed", ["St Mary's", "st marys primary school", "st marrys", "mockford", "primary school"]
)
def test_more_schools_than_a_page_that_fit_as_well_are_too_many(register, typed):
    finding = register.find(typed)
    assert finding.too_many
    assert len(finding.schools) == 15


@pytest.mark.parametrize("typed", ["St Mary's Mockford", "Foxglove Lane", "foxglve", "zz31", "nothing like this"])
def test_what_a_page_can_hold_is_not_too_many(register, typed):
    assert not register.find(typed).too_many


def test_the_limit_is_the_callers(register):
    assert len(register.find("st marys", limit=3).schools) == 3


@pytest.mark.parametrize(
    ("typed", "name", "standing"),
    [
        ("salt marsh", "Salt Marsh Primary School", Standing.CLOSED),
        ("mockford collegiate", "Mockford Collegiate School", Standing.INDEPENDENT),
        ("ysgol gynradd", "Ysgol Gynradd Ddychmygol", Standing.WALES),
        ("newfields", "Newfields Free School", Standing.NOT_YET_OPEN),
        ("exampleshire college", "Exampleshire College", Standing.OTHER),
    ],
)
def test_a_school_that_is_not_offered_is_found_when_typed(register, typed, name, standing):
    first = register.find(typed).schools[0]
    assert (first.name, first.standing) == (name, standing)


@pytest.mark.parametrize("typed", ["castle mound", "windmill infant", "mockford"])
def test_an_offered_school_that_fits_nearly_as_well_comes_before_others(register, typed):
    schools = register.find(typed).schools
    assert schools[0].offered
    assert not all(school.offered for school in schools)


def test_a_closed_school_leads_to_the_last_of_its_successors(register):
    (old,) = (school for school in register if school.name == "Castle Mound Community School")
    last = register.follow(old.urn)
    assert last
    assert last.name == "Castle Mound Academy"
    assert register.follow(last.urn) == last


@pytest.mark.parametrize(
    "name", ["Salt Marsh Primary School", "Great Sample All Age School", "Round Pond Infant School"]
)
def test_a_closed_school_without_one_clear_open_successor_leads_nowhere(register, name):
    (closed,) = (school for school in register if school.name == name)
    assert register.follow(closed.urn) is None


@pytest.mark.parametrize("urn", ["", "900100", "abcdef", "90036", "9003600", "٩٠٠٣٦٠", "900360 ", "-90036"])
def test_what_is_no_urn_of_the_register_gives_no_school(register, urn):
    assert register.get(urn) is None
    assert register.follow(urn) is None


def test_every_school_comes_back_as_it_was_read(register):
    schools = list(register)
    assert len(schools) == len(register) == 108
    assert all(register.get(school.urn) == school for school in schools)
    assert register.made == "2017-08-28"


@given(st.one_of(st.text(max_size=250), st.text("st mary'1zo3é&. \0\u202e%_*\"", max_size=250)))
def test_any_text_at_all_gives_a_finding(register, typed):
    assert isinstance(register.find(typed), Finding)


@pytest.mark.parametrize(
    "typed",
    ["", " ", "\0", "'", '"', "%", "_", "*", "😀" * 200, "ﬃ" * 200, "٣٤", "ab" * 5000, "\ud800", "1" * 300, "²³"],
)
def test_what_is_no_name_finds_nothing_and_breaks_nothing(register, typed):
    assert register.find(typed).schools == []


def test_only_the_first_two_hundred_characters_count(register):
    assert names(register, "x" * 200 + " kings meadow") == []


def test_threads_share_one_register(register):
    typed = ["kings meadow", "st marys mockford", "dovcoat", "zz31", "castle mound"] * 8
    alone = [register.find(query) for query in typed]
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(register.find, typed)) == alone


def test_a_register_of_one_school_finds_it(tmp_path):
    build(Download("one.csv", None, {"900001": make_school()}), tmp_path / "one.sqlite")
    register = open_register(str(tmp_path / "one.sqlite"))
    assert names(register, "hil primary exampleton") == ["Hill Primary School"]
    assert register.made == ""


def test_a_file_that_is_no_register_says_so(tmp_path):
    with pytest.raises(sqlite3.OperationalError):
        open_register(str(tmp_path / "nowhere.sqlite"))
    (tmp_path / "text.sqlite").write_text("no register at all, but long enough to be read as one page " * 99)
    with pytest.raises(sqlite3.DatabaseError):
        open_register(str(tmp_path / "text.sqlite"))
