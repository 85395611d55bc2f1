"""`make staff`: an account with its second factor, and nothing that opens it on a command line."""

import json
import subprocess
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore import xform_name

from infra import aws_cli, staff_account
from tests.infra import fake_aws

GOOD = "Long-enough-1-password"


@pytest.fixture
def pool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stage's pool; the person types GOOD twice, then the right code."""
    outputs = [{"OutputKey": "UserPool", "OutputValue": "p"}, {"OutputKey": "UserPoolClient", "OutputValue": "c"}]
    stack = {"StackStatus": "CREATE_COMPLETE", "Outputs": outputs}
    (tmp_path / "state.json").write_text(json.dumps(fake_aws.NEW | {"stacks": {"retract-dev-data": stack}}))
    monkeypatch.setattr(
        aws_cli,
        "run",
        lambda words, given="": subprocess.CompletedProcess(words, *fake_aws.call(tmp_path, list(words), given)),
    )
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, "eu-west-2")
    types(monkeypatch, GOOD, GOOD)
    return tmp_path


def types(monkeypatch: pytest.MonkeyPatch, *passwords: str, code: str = fake_aws.CODE) -> None:
    """What the person types."""
    typed = iter(passwords)
    monkeypatch.setattr("getpass.getpass", lambda prompt: next(typed))
    monkeypatch.setattr("builtins.input", lambda prompt: code)


def user(pool: Path, name: str = "kim") -> dict[str, Any]:
    return dict(json.loads((pool / "state.json").read_text())["users"][name])


def test_an_account_is_in_the_group_and_has_its_second_factor(
    pool: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert staff_account.main(["--stage", "dev", "kim"]) == 0
    assert user(pool) == {"mfa": True, "groups": ["staff"], "password": GOOD}
    assert "otpauth://totp/Retract%20dev%3Akim?secret=ABCDEFGHIJKLMNOP" in capsys.readouterr().out


def test_no_password_and_no_session_is_an_argument(pool: Path) -> None:
    staff_account.main(["--stage", "dev", "kim"])
    arguments = [json.loads(line)["argv"] for line in (pool / "calls.jsonl").read_text().splitlines()]
    words = {word for argv in arguments for word in argv}
    assert not words & {GOOD, "begun", "associated", "verified"}
    assert GOOD not in json.dumps(arguments)


def test_a_password_typed_differently_or_too_weak_is_asked_for_again(
    pool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    types(monkeypatch, GOOD, "another", "short", "short", GOOD, GOOD)
    assert staff_account.main(["--stage", "dev", "kim"]) == 0


def test_a_wrong_code_leaves_an_account_that_can_be_gone_on_with(
    pool: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    types(monkeypatch, GOOD, GOOD, code="000000")
    assert staff_account.main(["--stage", "dev", "kim"]) == 1
    assert capsys.readouterr().err.startswith("staff: that was not the code: run it again")
    types(monkeypatch, GOOD, GOOD)
    assert staff_account.main(["--stage", "dev", "kim"]) == 0
    types(monkeypatch)
    assert staff_account.main(["--stage", "dev", "kim"]) == 1
    assert capsys.readouterr().err == "staff: kim has an account with a second factor already\n"


def test_where_the_stage_is_not_there_one_line_says_so(pool: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert staff_account.main(["--stage", "prod", "kim"]) == 1
    assert capsys.readouterr().err == "staff: prod is not there: make deploy first\n"


def test_every_call_is_one_that_cognito_knows(pool: Path) -> None:
    staff_account.main(["--stage", "dev", "kim"])
    model = botocore.session.get_session().get_service_model("cognito-idp")
    operations = {xform_name(name, "-"): name for name in model.operation_names}
    calls = [json.loads(line)["argv"] for line in (pool / "calls.jsonl").read_text().splitlines()]
    ours = [argv for argv in calls if argv[0] == "cognito-idp"]
    assert len(ours) == 8
    for _, operation, *rest in ours:
        known = {
            xform_name(name, "-") for name in model.operation_model(operations[operation]).input_shape.members
        }
        assert {w[2:] for w in rest if w.startswith("--")} - {"output", "permanent"} <= known
