"""What AWS does by itself and moto does not: the table's stream, the schedule, and the events of each mail.

They reach the very functions of ``app.py`` that AWS calls, in AWS's own words.
"""

import json
import logging
import threading
import time
import uuid
from datetime import datetime, timedelta
from types import ModuleType
from typing import Any

from chalicelib import config
from chalicelib.aws.clients import client
from chalicelib.domain.times import stamp
from chalicelib.errors import describe
from infra.exchange import SentMail
from infra.stream_filter import lets_through
from infra.world import REGION, World

log = logging.getLogger(__name__)

BEAT = 0.2
"""Seconds between two looks at the stream."""
SWEEP_EVERY = 5.0
"""Seconds between two sweeps: on AWS a minute, here nobody wants to wait."""
FORGET_EVERY = 300.0
"""Seconds between two looks at what is to be erased: on AWS an hour, by night."""
TRIES = 5

ACCOUNT = "123456789012"
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:retract-local-mail-events"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:retract-local-mail-events"
BOUNCING = ("bounce", "suppressionlist")
"""Mailboxes that do not exist: the words of SES's own simulator, at any domain."""


class Pump(threading.Thread):
    """Runs until ``stop``; ``door`` is app.py.

    Without ``stream`` the records of the table's stream are lost, and the sweep is all there is.
    """

    def __init__(self, world: World, door: ModuleType, stream: bool = True) -> None:
        super().__init__(name="pump", daemon=True)
        self.stream = stream
        self._world = world
        self._door = door
        self._ended = threading.Event()
        self._swept = self._forgot = time.monotonic()
        self._heard = len(world.outbox)
        self._iterators = self._open_stream()

    def run(self) -> None:
        """Beats until stopped; what fails is logged and tried again at the next beat or sweep."""
        while not self._ended.wait(BEAT):
            due = [self.beat]
            due += [self.sweep] if time.monotonic() - self._swept >= SWEEP_EVERY else []
            due += [self.forget] if time.monotonic() - self._forgot >= FORGET_EVERY else []
            for work in due:
                try:
                    work()
                except Exception as error:  # noqa: BLE001 - the next beat must come
                    log.error("the pump missed a beat: %s", describe(error))

    def stop(self) -> None:
        """Ends the thread and waits for its last beat."""
        self._ended.set()
        self.join(timeout=2)

    def beat(self) -> None:
        """Once: the stream rings, and the mail server has its say."""
        self._ring()
        self._hear()

    def sweep(self) -> None:
        """Once: the schedule's function."""
        self._swept = time.monotonic()
        self._door.sweep(_tick("sweep", config.now()), None)

    def forget(self) -> None:
        """Once: the nightly function."""
        self._forgot = time.monotonic()
        self._door.forget(_tick("forget", config.now()), None)

    def _open_stream(self) -> list[str]:
        stream = client("dynamodbstreams").describe_stream(StreamArn=self._world.stream_arn)["StreamDescription"]
        return [
            client("dynamodbstreams").get_shard_iterator(
                StreamArn=self._world.stream_arn, ShardId=shard["ShardId"], ShardIteratorType="LATEST"
            )["ShardIterator"]
            for shard in stream["Shards"]
        ]

    def _ring(self) -> None:
        for at, iterator in enumerate(self._iterators):
            answer = client("dynamodbstreams").get_records(ShardIterator=iterator, Limit=100)
            self._iterators[at] = answer["NextShardIterator"]
            records = [self._stream_record(record) for record in answer["Records"] if lets_through(record)]
            if records and self.stream:
                _call(self._door.ring, records, lambda record: record["dynamodb"]["SequenceNumber"])

    def _hear(self) -> None:
        while self._heard < len(self._world.outbox):
            mail = self._world.outbox[self._heard]
            self._heard += 1
            records = [_queued(event) for event in mail_events(mail, config.now())]
            _call(self._door.hear, records, lambda record: record["messageId"])

    def _stream_record(self, record: dict[str, Any]) -> dict[str, Any]:
        made = record["dynamodb"]["ApproximateCreationDateTime"].timestamp()
        return {
            **record,
            "dynamodb": {**record["dynamodb"], "ApproximateCreationDateTime": made},
            "eventSourceARN": self._world.stream_arn,
        }


def _call(function: Any, records: list[dict[str, Any]], identify: Any) -> None:
    """Hands a batch over, and again what the function says has failed, as Lambda does."""
    for _ in range(TRIES):
        answer = function({"Records": records}, None)
        failed = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
        records = [record for record in records if identify(record) in failed]
        if not records:
            return
    log.error("%s records given up: the sweep is left", len(records))


def mail_events(mail: SentMail, now: datetime) -> list[dict[str, Any]]:
    """What SES publishes of a mail: sent, then delivered or bounced, as the mailbox's name says."""
    mailbox = mail.to[0].partition("@")[0].lower()
    about = {
        "timestamp": stamp(now),
        "source": config.settings().mail_from,
        "messageId": mail.message_id,
        "destination": list(mail.to),
        "tags": {
            "ses:configuration-set": [config.settings().configuration_set],
            **{name: [value] for name, value in mail.tags.items()},
        },
    }
    later = stamp(now + timedelta(seconds=1))
    events: list[dict[str, Any]] = [{"eventType": "Send", "mail": about, "send": {}}]
    if mailbox.startswith(BOUNCING):
        bounce = {
            "bounceType": "Permanent",
            "bounceSubType": "General",
            "bouncedRecipients": [{"emailAddress": address} for address in mail.to],
            "timestamp": later,
        }
        return [*events, {"eventType": "Bounce", "mail": about, "bounce": bounce}]
    events.append(
        {"eventType": "Delivery", "mail": about, "delivery": {"timestamp": later, "recipients": list(mail.to)}}
    )
    if mailbox.startswith("complaint"):
        events.append({"eventType": "Complaint", "mail": about, "complaint": {"timestamp": later}})
    return events


def _queued(event: dict[str, Any]) -> dict[str, Any]:
    """``event`` as it comes out of the queue: in SNS's envelope, in an SQS message."""
    envelope = {
        "Type": "Notification",
        "MessageId": str(uuid.uuid4()),
        "TopicArn": TOPIC,
        "Message": json.dumps(event),
        "Timestamp": event["mail"]["timestamp"],
    }
    return {
        "messageId": str(uuid.uuid4()),
        "receiptHandle": "local",
        "body": json.dumps(envelope),
        "attributes": {"ApproximateReceiveCount": "1"},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": QUEUE,
        "awsRegion": REGION,
    }


def _tick(function: str, now: datetime) -> dict[str, Any]:
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": ACCOUNT,
        "time": stamp(now),
        "region": REGION,
        "resources": [f"arn:aws:events:{REGION}:{ACCOUNT}:rule/retract-local-{function}"],
        "detail": {},
    }
