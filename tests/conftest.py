"""What every test stands on: a world of its own (moto), the register of ``tests/make.py``, a clock it sets."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from chalicelib import config
from chalicelib.aws import contact_rows
from chalicelib.domain.contact import Contact, ContactState
from chalicelib.register.index import build
from infra.world import World
from infra.world import world as open_world
from tests import make


@pytest.fixture(scope="session")
def register_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The schools of ``make.make_schools`` as a register."""
    path = tmp_path_factory.mktemp("register") / "register.sqlite"
    build(make.make_download(), path)
    return path


@pytest.fixture
def world(register_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """An AWS of its own, where the clock stands at ``make.NOW``, and Hill and Brook have contacts."""
    with open_world(register_path=register_path, pseudo=True) as here:
        for urn, name in ((make.HILL, "hill"), (make.BROOK, "brook")):
            contact_rows.put_contact(Contact(urn, f"office@{name}.example", ContactState.VERIFIED))
        monkeypatch.setattr(config, "now", lambda: make.NOW)
        yield here


def shifted_clock(instant: datetime) -> int:
    """Seconds from the wall clock to ``instant``, for what lives in another process."""
    return int((instant - datetime.now(UTC)).total_seconds())
