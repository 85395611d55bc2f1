"""The packaged artefact on an emulator, for all tests here; none of them may be skipped."""

import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import FrameType
from typing import Any, NoReturn

import pytest

from infra.emulator import ROOT
from infra.emulator_site import EmulatedSite, open_emulated_site
from infra.exchange import SentMail
from infra.world import StaffAccount
from tests.browser import walk
from tests.browser.conftest import arrive, browser_type_launch_args, inspector  # noqa: F401 - fixtures of the walk
from tests.browser.house import Desk
from tests.emulated.gateway import HttpGateway
from tests.web.client import Browser

ARTEFACT = ROOT / "build" / "emulated"


@dataclass
class Behind:
    """The site of the story, behind the gateway: real functions, woken by what really wakes them."""

    emulated: EmulatedSite
    query: str = "holy trinity exampleton"
    urn: str = walk.TRINITY
    school: str = "Holy Trinity CofE VC Infant School"
    mailbox: str = "office@holy-trinity-cofe-vc-infant-school-900297.example"

    @property
    def outbox(self) -> list[SentMail]:
        return self.emulated.outbox

    @property
    def staff(self) -> StaffAccount:
        return self.emulated.staff

    def open_browser(self) -> Browser:
        return Browser(gateway=HttpGateway(self.emulated.deployed.address))

    def wait(self, seen: Callable[[], bool], patience: float = 20) -> None:
        until = time.monotonic() + patience
        while not seen():
            assert time.monotonic() < until, self.emulated.explain()
            time.sleep(0.2)


@pytest.fixture(scope="session")
def emulated() -> Iterator[EmulatedSite]:
    """One site for the whole session; also where the run is told to end it is ended well."""

    def end(number: int, frame: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, end)
    with open_emulated_site(ARTEFACT) as running:
        yield running
    signal.signal(signal.SIGTERM, before)


@pytest.fixture
def site(emulated: EmulatedSite) -> Behind:
    """Where the story is told."""
    return Behind(emulated)


@pytest.fixture
def desk(emulated: EmulatedSite) -> Desk:
    """Where the walk of the browser goes."""
    staff = emulated.staff
    outbox = f"{emulated.exchange.address}/outbox"
    return Desk(emulated.deployed.address, staff.user, staff.password, staff.secret, outbox)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[Any]:
    """What is skipped has not been shown: it fails."""
    report = yield
    if report.skipped:
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped"
    return report
