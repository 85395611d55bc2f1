"""Shipping, rolling back and rotating, against an `aws` command that only notes what it is asked (fake_aws.py)."""

import hashlib
import json
import re
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore import xform_name

from chalicelib.config import read_settings
from chalicelib.domain.campaign import CAMPAIGNS
from infra import aws_cli, deploy, preflight, rollback, rotate, secret_keys, smoke, template
from infra.tree import INVENTED
from tests.infra import fake_aws

RUN = aws_cli.run
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
TODAY = NOW.date()
REAL = "edubasealldata20261123.csv of 2026-11-23"
CAMPAIGN = "school-census-2026-27"
CHANGE_SET = re.compile("arn:aws:cloudformation:::changeSet/(.*)/.*")
WRITING = ("execute-change-set", "put-secret-value", "delete-stack")
DATA_OUTPUTS = {"Artefacts": "retract-dev-artefacts-111122223333", "DkimRecord1": "abc._domainkey CNAME abc.dkim"}


class Clock:
    """Stands at NOW, and goes on by ten minutes whenever it is asked."""

    later = timedelta()

    @classmethod
    def now(cls, zone: Any) -> datetime:
        cls.later += timedelta(minutes=10)
        return NOW + cls.later


@dataclass
class Desk:
    """The deployer's desk: a folder with a package, and the fake AWS behind it."""

    folder: Path

    @property
    def calls(self) -> list[dict[str, Any]]:
        """Every call so far: argv and stdin."""
        path = self.folder / "calls.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def done(self, *operations: str) -> list[str]:
        """The operations among ``operations`` that were asked for, in their order, with what they are about."""
        found = []
        for call in self.calls:
            argv = call["argv"]
            if argv[1] in operations:
                named = ("--change-set-name", "--key", "--secret-id")
                about = next((argv[argv.index(name) + 1] for name in named if name in argv), "")
                stack = CHANGE_SET.fullmatch(about)
                found.append(f"{argv[1]} {stack[1] if stack else about}")
        return found

    @property
    def state(self) -> dict[str, Any]:
        """The fake AWS's state."""
        return dict(json.loads((self.folder / "state.json").read_text()))

    def set(self, **facts: Any) -> None:
        """Changes the fake AWS's state."""
        (self.folder / "state.json").write_text(json.dumps(self.state | facts))

    def parameters(self, name: str = "retract-dev") -> dict[str, str]:
        """A stack's parameters."""
        return {each["ParameterKey"]: each["ParameterValue"] for each in self.state["stacks"][name]["Parameters"]}

    def forget_calls(self) -> None:
        """What was asked so far is not looked at."""
        (self.folder / "calls.jsonl").unlink(missing_ok=True)

    def package(
        self, commit: str = "a" * 40, schools: str = REAL, clean: bool = True, filled_in: bool = True
    ) -> None:
        """A package of ``commit``: the real templates, and as code only the campaign file."""
        folder = self.folder / "build" / "package"
        folder.mkdir(parents=True, exist_ok=True)
        campaign = (CAMPAIGNS / f"{CAMPAIGN}.toml").read_text(encoding="utf-8")
        if filled_in:
            campaign = campaign.replace("retract.example", "retract.org.uk").replace("xample", "xeter")
            campaign = campaign.replace("01632 960123", "0300 1234567")
        with zipfile.ZipFile(folder / "app.zip", "w") as code:
            code.writestr(f"chalicelib/campaigns/{CAMPAIGN}.toml", campaign)
            code.writestr("commit", commit)
        made_of = {
            "Commit": commit,
            "Clean": clean,
            "Schools": schools,
            "Sha256": hashlib.sha256((folder / "app.zip").read_bytes()).hexdigest(),
        }
        app = {
            "Metadata": {"Retract": made_of},
            "Parameters": template.read_overlay()["Parameters"],
            "Resources": {"Ring": {"Type": "AWS::Serverless::Function", "Properties": {"CodeUri": "app.zip"}}},
        }
        (folder / "app.json").write_text(json.dumps(app))
        (folder / "data.json").write_text(json.dumps(template.read_data_stack()))


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A packaged release at a fake AWS where nothing was ever shipped; smoke is only noted."""

    def run(words: tuple[str, ...], given: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(words, *fake_aws.call(tmp_path, list(words), given))

    monkeypatch.setattr(aws_cli, "run", run)
    monkeypatch.setattr(Clock, "later", timedelta())
    for command in (deploy, rollback, rotate):
        monkeypatch.setattr(command, "datetime", Clock)
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, "")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(preflight, "is_clean", lambda: True)
    monkeypatch.setattr(smoke, "check", lambda url: print(f"looked at {url}"))
    outputs = {}
    for stage in deploy.STAGES:
        outputs[f"retract-{stage}"] = {"EndpointURL": fake_aws.API}
        outputs[f"retract-{stage}-data"] = {**DATA_OUTPUTS, "Artefacts": f"retract-{stage}-artefacts-111122223333"}
    (tmp_path / "state.json").write_text(json.dumps(fake_aws.NEW | {"outputs": outputs}))
    here = Desk(tmp_path)
    here.package()
    return here


@pytest.fixture
def command(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The same, with the fake as a real command on PATH: slower by a process for each call."""
    program = desk.folder / "bin" / "aws"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -S -E {fake_aws.__file__} "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    monkeypatch.setenv("FAKE_AWS", str(desk.folder))
    monkeypatch.setattr(aws_cli, "run", RUN)
    return desk


def ship(*options: str, stage: str = "dev", mail_domain: str = "letters.retract.org.uk") -> int:
    return deploy.main(["--stage", stage, "--mail-domain", mail_domain, *options])


def say(capsys: pytest.CaptureFixture[str]) -> str:
    """The one line on standard error."""
    line = capsys.readouterr().err
    assert line.count("\n") == 1, line
    return line


def test_the_first_time_goes_from_data_to_keys_to_code_to_app_and_then_looks(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ship("--confirm") == 0
    code = json.loads((desk.folder / "build/package/app.json").read_text())["Metadata"]["Retract"]["Sha256"]
    steps = desk.done("execute-change-set", "put-secret-value", "put-object")
    assert [step.replace(code, "HASH") for step in steps if "put-object template" not in step] == [
        "execute-change-set retract-dev-data",
        "put-secret-value retract-dev-keys",
        "put-object code/HASH.zip",
        "execute-change-set retract-dev",
        "execute-change-set retract-dev",  # the second time with the address that API Gateway gave
        "put-object release/" + steps[-1].removeprefix("put-object release/"),
    ]
    assert desk.parameters()["PublicUrl"] == fake_aws.API.rstrip("/")
    assert "looked at https://abc123.execute-api.eu-west-2.amazonaws.com/api" in capsys.readouterr().out


def test_the_app_stack_is_told_the_accounts_mail_quota_and_the_keys_version(desk: Desk) -> None:
    ship("--confirm")
    parameters = desk.parameters()
    assert (parameters["MailRate"], parameters["MailDay"]) == ("14", "50000")
    assert parameters["SecretVersion"] == fake_aws.version(1)
    assert parameters["MailFrom"] == "letters@letters.retract.org.uk"
    assert parameters["Campaign"] == CAMPAIGN


def test_the_code_is_fetched_from_the_bucket_by_its_hash(desk: Desk) -> None:
    ship("--confirm")
    code = desk.state["stacks"]["retract-dev"]["Template"]["Resources"]["Ring"]["Properties"]["CodeUri"]
    assert code["Bucket"] == "retract-dev-artefacts-111122223333"
    assert f"put-object {code['Key']}" in desk.done("put-object")


def test_a_dry_run_of_the_first_time_shows_both_stacks_and_carries_out_nothing(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ship() == 0
    shown = capsys.readouterr().out
    assert "Add     MainTable (AWS::DynamoDB::Table)" in shown
    assert "Add     Ring (AWS::Serverless::Function)" in shown
    assert "Nothing was changed" in shown
    assert desk.done(*WRITING, "put-object") == []
    assert desk.state["stacks"] == desk.state["sets"] == {}


def test_a_dry_run_later_shows_what_would_change_and_carries_out_nothing(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    ship("--confirm")
    desk.package("b" * 40)
    before = desk.state["stacks"]
    desk.forget_calls()
    desk.set(changes=[{"Action": "Modify", "LogicalResourceId": "Ring", "ResourceType": "AWS::Lambda::Function"}])
    capsys.readouterr()
    assert ship() == 0
    assert "Modify  Ring (AWS::Lambda::Function)" in capsys.readouterr().out
    assert desk.done(*WRITING) == []
    assert [step for step in desk.done("put-object") if "template/" not in step] == []
    assert desk.state["stacks"] == before
    assert desk.state["sets"] == {}


def test_shipping_the_same_again_changes_nothing(desk: Desk) -> None:
    ship("--confirm")
    before = desk.state
    desk.forget_calls()
    assert ship("--confirm") == 0
    assert desk.done(*WRITING) == []
    assert desk.state["stacks"] == before["stacks"]


def test_what_is_not_said_again_stays_as_it_is(desk: Desk) -> None:
    assert ship("--confirm", "--alarm-mail", "kim@retract.org.uk", "--set", "MonthlyBudget=80") == 0
    desk.package("b" * 40)
    assert deploy.main(["--stage", "dev", "--confirm"]) == 0
    data = desk.parameters("retract-dev-data")
    assert (data["AlarmMail"], data["MonthlyBudget"]) == ("kim@retract.org.uk", "80")
    assert data["MailDomain"] == "letters.retract.org.uk"


def test_a_domain_of_its_own_is_the_sites_address_at_once(desk: Desk) -> None:
    assert ship("--confirm", "--domain", "retract.org.uk", "--certificate", "arn:aws:acm:x") == 0
    assert desk.done("execute-change-set").count("execute-change-set retract-dev") == 1
    assert desk.parameters()["PublicUrl"] == "https://retract.org.uk"


REFUSALS: list[tuple[str, dict[str, Any], tuple[str, ...], str]] = [
    ("dev", {"caller": None}, (), "no valid credentials for AWS"),
    ("dev", {"region": ""}, (), "no region: AWS_REGION=eu-west-2"),
    ("dev", {"account": {"SendingEnabled": False}}, (), "SES has paused this account's sending"),
    ("dev", {"verified": False}, ("--confirm",), "SES has not verified letters.retract.org.uk yet"),
    ("dev", {}, ("--domain", "retract.org.uk"), "DOMAIN and CERTIFICATE go together"),
    ("dev", {}, ("--certificate", "arn:aws:acm:x"), "DOMAIN and CERTIFICATE go together"),
    (
        "dev",
        {"certificate": "PENDING_VALIDATION"},
        ("--domain", "retract.org.uk", "--certificate", "arn:aws:acm:x"),
        "the certificate is not issued (PENDING_VALIDATION)",
    ),
    (
        "dev",
        {},
        ("--mail-from", "letters@elsewhere.org"),
        "is not an address of MAIL_DOMAIN=letters.retract.org.uk",
    ),
    (
        "test",
        {},
        ("--set", "ClockShift=60"),
        "the service would not start: CLOCK_SHIFT, PSEUDO and JWKS_URL are for the stages",
    ),
    (
        "prod",
        {},
        ("--domain", "retract.example", "--certificate", "arn:aws:acm:x"),
        "the service would not start: settings invented: PUBLIC_URL",
    ),
    ("dev", {}, ("--set", "MonthlyBuget=80"), "no template has a parameter MonthlyBuget"),
    (
        "dev",
        {"stacks": {"retract-dev": {"StackStatus": "UPDATE_IN_PROGRESS"}}},
        (),
        "is being changed by somebody",
    ),
    ("dev", {"stacks": {"retract-dev": {"StackStatus": "ROLLBACK_COMPLETE"}}}, (), "was never made whole"),
    (
        "prod",
        {"account": {**fake_aws.NEW["account"], "ProductionAccessEnabled": False}},
        (),
        "SES is in the sandbox, no school could be written to",
    ),
]


@pytest.mark.parametrize(("stage", "facts", "options", "says"), REFUSALS, ids=[each[3] for each in REFUSALS])
def test_what_is_missing_is_said_in_one_line(
    desk: Desk,
    capsys: pytest.CaptureFixture[str],
    stage: str,
    facts: dict[str, Any],
    options: tuple[str, ...],
    says: str,
) -> None:
    desk.set(**facts)
    assert ship(*options, stage=stage) == 1
    assert says in say(capsys)
    assert "execute-change-set retract-" + stage not in desk.done("execute-change-set")


def test_without_the_aws_command_one_line_says_so(
    command: Desk, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    assert ship() == 1
    assert "the aws command is missing" in say(capsys)


@pytest.mark.parametrize(
    ("name", "says"), [("app.json", "nothing is packaged"), ("data.json", "nothing is packaged")]
)
def test_without_a_package_one_line_says_so(
    desk: Desk, capsys: pytest.CaptureFixture[str], name: str, says: str
) -> None:
    (desk.folder / "build" / "package" / name).unlink()
    assert ship() == 1
    assert f"{says} ({name} is missing)" in say(capsys)


def test_code_that_is_not_the_templates_own_is_refused(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    (desk.folder / "build" / "package" / "app.zip").write_bytes(b"another")
    assert ship() == 1
    assert "app.zip is not the one that app.json was made with" in say(capsys)


def test_without_a_mail_domain_one_line_says_so(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert ship(mail_domain="") == 1
    assert "no mail domain: MAIL_DOMAIN=" in say(capsys)


def test_a_domain_that_is_not_verified_yet_has_its_dns_records_printed(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.set(verified=False)
    assert ship("--confirm") == 1
    assert "  abc._domainkey CNAME abc.dkim" in capsys.readouterr().out
    desk.set(verified=True)
    assert ship("--confirm") == 0


@pytest.mark.parametrize(
    ("package", "says"),
    [
        ({"schools": INVENTED}, "its schools are invented"),
        ({"clean": False}, "it was made of files that are in no commit"),
        ({"filled_in": False}, f"campaigns/{CAMPAIGN}.toml has placeholders: controller.legal_name"),
    ],
)
def test_what_must_not_meet_real_families_never_gets_to_prod(
    desk: Desk, capsys: pytest.CaptureFixture[str], package: dict[str, Any], says: str
) -> None:
    desk.package(**package)
    assert ship("--confirm", stage="prod") == 1
    assert says in say(capsys)
    assert desk.done(*WRITING, "create-change-set", "put-object") == []
    assert ship("--confirm", stage="test") == 0


def test_files_in_no_commit_and_campaigns_that_ended_or_are_not_there_never_get_to_prod(
    desk: Desk, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preflight, "is_clean", lambda: False)
    assert ship(stage="prod") == 1
    assert "the work tree has changes that are in no commit" in say(capsys)
    monkeypatch.setattr(preflight, "is_clean", lambda: True)
    assert ship("--campaign", "school-census-1066", stage="prod") == 1
    assert "it has no campaign school-census-1066" in say(capsys)
    with pytest.raises(deploy.Stopped, match="ended on 2027-06-16"):
        deploy.deploy(deploy.Asked("prod", "letters.retract.org.uk"), NOW + timedelta(days=300))


def test_a_whole_package_gets_to_prod(desk: Desk) -> None:
    assert ship("--confirm", stage="prod") == 0


@pytest.mark.parametrize(
    "change",
    [
        {"Action": "Modify", "Replacement": "True"},
        {"Action": "Remove"},
    ],
)
def test_a_change_that_would_lose_records_is_shown_and_never_carried_out(
    desk: Desk, capsys: pytest.CaptureFixture[str], change: dict[str, str]
) -> None:
    ship("--confirm")
    desk.forget_calls()
    desk.set(changes=[{**change, "LogicalResourceId": "MainTable", "ResourceType": "AWS::DynamoDB::Table"}])
    capsys.readouterr()
    assert ship("--confirm", "--set", "MonthlyBudget=99") == 1
    captured = capsys.readouterr()
    assert "refused, it keeps what cannot be made again" in captured.out
    assert "this would lose what cannot be made again" in captured.err
    assert desk.done(*WRITING) == []
    assert desk.state["sets"] == {}


def test_where_aws_goes_back_the_first_reason_is_told(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.set(breaks="MainTable")
    assert ship("--confirm") == 1
    assert "retract-dev-data was not changed, AWS went back: MainTable: it exists already" in say(capsys)


def test_another_campaign_needs_its_own_fingerprint_key_first(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    ship("--confirm")
    assert ship("--confirm", "--campaign", "school-census-2017-18") == 1
    assert "first make rotate STAGE=dev WHAT=fingerprint CAMPAIGN=school-census-2017-18" in say(capsys)


# ---- Back --------------------------------------------------------------------------------------------------


def ship_both(desk: Desk) -> None:
    """Two commits shipped, one after the other."""
    for commit in ("a" * 40, "b" * 40):
        desk.package(commit)
        ship("--confirm")


def code_of(desk: Desk) -> str:
    """The key of the code that runs."""
    template = desk.state["stacks"]["retract-dev"]["Template"]
    return str(template["Resources"]["Ring"]["Properties"]["CodeUri"]["Key"])


def test_rolling_back_runs_the_commit_before_and_never_touches_the_data_stack(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    ship_both(desk)
    newer, parameters, data = code_of(desk), desk.parameters(), desk.state["stacks"]["retract-dev-data"]
    desk.forget_calls()
    assert rollback.main(["--stage", "dev"]) == 0
    assert code_of(desk) == newer
    assert desk.done(*WRITING) == []
    assert rollback.main(["--stage", "dev", "--confirm"]) == 0
    assert "Rolled back: commit aaaaaaaaaaaa runs" in capsys.readouterr().out
    assert code_of(desk) != newer
    assert desk.parameters() == parameters
    assert desk.state["stacks"]["retract-dev-data"] == data
    assert not [call for call in desk.calls if "retract-dev-data" in " ".join(call["argv"])]


def test_rolling_back_goes_to_nothing_older_than_the_first(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    ship_both(desk)
    assert rollback.main(["--stage", "dev", "--confirm"]) == 0
    capsys.readouterr()
    assert rollback.main(["--stage", "dev", "--confirm"]) == 1
    assert "nothing older than what runs now (commit aaaaaaaaaaaa) was shipped here" in say(capsys)


def test_where_nothing_was_shipped_nothing_is_rolled_back(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert rollback.main(["--stage", "dev", "--confirm"]) == 1
    assert "retract-dev is not there" in say(capsys)


# ---- Keys --------------------------------------------------------------------------------------------------


def keys(desk: Desk) -> dict[str, str]:
    """What the newest version of the secret holds."""
    return dict(json.loads(desk.state["secret"][-1]))


@pytest.mark.parametrize(("what", "name"), [("cookies", "COOKIE_KEYS"), ("links", "LINK_KEYS")])
def test_rotating_puts_a_new_key_in_front_and_tells_the_functions(desk: Desk, what: str, name: str) -> None:
    ship("--confirm")
    before = keys(desk)
    assert rotate.main(["--stage", "dev", "--what", what, "--confirm"]) == 0
    after = keys(desk)
    new, *old = after[name].split(",")
    assert old == [before[name]]
    assert new != before[name]
    assert {other: after[other] for other in before if other not in (name, "MADE")} == {
        other: before[other] for other in before if other not in (name, "MADE")
    }
    assert desk.parameters()["SecretVersion"] == fake_aws.version(2)


def test_a_dry_run_of_rotate_changes_nothing(desk: Desk) -> None:
    ship("--confirm")
    desk.forget_calls()
    assert rotate.main(["--stage", "dev"]) == 0
    assert desk.done(*WRITING, "create-change-set") == []


def test_no_key_is_ever_an_argument_printed_or_written_to_a_file(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    ship("--confirm")
    for what in ("cookies", "links"):
        rotate.main(["--stage", "dev", "--what", what, "--confirm"])
    rotate.main(["--stage", "dev", "--what", "fingerprint", "--campaign", "school-census-2027-28", "--confirm"])
    held = [json.loads(version) for version in desk.state["secret"]]
    made = {key for each in held for name in ("COOKIE_KEYS", "LINK_KEYS") for key in each[name].split(",")}
    made |= {each["FINGERPRINT_KEY"].partition(":")[2] for each in held}
    assert len(made) == 6
    shown = "".join(capsys.readouterr())
    arguments = json.dumps([call["argv"] for call in desk.calls])
    others = [
        path
        for path in desk.folder.rglob("*")
        if path.is_file() and path.name not in ("state.json", "calls.jsonl")
    ]
    written = "".join(path.read_bytes().decode("latin-1") for path in others)
    assert not [key for key in made if key in shown + arguments + written]


def test_a_key_reaches_a_real_command_by_its_standard_input(command: Desk) -> None:
    assert ship("--confirm") == 0
    assert keys(command)["FINGERPRINT_KEY"].startswith("1:")


def test_a_fingerprint_key_lasts_as_long_as_its_campaign(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    ship("--confirm")
    assert rotate.main(["--stage", "dev", "--what", "fingerprint", "--confirm"]) == 1
    assert f"the fingerprint key belongs to {CAMPAIGN}" in say(capsys)
    given = ["--stage", "dev", "--what", "fingerprint", "--campaign", "school-census-2017-18", "--confirm"]
    assert rotate.main(given) == 0
    assert keys(desk)["FINGERPRINT_KEY"].startswith("2:")
    assert desk.parameters()["Campaign"] == "school-census-2017-18"
    assert ship("--confirm") == 0


def test_keys_are_such_as_the_service_takes() -> None:
    made = secret_keys.make_keys(CAMPAIGN, TODAY)
    names = (
        "STAGE",
        "CAMPAIGN",
        "PUBLIC_URL",
        "MAIN_TABLE",
        "KEYS_TABLE",
        "KMS_KEY",
        "REGISTER_PATH",
        "MAIL_FROM",
    )
    others = dict.fromkeys((*names, "CONFIGURATION_SET", "USER_POOL", "USER_POOL_CLIENT"), "x")
    numbers = {"MAIL_RATE": "1", "MAIL_DAY": "200"}
    for what in ("cookies", "links"):
        made = secret_keys.rotate(made, what, CAMPAIGN, TODAY)
    settings = read_settings(
        {**others, **numbers, "STAGE": "dev", **{k: v for k, v in made.items() if k != "MADE"}}
    )
    assert len(settings.cookie_keys) == len(settings.link_keys) == 2
    from cryptography.fernet import Fernet

    assert [Fernet(key) for key in settings.cookie_keys]


@pytest.mark.parametrize(
    ("what", "name", "days", "number"),
    [
        ("cookies", "COOKIE_KEYS", (0, 0, 0), 4),
        ("cookies", "COOKIE_KEYS", (90, 90, 90), 2),
        ("links", "LINK_KEYS", (90, 90, 90, 90), 5),
        ("links", "LINK_KEYS", (90, 90, 90, 90, 90, 90, 90), 6),
    ],
)
def test_an_old_key_stays_as_long_as_what_it_made_is_good(
    what: str, name: str, days: tuple[int, ...], number: int
) -> None:
    content, today = secret_keys.make_keys(CAMPAIGN, TODAY), TODAY
    for wait in days:
        before, today = content[name].split(","), today + timedelta(days=wait)
        content = secret_keys.rotate(content, what, CAMPAIGN, today)
        assert content[name].split(",")[1] == before[0]  # what was newest until now is never dropped
    assert len(content[name].split(",")) == len(content["MADE"][name]) == number


def test_a_kept_secret_does_not_show_itself() -> None:
    assert "hush" not in repr(secret_keys.Kept("v", {"LINK_KEYS": "hush"}))


def test_every_call_is_one_that_aws_knows(desk: Desk) -> None:
    ship_both(desk)
    ship("--domain", "retract.org.uk", "--certificate", "arn:aws:acm:x")
    rotate.main(["--stage", "dev", "--confirm"])
    rollback.main(["--stage", "dev", "--confirm"])
    session = botocore.session.get_session()
    seen = set()
    for call in desk.calls:
        service, operation, *rest = call["argv"]
        options = {word[2:].replace("-", "_") for word in rest if word.startswith("--")} - {"output"}
        if service == "configure" or (service, operation, tuple(options)) in seen:
            continue
        seen.add((service, operation, tuple(options)))
        model = session.get_service_model(service.removesuffix("api"))
        if operation == "wait":
            waiters = session.get_waiter_model(service)
            operation, options = xform_name(waiters.get_waiter(waiters_name(waiters, rest[0])).operation), options
        operations = {xform_name(name): name for name in model.operation_names}
        shape = model.operation_model(operations[operation.replace("-", "_")]).input_shape
        assert options <= {xform_name(name) for name in (shape.members if shape else ())}, call
    assert len(seen) > 15


def waiters_name(waiters: Any, given: str) -> str:
    """The waiter's own name for what the command line calls it."""
    return next(name for name in waiters.waiter_names if xform_name(name, "-") == given)
