"""Counts, prints one table, and fails where a figure is past its budget.

make bench                     the whole of it: some five minutes
make bench ARGS="--json F"     the figures as JSON, too
"""

import argparse
import compileall
import json
import shutil
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from chalicelib.domain.campaign import load_campaign
from infra import static, stock
from infra.local import shift_clock
from infra.world import CAMPAIGN, world
from tests.bench.artefact import make_artefact, read_variables, weigh_code
from tests.bench.counting import Cost, Run, count, write_event
from tests.bench.journey import MUST, walk_journey
from tests.bench.scenes import WINDMILL, Scenes, gateway_event, make_scenes
from tests.bench.stub import make_certificate
from tests.bench.table import Line, write_table
from tests.bench.units import Bill
from tests.bench.weight import weigh

ROOT = Path(__file__).parent.parent.parent
PYTHON = ROOT / "build" / "bench" / "bin" / "python"
HERE = Path(__file__).parent
WHOLE = {
    "name": "Kim Example", "role": "parent", "mail": "kim@family.example",
    "child": "Robin Example", "class_name": "3B", "urn": WINDMILL, "items": "nationality",
}  # fmt: skip
"""All that the references' last form posts: they keep nothing between pages."""

M = 1_000_000


def main(arguments: list[str]) -> int:
    """The exit status: 1 where something is over its budget."""
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--json", type=Path, help="writes the figures there, too")
    options = parser.parse_args(arguments)
    if not shutil.which("valgrind"):
        print("make bench counts with valgrind: on Debian and Ubuntu, apt install valgrind.", file=sys.stderr)
        return 2
    static.build()
    lines = [*count_calls(), *count_processes()]
    print(write_table(lines))
    if options.json:
        options.json.write_text(json.dumps([asdict(line) for line in lines], indent=1) + "\n")
    return int(any(line.over for line in lines))


def count_calls() -> list[Line]:
    """AWS calls, capacity units and bytes, in this process."""
    shift = shift_clock(load_campaign(CAMPAIGN), datetime.now(UTC), None)
    with world(register_path=stock.prepare_register(None, None), clock_shift=shift) as here:
        stock.put_contacts()
        size, requests = weigh("/")
        walk_journey(here, WINDMILL, "first@family.example")  # the first mail of all makes the sender's record
        bills = walk_journey(here, WINDMILL, "second@family.example")
    whole = sum(bills.values(), Bill())
    print(write_bills({**bills, "whole journey": whole}), end="\n\n")
    steps = sum(bills["pages, steps, school search"].calls.values())
    submit = sum(bills["submit"].calls.values())
    assert list(bills) == list(MUST)
    dear = [name for name, bill in bills.items() if sum(bill.calls.values()) > MUST[name]]
    return [
        Line("AWS calls of the pages, steps and search", steps, "", 0),
        Line("AWS calls of the last POST", submit, "", 2),
        Line("AWS calls of a journey", sum(whole.calls.values()), "", sum(MUST.values()), None, ", ".join(dear)),
        Line("first visit, gzip -9", size / 1024, "KiB", 20, 14),
        Line("requests of a first visit", requests, "", 5),
    ]


def write_bills(bills: dict[str, Bill]) -> str:
    """What each step costs, as a Markdown table."""
    rows = ["| step | calls | KMS | W table | W index | R |", "| --- | --- | --- | --- | --- | --- |"]
    for name, bill in bills.items():
        kms = bill.calls["GenerateDataKey"] + bill.calls["Decrypt"]
        calls = sum(bill.calls.values())
        rows.append(f"| {name} | {calls} | {kms} | {bill.writes} | {bill.index_writes} | {bill.reads:g} |")
    return "\n".join(rows)


def count_processes() -> list[Line]:
    """Instructions, modules and bytes of the artefact, beside the references."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        unpacked = make_artefact(folder / "artefact")
        made = make_scenes()
        certificate = folder / "stub.pem"
        make_certificate(certificate)
        costs = _count_all(folder, unpacked, made, certificate)
        size = weigh_code(folder / "artefact")
    empty = costs["empty"].instructions

    def cold(name: str) -> float:
        return costs[name].instructions - empty

    def warm(name: str) -> float:
        return (costs[f"{name} x16"].instructions - costs[f"{name} x6"].instructions) / 10

    def line(what: str, figure: float, reference: float, name: str, must: float, aim: float) -> Line:
        return Line(
            what,
            round(figure / reference, 3),
            "x",
            must,
            aim,
            f"{figure / M:,.0f} M of {name} {reference / M:,.0f} M",
        )

    usual, bare = "FastAPI's", "bare boto3's"
    return [
        line("cold GET of a page", cold("page"), cold("usual page"), usual, 0.20, 0.17),
        line("cold GET of the start page", cold("start"), cold("usual page"), usual, 0.20, 0.17),
        line("cold POST answered by a page", cold("wrong"), cold("usual wrong"), usual, 0.40, 0.35),
        line("cold last POST", cold("send"), cold("usual send"), usual, 0.60, 0.52),
        line("cold last POST", cold("send"), cold("bare send"), bare, 1.00, 0.90),
        line("cold notifier with a letter", cold("ring"), cold("bare send"), bare + " POST", 1.05, 0.8),
        Line("warm GET", warm("page") / M, "M", 50),
        line("warm last POST", warm("send"), warm("bare send"), bare, 2.0, 1.25),
        Line(
            "modules of a cold GET, but for our rooms",
            costs["page"].modules,
            "",
            120,
            None,
            f"FastAPI {costs['usual page'].modules}",
        ),
        Line("zip without boto3 and schools", size / 1024 / 1024, "MiB", 8),
    ]


def _count_all(folder: Path, unpacked: Path, made: Scenes, certificate: Path) -> dict[str, Cost]:
    variables = read_variables(folder / "artefact")
    about = {**made.environment, "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "BENCH_SOURCES": str(ROOT)}
    ours = Run(
        PYTHON,
        unpacked,
        about | variables | _trust(folder, "ours", unpacked / variables["AWS_CA_BUNDLE"], certificate),
    )
    (whole_bundle,) = PYTHON.parent.parent.glob("lib/python*/site-packages/botocore/cacert.pem")
    others = Run(PYTHON, HERE, about | _trust(folder, "others", whole_bundle, certificate))
    events = {name: write_event(folder, name, event) for name, event in made.events.items()}
    forms = {"page": ("GET", "/you", None), "wrong": ("POST", "/you", {**WHOLE, "mail": "nobody"})}
    forms["send"] = ("POST", "/check", WHOLE)
    expected = {"start": "200", "page": "200", "wrong": "422", "send": "303", "ring": "batch"}
    jobs = {"empty": (ours, "none", events["page"], "200", 0)}
    for name, event in events.items():
        jobs[name] = (ours, "app.ring" if name == "ring" else "app.app", event, expected[name], 1)
    for name, request in forms.items():
        event = write_event(folder, f"{name}-whole", gateway_event(*request))
        for stack in ("usual", "bare"):
            jobs[f"{stack} {name}"] = (others, f"{stack}.handler", event, expected[name], 1)
    for name in ("page", "send", "bare send"):
        for times in (6, 16):
            jobs[f"{name} x{times}"] = (*jobs[name][:4], times)

    def run(name: str) -> Cost:
        tape = made.tapes["ring" if name == "ring" else "send"]
        return count(*jobs[name], tape, certificate)

    compileall.compile_dir(HERE, quiet=1)  # the first to import a reference would pay for all
    with ThreadPoolExecutor(2) as both:  # the counts do not hang on how busy the machine is
        return dict(zip(jobs, both.map(run, jobs), strict=True))


def _trust(folder: Path, name: str, bundle: Path, certificate: Path) -> dict[str, str]:
    """The authorities of ``bundle``, and the stub's: as many to parse as on AWS."""
    both = folder / f"{name}.pem"
    both.write_text(bundle.read_text() + certificate.read_text())
    return {"AWS_CA_BUNDLE": str(both)}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
