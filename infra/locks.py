"""Locks: every package of every environment with its version and the hashes of its files, in ``locks/``.

``make lock`` makes them with uv from the requirements; a lock says in its first line which requirements it is of,
so that one left behind is found without asking a registry.
"""

import hashlib
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
LOCKS = ROOT / "locks"
OLDEST_PYTHON = "3.11.5"
UV = ROOT / "build" / "ship" / "bin" / "uv"

ENVIRONMENTS = {
    "runtime": (),
    "dev": ("runtime",),
    "browser": ("runtime", "dev"),
    "node": (),
    "ship": (),
    "emulate": (),
    "bench": (),
}
"""Each environment, and those whose versions it keeps because it is installed over them."""


def requirements(environment: str) -> Path:
    """What we ask for by name: requirements.txt for what ships, else requirements-<environment>.txt."""
    return ROOT / ("requirements.txt" if environment == "runtime" else f"requirements-{environment}.txt")


def lock(environment: str) -> Path:
    """The lock of ``environment``."""
    return LOCKS / f"{environment}.txt"


def asked_for(path: Path) -> list[str]:
    """The pins of a requirements file and of those that it includes, in order of name."""
    lines = [line.partition(" #")[0].strip() for line in path.read_text().splitlines()]
    pins = [line for line in lines if line and not line.startswith(("#", "-r "))]
    for line in lines:
        if line.startswith("-r "):
            pins += asked_for(path.parent / line.removeprefix("-r ").strip())
    return sorted(pins)


def heading(environment: str) -> str:
    """The first line of a lock: which requirements it was made of."""
    whole = hashlib.sha256("\n".join(asked_for(requirements(environment))).encode()).hexdigest()
    return f"# {requirements(environment).name} {whole[:16]}; made by `make lock`\n"


def locked(environment: str) -> dict[str, str]:
    """Name (normalised) and version of each package of a lock; of two for different Pythons the last."""
    pins = re.findall(r"^([\w.-]+)==(\S+)", lock(environment).read_text(), re.MULTILINE)
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in pins}


def make_lock(environment: str, *options: str) -> None:
    """Writes the lock; versions of an older one stay where they can. Raises CalledProcessError: uv said why."""
    target = lock(environment)
    target.parent.mkdir(exist_ok=True)
    kept = [f"--constraint={lock(below)}" for below in ENVIRONMENTS[environment]]
    command = [UV, "pip", "compile", "--quiet", "--no-config", "--universal", f"--python-version={OLDEST_PYTHON}"]
    command += [f"--python={sys.executable}", "--no-python-downloads"]
    command += ["--generate-hashes", "--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links"]
    command += [*kept, *options, f"--output-file={target}", requirements(environment)]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    target.write_text(heading(environment) + target.read_text())


def main(options: list[str]) -> int:
    """Makes all locks; ``options`` go to uv (--upgrade, --upgrade-package name)."""
    for environment in ENVIRONMENTS:
        if requirements(environment).exists():
            make_lock(environment, *options)
            print(f"locks/{environment}.txt: {len(locked(environment))} packages")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
