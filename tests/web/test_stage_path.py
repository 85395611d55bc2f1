"""At the gateway's default address every path begins with the stage: links, forms and redirects lead there."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
from chalice.local import LambdaEventConverter

from chalicelib import config
from chalicelib.services import notifications
from infra.world import World
from tests import make, tell
from tests.web.client import Browser, InProcess, come_to_check, read_link

ADDRESS = "https://a1b2c3d4.execute-api.example/api"


@dataclass
class Staged(InProcess):
    """The gateway's default address."""

    address: str = ADDRESS


@pytest.fixture
def phone(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    """Asks as API Gateway does: the path in the event's context has the stage, route and parameters have not."""
    make_event = LambdaEventConverter.create_lambda_event

    def make_staged(self: LambdaEventConverter, *asked: Any, **named: Any) -> dict[str, Any]:
        event = make_event(self, *asked, **named)
        event["requestContext"]["path"] = "/api" + event["requestContext"]["path"]
        return event

    monkeypatch.setattr(LambdaEventConverter, "create_lambda_event", make_staged)
    monkeypatch.setenv("PUBLIC_URL", ADDRESS)
    config.settings.cache_clear()
    yield Browser(gateway=Staged())
    config.settings.cache_clear()


def test_the_school_answers_under_the_stage_path(world: World, phone: Browser) -> None:
    tell.submit_and_confirm()
    notifications.sweep(make.NOW)
    page = phone.get(read_link(world.outbox[-1].raw, "answer", ADDRESS))
    assert {form["action"] for form in page.tree.select("main form")} == {"/api" + page.path}
    assert "We have your answer" in phone.answer(page, outcome="recorded").words


@pytest.mark.parametrize("prefix", ["", "/ar-xb"])
def test_every_link_and_form_of_the_journey_stays_under_the_stage_path(phone: Browser, prefix: str) -> None:
    pages = [phone.get(f"{prefix}/"), phone.get(f"{prefix}/child/1/school?q=hill")]
    pages += [come_to_check(phone, make.HILL, prefix=prefix)]
    for page in pages:
        inside = [link["href"] for link in page.tree.select("a[href], link[href]")]
        inside += [form["action"] for form in page.tree.select("form[action]")]
        astray = [
            link
            for link in inside
            if not link.startswith(("#", "mailto:", "tel:", "/api/"))
            and not (urlsplit(link).netloc and not link.startswith("https://a1b2"))
        ]
        assert not astray
        assert not [link for link in inside if "/api/api" in link]


def test_staff_who_come_from_a_mail_go_on_under_the_stage_path(phone: Browser) -> None:
    page = phone.get("/staff/withdrawals?reference=REF", **{"Sec-Fetch-Site": "cross-site"})
    assert page.status == 401
    assert "/api/staff/withdrawals?reference=REF" in [link.get("href") for link in page.tree.select("main a")]
