"""Writes down what each function does in the tests: its AWS calls as IAM would see them, and what it logs.

It stands outside whatever makes calls fail, so that a call counts whether it was let through or not. Whose call it
is, the stack says; what no function does (a test that looks into a table) is not counted.
"""

import dataclasses
import logging
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.client import ClientCreator

ROOT = Path(__file__).parent.parent
ARN = "arn:aws:{}:eu-west-2:123456789012:{}"
STAGE = re.compile(r"\bretract-(?:local|dev|test|prod)\b")

DOORS = {
    ("chalicelib/services/bells.py", "ring"): "ring",
    ("chalicelib/services/bells.py", "hear"): "hear",
    ("chalicelib/services/notifications.py", "sweep"): "sweep",
    ("chalicelib/services/erasures.py", "erase_due"): "forget",
}
"""What app.py calls for an event: everything that this calls is the function's."""
ROOM = "chalicelib/web/"
"""Whatever is called from here is the web's."""

WRITES = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem"}
"""A transaction has no permission of its own: each of its writes needs that of the single call."""


@dataclass(frozen=True)
class Use:
    """One permission that a function needed. ``leading``: how the row's pk begins; ``context``: KMS's names."""

    function: str
    action: str
    resource: str
    leading: str = ""
    context: frozenset[str] = frozenset()


uses: set[Use] = set()
"""Everything that was written down in this process."""
said: set[tuple[str, str]] = set()
"""(function, words) of each line at WARNING or above, as the code has the words: before anything is filled in."""


def install() -> None:
    """Puts the recorder before every botocore client that is made from now on, and behind every logger."""
    logging.getLogger("chalicelib").addHandler(_Listener(logging.WARNING))
    real = ClientCreator._create_api_method

    def create_api_method(creator: Any, name: str, operation: str, service: Any) -> Any:
        call = real(creator, name, operation, service)
        model = service.operation_model(operation)
        prefix = {"sesv2": "ses"}.get(service.service_name, service.service_name)

        def recorded(client: Any, *args: Any, **parameters: Any) -> Any:
            function = _whose()
            if function and model.auth_type != "none":  # who is not signed in yet has no permissions to ask for
                uses.update(
                    Use(function, action, STAGE.sub("retract-STAGE", resource), leading, context)
                    for action, resource, leading, context in _needs(prefix, operation, parameters)
                )
            return call(client, *args, **parameters)

        recorded.__name__, recorded.__doc__ = call.__name__, call.__doc__
        return recorded

    ClientCreator._create_api_method = create_api_method


def tell() -> dict[str, Any]:
    """What was written down, as JSON can carry it from one process to another."""
    listed = [[*dataclasses.astuple(use)[:-1], sorted(use.context)] for use in uses]
    return {"uses": listed, "said": sorted(said)}


def take_over(seen: dict[str, Any]) -> None:
    """Adds what another process has told by ``tell``."""
    uses.update(Use(*facts, frozenset(context)) for *facts, context in seen["uses"])
    said.update((function, words) for function, words in seen["said"])


class _Listener(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        if function := _whose():
            said.add((function, str(record.msg)))


def _whose() -> str:
    """The function on whose behalf something is done: the innermost door on the stack; "" for none."""
    frame = sys._getframe(2)
    while frame:
        code = frame.f_code
        if (found := _doors.get(code)) is None:
            found = _doors[code] = _door(code)
        if found:
            return found
        frame = frame.f_back  # type: ignore[assignment]
    return ""


_doors: dict[Any, str] = {}


def _door(code: Any) -> str:
    try:
        path = Path(code.co_filename).relative_to(ROOT).as_posix()
    except ValueError:
        return ""
    return "web" if path.startswith(ROOM) else DOORS.get((path, code.co_name), "")


Need = tuple[str, str, str, frozenset[str]]


def _needs(service: str, operation: str, parameters: dict[str, Any]) -> Iterator[Need]:
    """What IAM asks for: (action, resource, how pk begins, names of the encryption context)."""
    match service, operation:
        case "dynamodb", "TransactWriteItems":
            for write in parameters["TransactItems"]:
                ((kind, what),) = write.items()
                yield _row(WRITES[kind], what["TableName"], what.get("Key") or what["Item"])
        case "dynamodb", "BatchGetItem":
            for table, wanted in parameters["RequestItems"].items():
                for key in wanted["Keys"]:
                    yield _row("BatchGetItem", table, key)
        case "dynamodb", "Query":
            table, index = parameters["TableName"], parameters.get("IndexName")
            key = {} if index else {"pk": parameters["ExpressionAttributeValues"][":partition"]}
            yield _row("Query", f"{table}/index/{index}" if index else table, key)
        case "dynamodb", ("GetItem" | "PutItem" | "UpdateItem" | "DeleteItem"):
            yield _row(operation, parameters["TableName"], parameters.get("Key") or parameters["Item"])
        case "kms", ("GenerateDataKey" | "Decrypt"):
            key = parameters.get("KeyId") or os.environ["KMS_KEY"]  # Decrypt finds it in what it is to open
            ours = "THE-KEY" if key == os.environ["KMS_KEY"] else key
            yield (
                f"kms:{operation}",
                ARN.format("kms", f"key/{ours}"),
                "",
                frozenset(parameters["EncryptionContext"]),
            )
        case "ses", "SendEmail":
            domain = _domain(parameters["FromEmailAddress"])
            domain = "THE-DOMAIN" if domain == _domain(os.environ["MAIL_FROM"]) else domain
            for resource in (f"identity/{domain}", f"configuration-set/{parameters['ConfigurationSetName']}"):
                yield "ses:SendEmail", ARN.format("ses", resource), "", frozenset()
        case _:
            # Nobody has thought about this one yet: no policy allows it on such a resource.
            yield f"{service}:{operation}", "of a call that tests/recorder.py does not know", "", frozenset()


def _domain(address: str) -> str:
    return address.rpartition("@")[2].strip(">")


def _row(action: str, table: str, key: dict[str, Any]) -> Need:
    leading = re.match(r"\w+#", key["pk"]["S"]) if key else None
    return (
        f"dynamodb:{action}",
        ARN.format("dynamodb", f"table/{table}"),
        leading[0] if leading else "",
        frozenset(),
    )
