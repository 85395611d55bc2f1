"""Counts the instructions of a cold process (valgrind's cachegrind): the same on any machine."""

import json
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.bench.stub import Tape, play

SERVE = Path(__file__).parent / "serve.py"
VALGRIND = ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]


@dataclass(frozen=True)
class Run:
    """What one kind of process is: its Python, its folder, its environment (whole)."""

    python: Path
    folder: Path
    environment: Mapping[str, str]


@dataclass(frozen=True)
class Cost:
    """``instructions`` of the whole process; ``modules`` that it imported beside the runtime's client."""

    instructions: int
    modules: int


def count(run: Run, handler: str, event: Path, expected: str, times: int, tape: Tape, certificate: Path) -> Cost:
    """Serves the event in a new process. Raises AssertionError where the answer is not the expected one."""
    with play(tape, certificate) as address:
        environment = {
            **run.environment,
            "AWS_ENDPOINT_URL": address,
            "PYTHONHASHSEED": "0",
            "PYTHONPATH": str(run.folder),
        }
        command = [*VALGRIND, str(run.python), str(SERVE), handler, str(event), expected, str(times)]
        done = subprocess.run(
            command, cwd=run.folder, env=environment, capture_output=True, text=True, check=False
        )
    assert not done.returncode, f"{handler} {event.name}: {done.stdout[-1500:]}{done.stderr[-1500:]}"
    found = re.search(r"I\s+refs:\s+([\d,]+)", done.stderr)
    assert found, done.stderr[-500:]
    return Cost(int(found[1].replace(",", "")), int(done.stdout or 0))


def write_event(folder: Path, name: str, event: object) -> Path:
    """The event as a file that a process reads."""
    path = folder / f"{name}.json"
    path.write_text(json.dumps(event))
    return path
