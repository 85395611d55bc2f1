"""The commands that infra/README.md and README.md print: each is one that make, our programs and AWS take."""

import importlib
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore import xform_name

from infra import template

ROOT = Path(__file__).parents[2]
WORKERS = {
    "deploy": ["deploy"],
    "rollback": ["roll_back"],
    "rotate": ["rotate"],
    "smoke": ["check"],
    "contact_list": ["import_list"],
    "staff_account": ["open_account"],
    "erase": ["erase_one", "erase_again"],
}
"""What each program does once it has understood its arguments."""


def read_commands() -> list[str]:
    """Every line of the two pages' code that is a command."""
    fenced = "\n".join(re.findall(r"^```\n(.*?)^```$", (ROOT / "infra" / "README.md").read_text(), re.S | re.M))
    indented = "\n".join(re.findall(r"^    (\S.*)$", (ROOT / "README.md").read_text(), re.M))
    lines = f"{fenced}\n{indented}".splitlines()
    return [line for line in dict.fromkeys(lines) if line.startswith(("make ", "aws "))]


COMMANDS = read_commands()
MAKE = [line for line in COMMANDS if line.startswith("make ")]
AWS = [line for line in COMMANDS if line.startswith("aws ")]


def test_the_pages_print_commands_of_every_kind() -> None:
    targets = {line.split()[1] for line in MAKE}
    assert {"package", "deploy", "smoke", "rollback", "rotate", "contacts", "staff"} <= targets
    assert len(AWS) > 10


@pytest.mark.parametrize("line", MAKE)
def test_a_make_command_is_one_that_the_program_behind_it_takes(
    line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = subprocess.run(
        ["make", "-n", *shlex.split(line)[1:]], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    recipe = (ROOT / "Makefile").read_text()
    for name in re.findall(r"\b([A-Z_]+)=", line):
        assert f"$({name})" in recipe, f"{name} is read by no recipe"
    for program in re.findall(r"-m infra\.(\w+) ((?:.*\\\n)*.*)$", done.stdout, re.M):
        if program[0] in WORKERS:
            module = importlib.import_module(f"infra.{program[0]}")
            for worker in WORKERS[program[0]]:
                monkeypatch.setattr(module, worker, lambda *given: None)
            assert module.main(shlex.split(program[1].replace("\\\n", " "))) == 0


def model_of(service: str) -> Any:
    return botocore.session.get_session().get_service_model({"s3api": "s3"}.get(service, service))


@pytest.mark.parametrize("line", [line for line in AWS if line.split()[1] not in ("configure", "logs")])
def test_an_aws_command_is_one_that_aws_knows(line: str) -> None:
    _, service, operation, *rest = shlex.split(line)
    model = model_of(service)
    operations = {xform_name(name, "-"): name for name in model.operation_names}
    shape = model.operation_model(operations[operation]).input_shape
    known = {xform_name(name, "-") for name in shape.members} if shape else set()
    options = {word[2:] for word in rest if word.startswith("--")}
    assert {option.removeprefix("no-") if option not in known else option for option in options} <= known
    missing = {xform_name(name, "-") for name in (shape.required_members if shape else ())} - options
    assert not missing


def test_the_costs_are_what_their_units_and_prices_make() -> None:
    page = (ROOT / "infra" / "README.md").read_text()
    rows = re.findall(r"^\| (?!per).* \| ([\d.]+)[^|]* \| ([\d.]+) a (\w+) \| (.*) \|$", page, re.M)
    lots = {"thousand": 1_000, "million": 1_000_000}
    sums = [0.0, 0.0, 0.0]
    for units, price, lot, told in rows:
        costs = [number * float(units) * float(price) / lots[lot] for number in (1_000, 30_000, 1_000_000)]
        assert told.split(" | ") == [f"{cost:,.2f}" for cost in costs]
        sums = [sum(each) for each in zip(sums, costs, strict=True)]
    assert len(rows) == 8
    assert " | ".join(f"**{each:.2f}**" for each in sums) in page


def test_the_page_says_what_to_do_about_every_alarm() -> None:
    page = (ROOT / "infra" / "README.md").read_text()
    watch = page[page.index("Watch\n") : page.index("Roll back\n")]
    told = {name for row in re.findall(r"^\| ([a-z, -]+) \|", watch, re.M) for name in row.split(", ")}
    stacks = (template.read_data_stack(), template.read_overlay())
    alarms = [each["Properties"] for stack in stacks for each in stack["Resources"].values() if is_alarm(each)]
    names = {each["AlarmName"]["Fn::Sub"].removeprefix("retract-${Stage}-") for each in alarms}
    assert told - {"alarm", "spend"} == names


def is_alarm(resource: dict[str, Any]) -> bool:
    """Whether a resource is an alarm of CloudWatch."""
    return resource.get("Type") == "AWS::CloudWatch::Alarm"
