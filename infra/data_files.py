"""Two files that spare a cold Lambda a third of its work, and the variables that lead botocore to them.

Amazon's own roots in place of 126 (parsing those costs every client, and every reconnect, 200 M instructions), and
an endpoints.json of our partition and services (the whole has 1.25 MB). Measured in performance.md, rule 1.
"""

import hashlib
import json
import re
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import botocore

BOTOCORE = Path(botocore.__file__).parent
ROOTS = "chalicelib/compiled/roots.pem"
ENDPOINTS = "chalicelib/compiled/aws/endpoints.json"
VARIABLES = {"AWS_CA_BUNDLE": ROOTS, "AWS_DATA_PATH": "chalicelib/compiled/aws"}
"""Relative to the folder in which Lambda starts a function. Neither is set on a desk."""

AMAZON_ROOTS = {
    "Amazon Root CA 1": "8ecde6884f3d87b1125ba31ac3fcb13d7016de7f57cc904fe1cb97c6ae98196e",
    "Amazon Root CA 2": "1ba5b2aa8c65401a82960118f80bec4f62304d83cec4713a19c39c011ea46db4",
    "Amazon Root CA 3": "18ce6cfe7bf14e60b2e347b8dfe868cb31d02ebb3ada271569f50343b46db3a4",
    "Amazon Root CA 4": "e35d28419ed02025cfa69038cd623962458da5c695fbdea3c22b0bfb25897092",
    "Starfield Services Root Certificate Authority - G2": (
        "568d6905a2c88708a4b3025190edcfedb1974a606a13c6e5290fcb2ae63edab5"
    ),
}
"""The roots of Amazon Trust Services (amazontrust.com/repository) and their SHA-256 fingerprints."""

AT_LEAST = timedelta(days=365)
SERVICES = ("cognito-idp", "dynamodb", "email", "kms", "s3", "sts")
"""By their endpoint's name: "email" is SES. A service cut out still works, by botocore's rule sets."""

CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----\n", re.DOTALL)


class RootsMissing(Exception):
    """botocore's bundle lacks one of Amazon's roots, or one ends too soon."""


def amazon_roots(bundle: str, today: datetime) -> str:
    """The five roots in ``bundle`` (PEM). Raises RootsMissing unless each is there and lasts another year."""
    names = {fingerprint: name for name, fingerprint in AMAZON_ROOTS.items()}
    found = {}
    for pem in CERTIFICATE.findall(bundle):
        fingerprint = hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()
        if fingerprint in names:
            found[names[fingerprint]] = pem
    missing = sorted(AMAZON_ROOTS.keys() - found.keys())
    ending = [name for name, pem in found.items() if _last_day(pem) < today + AT_LEAST]
    if missing or ending:
        raise RootsMissing(f"Amazon's roots: missing {missing}, ending within a year {ending}")
    return "".join(f"# {name}\n{found[name]}" for name in sorted(found))


def our_endpoints(whole: dict[str, Any]) -> dict[str, Any]:
    """botocore's endpoints.json with nothing but partition "aws" and our services."""
    [partition] = [each for each in whole["partitions"] if each["partition"] == "aws"]
    services = {name: partition["services"][name] for name in SERVICES}
    return whole | {"partitions": [partition | {"services": services}]}


def write_data_files(folder: Path, today: datetime) -> None:
    """Both files, into the clean copy in ``folder``. Raises RootsMissing."""
    roots = amazon_roots((BOTOCORE / "cacert.pem").read_text(encoding="utf-8"), today)
    endpoints = our_endpoints(json.loads((BOTOCORE / "data" / "endpoints.json").read_text(encoding="utf-8")))
    for path, text in ((ROOTS, roots), (ENDPOINTS, json.dumps(endpoints, separators=(",", ":")))):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")


def _last_day(pem: str) -> datetime:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=pem)  # the very parser that botocore's connections use
    [certificate] = context.get_ca_certs()
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(certificate["notAfter"])), UTC)
