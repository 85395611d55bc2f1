"""The zip that Lambda gets: byte code beside every source, and the same bytes from the same commit."""

import hashlib
import os
import subprocess
import sys
import zipfile
from collections import Counter
from pathlib import Path

SAME_TIME = (1980, 1, 1, 0, 0, 0)
READABLE = 0o644 << 16
BUDGET = 8_000_000
"""Of the zip without boto3, which Lambda has, and without school data (performance.md)."""

SCHOOLS = "schools"


def compile_byte_code(folder: Path) -> None:
    """Writes the byte code of each module under ``folder``, which no Lambda can: its folder is read-only.

    It is never compared with its source (PEP 552, unchecked), and knows it by a relative path. One process and a
    fixed seed: else the order of a frozenset would differ from build to build.
    """
    command = [sys.executable, "-m", "compileall", "-q", "-j1", "-s", str(folder), str(folder)]
    command += ["--invalidation-mode", "unchecked-hash"]
    subprocess.run(command, check=True, env=os.environ | {"PYTHONHASHSEED": "0"})


def write_zip(folder: Path, target: Path) -> str:
    """Zips ``folder``: files in order of name, without times or owners. Returns the SHA-256, in hexadecimal."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as made:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), SAME_TIME)
            entry.external_attr = READABLE
            entry.compress_type = zipfile.ZIP_DEFLATED
            made.writestr(entry, path.read_bytes(), compresslevel=9)
    return sha256(target)


def sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def sizes(target: Path) -> Counter[str]:
    """Zipped bytes of each part of the zip."""
    parts: Counter[str] = Counter()
    with zipfile.ZipFile(target) as made:
        for entry in made.infolist():
            parts[_part(entry.filename)] += entry.compress_size
    return parts


def _part(name: str) -> str:
    if name.endswith(".sqlite"):
        return SCHOOLS
    first, *rest = name.split("/")
    if first in ("app.py", "__pycache__", "chalicelib"):
        return f"our {rest[0]}" if rest and rest[0] in ("compiled", "content", "campaigns") else "our code"
    return first.split("-")[0].split(".")[0].lstrip("_")
