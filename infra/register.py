"""Makes the register file from a GIAS download: says first what it would change, then changes it.

`make register GIAS=edubasealldata20250422.csv [LINKS=links_edubasealldata20250422.csv] [OUT=...] [ARGS=--dry-run]`
"""

import argparse
import sqlite3
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from tqdm import tqdm

from chalicelib.domain.school import CLOSED, School
from chalicelib.register.gias import Download, Refusal, RegisterError, add_successors, read_download
from chalicelib.register.index import build
from chalicelib.register.search import open_register

OUT = Path("build/register.sqlite")
EXAMPLES = 5
REFUSED_SHOWN = 50


def load(gias: Path, links: Path | None = None) -> tuple[Download, list[Refusal]]:
    """The download with its successors put in, and the links refused. Raises RegisterError."""
    download = read_download(gias)
    return download, add_successors(download, links) if links else []


def changes(before: dict[str, School], after: dict[str, School]) -> dict[str, list[str]]:
    """What a new download changes, each change in words: added, gone, renamed, moved, closed."""
    both = [(before[urn], school) for urn, school in after.items() if urn in before]
    return {
        "added": [_named(school) for urn, school in after.items() if urn not in before],
        "gone": [_named(school) for urn, school in before.items() if urn not in after],
        "renamed": [f"{_named(old)} is now {new.name}" for old, new in both if old.name != new.name],
        "moved": [
            f"{_named(new)}: {old.postcode} to {new.postcode}" for old, new in both if old.postcode != new.postcode
        ],
        "closed": [_named(new) for old, new in both if new.status == CLOSED and old.status != CLOSED],
    }


def report(download: Download, links_refused: list[Refusal], out: Path) -> Iterator[str]:
    """The lines of the dry run: what was read, what was refused and why, what would change."""
    day = download.made.isoformat() if download.made else "a day it does not say"
    standings = Counter(school.standing.value for school in download.schools.values())
    yield f"{download.name}, of {day}: {len(download.schools):,} schools"
    yield "  " + ", ".join(f"{count:,} {standing}" for standing, count in standings.most_common())
    led_on = sum(school.successor_urn is not None for school in download.schools.values())
    yield f"  {led_on:,} of them with a successor"
    for what, refused in (("rows", download.refused), ("links", links_refused)):
        yield f"Refused {what}: {len(refused):,}"
        yield from (f"  line {row.line}: {row.reason} {row.urn}".rstrip() for row in refused[:REFUSED_SHOWN])
        if len(refused) > REFUSED_SHOWN:
            yield f"  and {len(refused) - REFUSED_SHOWN:,} more"
    if not out.exists():
        yield f"{out} is new"
        return
    try:
        before = {school.urn: school for school in open_register(str(out))}
    except sqlite3.Error as error:
        yield f"{out} cannot be compared ({error}) and would be replaced"
        return
    yield f"Against {out}:"
    for change, cases in changes(before, download.schools).items():
        yield f"  {change}: {len(cases):,}"
        yield from (f"    {case}" for case in cases[:EXAMPLES])


def write(download: Download, out: Path, progress: Callable[[list[School]], Iterable[School]] = iter) -> None:
    """The register file, in place of an older one."""
    out.parent.mkdir(parents=True, exist_ok=True)
    build(download, out, progress)


def main(arguments: list[str] | None = None) -> int:
    """0 when done, 1 when the file cannot be used: then with one line that says why."""
    parser = argparse.ArgumentParser(prog="register", description=__doc__)
    parser.add_argument("--gias", type=Path, required=True, help="a GIAS download (CSV)")
    parser.add_argument("--links", type=Path, help="GIAS's links file, for successors")
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--dry-run", action="store_true", help="say what would change, and stop")
    given = parser.parse_args(arguments)
    try:
        download, links_refused = load(given.gias, given.links)
    except RegisterError as error:
        print(f"register: {error}", file=sys.stderr)
        return 1
    for line in report(download, links_refused, given.out):
        print(line)
    if not given.dry_run:
        write(
            download, given.out, lambda schools: tqdm(schools, unit=" schools", desc="register", file=sys.stderr)
        )
        print(f"Written: {given.out}, {given.out.stat().st_size:,} bytes")
    return 0


def _named(school: School) -> str:
    return f"{school.urn} {school.name}, {school.place}"


if __name__ == "__main__":
    sys.exit(main())
