"""The rules of the house, kept by the house: who may import whom, how large a room is, what must be covered."""

import ast
import json
import re
import subprocess
import sys
import tomllib
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from app import app
from chalicelib.config import Settings
from chalicelib.domain.campaign import CAMPAIGNS
from infra import campaigns, locks

ROOT = Path(__file__).parent.parent
ROOMS = sorted((ROOT / "chalicelib").rglob("*.py"))
OURS = [ROOT / "app.py", *ROOMS, *sorted((ROOT / "infra").rglob("*.py"))]
TEMPLATES = ROOT / "chalicelib" / "content" / "templates"
WALL = 250

PUBLIC = {
    "/", "/way", "/child/{n}/school", "/child/{n}/name", "/child/{n}/items", "/child/{n}/remove", "/you", "/check",
    "/sent", "/letter", "/school-not-listed", "/school/{urn}", "/for-schools", "/cookies", "/privacy",
    "/accessibility", "/delete-answers", "/static/{name}", "/staff/sign-in", "/staff/code",
}  # fmt: skip
SIGNED_LINK = {"/confirm/{token}", "/done/{token}", "/answer/{token}", "/answered/{token}"}
STAFF = {"/staff", "/staff/withdrawals", "/staff/attention", "/staff/sign-out"}
"""Who may open what: a route that stands in none of these has to be placed by decision."""


def imports(path: Path) -> set[str]:
    """The modules that a file imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def test_the_import_contracts_hold():
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout


def test_the_front_door_opens_on_pages_services_and_settings_only():
    allowed = ("chalice.", "chalicelib.web.", "chalicelib.services.", "chalicelib.config", "typing.")
    ours = {name for name in imports(ROOT / "app.py") if name != "chalicelib.config"}
    assert not {name for name in ours if not name.startswith(allowed)}


@pytest.mark.parametrize("path", OURS, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_room_is_over_the_wall(path):
    assert len(path.read_text().splitlines()) <= WALL


def test_no_two_modules_share_a_name():
    names = Counter(path.name for path in OURS if path.name != "__init__.py")
    assert not {name: n for name, n in names.items() if n > 1}


def test_no_room_is_called_by_what_could_be_anything():
    assert not {path.stem for path in OURS} & {
        "utils",
        "helpers",
        "common",
        "shared",
        "handler",
        "manager",
        "misc",
    }


@pytest.mark.parametrize(
    "path", [p for p in OURS if p.read_text().strip()], ids=lambda p: str(p.relative_to(ROOT))
)
def test_every_module_says_what_it_is_for(path):
    docstring = ast.get_docstring(ast.parse(path.read_text()))
    assert docstring
    assert len(docstring.splitlines()) <= 6


def test_only_the_outermost_rooms_ask_the_clock():
    asking = re.compile(r"\b(?:config\.now|datetime\.now|utcnow|date\.today|time\.time)\(")
    allowed = ("app.py", "chalicelib/web/", "chalicelib/config.py", "infra/")
    found = [str(p.relative_to(ROOT)) for p in OURS if asking.search(p.read_text())]
    assert not [path for path in found if not path.startswith(allowed)]


def test_only_settings_read_the_environment():
    assert [p for p in ROOMS if re.search(r"os\.environ|getenv", p.read_text())] == [
        ROOT / "chalicelib" / "config.py"
    ]


def test_every_route_stands_in_the_access_table():
    plain = {path for path in app.routes if not path.startswith("/{language}")}
    assert plain == PUBLIC | SIGNED_LINK | STAFF
    translated = {path.removeprefix("/{language}") or "/" for path in app.routes if path.startswith("/{language}")}
    assert translated == (PUBLIC | SIGNED_LINK) - {"/static/{name}", "/staff/sign-in", "/staff/code"}


def test_every_page_answers_head_as_well_as_get():
    assert not [path for path, methods in app.routes.items() if "GET" in methods and "HEAD" not in methods]


def test_every_template_is_drawn_by_something():
    texts = {p: p.read_text() for p in [*ROOMS, *TEMPLATES.rglob("*.html"), *TEMPLATES.rglob("*.txt")]}
    for template in TEMPLATES.rglob("*.*"):
        name = template.relative_to(TEMPLATES)
        if name.parts[0] == "emails" and name.parent.name != "emails":
            wanted = f'"{name.parent.name}"'  # emails.py draws the three files of a letter by its name
        elif name.parts[0] == "pages":
            wanted = f'"{name.relative_to("pages").with_suffix("")}"'
        else:
            wanted = str(name)
        assert any(wanted in text for path, text in texts.items() if path != template), name


def test_every_campaign_file_is_whole():
    assert [path.stem for path in CAMPAIGNS.glob("*.toml")]
    for path in CAMPAIGNS.glob("*.toml"):
        campaigns.check(path)


def test_every_setting_is_in_the_deployment_and_in_the_readme():
    overlay = (ROOT / "infra" / "overlay.yaml").read_text()
    readme = (ROOT / "README.md").read_text()
    names = [name.upper() for name in Settings.__dataclass_fields__]
    assert not [name for name in names if f"`{name}`" not in readme]
    local_only = {"PSEUDO", "JWKS_URL"}
    assert {name for name in names if f"    {name}: " in overlay} == set(names) - local_only


def test_every_event_function_has_timeout_memory_and_a_policy_of_its_own():
    functions = json.loads((ROOT / ".chalice" / "config.json").read_text())["stages"]["aws"]["lambda_functions"]
    for name in ["api_handler", *(source.name for source in app.event_sources)]:
        ours = functions[name]
        assert ours["lambda_timeout"]
        assert ours["lambda_memory_size"]
        assert (ROOT / ".chalice" / ours["iam_policy_file"]).is_file()


REQUIREMENTS = [environment for environment in locks.ENVIRONMENTS if locks.requirements(environment).exists()]


@pytest.mark.parametrize("environment", REQUIREMENTS)
def test_what_we_ask_for_is_pinned_and_names_no_host(environment):
    for pin in locks.asked_for(locks.requirements(environment)):
        assert re.fullmatch(r"[\w.\[\],-]+==[\w.]+", pin), pin


@pytest.mark.parametrize("environment", REQUIREMENTS)
def test_a_lock_is_of_todays_requirements_and_holds_hashes_only(environment):
    text = locks.lock(environment).read_text()
    first, *lines = text.splitlines()
    assert f"{first}\n" == locks.heading(environment), "run `make lock`"
    pin, digest = r"[\w.-]+==[\w.]+(?: ; .+)? \\", r"    --hash=sha256:[0-9a-f]{64}(?: \\)?"
    assert not [line for line in lines if not re.fullmatch(f"{pin}|{digest}", line)]
    assert lines
    assert all(here[0].isspace() or after[0].isspace() for here, after in pairwise(lines)), "a pin without hash"


def test_what_is_tested_is_what_ships():
    ships = locks.locked("runtime")
    for environment in ("dev", "browser"):
        assert ships.items() <= locks.locked(environment).items()


def test_the_project_is_open():
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["license"]["text"] == "MIT"
    assert (ROOT / "LICENSE").read_text().startswith("MIT License")
