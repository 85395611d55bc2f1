"""What the reader of GIAS downloads takes, what it refuses row by row, and what it will not read at all."""

from datetime import date
from pathlib import Path

import pytest

from chalicelib.domain.school import Standing
from chalicelib.register.gias import Download, RegisterError, add_successors, read_download

COLUMNS = {
    "URN": "900001",
    "LA (code)": "990",
    "LA (name)": "Mockford, City of",
    "EstablishmentName": "Hill Primary School",
    "TypeOfEstablishment (code)": "01",
    "TypeOfEstablishment (name)": "Community school",
    "EstablishmentStatus (code)": "1",
    "EstablishmentStatus (name)": "Open",
    "PhaseOfEducation (name)": "Primary",
    "LastChangedDate": "28-09-2017",
    "Street": "1 Hill Road",
    "Locality": "Brook End",
    "Address3": "Near Sampleford",
    "Town": "Exampleton",
    "County (name)": "Exampleshire",
    "Postcode": "ZZ1 1ZZ",
    "SchoolWebsite": "www.hill.example",
    "TelephoneNum": "01632960001",
}


def row(**cells: str) -> list[str]:
    """One row's cells; keywords name a column by its letters alone (LAname for "LA (name)")."""
    plain = {"".join(filter(str.isalnum, column)): column for column in COLUMNS}
    return [*(COLUMNS | {plain[word]: cell for word, cell in cells.items()}).values()]


def csv_of(*rows: list[str], header: list[str] | None = None) -> str:
    def quoted(cells: list[str]) -> str:
        return ",".join('"' + cell.replace('"', '""') + '"' for cell in cells) + "\r\n"

    return "".join(map(quoted, [header or list(COLUMNS), *rows]))


@pytest.fixture
def read(tmp_path: Path):
    def read_text(text: str | bytes, name: str = "download.csv") -> Download:
        (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode("windows-1252"))
        return read_download(tmp_path / name)

    return read_text


def test_a_row_becomes_a_school(read):
    school = read(csv_of(row())).schools["900001"]
    assert (school.name, school.la_name, school.locality) == (
        "Hill Primary School",
        "Mockford, City of",
        "Brook End, Near Sampleford",
    )
    assert (school.telephone, school.status, school.successor_urn) == ("01632960001", "Open", None)
    assert school.standing is Standing.OFFERED


def test_columns_are_found_by_name_in_any_order_among_others(read):
    header = ["SiteName", *reversed(COLUMNS)]
    assert read(csv_of(["a site", *reversed(row())], header=header)).schools == read(csv_of(row())).schools


def test_a_header_without_a_needed_column_is_one_error_that_names_it(read):
    at = list(COLUMNS).index("Postcode")
    header, cells = list(COLUMNS), row()
    del header[at], cells[at]
    with pytest.raises(RegisterError, match=r"^download\.csv, line 1: the header has no column 'Postcode'$"):
        read(csv_of(cells, header=header))


def test_a_header_with_a_needed_column_twice_is_an_error(read):
    with pytest.raises(RegisterError, match="column 'URN' twice"):
        read(csv_of([*row(), "900002"], header=[*COLUMNS, "URN"]))


@pytest.mark.parametrize("dropped", ["TypeOfEstablishment (code)", "EstablishmentStatus (code)"])
def test_type_and_status_are_read_by_name_where_there_is_no_code(read, dropped):
    at = list(COLUMNS).index(dropped)
    header, cells = list(COLUMNS), row(TypeOfEstablishmentname="Voluntary Aided School")
    del header[at], cells[at]
    school = read(csv_of(cells, header=header)).schools["900001"]
    assert school.standing is Standing.OFFERED
    assert school.type_code == ("02" if "Type" in dropped else "01")


def test_the_code_goes_before_the_name(read):
    school = read(csv_of(row(EstablishmentStatuscode="2", EstablishmentStatusname="Open"))).schools["900001"]
    assert school.standing is Standing.CLOSED


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        (row(URN="90001"), "the URN is not a number of six digits"),
        (
            row(URN="٩٠٠٠٠١".translate({1632 + n: str(n) for n in range(10)}) + "x"),
            "the URN is not a number of six",
        ),
        (row(URN=""), "the URN is not a number of six digits"),
        (row(URN="900001"), "the URN stands in the file twice"),
        (row(URN="900002", EstablishmentName="  "), "the school has no name"),
        (row(URN="900002", EstablishmentName="Hill\tSchool"), "unreadable characters in name"),
        (row(URN="900002", EstablishmentName="x" * 301), "over 300 characters in name"),
        (row(URN="900002", EstablishmentStatuscode="", EstablishmentStatusname="Resting"), "the status is none"),
        ([*row(URN="900002"), "one more"], "19 cells under a header of 18"),
        (row(URN="900002")[:-1], "17 cells under a header of 18"),
    ],
)
def test_a_bad_row_is_refused_alone_with_its_line_and_the_reason(read, cells, reason):
    download = read(csv_of(row(), cells, row(URN="900003")))
    assert list(download.schools) == ["900001", "900003"]
    (refusal,) = download.refused
    assert refusal.line == 3
    assert refusal.reason.startswith(reason)


def test_the_line_of_a_refusal_counts_line_breaks_inside_cells(read):
    download = read(csv_of(row(Street="1 Hill Road\r\nand Lane"), row(URN="bad"), row(URN="900003")))
    assert [(refusal.line, refusal.reason) for refusal in download.refused] == [
        (2, "unreadable characters in street"),
        (4, "the URN is not a number of six digits"),
    ]


def test_a_byte_that_windows_1252_does_not_define_refuses_its_row(read):
    raw = csv_of(row(URN="900002"), row(EstablishmentName="Hill XX")).encode().replace(b"XX", b"\x81\xe9")
    download = read(raw)
    assert list(download.schools) == ["900002"]
    assert download.refused[0].reason == "unreadable characters in name"


def test_windows_1252_and_utf_8_give_the_same_school(read):
    text = csv_of(row(EstablishmentName="St Thérèse’s – a School"))
    expected = read(text.encode("windows-1252")).schools
    assert expected["900001"].name == "St Thérèse’s – a School"
    assert read(text.encode("utf-8")).schools == expected
    assert read(text.encode("utf-8-sig")).schools == expected


def test_a_file_that_says_it_is_utf_8_and_is_not_is_an_error(read):
    with pytest.raises(RegisterError, match="says that it is UTF-8"):
        read(b"\xef\xbb\xbf" + csv_of(row(EstablishmentName="Thérèse")).encode("windows-1252"))


@pytest.mark.parametrize("text", ["", "URN\r\n", csv_of(), csv_of(row(URN="no")), "\0" * 50])
def test_a_file_without_a_school_is_an_error(read, text):
    with pytest.raises(RegisterError, match=r"^download\.csv"):
        read(text)


def test_a_quote_left_open_is_an_error_with_its_line(read):
    with pytest.raises(RegisterError, match=r"download\.csv, line 4"):
        read(csv_of(row(), row(URN="900002")) + '"900003,')


def test_a_missing_file_is_an_error_that_names_it(tmp_path):
    with pytest.raises(RegisterError, match=r"^nowhere\.csv: No such file"):
        read_download(tmp_path / "nowhere.csv")


def test_the_day_comes_from_the_name_else_from_the_newest_change(read):
    rows = csv_of(
        row(), row(URN="900002", LastChangedDate="03-10-2017"), row(URN="900003", LastChangedDate="never")
    )
    assert read(rows, "edubasealldata20250422.csv").made == date(2025, 4, 22)
    assert read(rows, "edubasealldata20259999.csv").made == date(2017, 10, 3)
    assert read(csv_of(row(LastChangedDate=""))).made is None


def links_of(*rows: tuple[str, str, str, str]) -> str:
    return csv_of(
        *([urn, to, "a name", kind, day] for urn, to, kind, day in rows),
        header=["URN", "LinkURN", "LinkName", "LinkType", "LinkEstablishedDate"],
    )


def successors(read, tmp_path, *rows) -> tuple[dict[str, str | None], list[str]]:
    download = read(csv_of(*(row(URN=f"90000{n}") for n in range(1, 6))))
    (tmp_path / "links.csv").write_text(links_of(*rows))
    refused = add_successors(download, tmp_path / "links.csv")
    led = {urn: school.successor_urn for urn, school in download.schools.items() if school.successor_urn}
    return led, [refusal.reason for refusal in refused]


def test_every_kind_of_successor_counts_and_no_other_link(read, tmp_path):
    led, refused = successors(
        read,
        tmp_path,
        ("900001", "900002", "Successor", "01-09-2012"),
        ("900002", "900001", "Predecessor", "01-09-2012"),
        ("900003", "900004", "Successor - amalgamated", ""),
        ("900004", "900005", "Sixth Form Centre Link", "01-09-2012"),
        ("999999", "900005", "Successor", "01-09-2012"),
    )
    assert led == {"900001": "900002", "900003": "900004"}
    assert refused == []


def test_the_newest_successor_counts_whatever_the_order(read, tmp_path):
    old, new = ("900001", "900002", "Successor", "01-09-2012"), ("900001", "900003", "Successor", "01-01-2015")
    assert (
        successors(read, tmp_path, old, new)[0] == successors(read, tmp_path, new, old)[0] == {"900001": "900003"}
    )


def test_a_school_split_in_several_leads_to_none_of_them(read, tmp_path):
    parts = [("900001", urn, "Successor - Split School", "01-09-2012") for urn in ("900002", "900003")]
    assert successors(read, tmp_path, *parts)[0] == {}


def test_a_link_that_does_not_join_two_schools_is_refused(read, tmp_path):
    led, refused = successors(
        read, tmp_path, ("900001", "900001", "Successor", ""), ("900002", "", "Successor", "")
    )
    assert led == {}
    assert refused == ["the link does not join two URNs"] * 2


def test_a_links_file_without_its_columns_is_an_error(read, tmp_path):
    download = read(csv_of(row()))
    (tmp_path / "links.csv").write_text("URN,LinkURN\n1,2\n")
    with pytest.raises(RegisterError, match="no column 'LinkType', 'LinkEstablishedDate'"):
        add_successors(download, tmp_path / "links.csv")
