"""CloudFormation by change sets: what would change is shown first, and only what was shown is carried out.

Nothing here can delete a stack.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from infra.aws_cli import STDIN, Refusal, Stopped, aws

CHANGE_SET = "retract"
EMPTY = "REVIEW_IN_PROGRESS"
"""State of a stack that was planned and never made."""

BROKEN = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "UPDATE_ROLLBACK_FAILED", "DELETE_FAILED")
"""States that no update leads out of."""

NOTHING = ("didn't contain changes", "No updates are to be performed")
KEPT = (
    *("AWS::DynamoDB::Table", "AWS::KMS::Key", "AWS::SecretsManager::Secret"),
    *("AWS::Cognito::UserPool", "AWS::S3::Bucket"),
)
"""Kinds that hold what cannot be made again: a change that would replace or remove one is never carried out."""


@dataclass(frozen=True)
class Stack:
    """A stack as it is: its state, parameters and outputs."""

    name: str
    state: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)

    @property
    def made(self) -> bool:
        """Whether it has resources."""
        return self.state not in ("", EMPTY)


@dataclass(frozen=True)
class Template:
    """A template at ``url``, or its text as ``body``; ``parameters``: name, and whether it has a default."""

    parameters: Mapping[str, bool]
    url: str = ""
    body: str = ""


@dataclass(frozen=True)
class Change:
    """One line of a change set: what is done to which resource; ``replacement``: True, False or Conditional."""

    action: str
    name: str
    kind: str
    replacement: str

    @property
    def loses(self) -> bool:
        """Whether something would be gone that cannot be made again."""
        return self.kind in KEPT and (self.action == "Remove" or self.replacement == "True")

    def __str__(self) -> str:
        anew = {"True": ", made anew", "Conditional": ", perhaps made anew"}.get(self.replacement, "")
        lost = ": refused, it keeps what cannot be made again" if self.loses else ""
        return f"{self.action:7} {self.name} ({self.kind}{anew}){lost}"


@dataclass(frozen=True)
class Plan:
    """A change set that stands ready; without ``changes`` there is nothing to do."""

    stack: Stack
    id: str
    changes: tuple[Change, ...]


def read_stack(name: str) -> Stack:
    """The stack as it is; with the state "" where there is none. Raises Stopped for one that cannot be changed."""
    try:
        [found] = aws("cloudformation", "describe-stacks", "--stack-name", name)["Stacks"]
    except Refusal as refusal:
        if refusal.code == "ValidationError" and "does not exist" in refusal.words:
            return Stack(name, "")
        raise
    if found["StackStatus"] in BROKEN:
        raise Stopped(
            f"{name} was never made whole ({found['StackStatus']}): infra/README.md says what to do then"
        )
    if found["StackStatus"].endswith("_IN_PROGRESS") and found["StackStatus"] != EMPTY:
        raise Stopped(f"{name} is being changed by somebody ({found['StackStatus']}): wait, and try again")
    return Stack(
        name,
        found["StackStatus"],
        {each["ParameterKey"]: each.get("ParameterValue", "") for each in found.get("Parameters", ())},
        {each["OutputKey"]: each["OutputValue"] for each in found.get("Outputs", ())},
    )


def plan(stack: Stack, template: Template, wanted: Mapping[str, str]) -> Plan:
    """Makes the change set, with the parameters ``wanted``; others stay as the stack or the template has them."""
    parameters = _keep_or_set(stack, wanted, template.parameters)
    name = f"{CHANGE_SET}-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}"
    made = aws(
        *("cloudformation", "create-change-set", "--stack-name", stack.name, "--change-set-name", name),
        *("--change-set-type", "UPDATE" if stack.made else "CREATE"),
        *(("--template-url", template.url) if template.url else ("--template-body", STDIN)),
        *("--parameters", json.dumps(parameters)),
        *("--capabilities", "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"),
        given=template.body,
    )
    with suppress(Stopped):  # an empty change set "fails" too: what it says decides
        aws("cloudformation", "wait", "change-set-create-complete", "--change-set-name", made["Id"])
    found = aws("cloudformation", "describe-change-set", "--change-set-name", made["Id"])
    if found["Status"] == "FAILED":
        drop(made["Id"])
        if any(words in found.get("StatusReason", "") for words in NOTHING):
            return Plan(stack, "", ())
        raise Stopped(f"AWS refuses the change of {stack.name}: {found.get('StatusReason', 'no reason given')}")
    return Plan(stack, made["Id"], tuple(_changes(found["Changes"])))


def drop(change_set: str) -> None:
    """Takes a change set away that is not to be carried out."""
    aws("cloudformation", "delete-change-set", "--change-set-name", change_set)


def carry_out(planned: Plan) -> Stack:
    """Carries out exactly what was planned and waits; the stack. Raises Stopped with AWS's first reason."""
    lost = [change for change in planned.changes if change.loses]
    if lost:
        drop(planned.id)
        raise Stopped(f"refused: this would lose what cannot be made again: {'; '.join(map(str, lost))}")
    name = planned.stack.name
    aws("cloudformation", "execute-change-set", "--change-set-name", planned.id)
    try:
        aws(
            *("cloudformation", "wait", f"stack-{'update' if planned.stack.made else 'create'}-complete"),
            *("--stack-name", name),
        )
    except Stopped:
        raise Stopped(f"{name} was not changed, AWS went back: {_first_reason(name)}") from None
    return read_stack(name)


def _keep_or_set(stack: Stack, wanted: Mapping[str, str], names: Mapping[str, bool]) -> list[dict[str, Any]]:
    given: list[dict[str, Any]] = []
    missing = []
    for name, has_default in names.items():
        if wanted.get(name):
            given.append({"ParameterKey": name, "ParameterValue": wanted[name]})
        elif stack.made and name in stack.parameters:
            given.append({"ParameterKey": name, "UsePreviousValue": True})
        elif not has_default:
            missing.append(name)
    if missing:
        raise Stopped(f"{stack.name} needs a value for {', '.join(missing)}")
    return given


def _changes(found: list[dict[str, Any]]) -> Iterator[Change]:
    for each in found:
        if change := each.get("ResourceChange"):
            replacement = change.get("Replacement", "False")
            yield Change(change["Action"], change["LogicalResourceId"], change["ResourceType"], replacement)


def _first_reason(name: str) -> str:
    events = aws("cloudformation", "describe-stack-events", "--stack-name", name)["StackEvents"]
    failed = [each for each in events if each["ResourceStatus"].endswith("_FAILED")]
    reasons = [f"{each['LogicalResourceId']}: {each.get('ResourceStatusReason', '')}" for each in failed]
    own = [reason for reason in reasons if "cancelled" not in reason]  # newest first: the cause is the oldest
    return (own or reasons or ["it does not say why"])[-1]
