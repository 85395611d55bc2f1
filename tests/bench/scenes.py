"""The events that are measured, made by the service itself under moto, and AWS's answers to them on a tape."""

import dataclasses
import os
import uuid
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import botocore.endpoint

import app as door
from chalicelib import config
from chalicelib.domain.campaign import load_campaign
from infra import stock
from infra.local import shift_clock
from infra.world import AWS_ENVIRONMENT, CAMPAIGN, world
from tests import make, tell
from tests.web.client import KIM, ORIGIN, Browser, begin, name_child

WINDMILL = "900472"
"""An invented school with a contact."""

Event = dict[str, Any]
Tape = dict[str, list[str]]


@dataclass
class Scenes:
    """``events`` by name, as AWS hands them over; ``tapes``: AWS's answers by scene and operation."""

    environment: dict[str, str] = field(default_factory=dict)
    events: dict[str, Event] = field(default_factory=dict)
    tapes: dict[str, Tape] = field(default_factory=dict)


def make_scenes() -> Scenes:
    """A page, a form with a fault, the last POST of a journey, and the stream's record of a confirmed letter."""
    shift = shift_clock(load_campaign(CAMPAIGN), datetime.now(UTC), None)
    register = stock.prepare_register(None, None)
    made = Scenes()
    with world(register_path=register, clock_shift=shift):
        stock.put_contacts()
        settings = {field.name.upper() for field in dataclasses.fields(config.Settings)}
        made.environment = {
            name: os.environ[name] for name in settings | set(AWS_ENVIRONMENT) if name in os.environ
        }
        parent = Browser()
        begin(parent)
        page = name_child(parent, WINDMILL)
        made.events["start"] = gateway_event("GET", "/")
        made.events["page"] = gateway_event("GET", "/you", cookies=parent.cookies)
        made.events["wrong"] = gateway_event("POST", "/you", {**KIM, "mail": "nobody"}, parent.cookies)
        check = parent.answer(page, **KIM)
        made.events["send"] = gateway_event("POST", "/check", {}, parent.cookies)
        with record() as made.tapes["send"]:
            parent.answer(check, "/check")
        door.ring(
            _confirm("first", "first@family.example"), None
        )  # the first mail of all makes the sender's record
        made.events["ring"] = _confirm("second", "second@family.example")
        with record() as made.tapes["ring"]:
            assert door.ring(made.events["ring"], None) == {"batchItemFailures": []}
        assert "SendEmail" in made.tapes["ring"]
    return made


def _confirm(key: str, mail: str) -> Event:
    """The stream's records of a household that has confirmed, before its letter."""
    household = make.make_household(make.make_child(urn=WINDMILL), key=key, mail=mail)
    return tell.records(tell.submit_and_confirm(household, config.now()), "confirmed")


@contextmanager
def record() -> Iterator[Tape]:
    """The bodies of AWS's answers inside, by operation."""
    tape: Tape = defaultdict(list)
    seen: list[Any] = [None]
    real = botocore.endpoint.convert_to_response_dict

    def note(http_response: Any, operation_model: Any) -> Any:
        answer = real(http_response, operation_model)
        if http_response is not seen[-1]:  # botocore converts each answer twice
            seen.append(http_response)
            assert answer["status_code"] == 200, answer["body"]  # the stub plays nothing else
            tape[operation_model.name].append(answer["body"].decode())
        return answer

    botocore.endpoint.convert_to_response_dict = note
    try:
        yield tape
    finally:
        botocore.endpoint.convert_to_response_dict = real


def gateway_event(
    method: str, path: str, form: Mapping[str, Any] | None = None, cookies: Mapping[str, str] | None = None
) -> Event:
    """A request as a REST API hands it to Lambda."""
    headers = {
        "Host": ORIGIN.removeprefix("http://"),
        "Accept": "text/html,application/xhtml+xml",
        "Accept-Language": "en-GB,en;q=0.9",
        "User-Agent": "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/140.0.0.0 Mobile",
        "X-Forwarded-For": "192.0.2.1",
        "X-Forwarded-Proto": "https",
    }
    if cookies:
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
    if form is not None:
        headers |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": ORIGIN}
        headers["Sec-Fetch-Site"] = "same-origin"
    return {
        "resource": path,
        "path": path,
        "httpMethod": method,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {
            "resourcePath": path,
            "httpMethod": method,
            "path": path,
            "stage": "api",
            "requestId": str(uuid.UUID(int=0)),
            "identity": {"sourceIp": "192.0.2.1", "userAgent": headers["User-Agent"]},
        },
        "body": urlencode(form, doseq=True) if form is not None else None,
        "isBase64Encoded": False,
    }
