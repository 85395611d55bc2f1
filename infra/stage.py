"""A stage from the desk: the settings that its functions have, so that a command can call the same services.

It acts with the rights of whoever runs it, and knows none of the keys: it can neither sign nor fingerprint.
"""

import os
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from chalicelib import config
from chalicelib.aws.clients import forget_clients
from chalicelib.services import schools
from infra.artefact import PACKAGE
from infra.aws_cli import Stopped, find_account
from infra.stacks import read_stack
from infra.tree import REGISTER

NO_KEY = "not-known-at-the-desk"
COPIED = {"CAMPAIGN": "Campaign", "PUBLIC_URL": "PublicUrl", "MAIL_FROM": "MailFrom"}
COPIED |= {"MAIL_RATE": "MailRate", "MAIL_DAY": "MailDay", "CLOCK_SHIFT": "ClockShift"}
"""Settings that are parameters of the app stack."""


@contextmanager
def open_stage(stage: str) -> Iterator[str]:
    """The environment of ``stage`` until the block ends; who acts (an ARN). Raises Stopped where there is none."""
    account = find_account()
    data, app = read_stack(f"retract-{stage}-data"), read_stack(f"retract-{stage}")
    if not (data.made and app.made):
        raise Stopped(f"{stage} is not there: make deploy first")
    before = dict(os.environ)
    with unpack_register() as register:
        try:
            os.environ |= write_environment(stage, app.parameters, data.outputs, str(register))
            _forget()
            yield account.who
        finally:
            os.environ.clear()
            os.environ |= before
            _forget()


def write_environment(
    stage: str, parameters: Mapping[str, str], outputs: Mapping[str, str], register: str
) -> dict[str, str]:
    """The environment of the stage's functions but for the keys: of the app's parameters, the data's outputs."""
    return {name: parameters.get(parameter, "") for name, parameter in COPIED.items()} | {
        "STAGE": stage,
        "MAIN_TABLE": outputs["Main"],
        "KEYS_TABLE": outputs["Keys"],
        "KMS_KEY": outputs["Key"],
        "USER_POOL": outputs["UserPool"],
        "USER_POOL_CLIENT": outputs["UserPoolClient"],
        "REGISTER_PATH": register,
        "CONFIGURATION_SET": f"retract-{stage}",
        "COOKIE_KEYS": NO_KEY,
        "LINK_KEYS": NO_KEY,
        "FINGERPRINT_KEY": f"0:{NO_KEY}",
    }


@contextmanager
def unpack_register(package: Path = PACKAGE) -> Iterator[Path]:
    """The register that ships, out of the package. Raises Stopped where nothing is packaged."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            with zipfile.ZipFile(package / "app.zip") as code:
                yield Path(code.extract(REGISTER, folder))
        except (FileNotFoundError, KeyError):
            raise Stopped(
                "nothing is packaged: make package STAGE=... GIAS=file.csv; its register is asked"
            ) from None


def _forget() -> None:
    """Drops what the service keeps of the environment before."""
    config.settings.cache_clear()
    forget_clients()
    schools.register.cache_clear()
