"""`make package`: the artefact, made anew from what git has: app.zip, its template, bill of materials and sizes.

One artefact for every stage; what differs between them is parameters of the template. The same commit gives the
same bytes. What it was made of stands in the template's metadata, so that nobody deploys invented schools.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from chalicelib.register.gias import RegisterError
from infra import archive
from infra.bill import bill_of_materials
from infra.campaigns import CampaignError
from infra.data_files import RootsMissing
from infra.template import read_data_stack, read_overlay, write_json
from infra.tree import INVENTED, commit, lay_tree
from infra.vendor import MACHINES, VendorError, vendor

OUT = Path("build/package")
STAGE = "aws"
"""Chalice's: the one in config.json from which the template of every stage of ours is made."""

REGION = "eu-west-2"


class PackageError(Exception):
    """The artefact was not made; the message says why."""


def make_package(
    out: Path, architecture: str, gias: Path | None = None, links: Path | None = None
) -> dict[str, Any]:
    """Makes the artefact in ``out`` and returns what it was made of.

    Raises PackageError, CampaignError, RegisterError, RootsMissing, VendorError.
    """
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as folder:
        tree, task = Path(folder) / "tree", Path(folder) / "task"
        schools = lay_tree(tree, gias, links, datetime.now(UTC))
        vendor(tree / "vendor", architecture)
        template = run_chalice(tree, Path(folder) / "chalice", architecture)
        with zipfile.ZipFile(Path(folder) / "chalice" / "deployment.zip") as made:
            made.extractall(task)
        archive.compile_byte_code(task)
        code = archive.write_zip(task, out / "app.zip")
        bill = bill_of_materials(task)
    head, clean = commit()
    made_of = {
        "Commit": head,
        "Clean": clean,
        "Schools": schools,
        "Python": f"{sys.version_info.major}.{sys.version_info.minor}",
        "Architecture": architecture,
        "Sha256": code,
    }
    template["Metadata"] = {**template.get("Metadata", {}), "Retract": made_of}
    write_json(template, out / "app.json")
    write_json(read_data_stack(), out / "data.json")
    write_json(bill, out / "sbom.json")
    (out / "sizes.txt").write_text(write_sizes(out / "app.zip"), encoding="utf-8")
    return made_of


def run_chalice(tree: Path, out: Path, architecture: str) -> dict[str, Any]:
    """`chalice package` on the clean copy: puts deployment.zip into ``out`` and returns the merged template."""
    config_path, overlay = tree / ".chalice" / "config.json", tree / "overlay.json"
    config = json.loads(config_path.read_text(encoding="utf-8"))
    config["stages"][STAGE]["lambda_architecture"] = architecture
    write_json(config, config_path)
    write_json(read_overlay(), overlay)
    command = [sys.executable, "-c", "from chalice.cli import main; main()", "package", f"--stage={STAGE}"]
    command += ["--pkg-format=cloudformation", "--template-format=json", f"--merge-template={overlay}", str(out)]
    ours = {"AWS_DEFAULT_REGION": REGION, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": ""}
    done = subprocess.run(command, cwd=tree, env=os.environ | ours, capture_output=True, text=True, check=False)
    if done.returncode:
        raise PackageError(f"chalice package failed:\n{done.stdout}{done.stderr}".strip())
    text = (out / "sam.json").read_text(encoding="utf-8")
    return dict(json.loads(text.replace('"./deployment.zip"', '"app.zip"')))


def write_sizes(code: Path) -> str:
    """A line for each part of the zip, largest first, and the sum. Raises PackageError over the budget."""
    parts = archive.sizes(code)
    counted = sum(size for part, size in parts.items() if part != archive.SCHOOLS)
    lines = [f"{size:>10,}  {part}" for part, size in parts.most_common()]
    lines.append(f"{counted:>10,}  without schools; budget {archive.BUDGET:,}")
    if counted > archive.BUDGET:
        raise PackageError("\n".join([*lines, "The package is over its budget."]))
    return "\n".join(lines) + "\n"


def main(arguments: list[str] | None = None) -> int:
    """0 when made, 1 when not: then with one line that says why."""
    parser = argparse.ArgumentParser(prog="package", description=__doc__)
    parser.add_argument("--stage", required=True, choices=("dev", "test", "prod"), help="for whom it is")
    parser.add_argument("--arch", default="arm64", choices=tuple(MACHINES))
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--gias", type=Path, help="a GIAS download; else invented schools")
    parser.add_argument("--links", type=Path, help="GIAS's links file, for successors")
    given = parser.parse_args(arguments)
    try:
        made_of = make_package(given.out, given.arch, given.gias, given.links)
    except (PackageError, CampaignError, RegisterError, RootsMissing, VendorError) as fault:
        print(f"package: {fault}", file=sys.stderr)
        return 1
    print((given.out / "sizes.txt").read_text(encoding="utf-8"), end="")
    for name in ("app.zip", "app.json"):
        print(f"{archive.sha256(given.out / name)}  {given.out / name}")
    if made_of["Schools"] == INVENTED:
        print("TRIAL: the schools in it are invented (GIAS=file.csv names a download).", end="")
        print(" `make deploy` refuses it." if given.stage == "prod" else "")
    if not made_of["Clean"]:
        print("TRIAL: made of files that are in no commit.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
