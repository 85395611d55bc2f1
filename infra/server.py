"""Chalice's dev server, mended where it differs from API Gateway or from HTTP, with a door to the runner's pages.

Mended: decoded path parameters, HEAD, the gateway's page for what no route matches and for bodies that never reach
a function on AWS, one packet an answer, thread-safe requests, a log without tokens.
"""

import logging
import re
import socket
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import unquote

from chalice import Chalice
from chalice.config import Config
from chalice.local import ChaliceRequestHandler, LocalChalice, LocalDevServer, ThreadedHTTPServer

from chalicelib import config
from chalicelib.errors import describe
from infra.gateway_pages import draw_gateway_pages

log = logging.getLogger(__name__)

HOST = "127.0.0.1"
BODY_LIMIT = 6 * 1024 * 1024
"""What Lambda takes; API Gateway refuses more by itself."""
NO_ROUTE = "MISSING_AUTHENTICATION_TOKEN"
"""The gateway's word for it."""
DRAINED = 64 * 1024 * 1024
"""How much of a refused body is read and forgotten."""

OwnPages = Callable[[str, str, bytes], dict[str, Any] | None]
"""(method, path with query, body) -> an answer in Lambda's form, or None where the page is the service's."""


class Handler(ChaliceRequestHandler):
    """One connection."""

    wbufsize = -1  # headers and body in one packet: 0.6 ms an answer in place of 43
    timeout = 60

    def __init__(self, *args: Any, own_pages: OwnPages, **named: Any) -> None:
        self._own_pages = own_pages
        self._route = "-"
        self._unread = False
        super().__init__(*args, **named)

    def answer(self) -> None:
        """Reads one request and answers it."""
        began = time.perf_counter()
        self._route = "-"
        answer = self._answer()
        body = answer["body"].encode()
        self.send_response(answer["statusCode"])
        self.send_header("Content-Length", str(len(body)))
        self._send_headers({**answer["headers"], **answer["multiValueHeaders"]})
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()
        if self._unread:
            self._hang_up()
        log.info(
            "%s %s %s %.0f ms",
            self.command,
            self._route,
            answer["statusCode"],
            1000 * (time.perf_counter() - began),
        )

    # Chalice binds these names to its own method: overriding that one would change nothing.
    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = answer

    def _answer(self) -> dict[str, Any]:
        length = self.headers.get("Content-Length", "0")
        chunked = "Transfer-Encoding" in self.headers
        if chunked or not (length.isascii() and length.isdigit()):
            self._unread = True  # where the body ends is not known
            return self._refuse("DEFAULT_4XX", 411 if chunked else 400)
        if int(length) > BODY_LIMIT:
            self._unread = True
            return self._refuse("REQUEST_TOO_LARGE")
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            raise ConnectionResetError  # half a form is no form
        if re.fullmatch(r"localhost(:\d+)?", self.headers.get("Host", ""), re.IGNORECASE):
            # __Host- cookies are for one name only, and links in letters carry the number.
            return _answer(308, Location=f"http://{HOST}:{self.server.server_address[1]}{self.path}")
        return self._own_pages(self.command, self.path, body) or self._ask_app(body)

    def _ask_app(self, body: bytes) -> dict[str, Any]:
        # The page of GET is made for HEAD too, so that its length can be told.
        method = "GET" if self.command == "HEAD" else self.command
        try:
            event = self._event(method, body)
        except ValueError:
            return self._refuse(NO_ROUTE)
        self._route = event["requestContext"]["resourcePath"]
        if method not in self.local_gateway._app_object.routes[self._route]:
            return self._refuse(NO_ROUTE)  # the gateway has no route for it, where Chalice would answer 405
        return dict(self.local_gateway._app_object(event, self.local_gateway._generate_lambda_context()))

    def _event(self, method: str, body: bytes = b"") -> dict[str, Any]:
        """The event of this request. Raises ValueError where no route matches, as after a decoded slash."""
        event = self.local_gateway.event_converter.create_lambda_event(
            method=method, path=self.path, headers=dict(self.headers), body=body
        )
        parameters = {name: unquote(value) for name, value in event["pathParameters"].items()}
        if any("/" in value for value in parameters.values()):
            raise ValueError
        return {**event, "pathParameters": parameters}

    def _refuse(self, kind: str, status: int = 0) -> dict[str, Any]:
        """What the gateway itself answers on AWS."""
        page = draw_gateway_pages()[kind]
        return _answer(status or page.status, page.at(config.settings().public_url), **page.headers)

    def _hang_up(self) -> None:
        """Reads and forgets what is still coming: closed at once, the sender would never see the answer."""
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_WR)
        self.connection.settimeout(1)
        left = DRAINED
        while left > 0 and (chunk := self.connection.recv(1 << 16)):
            left -= len(chunk)

    def version_string(self) -> str:
        """What stands in the Server header: no versions."""
        return "retract"

    def log_message(self, *_: Any) -> None:
        """Nothing: http.server would log whole addresses, tokens included."""


class Server(ThreadedHTTPServer):
    """Takes connections; one that breaks is the browser's business."""

    def handle_error(self, *_: Any) -> None:
        """No traceback for a browser that went away; the type and place of anything else."""
        error = sys.exc_info()[1]
        if error and not isinstance(error, ConnectionError | TimeoutError):
            log.error("a connection failed: %s", describe(error))


def open_server(app: Chalice, port: int, own_pages: OwnPages) -> Server:
    """A server that listens on ``port`` (0: any free one) and is not yet serving. Raises OSError."""
    app.__class__ = LocalChalice  # the current request is then one a thread
    stage = Config(chalice_stage="local", user_provided_params={"chalice_app": app})
    handler = partial(Handler, own_pages=own_pages)
    return LocalDevServer(app, stage, HOST, port, handler, Server).server


def _answer(status: int, body: str = "", **headers: str) -> dict[str, Any]:
    return {"statusCode": status, "headers": headers, "multiValueHeaders": {}, "body": body}
