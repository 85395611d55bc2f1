"""The world of tests and runner: nobody's own AWS, moto's gaps closed, everything forgotten at the end."""

import os
from email.message import EmailMessage
from threading import Thread

import pyotp
import pytest

from chalicelib import config
from chalicelib.aws import accounts, mailer, table
from chalicelib.aws.clients import client
from chalicelib.errors import SignInRefused
from infra import world as worlds
from tests import make


def test_it_leaves_the_environment_as_it_found_it(monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "somebody")
    before = dict(os.environ)
    with worlds.world():
        assert "AWS_PROFILE" not in os.environ
        assert config.settings().stage == "local"
    assert dict(os.environ) == before


def test_each_has_keys_and_tables_of_its_own():
    with worlds.world() as one:
        keys = config.settings().cookie_keys
        table.transact([table.put({"pk": "x", "sk": "x"})])
        assert one.dynamodb.scan(TableName="retract-local-main")["Count"] == 1
    with worlds.world() as other:
        assert config.settings().cookie_keys != keys
        assert other.dynamodb.scan(TableName="retract-local-main")["Count"] == 0


def test_the_second_factor_is_checked(world):
    challenge = accounts.start_sign_in(world.staff.user, world.staff.password)
    code = pyotp.TOTP(world.staff.secret).now()
    with pytest.raises(SignInRefused):
        accounts.answer_code(challenge, f"{(int(code) + 1) % 1_000_000:06}")
    token = accounts.answer_code(challenge, code)
    assert accounts.read_token(token)


def test_the_outbox_keeps_the_bytes_and_tags_of_what_was_taken_and_nothing_else(world):
    message = EmailMessage()
    message["From"], message["To"] = config.settings().mail_from, "kim@family.example"
    message.set_content("Good morning")
    mailer.send(message, "letter-1", 2)
    del message["From"]
    message["From"] = "somebody@elsewhere.example"
    with pytest.raises(mailer.MailRefused):
        mailer.send(message, "letter-2", 1)
    (sent,) = world.outbox
    assert sent.raw.endswith(b"\n\nGood morning\n")
    assert sent.tags == {"delivery": "letter-1", "attempt": "2"}
    assert sent.to == ("kim@family.example",)


def test_threads_may_write_at_once(world):
    failed = []

    def write(name):
        for n in range(5):
            try:
                table.transact([table.put({"pk": f"{name}{n}{part}", "sk": "x"}) for part in "abc"])
            except Exception as error:  # noqa: BLE001 - any at all is the failure looked for
                failed.append(error)

    threads = [Thread(target=write, args=(name,)) for name in "pqrs"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    found = client("dynamodb").scan(TableName="retract-local-main", Select="COUNT")["Count"]
    assert found == 60 + len((make.HILL, make.BROOK))
