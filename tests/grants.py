"""What IAM makes of a function's policy file: enough of its rules to judge ours, an error for anything else."""

import json
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from infra.template import read_data_stack
from tests.recorder import ARN, Use

CHALICE = Path(__file__).parent.parent / ".chalice"
KEY = ARN.format("kms", "key/THE-KEY")

VARIABLES = {
    "Stage": "STAGE",
    "AWS::Partition": "aws",
    "AWS::Region": "eu-west-2",
    "AWS::AccountId": "123456789012",
}
IMPORTED = {
    "retract-STAGE-Key": KEY,
    "retract-STAGE-MailIdentity": ARN.format("ses", "identity/THE-DOMAIN"),
    "retract-STAGE-MainStream": ARN.format("dynamodb", "table/retract-STAGE-main/stream/2026-11-24T00:00:00.000"),
    "retract-STAGE-MailEvents": ARN.format("sqs", "retract-STAGE-mail-events"),
    "retract-STAGE-LostRings": ARN.format("sqs", "retract-STAGE-lost-rings"),
}
"""What the data stack's exports stand for in the tests' world."""

BY_LAMBDA = {
    "logs:CreateLogStream": "the runtime opens a stream in the function's own group",
    "logs:PutLogEvents": "the runtime writes what the function logs",
    "dynamodb:DescribeStream": "the poller of the stream, as the function",
    "dynamodb:GetRecords": "the poller of the stream, as the function",
    "dynamodb:GetShardIterator": "the poller of the stream, as the function",
    "dynamodb:ListStreams": "the poller of the stream, as the function",
    "sqs:SendMessage": "the poller puts a batch that failed for an hour into the queue of lost rings",
    "sqs:ReceiveMessage": "the poller of the queue, as the function",
    "sqs:DeleteMessage": "the poller of the queue, as the function",
    "sqs:GetQueueAttributes": "the poller of the queue, as the function",
    "kms:Decrypt via sqs": "the queue lies encrypted: the poller opens it as the function",
}
"""What Lambda itself does with a function's permissions: no test can see it, so each must be there."""
NEEDED_BY_LAMBDA = {
    "web": {"logs:CreateLogStream", "logs:PutLogEvents"},
    "sweep": {"logs:CreateLogStream", "logs:PutLogEvents"},
    "forget": {"logs:CreateLogStream", "logs:PutLogEvents"},
    "ring": {
        *("logs:CreateLogStream", "logs:PutLogEvents", "sqs:SendMessage"),
        *("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"),
    },
    "hear": {
        *("logs:CreateLogStream", "logs:PutLogEvents", "kms:Decrypt via sqs"),
        *("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"),
    },
}
WITH_A_STAR = {
    "log-group:/aws/lambda/retract-STAGE-{}:*": "a log group's ARN ends so: its streams are named at run time",
    "table/retract-STAGE-main/stream/*": "ListStreams is asked of all streams of the table, each named by a time",
}
"""The only resources that are patterns, and why; a resource "*" is never right here."""


def read_policy(function: str) -> dict[str, Any]:
    """The policy file of ``function`` with its parameters and imports filled in."""
    policy: dict[str, Any] = _filled(json.loads((CHALICE / f"policy-{function}.json").read_text()))
    return policy


def faults(function: str, policy: dict[str, Any], uses: Iterable[Use], whole: bool) -> list[str]:
    """What is wrong with ``policy``: a use that it refuses, a permission that a star widens or that Lambda lacks.

    Where ``uses`` are those of the ``whole`` suite, also each permission that nothing has used.
    """
    uses = [use for use in uses if use.function == function]
    wrong = [f"refused: {use}" for use in uses if not allows(policy, use)]
    granted = list(list_grants(policy))
    for action, resource in granted:
        if "*" in action or ("*" in resource and not _star_is_argued(function, resource)):
            wrong.append(f"too wide: {action} on {resource}")
    lambdas = {action for action, _ in granted if action in BY_LAMBDA}
    wrong += [f"Lambda needs: {action}" for action in sorted(NEEDED_BY_LAMBDA[function] - lambdas)]
    wrong += [f"not for this function: {action}" for action in sorted(lambdas - NEEDED_BY_LAMBDA[function])]
    if whole:
        wrong += [
            f"never used: {action} on {resource}"
            for action, resource in granted
            if action not in BY_LAMBDA and not any(_covers(action, resource, use) for use in uses)
        ]
    wrong += [
        f"more than adds {leading} rows: {action}" for action, leading in _touches(function, policy, uses, whole)
    ]
    return wrong


def allows(policy: dict[str, Any], use: Use) -> bool:
    """IAM's rule: something allows it, and nothing denies it."""
    effects = {each["Effect"] for each in policy["Statement"] if _applies(each, use)}
    return effects == {"Allow"}


def list_grants(policy: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Every action that ``policy`` allows, with each resource; what is allowed through SQS only is named so."""
    for statement in policy["Statement"]:
        if statement["Effect"] == "Allow":
            via = " via sqs" if "kms:ViaService" in statement.get("Condition", {}).get("StringEquals", {}) else ""
            for action in _listed(statement["Action"]):
                for resource in _listed(statement["Resource"]):
                    yield action + via, resource


def _touches(function: str, policy: dict[str, Any], seen: Iterable[Use], whole: bool) -> Iterator[tuple[str, str]]:
    """Events and audit are only ever added (data-model.md), and read only by whom the tests saw read them."""
    table = ARN.format("dynamodb", "table/retract-STAGE-main")
    read = {(use.action, use.leading) for use in seen if use.action.removeprefix("dynamodb:") in READING}
    for action in (*REWRITING, *(READING if whole else ())):
        for leading in ("E#", "A#"):
            use = Use(function, f"dynamodb:{action}", table, leading)
            if allows(policy, use) and (use.action, leading) not in read:
                yield action, leading


REWRITING = ("UpdateItem", "DeleteItem", "BatchWriteItem", "PartiQLUpdate", "PartiQLDelete", "PartiQLInsert")
READING = ("GetItem", "BatchGetItem", "Query", "Scan", "ConditionCheckItem", "PartiQLSelect")


def _applies(statement: dict[str, Any], use: Use) -> bool:
    if "NotAction" in statement:
        acts = use.action not in statement["NotAction"]
    else:
        acts = any(fnmatchcase(use.action, action) for action in _listed(statement["Action"]))
    covers = any(fnmatchcase(use.resource, resource) for resource in _listed(statement["Resource"]))
    return (
        acts
        and covers
        and all(
            _holds(operator, key, value, use)
            for operator, keys in statement.get("Condition", {}).items()
            for key, value in keys.items()
        )
    )


def _covers(action: str, resource: str, use: Use) -> bool:
    return fnmatchcase(use.action, action) and fnmatchcase(use.resource, resource)


def _holds(operator: str, key: str, value: Any, use: Use) -> bool:
    match operator, key:
        case "ForAnyValue:StringLike", "dynamodb:LeadingKeys":
            return any(fnmatchcase(use.leading, pattern) for pattern in _listed(value))
        case "Null", _ if key.startswith("kms:EncryptionContext:"):
            return (key.removeprefix("kms:EncryptionContext:") not in use.context) is (value == "true")
        case "StringEquals", "kms:ViaService":
            return False  # our own calls come through no other service
    raise NotImplementedError(f"a condition that tests/grants.py does not know: {operator} {key}")


def _star_is_argued(function: str, resource: str) -> bool:
    return any(resource.endswith(":" + ending.format(function)) for ending in WITH_A_STAR)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _filled(part: Any) -> Any:
    if isinstance(part, list):
        return [_filled(each) for each in part]
    if not isinstance(part, dict):
        return part
    if "Fn::Sub" in part:
        text = str(part["Fn::Sub"])
        for name, value in VARIABLES.items():
            text = text.replace(f"${{{name}}}", value)
        return text
    if "Fn::ImportValue" in part:
        return IMPORTED[_filled(part["Fn::ImportValue"])]
    return {name: _filled(value) for name, value in part.items()}


def list_exports() -> set[str]:
    """The data stack's exports, as they are named in ``IMPORTED``."""
    return {_filled(each["Export"]["Name"]) for each in read_data_stack()["Outputs"].values() if "Export" in each}
