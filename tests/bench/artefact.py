"""The artefact as Lambda would run it: unpacked, with the variables that its own template sets."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

DATA = "chalicelib/compiled/register.sqlite"
"""The schools, which are data and not code."""


def make_artefact(out: Path) -> Path:
    """The artefact of this tree for this machine's processor, made by ``infra.package``; the unpacked folder."""
    command = [sys.executable, "-m", "infra.package", "--stage", "dev", "--arch", "x86_64", "--out", str(out)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    folder = out / "unpacked"
    with zipfile.ZipFile(out / "app.zip") as packed:
        packed.extractall(folder)
    return folder


def read_variables(out: Path) -> dict[str, str]:
    """What the template tells the web function by itself: the paths of its data files, from the task's folder."""
    template = json.loads((out / "app.json").read_text())
    variables = template["Resources"]["APIHandler"]["Properties"]["Environment"]["Variables"]
    return {name: value for name, value in variables.items() if isinstance(value, str)}


def weigh_code(out: Path) -> int:
    """Bytes of the zip without the schools' data."""
    with zipfile.ZipFile(out / "app.zip") as packed:
        data = sum(each.compress_size for each in packed.infolist() if each.filename == DATA)
    return (out / "app.zip").stat().st_size - data
