"""`make run` from outside: one process on a free port, asked as a browser or a careless client would ask it."""

import http.client
import os
import re
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
PATIENCE = 60
"""Seconds to wait for the banner: the front end may have to be built first."""


@dataclass
class Desk:
    """A running house: its process, its port, what it said at the start."""

    process: subprocess.Popen[str]
    port: int
    banner: str

    def ask(self, method: str, path: str, host: str = "", **options: Any) -> http.client.HTTPResponse:
        """One request on a connection of its own; the answer has been read into ``body``."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        headers = {"Host": f"{host or '127.0.0.1'}:{self.port}", **options.pop("headers", {})}
        connection.request(method, path, headers=headers, **options)
        answer = connection.getresponse()
        answer.body = answer.read()
        connection.close()
        return answer


def start(*options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "infra.local", *options],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@contextmanager
def desk(*options: str) -> Iterator[Desk]:
    process = start("--port", "0", *options)
    try:
        banner, until = "", time.monotonic() + PATIENCE
        with selectors.DefaultSelector() as ready:
            ready.register(process.stdout, selectors.EVENT_READ)
            while "Ctrl-C" not in banner:
                assert ready.select(until - time.monotonic()), f"no banner, only: {banner}"
                said = os.read(process.stdout.fileno(), 65536).decode()
                assert said, f"it ended with: {banner}{process.stderr.read()}"
                banner += said
        yield Desk(process, int(re.search(r"http://127\.0\.0\.1:(\d+)/", banner)[1]), banner)
    finally:
        process.terminate()
        process.communicate(timeout=10)


@pytest.fixture(scope="module")
def here() -> Iterator[Desk]:
    with desk() as running:
        yield running


def test_the_banner_says_where_to_begin_and_what_the_clock_says(here):
    for words in (
        f"http://127.0.0.1:{here.port}/outbox",
        f"http://127.0.0.1:{here.port}/staff",
        "21 September 2017",
        "invented",
        "Everything is forgotten",
    ):
        assert words in here.banner


def test_the_start_page_is_there_and_loads_its_files(here):
    page = here.ask("GET", "/")
    assert page.status == 200
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    for path in re.findall(rb'(?:href|src)="(/static/[^"]+)"', page.body):
        assert here.ask("GET", path.decode()).status == 200


def test_what_no_route_matches_is_a_page_of_ours_with_its_headers(here):
    page = here.ask("GET", "/no/such/thing/anywhere?q=1")
    assert page.status == 404
    assert page.body.startswith(b"<!DOCTYPE html>")
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/", "/no/such/thing/anywhere"])
def test_head_is_get_without_the_body_and_the_connection_lives_on(here, path):
    connection = http.client.HTTPConnection("127.0.0.1", here.port, timeout=10)
    seen = []
    for method in ("GET", "HEAD", "GET"):
        connection.request(method, path)
        answer = connection.getresponse()
        seen.append((answer.status, answer.headers["Content-Length"], len(answer.read())))
    connection.close()
    assert seen[0] == seen[2]
    assert seen[1] == (*seen[0][:2], 0)


def test_localhost_is_sent_to_the_number_and_keeps_its_path(here):
    moved = here.ask("POST", "/way?a=b", host="localhost", body="way=mail")
    assert moved.status == 308
    assert moved.headers["Location"] == f"http://127.0.0.1:{here.port}/way?a=b"


def test_a_body_in_chunks_is_refused(here):
    assert here.ask("POST", "/way", body=iter([b"way=mail"]), encode_chunked=True).status == 411


def test_ten_megabytes_are_too_large_and_the_sender_gets_to_know(here):
    for size in (100_000, 10_000_000):
        page = here.ask(
            "POST", "/way", body=b"a=" + b"x" * size, headers={"Content-Type": "application/x-www-form-urlencoded"}
        )
        assert page.status == 413
        assert b"<h1" in page.body


def test_a_path_is_decoded_as_the_gateway_does(here):
    assert here.ask("GET", "/school/900101").status == 200
    assert here.ask("GET", "/school/%39%30%30101").status == 200
    assert here.ask("GET", "/school/900101%2F1").status == 404


@pytest.mark.parametrize(("method", "path"), [("DELETE", "/way"), ("GET", "/child/1/remove"), ("PUT", "/staff")])
def test_a_wrong_method_is_the_gateways_page(here, method, path):
    page = here.ask(method, path)
    assert page.status == 404
    assert b"There is no page at this address" in page.body


def test_a_client_that_leaves_in_the_middle_disturbs_nobody(here):
    for sent in (b"POST /way HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\nway", b"GET / HT"):
        connection = http.client.HTTPConnection("127.0.0.1", here.port)
        connection.connect()
        connection.sock.sendall(sent)
        connection.close()
    assert here.ask("GET", "/").status == 200


def test_the_outbox_says_that_it_is_only_of_this_desk(here):
    page = here.ask("GET", "/outbox")
    assert page.status == 200
    assert b"Only on this desk" in page.body
    assert here.ask("GET", "/outbox/1").status == 404


def test_neither_tokens_nor_queries_are_logged_and_ctrl_c_ends_it_cleanly():
    with desk() as running:
        running.ask("GET", "/confirm/secret-token?secret=query")
        running.ask("GET", "/nowhere/at/secret")
        with socket.create_connection(("127.0.0.1", running.port), timeout=5) as careless:
            careless.sendall(b"GET /secret HTTP/nine\r\n\r\n")
            assert b" 400 " in careless.recv(1000)
        running.process.send_signal(signal.SIGINT)
        said, logged = running.process.communicate(timeout=3)
        assert running.process.returncode == 0
        assert "forgotten" in said
        assert "GET /confirm/{token} 404" in logged
        assert "secret" not in logged
        assert "Traceback" not in logged
        with pytest.raises(ConnectionRefusedError):
            running.ask("GET", "/")


def test_a_port_in_use_is_one_line(here):
    refused = start("--port", str(here.port))
    _, complaint = refused.communicate(timeout=20)
    assert refused.returncode == 2
    assert complaint.count("\n") == 1
    assert f"Port {here.port} is in use" in complaint


@pytest.mark.parametrize(
    ("content", "words"), [(None, "No such file"), (b"URN,Name\n1,x\n", "no column"), (b"\xff\x00\x81", "column")]
)
def test_a_missing_or_broken_download_is_one_line(tmp_path, content, words):
    download = tmp_path / "download.csv"
    if content is not None:
        download.write_bytes(content)
    refused = start("--port", "0", "--gias", str(download))
    _, complaint = refused.communicate(timeout=20)
    assert refused.returncode == 2
    assert complaint.count("\n") == 1
    assert "download.csv" in complaint
    assert words in complaint
