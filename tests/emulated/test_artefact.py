"""What ships, as it will run: the artefact's functions behind a gateway, each with its own role, woken by AWS.

One site for all, in the order of this file: at the end stands what must be true after everything.
"""

import json
import socket
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError

from chalicelib import config
from infra import smoke
from infra.emulator import HOST
from infra.emulator_site import EmulatedSite
from infra.emulator_stacks import rotate_keys
from tests.browser import test_story, walk
from tests.emulated.conftest import Behind
from tests.invariants import check_invariants, hides
from tests.story import TYPED, ask_for_letter, tell_story
from tests.web.client import read_link

PATIENT, HALF_WAY = "patient.canary@family.example", "half.way.canary@family.example"
EVERYONE = (*TYPED, *walk.TYPED, PATIENT, HALF_WAY)

# The very same test, at another desk.
test_the_walk_of_the_browser = test_story.test_a_parent_refuses_the_school_is_told_and_answers_and_staff_find_it


def test_the_whole_story_through_the_gateway(site: Behind) -> None:
    tell_story(site)


def test_where_the_stream_is_silent_the_schedule_alone_delivers(site: Behind, emulated: EmulatedSite) -> None:
    emulated.stream = False
    parent, before = site.open_browser(), len(site.outbox)
    parent.answer(ask_for_letter(site, parent, PATIENT), "/check")
    site.wait(lambda: len(site.outbox) > before, patience=100)
    assert site.outbox[-1].to == (PATIENT,)
    emulated.stream = True


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "{scheme}://{netloc}"}, 303),  # an origin has no stage path
        ({"Origin": "{scheme}://{netloc}.example"}, 403),
    ],
)
def test_only_our_own_pages_may_post(site: Behind, headers: dict[str, str], status: int) -> None:
    browser = site.open_browser()
    ours = urlsplit(browser.gateway.address)._asdict()
    browser.headers = {name: value.format(**ours) for name, value in headers.items()}
    assert browser.submit(browser.get("/way"), way="mail").status == status


@pytest.mark.parametrize(("method", "path"), [("GET", "/no/such/page"), ("POST", "/privacy")])
def test_what_no_route_matches_is_a_page_of_ours(site: Behind, method: str, path: str) -> None:
    browser = site.open_browser()
    page = browser.get(path) if method == "GET" else browser.post(path)
    assert (page.status, page.title) == (404, "Page not found - Retract")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert f"{browser.gateway.address}/" in [link["href"] for link in page.tree.select("a")]


def test_the_smoke_test_after_a_deployment_finds_nothing_wrong(
    emulated: EmulatedSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    look_up = socket.getaddrinfo  # browsers know where any name under "localhost" is, the system need not
    monkeypatch.setattr(socket, "getaddrinfo", lambda _, *rest, **named: look_up(HOST, *rest, **named))
    smoke.check(emulated.deployed.address)


def test_who_is_half_way_when_keys_are_rotated_goes_on(site: Behind, emulated: EmulatedSite) -> None:
    parent, before = site.open_browser(), len(site.outbox)
    check = ask_for_letter(site, parent, HALF_WAY)
    for what in ("cookies", "links"):
        rotate_keys(emulated.emulator, what)
    parent.answer(check, "/check")
    site.wait(lambda: len(site.outbox) > before)
    assert parent.get(read_link(site.outbox[-1].raw, "confirm", parent.gateway.address)).status == 200


def test_what_nobody_confirmed_is_forgotten_by_night(site: Behind, emulated: EmulatedSite) -> None:
    browser, before = site.open_browser(), _unconfirmed(emulated)
    [mail] = [each for each in site.outbox if each.to == (HALF_WAY,)]
    link = read_link(mail.raw, "confirm", browser.gateway.address)
    assert browser.get(link).status == 200
    emulated.turn_clock(on=timedelta(days=9))
    assert browser.get(link).status == 410
    assert _unconfirmed(emulated) == before > 0
    emulated.hurry("forget")
    site.wait(lambda: not _unconfirmed(emulated), patience=100)


def _unconfirmed(emulated: EmulatedSite) -> int:
    return sum(item.get("by_state") == {"S": "unconfirmed"} for item, _ in emulated.list_items())


def test_a_function_may_do_no_more_than_its_role_allows(emulated: EmulatedSite) -> None:
    iam, hear = emulated.emulator.client("iam"), emulated.deployed.functions["hear"]
    role = (
        emulated.emulator.client("lambda").get_function_configuration(FunctionName=hear)["Role"].rpartition("/")[2]
    )
    [name] = iam.list_role_policies(RoleName=role)["PolicyNames"]
    policy = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
    iam.create_user(UserName="like-hear")
    iam.put_user_policy(UserName="like-hear", PolicyName=name, PolicyDocument=json.dumps(policy))
    key = iam.create_access_key(UserName="like-hear")["AccessKey"]
    rows = emulated.emulator.client("dynamodb", key["AccessKeyId"], key["SecretAccessKey"])
    main = {"TableName": config.settings().main_table, "Key": {"pk": {"S": "D#none"}, "sk": {"S": "D"}}}
    assert "Item" not in rows.get_item(**main)
    for refused in (
        lambda: rows.delete_item(**main),
        lambda: rows.scan(TableName=config.settings().main_table),
        lambda: rows.get_item(TableName=config.settings().keys_table, Key={"pk": {"S": "W#none"}}),
    ):
        with pytest.raises(ClientError, match="AccessDenied"):
            refused()


def test_after_all_of_it_no_log_names_anybody(emulated: EmulatedSite) -> None:
    lines = emulated.read_logs()
    assert sum(line.startswith("START ") for line in lines) > 50, "each call of a function is a line"
    assert not [line for line in lines for text in EVERYONE if hides(text, line.encode())]


def test_after_all_of_it_every_promise_holds(emulated: EmulatedSite) -> None:
    check_invariants(emulated, config.now(), EVERYONE)


def test_who_changes_an_event_is_reported(site: Behind, emulated: EmulatedSite) -> None:
    # The last: on purpose it breaks what was just seen to hold.
    event = next(item for item, _ in emulated.list_items() if item["pk"]["S"].startswith("E#"))
    emulated.dynamodb.update_item(
        TableName=config.settings().main_table,
        Key={"pk": event["pk"], "sk": event["sk"]},
        UpdateExpression="SET #by = :by",
        ExpressionAttributeNames={"#by": "by"},
        ExpressionAttributeValues={":by": {"S": "nobody"}},
    )
    site.wait(lambda: any("log tampering: " in line for line in emulated.read_logs()))
