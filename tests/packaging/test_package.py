"""The artefact: made twice it is the same, it holds what it should and nothing else, and it serves from itself."""

import hashlib
import json
import marshal
import os
import re
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from chalicelib.content import manifest, render
from infra import data_files, locks
from infra.archive import BUDGET, SCHOOLS, sizes
from infra.data_files import RootsMissing, amazon_roots
from infra.package import make_package
from infra.world import World
from tests import make
from tests.cold import COLD
from tests.web.client import Browser, come_to_check
from tests.web.test_languages import walk

PAGES = [
    "/",
    "/way",
    "/for-schools",
    "/cookies",
    "/privacy",
    "/accessibility",
    "/school-not-listed",
    "/delete-answers",
]
ANSWERS = {
    **dict.fromkeys(PAGES, 200),
    "/check": 303,
    "/child/1/school": 303,
    "/school/000000": 404,
    "/staff/sign-in": 200,
    "/staff": 401,
}

HALF_WAY = [
    *("/child/1/school?q=school", f"/school/{make.HILL}", "/child/1/name", "/child/1/items"),
    *("/you", "/letter"),
]
"""Pages that read the cookie or the register, but for those that ask AWS as well: /check, /sent."""


@pytest.fixture(scope="module")
def names(package: Path) -> list[str]:
    """Every file of the zip."""
    with zipfile.ZipFile(package / "app.zip") as made:
        return made.namelist()


def test_the_same_tree_gives_the_same_bytes(package: Path, tmp_path: Path, architecture: str) -> None:
    make_package(tmp_path / "again", architecture)
    for path in sorted(package.iterdir()):
        assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes(), path.name


def test_the_artefact_serves_its_public_pages_from_itself_alone(lambda_python: Callable[..., Any]) -> None:
    answers = lambda_python(COLD, *ANSWERS, "")
    assert {path: answer["statusCode"] for path, answer in answers.items()} == ANSWERS
    assert all("<!DOCTYPE html>" in answers[path]["body"] for path in PAGES)
    for answer in answers.values():
        assert not set(answer["modules"]) & {"botocore", "boto3", "urllib3", "marshmallow", "babel"}


def test_the_artefact_serves_the_pages_of_somebody_half_way(
    world: World, lambda_python: Callable[..., Any]
) -> None:
    phone = Browser()
    come_to_check(phone, make.HILL)
    cookie = "; ".join(f"{name}={value}" for name, value in phone.cookies.items())
    same = {name: os.environ[name] for name in ("COOKIE_KEYS", "LINK_KEYS", "REGISTER_PATH", "CAMPAIGN")}
    sheet = manifest.hashed("site.css")
    answers = lambda_python(COLD, *HALF_WAY, f"/static/{sheet}", cookie, **same)
    assert {path: answer["statusCode"] for path, answer in answers.items()} == dict.fromkeys(answers, 200)
    assert answers[f"/static/{sheet}"]["body"] == (manifest.FOLDER / sheet).read_text()


def test_no_page_is_drawn_from_a_source_template(task: Path, lambda_python: Callable[..., Any]) -> None:
    assert not list(task.rglob("*.html"))
    loader = lambda_python(
        "import json; from chalicelib.content import render;"
        "print(json.dumps(type(render.environment('en').loader).__name__))"
    )
    assert loader == "ModuleLoader"


@pytest.mark.parametrize("prefix", ["", "/ar-xb"])
def test_compiled_templates_draw_the_very_bytes_of_their_sources(
    task: Path, world: World, monkeypatch: pytest.MonkeyPatch, prefix: str
) -> None:
    drawn: list[tuple[str, str, dict[str, Any], str]] = []
    for kind in ("page", "text"):
        monkeypatch.setattr(render, kind, recorder(getattr(render, kind), drawn))
    assert len(list(walk(world, prefix))) > 40
    monkeypatch.setattr(render, "COMPILED", task / "chalicelib" / "compiled" / "templates")
    for cached in (render.environment, render._loader):
        cached.cache_clear()
    try:
        for template, language, context, source in drawn:
            compiled = render.environment(language).get_template(template)
            assert compiled.render(context) == source, template
    finally:
        monkeypatch.undo()
        for cached in (render.environment, render._loader):
            cached.cache_clear()
    seen = {template for template, *_ in drawn}
    assert len(seen) >= 25, sorted(seen)


def recorder(draw: Callable[..., str], drawn: list[tuple[str, str, dict[str, Any], str]]) -> Callable[..., str]:
    def record(template: str, language: str, /, **context: Any) -> str:
        text = draw(template, language, **context)
        drawn.append((template, language, context, text))
        return text

    return record


def test_nothing_ships_that_is_not_run_or_read(names: list[str]) -> None:
    ours = re.compile(
        r"(app|chalice/(__init__|app)|chalicelib/[a-z0-9_/]+)\.py"
        r"|chalicelib/campaigns/[a-z0-9-]+\.toml"
        r"|chalicelib/content/static/(static\.json|[a-z.]+\.[0-9a-f]{10}\.(css|js|svg))"
        r"|chalicelib/compiled/(register\.sqlite|roots\.pem|aws/endpoints\.json|templates/tmpl_[0-9a-f]{40}\.py)"
    )
    packages = ("cffi", "cryptography", "itsdangerous", "jinja2", "jwt", "markupsafe", "marshmallow", "pycparser")
    theirs = re.compile(rf"({'|'.join((*packages, 'pyjwt', 'tzdata'))})[-\w.]*/.+|_cffi_backend\..+\.so")
    sources = [name for name in names if "/__pycache__/" not in f"/{name}"]
    assert not [name for name in sources if not ours.fullmatch(name) and not theirs.fullmatch(name)]
    assert not [name for name in names if name.endswith((".po", ".pot", ".scss", ".mjs", ".pyi", ".c", ".h"))]
    assert not [name for name in names if name.split("/")[-1].startswith(".") or "pseudo" in name]
    assert len(names) == len(set(names))


def test_every_module_has_byte_code_that_names_no_place_of_the_build(task: Path, names: list[str]) -> None:
    modules = [name for name in names if name.endswith(".py")]
    code = {name for name in names if name.endswith(".pyc")}
    assert len(modules) == len(code)
    for name in sorted(code):
        whole = (task / name).read_bytes()
        assert whole[4:8] == b"\x01\0\0\0", name  # PEP 552: by hash, never checked
        assert marshal.loads(whole[16:]).co_filename == source_of(name)


def source_of(code: str) -> str:
    folder, _, name = code.rpartition("__pycache__/")
    return folder + name.partition(".")[0] + ".py"


def test_the_bill_names_every_package_of_the_lock_and_each_version(package: Path) -> None:
    bill = json.loads((package / "sbom.json").read_text())
    listed = {part["name"]: part["version"] for part in bill["components"]}
    assert locks.locked("runtime").items() <= listed.items()
    assert {"chalice", "govuk-frontend", "govuk-frontend-jinja"} <= listed.keys()
    assert all(part["licenses"] for part in bill["components"])


def test_the_bill_is_as_its_standard_says(package: Path) -> None:
    check = (
        "import sys; from cyclonedx.schema import SchemaVersion; from cyclonedx.validation.json import "
        "JsonStrictValidator as V; print(V(SchemaVersion.V1_6).validate_str(open(sys.argv[1]).read()) or 'valid')"
    )
    ship = locks.ROOT / "build" / "ship" / "bin" / "python"
    done = subprocess.run([ship, "-c", check, package / "sbom.json"], capture_output=True, text=True, check=False)
    assert done.stdout == "valid\n", done.stdout + done.stderr


def test_the_template_runs_the_very_zip_and_says_what_it_was_made_of(package: Path, architecture: str) -> None:
    template = json.loads((package / "app.json").read_text())
    functions = [
        r["Properties"] for r in template["Resources"].values() if r["Type"] == "AWS::Serverless::Function"
    ]
    assert {function["CodeUri"] for function in functions} == {"app.zip"}
    assert {tuple(function["Architectures"]) for function in functions} == {(architecture,)}
    made_of = template["Metadata"]["Retract"]
    assert made_of["Sha256"] == hashlib.sha256((package / "app.zip").read_bytes()).hexdigest()
    assert {function["Runtime"] for function in functions} == {f"python{made_of['Python']}"}
    assert made_of["Schools"] == "invented schools"
    for function in functions:
        assert data_files.VARIABLES.items() <= function["Environment"]["Variables"].items()


def test_a_policy_of_its_own_is_each_functions(package: Path) -> None:
    template = json.loads((package / "app.json").read_text())
    functions = [
        r["Properties"] for r in template["Resources"].values() if r["Type"] == "AWS::Serverless::Function"
    ]
    roles = {json.dumps(function["Role"]) for function in functions}
    assert len(roles) == len(functions) >= 4


def test_both_stacks_are_there_and_no_resource_of_one_is_in_the_other(package: Path) -> None:
    app, data = (json.loads((package / name).read_text()) for name in ("app.json", "data.json"))
    assert {"MainTable", "KeysTable"} <= {name for name in data["Resources"] if name.endswith("Table")}
    assert not app["Resources"].keys() & data["Resources"].keys()


def test_the_package_keeps_to_its_size(package: Path) -> None:
    parts = sizes(package / "app.zip")
    assert sum(size for part, size in parts.items() if part != SCHOOLS) <= BUDGET
    assert f"{BUDGET:,}" in (package / "sizes.txt").read_text()


def test_botocore_trusts_amazons_five_roots_only_and_finds_our_services(lambda_python: Callable[..., Any]) -> None:
    found = lambda_python(CLIENTS)
    assert found["roots"] == len(data_files.AMAZON_ROOTS)
    assert found["endpoints"] == {
        "dynamodb": "https://dynamodb.eu-west-2.amazonaws.com",
        "kms": "https://kms.eu-west-2.amazonaws.com",
        "sesv2": "https://email.eu-west-2.amazonaws.com",
        "cognito-idp": "https://cognito-idp.eu-west-2.amazonaws.com",
        "secretsmanager": "https://secretsmanager.eu-west-2.amazonaws.com",
    }


CLIENTS = """
import json, ssl
from chalicelib.aws.clients import client
names = ("dynamodb", "kms", "sesv2", "cognito-idp", "secretsmanager")
verify = client("dynamodb")._endpoint.http_session._verify
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.load_verify_locations(verify)
print(json.dumps({
    "endpoints": {name: client(name).meta.endpoint_url for name in names},
    "roots": len(context.get_ca_certs()),
}))
"""


def test_a_bundle_without_a_root_or_with_one_that_ends_soon_stops_the_build() -> None:
    bundle = (data_files.BOTOCORE / "cacert.pem").read_text()
    today = datetime(2026, 11, 24, tzinfo=UTC)
    roots = amazon_roots(bundle, today)
    with pytest.raises(RootsMissing, match=r"Root CA 1"):
        amazon_roots(roots.partition("# Amazon Root CA 2")[2], today)
    with pytest.raises(RootsMissing, match=r"Starfield"):
        amazon_roots(bundle, datetime(2037, 1, 1, tzinfo=UTC))


@pytest.fixture(autouse=True)
def no_caches_left() -> Iterator[None]:
    """A test that changes where templates come from leaves nothing of it behind."""
    yield
    render.environment.cache_clear()
    render._loader.cache_clear()
