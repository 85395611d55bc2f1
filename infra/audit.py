"""`make audit`: known faults of every locked package, as PyPI's advisories name them (pip-audit), and of npm's.

Where a service is not reached nothing can be known: that is said, and is a failure with --must only.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from infra.locks import ENVIRONMENTS, lock

ROOT = Path(__file__).parent.parent
PIP_AUDIT = ROOT / "build" / "ship" / "bin" / "pip-audit"


def audit_lock(path: Path) -> dict[str, Any]:
    """pip-audit's findings on a lock; {} where it had none to tell."""
    command = [PIP_AUDIT, "--vulnerability-service=pypi", "--format=json", "--progress-spinner=off"]
    command += ["--disable-pip", "--require-hashes", f"--requirement={path}"]
    return _read(command)


def audit_npm() -> dict[str, Any]:
    """`npm audit`'s findings on package-lock.json; {} where it had none to tell."""
    return _read(["npm", "audit", "--json"])


def known_faults(found: dict[str, Any]) -> Iterator[str]:
    """Each fault that pip-audit found: package, version, name of the fault, where it is mended."""
    for package in found.get("dependencies", ()):
        for fault in package.get("vulns", ()):
            mended = ", ".join(fault["fix_versions"]) or "nowhere yet"
            yield f"{package['name']} {package['version']}: {fault['id']}, mended in {mended}"


def not_audited(found: dict[str, Any]) -> int:
    """How many packages pip-audit could learn nothing about."""
    return sum("skip_reason" in package for package in found.get("dependencies", ()))


def npm_faults(found: dict[str, Any]) -> Iterator[str]:
    """Each fault that npm found: package and how bad."""
    for name, fault in found.get("vulnerabilities", {}).items():
        yield f"npm {name}: {fault['severity']}"


def main(arguments: list[str]) -> int:
    """0 where nothing bad is known; 1 where something is, or with --must where something could not be learnt.

    ``arguments``: names of locks ("runtime"), else all; and --must.
    """
    named = [name for name in arguments if name != "--must"] or [
        name for name in ENVIRONMENTS if lock(name).exists()
    ]
    faults, unknown = set[str](), 0
    for name in named:
        found = audit_lock(lock(name))
        faults |= set(known_faults(found))
        packages = len(found.get("dependencies", ()))
        audited = packages - not_audited(found)
        unknown += audited < max(packages, 1)
        print(f"audit: {name}: {audited} of {packages} packages")
    npm = audit_npm()
    faults |= set(npm_faults(npm))
    if "vulnerabilities" not in npm:
        unknown += 1
        print("audit: npm: nothing")
    for fault in sorted(faults):
        print(f"audit: {fault}", file=sys.stderr)
    if unknown:
        print("audit: NOT IN FULL: an advisory service was not reached from here.", file=sys.stderr)
    return 1 if faults or (unknown and "--must" in arguments) else 0


def _read(command: list[str | Path]) -> dict[str, Any]:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    try:
        return dict(json.loads(done.stdout))
    except ValueError:
        return {}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
