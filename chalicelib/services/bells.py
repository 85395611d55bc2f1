"""AWS's batches of events, taken apart: each record by itself, and only those that failed are asked for again."""

import logging
from datetime import datetime
from typing import Any

from chalicelib.aws import mailer
from chalicelib.errors import Unavailable, describe
from chalicelib.services import notifications
from chalicelib.services.postman import Wait

log = logging.getLogger(__name__)

EXPIRY = "dynamodb.amazonaws.com"
"""Who removes a row whose ``ttl`` has passed, as the stream names it."""


def ring(batch: dict[str, Any], now: datetime, wait: Wait | None = None) -> dict[str, Any]:
    """A batch of the table's stream: new events of withdrawals wake the sender; the failures to repeat.

    An event or an audit row that was changed or removed is reported: nothing of ours does that (data-model.md).
    ``wait``: how a mail's turn is waited for.
    """
    subjects: dict[tuple[str, str], str] = {}
    odd = []
    for record in batch["Records"]:
        try:
            _sort(record, subjects)
        except (KeyError, TypeError):
            log.error("a record of the stream that cannot be read")
            odd.append(record["dynamodb"]["SequenceNumber"])
    try:
        failed = notifications.wake(subjects, now, wait)
    except Unavailable:
        failed = {ref for ref, _ in subjects}
    return _failures([*odd, *(number for (ref, _), number in subjects.items() if ref in failed)])


def _sort(record: dict[str, Any], subjects: dict[tuple[str, str], str]) -> None:
    key = record["dynamodb"]["Keys"]
    pk, sk = key["pk"]["S"], key["sk"]["S"]
    if record["eventName"] != "INSERT":
        _report(record)
    elif pk.startswith("E#W#"):
        subjects[pk.removeprefix("E#W#"), sk.partition("#")[2]] = record["dynamodb"]["SequenceNumber"]


def hear(batch: dict[str, Any], now: datetime) -> dict[str, Any]:
    """A batch of mail events; what is no event of ours is logged and let go."""
    failed = []
    for record in batch["Records"]:
        event = mailer.read_mail_event(record["body"])
        if event is None:
            log.warning("a message that is no mail event of ours")
            continue
        try:
            notifications.hear(event, now)
        except Exception as error:  # noqa: BLE001 - one bad message never stops its neighbours
            log.error("one mail event failed: %s", describe(error))
            failed.append(record["messageId"])
    return _failures(failed)


def _report(record: dict[str, Any]) -> None:
    """Raises the alarm for a row of ``E#`` or ``A#`` that was touched, but not where its time was over (TTL)."""
    pk = record["dynamodb"]["Keys"]["pk"]["S"]
    over = record.get("userIdentity", {}).get("principalId") == EXPIRY
    if pk.startswith(("E#", "A#")) and not over:
        log.error("log tampering: %s of %s", record["eventName"], pk)


def _failures(ids: Any) -> dict[str, Any]:
    return {"batchItemFailures": [{"itemIdentifier": each} for each in ids]}
