"""The artefact as it would be uploaded: made once from this work tree, and unpacked as Lambda does."""

import json
import platform
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from infra.data_files import VARIABLES
from infra.package import make_package
from infra.vendor import MACHINES
from tests import make

LAMBDA_HAS = ("boto3", "botocore", "s3transfer", "jmespath", "urllib3", "dateutil", "six")
"""What Lambda brings along beside the standard library: boto3 and what it stands on."""

SETTINGS = {
    "STAGE": "local",
    "CAMPAIGN": "school-census-2017-18",
    "PUBLIC_URL": "https://retract.example/api",
    "MAIN_TABLE": "main",
    "KEYS_TABLE": "keys",
    "KMS_KEY": "key",
    "REGISTER_PATH": "chalicelib/compiled/register.sqlite",
    "MAIL_FROM": "letters@retract.example",
    "MAIL_RATE": "14",
    "MAIL_DAY": "50000",
    "CONFIGURATION_SET": "retract-dev",
    "COOKIE_KEYS": "A" * 43 + "=",
    "LINK_KEYS": "B" * 43,
    "FINGERPRINT_KEY": "1:" + "C" * 43,
    "USER_POOL": "eu-west-2_nobody",
    "USER_POOL_CLIENT": "nobody",
    "AWS_DEFAULT_REGION": "eu-west-2",
    "AWS_EC2_METADATA_DISABLED": "true",
}


@pytest.fixture(scope="session")
def architecture() -> str:
    """This machine's processor by Lambda's name: what is packaged for another does not run here."""
    return next(name for name, machine in MACHINES.items() if platform.machine() in (name, machine))


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory, architecture: str) -> Path:
    """The folder that `make package` writes."""
    out = tmp_path_factory.mktemp("package") / "out"
    make_package(out, architecture)
    return out


@pytest.fixture(scope="session")
def task(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpacked artefact."""
    folder = tmp_path_factory.mktemp("task")
    with zipfile.ZipFile(package / "app.zip") as made:
        made.extractall(folder)
    return folder


@pytest.fixture(scope="session")
def lambda_python(task: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    """Runs code as a Lambda would: only the artefact, boto3 and the standard library can be imported.

    Takes the code, which prints JSON, and its arguments; returns what it printed.
    """
    brought = tmp_path_factory.mktemp("brought")
    for name in LAMBDA_HAS:
        found = find_spec(name)
        assert found
        assert found.origin
        origin = Path(found.origin)
        source = origin.parent if origin.name == "__init__.py" else origin
        (brought / source.name).symlink_to(source)

    def run(code: str, *arguments: str, **variables: str) -> Any:
        shift = make.NOW - datetime.now(UTC)  # into the campaign
        environment = {**SETTINGS, **VARIABLES, "CLOCK_SHIFT": str(int(shift.total_seconds())), **variables}
        paths = f"import sys; sys.path[:0] = [{str(task)!r}]; sys.path.append({str(brought)!r})\n"
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-W", "error", "-c", paths + code, *arguments],
            cwd=task,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run
