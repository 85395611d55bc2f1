"""What `make package` made: whether it may be shipped to a stage, its way into the bucket, the list of releases.

A release is one small object in the stage's own bucket; the list is what a roll-back goes by.
"""

import hashlib
import json
import tempfile
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from infra.aws_cli import Refusal, Stopped, aws
from infra.stacks import Template

PACKAGE = Path("build/package")
BODY_LIMIT = 51_200
"""Bytes of a template that CloudFormation takes without a bucket."""


@dataclass(frozen=True)
class Artefact:
    """One package: its folder, the app's template, and what it was made of (its commit, schools ...)."""

    folder: Path
    template: dict[str, Any]
    made_of: dict[str, Any]

    @property
    def code_key(self) -> str:
        """Where the code stands in the bucket: by its hash, so that the same code is there once."""
        return f"code/{self.made_of['Sha256']}.zip"

    def template_in(self, bucket: str) -> str:
        """The app's template with the code's place in ``bucket`` in it."""
        place = {"Bucket": bucket, "Key": self.code_key}
        resources = {name: _place_code(resource, place) for name, resource in self.template["Resources"].items()}
        return json.dumps({**self.template, "Resources": resources}, sort_keys=True, separators=(",", ":"))


@dataclass(frozen=True)
class Release:
    """One that was shipped: when (UTC), of which commit, and its template's key in the bucket."""

    at: str
    commit: str
    code: str
    template: str


def read_artefact(folder: Path = PACKAGE) -> Artefact:
    """The package in ``folder``. Raises Stopped where there is none, or its parts do not belong together."""
    try:
        template = json.loads((folder / "app.json").read_text(encoding="utf-8"))
        code = hashlib.sha256((folder / "app.zip").read_bytes()).hexdigest()
        (folder / "data.json").stat()
    except FileNotFoundError as fault:
        name = Path(fault.filename).name
        raise Stopped(f"nothing is packaged ({name} is missing): make package STAGE=... GIAS=file.csv") from None
    made_of = template["Metadata"]["Retract"]
    if made_of["Sha256"] != code:
        raise Stopped("app.zip is not the one that app.json was made with: make package again")
    return Artefact(folder, template, made_of)


def read_data_template(artefact: Artefact) -> Template:
    """The data stack's template. Raises Stopped where it has grown too large for its first deployment."""
    text = json.dumps(
        json.loads((artefact.folder / "data.json").read_text(encoding="utf-8")), separators=(",", ":")
    )
    if len(text.encode()) > BODY_LIMIT:
        raise Stopped(f"data.json is over {BODY_LIMIT:,} bytes, more than CloudFormation takes without a bucket")
    return Template(parameters_of(json.loads(text)), body=text)


def put_template(artefact: Artefact, bucket: str, region: str) -> tuple[str, Template]:
    """Puts the app's template into ``bucket`` under its hash; its key, and how CloudFormation finds it."""
    text = artefact.template_in(bucket)
    key = f"template/{hashlib.sha256(text.encode()).hexdigest()}.json"
    if not _has(bucket, key):
        with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            aws("s3api", "put-object", "--bucket", bucket, "--key", key, "--body", file.name)
    return key, Template(parameters_of(artefact.template), url=_address(bucket, key, region))


def get_template(key: str, bucket: str, region: str) -> Template:
    """A template that was put into ``bucket``, with the parameters that it has."""
    url = _address(bucket, key, region)
    summary = aws("cloudformation", "get-template-summary", "--template-url", url)
    return Template({each["ParameterKey"]: "DefaultValue" in each for each in summary["Parameters"]}, url=url)


def parameters_of(template: dict[str, Any]) -> dict[str, bool]:
    """The template's parameters, and whether each has a default."""
    return {name: "Default" in each for name, each in template.get("Parameters", {}).items()}


def put_code(artefact: Artefact, bucket: str) -> None:
    """Puts the code into ``bucket``, if it is not there."""
    if not _has(bucket, artefact.code_key):
        path = str(artefact.folder / "app.zip")
        aws("s3api", "put-object", "--bucket", bucket, "--key", artefact.code_key, "--body", path)


def name_bucket(stage: str, account: str) -> str:
    """The stage's bucket of packages and releases, as resources.yaml names it."""
    return f"retract-{stage}-artefacts-{account}"


def note_release(release: Release, bucket: str) -> None:
    """Adds a release to the stage's list."""
    aws(
        *("s3api", "put-object", "--bucket", bucket, "--key", f"release/{release.at}.json"),
        *("--metadata", json.dumps(asdict(release))),
    )


def list_releases(bucket: str) -> list[Release]:
    """Every release of the stage, oldest first."""
    listed = aws("s3api", "list-objects-v2", "--bucket", bucket, "--prefix", "release/").get("Contents", [])
    found = []
    for each in sorted(listed, key=lambda each: each["Key"]):
        head = aws("s3api", "head-object", "--bucket", bucket, "--key", each["Key"])
        found.append(Release(**head["Metadata"]))
    return found


def before(releases: list[Release]) -> Release:
    """The one to go back to: the newest that was shipped before what now runs first was. Raises Stopped."""
    if not releases:
        raise Stopped("nothing was ever shipped here")
    now = releases[-1]
    first = next(place for place, release in enumerate(releases) if release.code == now.code)
    if not first:
        raise Stopped(f"nothing older than what runs now (commit {now.commit[:12]}) was shipped here")
    return releases[first - 1]


def stamp_release(now: datetime) -> str:
    """When, as text that sorts: 2026-11-24T12-00-00Z."""
    return f"{now:%Y-%m-%dT%H-%M-%SZ}"


def _address(bucket: str, key: str, region: str) -> str:
    return f"https://{bucket}.s3.{region}.amazonaws.com/{key}"


def _has(bucket: str, key: str) -> bool:
    try:
        aws("s3api", "head-object", "--bucket", bucket, "--key", key)
    except Refusal as refusal:
        if refusal.code in ("404", "NoSuchKey", "NotFound"):
            return False
        raise
    return True


def _place_code(resource: dict[str, Any], place: dict[str, str]) -> dict[str, Any]:
    properties = resource.get("Properties", {})
    if properties.get("CodeUri") != "app.zip":
        return resource
    return {**resource, "Properties": {**properties, "CodeUri": place}}
