"""The look at a site from outside: the real service passes it, and what is not quite the service does not."""

from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

import app as door
from infra import smoke
from infra.server import HOST, open_server
from infra.world import World

Answers = Callable[[str, str], tuple[int, dict[str, str], str]]


@pytest.fixture
def site(world: World) -> Iterator[str]:
    """The service on a free port."""
    server = open_server(door.app, 0, lambda *asked: None)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://{HOST}:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(autouse=True)
def _no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smoke, "TRIES", 1)


def test_the_service_passes(site: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert smoke.main([site]) == 0, capsys.readouterr().out
    assert capsys.readouterr().out.count("  ok ") == len(smoke.LOOKS)


def test_nobody_there_is_told_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert smoke.main(["http://127.0.0.1:9"]) == 1
    said = capsys.readouterr()
    assert said.err == f"smoke: {len(smoke.LOOKS)} of {len(smoke.LOOKS)} checks of http://127.0.0.1:9 failed\n"
    assert "no answer" in said.out


@pytest.mark.parametrize(
    ("spoil", "what"),
    [
        (lambda answer: answer.headers.pop("content-security-policy"), "content security policy"),
        (lambda answer: answer.headers.pop("x-robots-tag"), "lacks X-Robots-Tag"),
        (lambda answer: answer.headers.update({"content-type": "application/json"}), "is no page"),
    ],
)
def test_an_answer_that_is_not_as_it_must_be_fails(
    site: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    spoil: Callable[[smoke.Answer], object],
    what: str,
) -> None:
    ask = smoke.ask

    def spoilt(*asked: str, **headers: str) -> smoke.Answer:
        answer = ask(*asked, **headers)
        spoil(answer)
        return answer

    monkeypatch.setattr(smoke, "ask", spoilt)
    assert smoke.main([site]) == 1
    assert what in capsys.readouterr().out


def test_the_gateways_own_words_in_place_of_our_page_fail(capsys: pytest.CaptureFixture[str]) -> None:
    class Gateway(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = b'{"message":"Missing Authentication Token"}'
            self.send_response(403)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

        def log_message(self, *said: object) -> None:
            pass

    server = ThreadingHTTPServer((HOST, 0), Gateway)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        assert smoke.main([f"http://{HOST}:{server.server_address[1]}/api"]) == 1
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    lines = [line for line in capsys.readouterr().out.splitlines() if "WRONG" in line]
    assert len(lines) == len(smoke.LOOKS) - 1  # a form from elsewhere is refused there too
    assert any(
        "An unknown address is a page of ours: /api/no-such-page-xxxxxxxx answers 403" in line for line in lines
    )
