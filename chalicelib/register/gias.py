"""Reads a GIAS download (and its links file) into schools, and says of every row it refuses why.

Columns are found by name, never by position: the header changes from year to year. It guesses nothing:
a file it cannot read stops with one clear error, a row it cannot read is refused alone.
"""

import csv
import re
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from io import StringIO
from pathlib import Path

from chalicelib.domain.school import CLOSED, CLOSING, OPEN, PROPOSED, School

# GIAS column -> our word. The codes are absent from some downloads, so their names stand in for them.
COLUMNS = {
    "URN": "urn",
    "LA (code)": "la_code",
    "LA (name)": "la_name",
    "EstablishmentName": "name",
    "TypeOfEstablishment (name)": "type_name",
    "EstablishmentStatus (name)": "status",
    "PhaseOfEducation (name)": "phase",
    "Street": "street",
    "Locality": "locality",
    "Address3": "address3",
    "Town": "town",
    "County (name)": "county",
    "Postcode": "postcode",
    "SchoolWebsite": "website",
    "TelephoneNum": "telephone",
}
MAY_LACK = {
    "TypeOfEstablishment (code)": "type_code",
    "EstablishmentStatus (code)": "status_code",
    "LastChangedDate": "changed",
}
LINK_COLUMNS = {"URN": "urn", "LinkURN": "link_urn", "LinkType": "kind", "LinkEstablishedDate": "day"}

STATUSES = {"1": OPEN, "2": CLOSED, "3": CLOSING, "4": PROPOSED}
TYPES = {
    "01": "Community school",
    "02": "Voluntary aided school",
    "03": "Voluntary controlled school",
    "05": "Foundation school",
    "06": "City technology college",
    "07": "Community special school",
    "08": "Non-maintained special school",
    "10": "Other independent special school",
    "11": "Other independent school",
    "12": "Foundation special school",
    "14": "Pupil referral unit",
    "15": "Local authority nursery school",
    "26": "Service children's education",
    "28": "Academy sponsor led",
    "30": "Welsh establishment",
    "33": "Academy special sponsor led",
    "34": "Academy converter",
    "35": "Free schools",
    "36": "Free schools special",
    "38": "Free schools alternative provision",
    "40": "University technical college",
    "41": "Studio schools",
    "42": "Academy alternative provision converter",
    "43": "Academy alternative provision sponsor led",
    "44": "Academy special converter",
}
CODES = {name.casefold(): code for code, name in TYPES.items()} | {"la nursery school": "15"}

URN = re.compile(r"[1-9][0-9]{5}")
# C0 and C1 controls, and the lone surrogates that stand for bytes Windows-1252 does not define
UNREADABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
LONGEST_CELL = 300


class RegisterError(ValueError):
    """A file that cannot be used at all: its name, the line or column where there is one, and the reason."""

    def __init__(self, path: str | Path, reason: str, line: int | None = None) -> None:
        where = f"{Path(path).name}, line {line}" if line else Path(path).name
        super().__init__(f"{where}: {reason}")


@dataclass(frozen=True)
class Refusal:
    """One row left out: its line in the file, its URN cell as far as it is readable, and why."""

    line: int
    urn: str
    reason: str


@dataclass
class Download:
    """What one GIAS download holds: schools by URN in the order of the URNs, and the rows refused.

    `made` is the date in the file's name, else the newest LastChangedDate in it, else None: never the
    file's own timestamp, so that the same bytes give the same register everywhere.
    """

    name: str
    made: date | None = None
    schools: dict[str, School] = field(default_factory=dict)
    refused: list[Refusal] = field(default_factory=list)


def read_download(path: str | Path) -> Download:
    """Every school of the file, whatever its status and type. Raises RegisterError for a file without use."""
    download = Download(Path(path).name, _date_in_name(Path(path).name))
    newest: date | None = None
    for line, cells in _rows(path, COLUMNS, MAY_LACK):
        reason = cells if isinstance(cells, str) else _reason_to_refuse(cells, download.schools)
        if isinstance(cells, str) or reason:
            urn = "" if isinstance(cells, str) else UNREADABLE.sub("", cells["urn"])[:20]
            download.refused.append(Refusal(line, urn, reason))
            continue
        changed = _day(cells["changed"])
        newest = max(newest or changed, changed) if changed else newest
        school = _school(cells)
        download.schools[school.urn] = school
    if not download.schools:
        first = f"; line {download.refused[0].line}: {download.refused[0].reason}" if download.refused else ""
        raise RegisterError(path, f"no row could be read as a school{first}")
    download.made = download.made or newest
    download.schools = dict(sorted(download.schools.items()))
    return download


def add_successors(download: Download, path: str | Path) -> list[Refusal]:
    """Put each school's successor in, from GIAS's links file; returns the links refused.

    A link counts when its type begins with "Successor". Of several the newest counts; where the newest are
    several schools (a school split in parts), none does, because a wrong lead is worse than none.
    """
    refused = []
    latest: dict[str, tuple[date, set[str]]] = {}
    for line, cells in _rows(path, LINK_COLUMNS, {}):
        if isinstance(cells, str):
            refused.append(Refusal(line, "", cells))
            continue
        if not cells["kind"].casefold().startswith("successor"):
            continue
        urn, successor, day = cells["urn"], cells["link_urn"], _day(cells["day"]) or date.min
        if not (URN.fullmatch(urn) and URN.fullmatch(successor)) or urn == successor:
            refused.append(Refusal(line, UNREADABLE.sub("", urn)[:20], "the link does not join two URNs"))
            continue
        known, successors = latest.get(urn, (date.min, set()))
        latest[urn] = (
            (day, successors | {successor}) if day == known else max((known, successors), (day, {successor}))
        )
    for urn, (_, successors) in latest.items():
        if urn in download.schools and len(successors) == 1:
            download.schools[urn] = replace(download.schools[urn], successor_urn=successors.pop())
    return refused


def _rows(
    path: str | Path, needed: dict[str, str], may_lack: dict[str, str]
) -> Iterator[tuple[int, dict[str, str] | str]]:
    """(line, cells by our words) for each row after the header, or (line, reason) where the row is broken."""
    reader = csv.reader(StringIO(_text(path), newline=""), strict=True)
    try:
        header = [cell.strip() for cell in next(reader, [])]
        lacking = [column for column in needed if column not in header]
        if lacking:
            raise RegisterError(path, f"the header has no column {', '.join(map(repr, lacking))}", 1)
        twice = [column for column in needed if header.count(column) > 1]
        if twice:
            raise RegisterError(path, f"the header has column {twice[0]!r} twice", 1)
        words = {header.index(column): word for column, word in (needed | may_lack).items() if column in header}
        absent = dict.fromkeys(may_lack.values(), "")
        line = reader.line_num + 1
        for row in reader:
            if row and len(row) != len(header):
                yield line, f"{len(row)} cells under a header of {len(header)}"
            elif row:
                yield line, absent | {word: row[at].strip() for at, word in words.items()}
            line = reader.line_num + 1
    except csv.Error as error:
        raise RegisterError(path, str(error), reader.line_num) from error


def _text(path: str | Path) -> str:
    """The file as text: UTF-8 where it is strictly that, else Windows-1252, which GIAS itself writes.

    Bytes that Windows-1252 does not define stay as lone surrogates, so that their row can be refused.
    """
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise RegisterError(path, error.strerror or "cannot be read") from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if content.startswith(BOM_UTF8):
            raise RegisterError(path, f"says that it is UTF-8, but byte {error.start} is not") from error
        return content.decode("windows-1252", "surrogateescape")


def _reason_to_refuse(cells: dict[str, str], known: Iterable[str]) -> str:
    """Why this row cannot be a school, or ""."""
    for word, cell in cells.items():
        if UNREADABLE.search(cell):
            return f"unreadable characters in {word}"
        if len(cell) > LONGEST_CELL:
            return f"over {LONGEST_CELL} characters in {word}"
    if not URN.fullmatch(cells["urn"]):
        return "the URN is not a number of six digits"
    if cells["urn"] in known:
        return "the URN stands in the file twice"
    if not cells["name"]:
        return "the school has no name"
    if cells["status_code"] not in STATUSES and cells["status"] not in STATUSES.values():
        return "the status is none that GIAS has"
    return ""


def _school(cells: dict[str, str]) -> School:
    """The school of a row that was not refused; type and status by code where given, else by name."""
    named = {word: cell for word, cell in cells.items() if word not in ("address3", "status_code", "changed")}
    named["type_code"] = cells["type_code"] or CODES.get(cells["type_name"].casefold(), "")
    named["status"] = STATUSES.get(cells["status_code"], cells["status"])
    named["locality"] = ", ".join(filter(None, (cells["locality"], cells["address3"])))
    return School(**named)


def _day(cell: str) -> date | None:
    """GIAS writes days as dd-mm-yyyy."""
    match = re.fullmatch(r"(\d{2})[-/](\d{2})[-/](\d{4})", cell)
    try:
        return date(int(match[3]), int(match[2]), int(match[1])) if match else None
    except ValueError:
        return None


def _date_in_name(name: str) -> date | None:
    """The day in a name like edubasealldata20250422.csv."""
    match = re.search(r"(20\d{2})(\d{2})(\d{2})", name)
    return _day(f"{match[3]}-{match[2]}-{match[1]}") if match else None
