"""A clean copy of what ships, laid out as Chalice wants it: what git has, and what is made from it."""

import json
import shutil
import subprocess
from datetime import datetime
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from jinja2.meta import find_referenced_templates

from chalicelib.content import render
from infra import campaigns, register, static
from infra.data_files import write_data_files

ROOT = Path(__file__).parent.parent
SHIPS = ("app.py", ".chalice/config.json", ".chalice/policy-*.json", "chalicelib")
STAYS = ("chalicelib/content/assets/", "chalicelib/content/templates/")
"""Sources, of which only what is made of them ships."""

REGISTER = "chalicelib/compiled/register.sqlite"
SAMPLE = (ROOT / "infra" / "sample_schools.csv", ROOT / "infra" / "sample_links.csv")
INVENTED = "invented schools"


def lay_tree(folder: Path, gias: Path | None, links: Path | None, today: datetime) -> str:
    """Fills ``folder``; says which schools are in it. Raises CampaignError, RegisterError, RootsMissing."""
    campaigns.check_all()
    static.build()
    _copy_tracked(folder)
    _copy_static(folder)
    _compile_templates(folder / "chalicelib" / "compiled" / "templates")
    write_data_files(folder, today)
    download, _ = register.load(gias or SAMPLE[0], links if gias else SAMPLE[1])
    register.write(download, folder / REGISTER)
    return f"{download.name}, of {download.made or 'a day it does not say'}" if gias else INVENTED


def commit() -> tuple[str, bool]:
    """The commit that is checked out, and whether the files that git knows are just as in it."""
    changed = _git("status", "--porcelain", "--untracked-files=no")
    return _git("rev-parse", "HEAD").strip(), not changed


def _copy_tracked(folder: Path) -> None:
    for name in _git("ls-files", "-z", "--", *SHIPS).split("\0"):
        source = ROOT / name
        if not name or name.startswith(STAYS) or source.suffix == ".pot" or not source.exists():
            continue
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.suffix == ".po":
            with source.open("rb") as words, target.with_suffix(".mo").open("wb") as catalogue:
                write_mo(catalogue, read_po(words))
        else:
            shutil.copyfile(source, target)


def _copy_static(folder: Path) -> None:
    target = folder / static.STATIC.relative_to(ROOT)
    target.mkdir(parents=True)
    names = json.loads((static.STATIC / "static.json").read_text(encoding="utf-8"))
    for name in ("static.json", *names.values()):
        shutil.copyfile(static.STATIC / name, target / name)


def _compile_templates(folder: Path) -> None:
    """Our templates and those that they load, as Python, by the very environment that draws them."""
    environment = render.environment("en")
    assert environment.loader
    wanted = {path.relative_to(render.TEMPLATES).as_posix() for path in render.TEMPLATES.rglob("*.*")}
    waiting = sorted(wanted)
    while waiting:
        source, _, _ = environment.loader.get_source(environment, waiting.pop())
        for name in find_referenced_templates(environment.parse(source)):
            if name is None:
                raise ValueError("a template that is only known at run time cannot be compiled beforehand")
            if name not in wanted:
                wanted.add(name)
                waiting.append(name)
    environment.compile_templates(folder, zip=None, filter_func=wanted.__contains__, ignore_errors=False)


def _git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout
