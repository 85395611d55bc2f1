"""What tests of the deployer's commands stand on."""

import json
import os
import subprocess
import zipfile
from pathlib import Path

import pytest

from infra import artefact, aws_cli
from infra.tree import REGISTER
from infra.world import World
from tests.infra import fake_aws


@pytest.fixture
def folder(world: World, register_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A desk with a package, at a stage whose tables are the world's."""
    outputs = {"Main": os.environ["MAIN_TABLE"], "Keys": os.environ["KEYS_TABLE"], "Key": os.environ["KMS_KEY"]}
    outputs |= {"UserPool": "pool", "UserPoolClient": "client"}
    parameters = {"Campaign": os.environ["CAMPAIGN"], "PublicUrl": "https://retract.example", "ClockShift": "0"}
    parameters |= {"MailFrom": os.environ["MAIL_FROM"], "MailRate": "1", "MailDay": "200"}
    stacks = {
        "retract-dev-data": {"Outputs": [{"OutputKey": k, "OutputValue": v} for k, v in outputs.items()]},
        "retract-dev": {"Parameters": [{"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items()]},
    }
    stacks = {name: {**each, "StackStatus": "CREATE_COMPLETE"} for name, each in stacks.items()}
    (tmp_path / "state.json").write_text(json.dumps(fake_aws.NEW | {"stacks": stacks}))
    monkeypatch.setattr(
        aws_cli,
        "run",
        lambda words, given="": subprocess.CompletedProcess(words, *fake_aws.call(tmp_path, list(words), given)),
    )
    package = tmp_path / artefact.PACKAGE
    package.mkdir(parents=True)
    with zipfile.ZipFile(package / "app.zip", "w") as code:
        code.write(register_path, REGISTER)
    monkeypatch.chdir(tmp_path)
    return tmp_path
