"""Whom the packaged service trusts: for AWS Amazon's five roots alone, for the keys of tokens the system's."""

import datetime as dt
import ssl
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


class Place(NamedTuple):
    """A server on this machine, and the certificate that says so."""

    address: str
    certificate: Path


class Keys(BaseHTTPRequestHandler):
    """Answers whatever it is asked with a set of one key."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(b'{"keys": [{"kty": "oct", "k": "AAAA", "kid": "one"}]}')

    do_POST = do_GET

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """An HTTPS server whose certificate no root of Amazon's has signed."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name.from_rfc4514_string("CN=localhost")
    start = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + dt.timedelta(days=36500))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem, both = tmp_path / "certificate.pem", tmp_path / "both.pem"
    pem.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    both.write_bytes(private + pem.read_bytes())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(both)
    server = HTTPServer(("127.0.0.1", 0), Keys)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # a refused handshake is what is tested
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Place(f"https://localhost:{server.server_port}", pem)
    server.shutdown()
    thread.join()
    server.server_close()


ASK_AWS = """
import json
from chalicelib.aws.clients import ask
from chalicelib.errors import Unavailable
try:
    ask("dynamodb", "get_item", TableName="main", Key={"pk": {"S": "-"}})
    print(json.dumps("answered"))
except Unavailable as refused:
    print(json.dumps(refused.facts["code"]))
"""

ASK_FOR_KEYS = """
import json, sys
import jwt
try:
    jwt.PyJWKClient(sys.argv[1]).fetch_data()
    print(json.dumps("answered"))
except jwt.PyJWKClientConnectionError as refused:
    print(json.dumps("refused" if "CERTIFICATE_VERIFY_FAILED" in str(refused) else str(refused)))
"""


def test_a_client_of_aws_trusts_nobody_but_amazon(lambda_python: Callable[..., Any], place: Place) -> None:
    reach = {"AWS_ENDPOINT_URL": place.address, "AWS_ACCESS_KEY_ID": "nobody", "AWS_SECRET_ACCESS_KEY": "nothing"}
    # ... not even whom the system trusts.
    assert lambda_python(ASK_AWS, SSL_CERT_FILE=str(place.certificate), **reach) == "SSLError"
    assert lambda_python(ASK_AWS, AWS_CA_BUNDLE=str(place.certificate), **reach) == "answered"


def test_the_keys_of_staff_tokens_are_fetched_by_the_systems_trust(
    lambda_python: Callable[..., Any], place: Place
) -> None:
    keys = f"{place.address}/.well-known/jwks.json"
    assert lambda_python(ASK_FOR_KEYS, keys, SSL_CERT_FILE=str(place.certificate)) == "answered"
    assert lambda_python(ASK_FOR_KEYS, keys) == "refused"
