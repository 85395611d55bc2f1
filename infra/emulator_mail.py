"""What of SES ministack lacks: each mail is noted on its way, bytes and tags, and its events are published.

The functions send through here to ministack, which judges the request. The mails are shown under /outbox.
"""

import http.client
import json
import threading
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from chalicelib import config
from infra.emulator import ACCOUNT, HOST, REGION, Emulator
from infra.exchange import SentMail
from infra.pump import mail_events

SEND = "/v2/email/outbound-emails"
OwnPages = Callable[[str, str, bytes], dict[str, Any] | None]


@dataclass
class MailRoom:
    """What went through, as ``infra.exchange.Exchange`` has it in process.

    ``address``: where the functions find SES, and /outbox is; ``own_pages``: what answers there.
    """

    emulator: Emulator
    address: str = ""
    outbox: list[SentMail] = field(default_factory=list)
    lock: Any = field(default_factory=threading.RLock)
    own_pages: OwnPages | None = None

    def note(self, asked: dict[str, Any], message_id: str) -> None:
        """Writes down a mail that was taken, and publishes what SES would say of it, by its configuration set."""
        mail = SentMail(
            message_id,
            b64decode(asked["Content"]["Raw"]["Data"]),
            tuple(asked["Destination"]["ToAddresses"]),
            {tag["Name"]: tag["Value"] for tag in asked.get("EmailTags", ())},
            datetime.now(UTC),
        )
        with self.lock:
            self.outbox.append(mail)
        topic = f"arn:aws:sns:{REGION}:{ACCOUNT}:{asked['ConfigurationSetName']}-mail-events"
        for event in mail_events(mail, config.now()):
            self.emulator.client("sns").publish(TopicArn=topic, Message=json.dumps(event))


@contextmanager
def open_mail_room(emulator: Emulator) -> Iterator[MailRoom]:
    """A mail room on a free port until the block ends."""
    room = MailRoom(emulator)

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            own = room.own_pages and room.own_pages(self.command, self.path, body)
            if own:
                self._say(own["statusCode"], own["headers"], own["body"].encode())
                return
            with closing(http.client.HTTPConnection(HOST, emulator.port, timeout=30)) as connection:
                connection.request(self.command, self.path, body, dict(self.headers))  # signed for this very Host
                answer = connection.getresponse()
                said = answer.read()
            if self.path == SEND and answer.status == 200:
                room.note(json.loads(body), json.loads(said)["MessageId"])
            self._say(answer.status, {"Content-Type": answer.headers["Content-Type"]}, said)

        do_GET = do_HEAD = do_POST = answer

        def _say(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Nothing: pytest would show it."""

    with ThreadingHTTPServer((HOST, 0), Handler) as server:
        room.address = f"http://{HOST}:{server.server_address[1]}"
        serving = threading.Thread(target=server.serve_forever, daemon=True)
        serving.start()
        try:
            yield room
        finally:
            server.shutdown()
            serving.join()
