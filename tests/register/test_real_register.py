"""The real GIAS files: what of them is kept, and how well the search finds their schools."""

import csv
import json
from statistics import median
from time import process_time

import pytest

from chalicelib.domain.school import Standing
from chalicelib.register.gias import read_download


def test_every_open_mainstream_school_is_kept_and_offered(real_files):
    download = read_download(real_files / "schools-open-noheads.csv")
    assert (len(download.schools), download.refused) == (20188, [])
    assert all(school.offered for school in download.schools.values())
    assert len({school.la_name for school in download.schools.values()}) == 152


def test_the_raw_sample_is_read_as_windows_1252(real_files):
    download = read_download(real_files / "gias-raw-sample.csv")
    assert (len(download.schools), download.refused) == (338, [])
    names = {school.name for school in download.schools.values()}
    assert "St Stephen’s International" in names
    assert "St Aelred's Catholic Primary School – a Catholic Voluntary Academy" in names
    standings = [school.standing for school in download.schools.values()]
    assert {standing: standings.count(standing) for standing in set(standings)} == {
        Standing.OFFERED: 270,
        Standing.CLOSED: 30,
        Standing.INDEPENDENT: 7,
        Standing.WALES: 5,
        Standing.OTHER: 26,
    }


def test_the_shifted_rows_of_2017_are_refused_one_by_one(real_files):
    download = read_download(real_files / "gias-raw-fixture-2017.csv")
    assert len(download.schools) == 9
    assert [refusal.line for refusal in download.refused] == list(range(11, 21))
    assert {refusal.reason for refusal in download.refused} == {"135 cells under a header of 120"}


@pytest.mark.parametrize("year", ["2017", "2021", "2025"])
def test_every_years_header_is_read(real_files, tmp_path, year):
    headers = json.loads((real_files / "gias-headers.json").read_text())
    (header,) = (columns for name, columns in headers.items() if name.startswith(year))
    cells = dict.fromkeys(header, "") | {"URN": "900001", "EstablishmentName": "Hill Primary School"}
    cells |= {"TypeOfEstablishment (code)": "34", "EstablishmentStatus (code)": "1", "Town": "Exampleton"}
    with (tmp_path / "header.csv").open("w", encoding="windows-1252", newline="") as file:
        csv.writer(file).writerows([header, cells.values()])
    (school,) = read_download(tmp_path / "header.csv").schools.values()
    assert (school.name, school.town, school.offered) == ("Hill Primary School", "Exampleton", True)


def test_the_schools_that_parents_mean_are_found(real_files, real_register):
    rows = (real_files / "search-queries.tsv").read_text(encoding="utf-8").splitlines()
    queries = [row.split("\t") for row in rows if not row.endswith("renamed-far")]
    first = within = 0
    spent = []
    for query, urns, _ in queries:
        begun = process_time()
        found = [school.urn for school in real_register.find(query).schools]
        spent.append(process_time() - begun)
        first += found[:1] != [] and found[0] in urns.split(",")
        within += any(urn in urns.split(",") for urn in found)
    assert within / len(queries) >= 0.97
    assert first / len(queries) >= 0.92
    assert median(spent) <= 0.002


@pytest.mark.parametrize("typed", ["St Mary's", "St Joseph's", "st marys london", "st josephs london", "london"])
def test_names_that_too_many_schools_share_ask_for_more(real_register, typed):
    assert real_register.find(typed).too_many


def test_a_name_and_its_town_are_enough(real_register):
    assert not real_register.find("St Mary's Leeds").too_many
