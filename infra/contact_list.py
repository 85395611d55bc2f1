"""`make contacts`: a list of schools' addresses (CSV: URN, e-mail) into a stage; it says what each line means.

Who may be written to is judged by the service (services/contacts.py), by the register that ships.
"""

import argparse
import csv
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import date
from io import StringIO
from pathlib import Path

from chalicelib import config
from chalicelib.domain.contact import ContactState
from chalicelib.domain.times import london_day
from chalicelib.services.contacts import Finding, Offer, Row, judge_contacts, store_contacts
from infra.aws_cli import Stopped
from infra.deploy import STAGES
from infra.stage import open_stage

URN_NAMES = ("urn", "school urn", "establishment urn", "schoolurn")
ADDRESS_WORDS = ("e-mail", "email", "mail", "address", "contact")
"""What the header of the column of addresses holds, the surest word first."""


def read_list(path: Path) -> list[Offer]:
    """Each line that says something; columns by name, whatever stands beside them. Raises Stopped."""
    try:
        raw = path.read_bytes()
    except OSError as fault:
        raise Stopped(f"{path.name}: {fault.strerror}") from None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", "replace")  # as spreadsheets write it
    first = text.partition("\n")[0]
    rows = csv.reader(StringIO(text, newline=""), delimiter=max(",;\t", key=first.count))
    try:
        header = [cell.strip().casefold() for cell in next(rows, [])]
        urn, address = _find_columns(header, path.name)
        return [
            Offer(rows.line_num, cells[urn], cells[address] if address < len(cells) else "")
            for cells in rows
            if urn < len(cells) and any(cell.strip() for cell in cells)
        ]
    except csv.Error as fault:
        raise Stopped(f"{path.name}, line {rows.line_num}: {fault}") from None


def import_list(stage: str, path: Path, made: date | None, replaced: bool, confirmed: bool) -> None:
    """Judges the list, says what each line means, and stores it if ``confirmed``. Raises Stopped.

    ``made``: the day of the list, today if it does not say; ``replaced``: what differs takes the place of what we
    have.
    """
    lines = read_list(path)
    with open_stage(stage) as who:
        now = config.now()
        rows = judge_contacts(lines, made or london_day(now))
        for line in report(rows, replaced):
            print(line)
        if not confirmed:
            print("Nothing was changed. CONFIRM=yes carries it out.")
            return
        for row in store_contacts(rows, path.name, who.rpartition("/")[2], now, replaced):
            print(f"line {row.line}: {row.urn}: not stored, somebody changed this contact meanwhile")
        print("Stored.")


def report(rows: list[Row], replaced: bool) -> Iterator[str]:
    """A line for each row, without its address, and the sums."""
    sums: Counter[str] = Counter()
    for row in rows:
        where = f"{row.urn} {row.school.name}, {row.school.place}" if row.school else row.urn
        if row.followed:
            where = f"{row.urn} is closed, now {row.school.urn} {row.school.name}, {row.school.place}"
        waits = row.after is not None and row.after.state is not ContactState.VERIFIED
        finding = str(row.finding)
        if row.finding in (Finding.NEW, Finding.CHANGED) and waits:
            finding += f", a person has to look first ({row.owner})"
        if row.finding is Finding.CHANGED and not replaced:
            finding += ", stays as it is without REPLACE=yes"
        sums[finding] += 1
        yield f"line {row.line}: {where}: {finding}"
    for finding, number in sums.most_common():
        yield f"{number:>7,}  {finding}"


def _find_columns(header: list[str], name: str) -> tuple[int, int]:
    urn = next((place for place, cell in enumerate(header) if cell in URN_NAMES), None)
    address = next((place for word in ADDRESS_WORDS for place, cell in enumerate(header) if word in cell), None)
    if urn is None or address is None:
        raise Stopped(f"{name}: its first line must name the columns, URN and E-mail")
    return urn, address


def main(arguments: list[str] | None = None) -> int:
    """0 when stored or shown, 1 when not: then with one line that says why."""
    parser = argparse.ArgumentParser(prog="contacts", description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--stage", required=True, choices=STAGES)
    parser.add_argument("--made", type=date.fromisoformat, help="2026-11-20: the day of the list")
    parser.add_argument("--replace", action="store_true", help="what differs takes the place of what we have")
    parser.add_argument("--confirm", action="store_true")
    given = parser.parse_args(arguments)
    try:
        import_list(given.stage, given.file, given.made, given.replace, given.confirm)
    except Stopped as stopped:
        print(f"contacts: {stopped}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
