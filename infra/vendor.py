"""The packages that ship: wheels for Lambda's Python and processor, each checked against its hash in the lock."""

import shutil
import subprocess
import sys
from pathlib import Path

from infra.locks import lock

MACHINES = {"arm64": "aarch64", "x86_64": "x86_64"}
"""Lambda's names of processors, and those in the names of wheels."""

GLIBC = range(17, 27)
"""Amazon Linux 2, the oldest system under a Python that Retract runs on, has glibc 2.26."""

PIPS_OWN = ("INSTALLER", "RECORD", "REQUESTED", "direct_url.json")
"""What pip writes beside a package: for pip alone, and not the same each time."""


SOURCES = (".pyi", ".c", ".h", ".pyx")
"""For type checkers and compilers: nothing that runs."""


class VendorError(Exception):
    """A package that ships could not be had as a wheel for Lambda, or its hash is another."""


def vendor(folder: Path, architecture: str) -> None:
    """Puts the packages of the runtime's lock into ``folder``, for ``architecture``. Raises VendorError."""
    machine, python = MACHINES[architecture], f"{sys.version_info.major}{sys.version_info.minor}"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    pip += ["--require-hashes", "--no-deps", "--only-binary=:all:", "--no-compile", f"--target={folder}"]
    pip += ["--implementation=cp", f"--python-version={python}", f"--abi=cp{python}", "--abi=abi3", "--abi=none"]
    pip += [f"--platform=manylinux_2_{minor}_{machine}" for minor in GLIBC]
    pip += [f"--platform=manylinux2014_{machine}", f"--requirement={lock('runtime')}"]
    done = subprocess.run(pip, capture_output=True, text=True, check=False)
    if done.returncode:
        raise VendorError(done.stderr.strip())
    shutil.rmtree(folder / "bin", ignore_errors=True)  # commands, which nobody calls there
    for path in folder.rglob("*"):
        if path.suffix in SOURCES or (path.parent.suffix == ".dist-info" and path.name in PIPS_OWN):
            path.unlink()
