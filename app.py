"""The front door: one Chalice object, its middleware, its pages, and every event that wakes the service.

Event functions are one line each: call a service, return. They live here, not in a blueprint, because there
this file would never be imported when such a function starts.
"""

from typing import Any

from chalice import Chalice
from chalice.app import CloudWatchEvent, DynamoDBEvent, SQSEvent

from chalicelib import config
from chalicelib.web import front
from chalicelib.web.parents import confirmation, journey, paper, sending, static_pages
from chalicelib.web.schools import acknowledgement
from chalicelib.web.staff import attention, query, sign_in

app = Chalice(app_name="retract")
app.register_middleware(front.guard, "http")
for source in ("dynamodb", "sqs", "scheduled"):
    app.register_middleware(front.require_campaign, source)
for blueprint in (
    static_pages.blueprint,
    journey.blueprint,
    sending.blueprint,
    paper.blueprint,
    confirmation.blueprint,
    acknowledgement.blueprint,
    sign_in.blueprint,
    query.blueprint,
    attention.blueprint,
):
    app.register_blueprint(blueprint)


@app.on_dynamodb_record(stream_arn="PLACEHOLDER", batch_size=100)  # the real one: infra/overlay.yaml
def ring(event: DynamoDBEvent) -> dict[str, Any]:
    """The table's stream: new events wake the sender."""
    from chalicelib.services import bells

    return bells.ring(event.to_dict(), config.now(), config.wait)


@app.on_sqs_message(queue_arn="arn:aws:sqs:eu-west-2:000000000000:PLACEHOLDER", batch_size=10)
def hear(event: SQSEvent) -> dict[str, Any]:
    """The queue of mail events: what became of each mail."""
    from chalicelib.services import bells

    return bells.hear(event.to_dict(), config.now())


@app.schedule("cron(10 0-5 * * ? *)")  # hourly by night: what one run leaves, the next does
def forget(event: CloudWatchEvent) -> int:
    """What may no longer be kept is erased."""
    from chalicelib.services import erasures

    return erasures.erase_due(config.now())


@app.schedule("rate(1 minute)")  # what the bell leaves waits no longer, and a backlog never waits for a worker
def sweep(event: CloudWatchEvent) -> int:
    """Whatever was left behind is driven again."""
    from chalicelib.services import notifications

    return notifications.sweep(config.now(), config.wait)
