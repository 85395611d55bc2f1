"""ministack: an AWS in a process of its own, on loopback; started, asked, and ended with all that it left.

It checks signatures and policies as AWS does (AUTH=true): a function is allowed what its role allows.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import botocore.session
from botocore.config import Config

ROOT = Path(__file__).parent.parent
MINISTACK = ROOT / "build" / "emulate" / "bin" / "ministack"
HOST = "127.0.0.1"
REGION = "eu-west-2"
ACCOUNT = "123456789012"
ROOT_KEY = ACCOUNT
"""ministack takes an access key of twelve digits for the root of that account."""
MEMORY, NEEDED = Path("/dev/shm"), 2**30  # noqa: S108 - TemporaryDirectory makes a name of its own
PATIENCE = 60
"""Seconds until it must answer, and until it must have ended."""


class EmulatorMissing(Exception):
    """There is no ministack, or it does not start; the message says what to do."""


@dataclass(frozen=True)
class Emulator:
    """A running ministack at ``address``; ``log`` is the file of what it says."""

    port: int
    log: Path
    _clients: dict[tuple[str, str], Any] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """Where every service of it is asked."""
        return f"http://{HOST}:{self.port}"

    def client(self, service: str, key: str = ROOT_KEY, secret: str = "test") -> Any:  # noqa: S107 - the root's
        """A botocore client of ``service`` ("cloudformation"); without a key it may do everything."""
        if (service, key) not in self._clients:
            self._clients[service, key] = botocore.session.get_session().create_client(
                service,
                region_name=REGION,
                endpoint_url=self.address,
                aws_access_key_id=key,
                aws_secret_access_key=secret,
                config=Config(retries={"total_max_attempts": 1}, read_timeout=120),
            )
        return self._clients[service, key]

    def close(self) -> None:
        """Ends the connections of its clients."""
        while self._clients:
            self._clients.popitem()[1].close()


@contextmanager
def run_emulator(program: Path = MINISTACK) -> Iterator[Emulator]:
    """ministack until the block ends; its files, its functions and its port go with it. Raises EmulatorMissing."""
    if not program.exists():
        raise EmulatorMissing(f"no {program.relative_to(ROOT)}: `make emulate` installs it")
    with tempfile.TemporaryDirectory(dir=_room(), prefix="retract-emulator-") as folder:
        port = _free_port()
        log = Path(folder) / "log.txt"
        with log.open("w") as said:
            process = subprocess.Popen(
                [program],
                cwd=folder,
                env=_environment(port, folder),
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # a group of its own: the functions are ended with it
            )
        try:
            _wait(process, port, log)
            emulator = Emulator(port, log)
            yield emulator
            emulator.close()
        finally:
            _end(process)


def _environment(port: int, folder: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": folder,
        "TMPDIR": folder,  # the code of each function is unpacked there
        # Else it would listen on every address of the machine, and for MQTT and SFTP, too.
        "BIND_HOST": HOST,
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "GATEWAY_PORT": str(port),
        "AUTH": "true",
        "MINISTACK_REGION": REGION,
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "LAMBDA_EXECUTOR": "local",
        "LOG_LEVEL": "INFO",
    }


def _room() -> Path | None:
    """Memory, where there is plenty: every function is unpacked, and at the end that must be taken away again."""
    return MEMORY if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > NEEDED else None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _wait(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://{HOST}:{port}/_ministack/health", timeout=2) as answer:
                json.load(answer)
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise EmulatorMissing(f"ministack does not start: {log.read_text()[-2000:]}")


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Asks the group to end, and ends what is left of it."""
    with suppress(ProcessLookupError, subprocess.TimeoutExpired):
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=10)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=10)
