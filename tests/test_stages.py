"""The stages: who may use test settings, where a test's letters go, and that production never starts half made."""

import logging
from contextlib import contextmanager
from dataclasses import replace
from email import message_from_bytes
from email.policy import default

import pytest

import app as door
from chalicelib import config
from chalicelib.aws import delivery_rows, withdrawal_rows
from chalicelib.domain import campaign
from chalicelib.domain.contact import ContactState
from chalicelib.domain.withdrawal import Outcome, replay
from chalicelib.errors import SettingMissing
from chalicelib.services import answers, confirmations, submissions
from infra.pump import Pump
from infra.world import CAMPAIGN
from tests import make, tell
from tests.desk import calls_made
from tests.invariants import check_invariants, read_tables, read_words
from tests.web.client import Browser

REAL = {
    "CAMPAIGN": CAMPAIGN,
    "PUBLIC_URL": "https://refuse.org.uk",
    "MAIN_TABLE": "main",
    "KEYS_TABLE": "keys",
    "KMS_KEY": "key",
    "REGISTER_PATH": "register.sqlite",
    "MAIL_FROM": "letters@refuse.org.uk",
    "CONFIGURATION_SET": "retract-prod",
    "MAIL_RATE": "14",
    "MAIL_DAY": "50000",
    "COOKIE_KEYS": "cookie",
    "LINK_KEYS": "link",
    "FINGERPRINT_KEY": "1:0123456789abcdef",
    "USER_POOL": "pool",
    "USER_POOL_CLIENT": "client",
}
TEST_SETTINGS = {"CLOCK_SHIFT": "60", "PSEUDO": "yes", "JWKS_URL": "file:///keys.json"}
MAIL = make.make_sender().mail


@contextmanager
def moved(stage, **settings):
    """The world's settings as ``stage`` has them, but for ``settings``; the tables stay."""
    real = {name: REAL[name] for name in ("PUBLIC_URL", "MAIL_FROM")} if stage == "prod" else {}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**dict.fromkeys(TEST_SETTINGS, ""), "STAGE": stage, **real, **settings}.items():
            patch.setenv(name, value)
        config.settings.cache_clear()
        yield
    config.settings.cache_clear()


@pytest.fixture
def test_stage(world):
    with moved("test"):
        yield


@pytest.fixture
def production(world):
    with moved("prod"):
        yield


def message(sent):
    return message_from_bytes(sent.raw, policy=default)


# ---- Settings -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stage", "production"), [("local", False), ("dev", False), ("test", False), ("prod", True)]
)
def test_four_stages_and_one_of_them_is_for_families(stage, production):
    settings = config.read_settings(REAL | {"STAGE": stage})
    assert (settings.production, settings.test) == (production, stage == "test")


@pytest.mark.parametrize("stage", ["production", "Prod", "staging", "x"])
def test_any_other_stage_is_refused(stage):
    with pytest.raises(SettingMissing, match="STAGE must be one of local, dev, test, prod"):
        config.read_settings(REAL | {"STAGE": stage})


@pytest.mark.parametrize("name", TEST_SETTINGS)
@pytest.mark.parametrize("stage", config.STAGES)
def test_test_settings_work_where_no_real_address_is_written_to(stage, name):
    environment = REAL | {"STAGE": stage, name: TEST_SETTINGS[name]}
    if stage in ("local", "dev"):
        assert config.read_settings(environment).stage == stage
        return
    with pytest.raises(SettingMissing, match=name):
        config.read_settings(environment)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PUBLIC_URL", "http://refuse.org.uk"),
        ("PUBLIC_URL", "https://retract.example/api"),
        ("PUBLIC_URL", "https://site.localhost"),
        ("MAIL_FROM", "letters@retract.example"),
    ],
)
def test_production_refuses_an_address_that_is_nobodys(name, value):
    assert config.read_settings(REAL | {"STAGE": "dev", name: value})
    with pytest.raises(SettingMissing, match=name):
        config.read_settings(REAL | {"STAGE": "prod", name: value})


# ---- A test's letters ---------------------------------------------------------------------------------------


def test_in_a_test_stage_every_mail_goes_to_its_sender_and_says_so_first(world, test_stage):
    hid = submissions.submit(make.make_household(), "192.0.2.1", make.NOW)
    tell.ring(hid, "submitted")
    link, _ = confirmations.confirm_link(hid, 1, "en", make.NOW)
    confirmations.confirm(link.rpartition("/")[2], make.NOW)
    tell.ring(hid, "confirmed")
    asked, letter = world.outbox
    assert asked.to == letter.to == (MAIL,)
    assert message(asked)["Subject"].startswith("[TEST] Not sent yet")
    assert message(letter)["Subject"].startswith("[TEST] Parent's refusal")
    assert read_words(asked.raw).splitlines()[:2] == ["This is a test. No school gets a letter.", ""]
    first = (
        "This is a test. In use, this letter would have gone to Hill Primary School. It went to its sender only."
    )
    assert read_words(letter.raw).splitlines()[:2] == [first, ""]
    page = message(letter).get_body(("html",)).get_content()
    assert page.partition("<p")[2].partition(">")[2].startswith(f"<strong>{first}</strong>")
    assert "office@hill.example" not in read_words(letter.raw) + page
    check_invariants(world, make.NOW, ("Robin Example", "Kim Example"))


def test_a_letter_of_a_test_that_bounces_leaves_the_schools_contact_alone(world, test_stage):
    pump = Pump(world, door)
    hid = tell.submit_and_confirm(make.make_household(mail="bounce@family.example"))
    pump.beat()
    assert delivery_rows.get_delivery(tell.letter(hid)).bounced
    assert read_tables(world)[f"S#{make.HILL}"]["C"]["state"] == ContactState.VERIFIED


def test_a_withdrawal_of_a_test_is_marked_as_one_and_left_out_of_every_count(world, test_stage):
    hid = tell.submit_and_confirm()
    tell.ring(hid, "confirmed")
    letter = delivery_rows.get_delivery(tell.letter(hid))
    answers.acknowledge(answers.answer_link(letter).rpartition("/")[2], Outcome.RECORDED, None, make.NOW)
    (ref,) = letter.refs
    withdrawal = withdrawal_rows.get_withdrawal(ref)
    assert withdrawal.test
    assert withdrawal.outcome is Outcome.RECORDED
    assert replay(ref, withdrawal_rows.list_events(ref)).test
    assert "T" not in read_tables(world)[f"S#{make.HILL}"]


@pytest.mark.parametrize("path", ["/", "/way", "/staff/sign-in", "/no-such-page"])
def test_every_page_of_a_test_stage_says_that_it_is_one(world, test_stage, path):
    banner = Browser().get(path).tree.select_one(".site-test")
    assert banner.get_text(strip=True) == "This is a test. No school gets a letter."


def test_nowhere_else_is_anything_marked(world):
    hid = tell.submit_and_confirm()
    tell.ring(hid, "confirmed")
    (letter,) = world.outbox
    assert letter.to == ("office@hill.example",)
    assert "TEST" not in message(letter)["Subject"]
    assert "This is a test" not in read_words(letter.raw)
    assert "test" not in read_tables(world)[f"W#{delivery_rows.get_delivery(tell.letter(hid)).refs[0]}"]["W"]
    assert not Browser().get("/").tree.select(".site-test")


# ---- Production ---------------------------------------------------------------------------------------------


def call(name):
    """One call of the event function ``name`` as AWS makes it, with something to do."""
    hid = tell.submit_and_confirm()
    events = {
        "ring": tell.records(hid, "confirmed"),
        "hear": {"Records": [tell.mail_event(tell.letter(hid), "Delivery")]},
    }
    tick = {"id": "1", "time": "2017-09-21T09:30:00Z", "detail-type": "Scheduled Event", "source": "aws.events"}
    event = events.get(
        name, tick | {"account": "1", "region": "eu-west-2", "resources": [], "detail": {}, "version": "0"}
    )
    return lambda: getattr(door, name)(event, None)


EVENT_FUNCTIONS = [source.name for source in door.app.event_sources]


@pytest.mark.parametrize("name", EVENT_FUNCTIONS)
def test_in_production_no_event_function_works_for_a_campaign_that_does_not_say_who_it_is(world, name):
    run = call(name)
    before = read_tables(world)
    says = r"not filled in: controller\.legal_name"
    with moved("prod"), calls_made() as made, pytest.raises(SettingMissing, match=says):
        run()
    assert not made
    assert read_tables(world) == before
    assert not world.outbox


@pytest.mark.parametrize("name", EVENT_FUNCTIONS)
def test_no_event_function_works_with_a_test_setting_in_production(world, name):
    run = call(name)
    with moved("prod", CLOCK_SHIFT="60"), calls_made() as made, pytest.raises(SettingMissing, match="CLOCK_SHIFT"):
        run()
    assert not made
    assert not world.outbox


@pytest.mark.parametrize("name", EVENT_FUNCTIONS)
def test_in_production_every_event_function_works_for_a_campaign_that_says_who_it_is(
    world, production, monkeypatch, name
):
    whole = campaign.load_campaign(CAMPAIGN)
    real = dict.fromkeys(whole.controller.__dataclass_fields__, "Somebody Real")
    monkeypatch.setattr(
        "chalicelib.services.deployment.load_campaign",
        lambda id: replace(whole, controller=replace(whole.controller, **real)),
    )
    call(name)()


def test_in_production_a_campaign_that_does_not_say_who_it_is_serves_nothing(world, production):
    for path in ("/", "/way", "/staff/sign-in"):
        page = Browser().get(path)
        assert page.status == 500
        assert not page.tree.select("main form")


def test_without_its_settings_the_service_answers_a_page_and_names_what_is_wrong_in_the_log(world, caplog):
    with moved("staging"), caplog.at_level(logging.ERROR):
        page = Browser().get("/")
    assert page.status == 500
    assert page.tree.h1.get_text() == "Sorry, there is a problem with the service"
    assert "STAGE must be one of" in caplog.text
