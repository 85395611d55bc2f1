"""What a page costs from cold: the modules it loads, counted in a process of its own (performance.md, Budgets).

120 were budgeted after a prototype with few rooms; the house has 42 of its own on the way to any page. A page of
words loads 137, one with a form or answers 34 more: signer and cipher. "Check your answers" is not here: it asks
AWS which of the schools can be written to, because parents hear that before they send.
"""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

import pytest

from infra.world import World
from tests import make
from tests.cold import COLD
from tests.web.client import ROOT, Browser, come_to_check

WORDS_ONLY = 145
WITH_FORM = 180
"""With room for a few rooms more, and not for any package."""

SEARCHING = {"sqlite3", "sqlite3.dbapi2", "_sqlite3"}
NEVER = {"botocore", "boto3", "urllib3", "marshmallow", "babel", "email", "http.client"}
"""Each would cost a page more than all its own work; none is needed to draw one."""

WORDS = ["/", "/for-schools", "/cookies", "/privacy", "/accessibility", "/school-not-listed"]
FORMS = ["/way", "/child/1/name", "/child/1/items", "/you", "/delete-answers", "/staff/sign-in"]
NAME_A_SCHOOL = [f"/child/1/school?q={make.HILL}", f"/school/{make.HILL}", "/letter"]


def answer_cold(paths: list[str], cookie: str = "") -> dict[str, Any]:
    shift = int((make.NOW - datetime.now(UTC)).total_seconds())
    done = subprocess.run(
        [sys.executable, "-c", COLD, *paths, cookie],
        cwd=ROOT,
        env={**os.environ, "CLOCK_SHIFT": str(shift)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


@pytest.fixture
def cookie(world: World) -> str:
    """The Cookie header of somebody who has answered everything."""
    phone = Browser()
    come_to_check(phone, make.HILL)
    return "; ".join(f"{name}={value}" for name, value in phone.cookies.items())


def test_a_page_of_words_loads_little_and_nothing_of_aws_or_of_forms(world: World) -> None:
    for path, answer in answer_cold(WORDS).items():
        assert answer["statusCode"] == 200, path
        loaded = set(answer["modules"])
        assert not loaded & (NEVER | SEARCHING), path
        assert len(loaded) <= WORDS_ONLY, (path, len(loaded))


def test_a_page_with_a_form_loads_signer_and_cipher_besides(cookie: str) -> None:
    for path, answer in answer_cold(FORMS, cookie).items():
        assert answer["statusCode"] == 200, path
        loaded = set(answer["modules"])
        assert not loaded & (NEVER | SEARCHING), path
        assert len(loaded) <= WITH_FORM, (path, len(loaded))


def test_only_a_page_that_names_a_school_opens_the_register(cookie: str) -> None:
    for path, answer in answer_cold(NAME_A_SCHOOL, cookie).items():
        assert answer["statusCode"] == 200, path
        assert not set(answer["modules"]) & NEVER, path
        assert "sqlite3" in answer["modules"], path
