"""The service to look at: ``make run`` as a process of its own, or the same in this process, with open tables."""

import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import app as door
from chalicelib import config
from chalicelib.domain.campaign import load_campaign
from infra import stock
from infra.local import shift_clock
from infra.outbox import Outbox
from infra.pump import Pump
from infra.server import HOST, open_server
from infra.world import CAMPAIGN, World, world
from tests.invariants import check_invariants, read_tables

ROOT = Path(__file__).parent.parent.parent
PATIENCE = 120
"""Seconds to wait for the banner: the register may have to be built first."""


@dataclass(frozen=True)
class Desk:
    """A running service: where it is, how staff sign in, and where the mails that went out are shown."""

    address: str
    user: str
    password: str
    secret: str
    outbox: str


@contextmanager
def run_desk(*options: str) -> Iterator[Desk]:
    """``python -m infra.local`` on a free port until the block ends; then it must end well, too."""
    command = [sys.executable, "-m", "infra.local", "--port", "0", *options]
    with tempfile.NamedTemporaryFile("w+") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT)
        try:
            until = time.monotonic() + PATIENCE
            while "forgotten" not in Path(log.name).read_text() and process.poll() is None:
                assert time.monotonic() < until, Path(log.name).read_text()
                time.sleep(0.1)
            banner = Path(log.name).read_text()
            words = r"begin at\s+(http://[\d.:]+)/.*user (\w+), password (\S+).*secret ([A-Z2-7]+) "
            found = re.search(words, banner, re.DOTALL)
            assert found, banner
            yield Desk(*found.groups(), outbox=f"{found[1]}/outbox")
        finally:
            process.send_signal(signal.SIGTERM)
            ended = process.wait(timeout=15)
        assert ended == 0, Path(log.name).read_text()[-2000:]


class House:
    """The service in this process, and the pump that may be killed."""

    def __init__(self, desk: Desk, here: World) -> None:
        self.desk = desk
        self._world = here
        self.pump = Pump(here, door)
        self.pump.start()

    def kill_pump(self) -> None:
        """Nothing is woken any more, and no sweep comes."""
        self.pump.stop()

    def expect_nothing_stored(self) -> None:
        """Raises AssertionError where a table holds more than the schools' contacts."""
        assert not [key for key in read_tables(self._world) if not key.startswith("S#")]

    def start_sweep(self) -> None:
        """A pump begins anew, but for the stream: what happened and what happens does not ring."""
        self.pump = Pump(self._world, door, stream=False)
        self.pump.start()


@contextmanager
def open_house(*typed: str) -> Iterator[House]:
    """A service of one's own; once all is done, its promises are checked, ``typed`` being what names people."""
    houses: list[House] = []
    outbox: list[Outbox] = []
    server = open_server(door.app, 0, lambda *asked: outbox[0].answer(*asked))
    address = f"http://{HOST}:{server.server_address[1]}"
    shift = shift_clock(load_campaign(CAMPAIGN), datetime.now(UTC), None)
    register = stock.prepare_register(None, None)
    with server, world("local", register, clock_shift=shift, public_url=address) as here:
        stock.put_contacts()
        staff = here.staff
        desk = Desk(address, staff.user, staff.password, staff.secret, f"{address}/outbox")
        houses.append(House(desk, here))
        outbox.append(Outbox(here, houses[0].pump))
        serving = threading.Thread(target=server.serve_forever, daemon=True)
        serving.start()
        try:
            yield houses[0]
        finally:
            server.shutdown()
            serving.join()
            houses[0].kill_pump()
        check_invariants(here, config.now(), typed)
