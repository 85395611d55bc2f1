"""The emulated gateway for the tests' browser: HTTP, without a jar; cookies are carried by the browser itself."""

import http.client
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from chalice.test import HTTPResponse

from infra.emulator import HOST


@dataclass
class HttpGateway:
    """``address``: of the site, stage path included; its name need not be known to the machine's resolver."""

    address: str

    def request(self, method: str, path: str, headers: dict[str, str], body: bytes) -> HTTPResponse:
        """The gateway's answer to a request for ``path`` under the stage."""
        site = urlsplit(self.address)
        with closing(http.client.HTTPConnection(HOST, site.port, timeout=30)) as connection:
            connection.request(method, site.path + path, body or None, headers)
            answer = connection.getresponse()
            said: dict[str, Any] = dict(answer.getheaders())
            said["Set-Cookie"] = answer.headers.get_all("Set-Cookie") or []
            return HTTPResponse(answer.read(), said, answer.status)
