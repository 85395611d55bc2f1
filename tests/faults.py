"""Makes one AWS call fail: before it is made, or after, when its answer is lost."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from botocore.client import BaseClient
from botocore.exceptions import ClientError, ReadTimeoutError


class Crash(BaseException):
    """The process was killed: nothing may catch this."""


THROTTLE = ClientError(
    {"Error": {"Code": "ThrottlingException"}, "ResponseMetadata": {"HTTPStatusCode": 400}}, "any"
)
TIMEOUT = ReadTimeoutError(endpoint_url="https://aws.example")

FAULTS = {
    "throttled": (THROTTLE, False),
    "timed out before": (TIMEOUT, False),
    "timed out after": (TIMEOUT, True),
    "killed before": (Crash(), False),
    "killed after": (Crash(), True),
}
"""name -> (what is raised, whether the call was carried out first)"""


@dataclass
class Calls:
    """Which operations were called, in order."""

    names: list[str] = field(default_factory=list)


@contextmanager
def fault(at: int | str = "", error: BaseException | None = None, after: bool = False) -> Iterator[Calls]:
    """Counts the AWS calls inside, and raises ``error`` at number ``at`` (from 0), or at each with that name."""
    real = BaseClient._make_api_call
    calls = Calls()

    def call(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
        calls.names.append(operation)
        failing = at in (operation, len(calls.names) - 1) and error is not None
        if failing and not after:
            raise error  # type: ignore[misc]
        answer = real(client, operation, parameters)
        if failing:
            raise error  # type: ignore[misc]
        return answer

    BaseClient._make_api_call = call
    try:
        yield calls
    finally:
        BaseClient._make_api_call = real
