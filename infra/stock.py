"""Stocks the desk: the register, built once for each download, and an invented contact for each school."""

import hashlib
import re
from pathlib import Path

from moto.core import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends

from chalicelib.aws import contact_rows
from chalicelib.aws.attributes import pack
from chalicelib.config import settings
from chalicelib.domain.contact import Contact, ContactState
from chalicelib.domain.school import School
from chalicelib.services import schools
from infra import register
from infra.world import REGION

ROOT = Path(__file__).parent.parent
BUILD = ROOT / "build"
SAMPLE = ROOT / "infra" / "sample_schools.csv"
SAMPLE_LINKS = ROOT / "infra" / "sample_links.csv"
CODE = (ROOT / "chalicelib" / "register", ROOT / "chalicelib" / "domain" / "school.py")
"""What a register file depends on beside the download."""


def prepare_register(download: Path | None, links: Path | None) -> Path:
    """The register of a GIAS download (the invented schools without one); built only if it is not there yet.

    Raises RegisterError or OSError naming the file that cannot be used.
    """
    if download is None:
        download, links = SAMPLE, SAMPLE_LINKS
    whole = hashlib.sha256()
    code = [source for place in CODE for source in (sorted(place.glob("*.py")) if place.is_dir() else [place])]
    for path in (download, *([links] if links else []), *code):
        whole.update(path.read_bytes())
    built = BUILD / f"register-{whole.hexdigest()[:16]}.sqlite"
    if not built.exists():
        read, refused = register.load(download, links)
        refused = [*read.refused, *refused]
        print(f"Building the register: {len(read.schools):,} schools, {len(refused)} rows refused ...", flush=True)
        register.write(read, built)
    return built


def put_contacts() -> tuple[int, int]:
    """Gives each offered school an invented contact, but for every tenth; how many are offered, and have one.

    Through moto's own table: 20,000 contacts take 3 seconds so, and 8 as batches.
    """
    rows = dynamodb_backends[DEFAULT_ACCOUNT_ID][REGION].tables[settings().main_table]
    offered, contacts = invent_contacts()
    for contact in contacts:
        rows.put_item(pack(contact_rows.to_row(contact)))
    return offered, len(contacts)


def invent_contacts() -> tuple[int, list[Contact]]:
    """How many schools are offered, and a contact for each of them, but for every tenth."""
    offered = [school for school in schools.register() if school.offered]
    return len(offered), [invent_contact(school) for place, school in enumerate(offered, 1) if place % 10]


def invent_contact(school: School) -> Contact:
    """A role mailbox that cannot exist, with the school's name in it."""
    slug = re.sub(r"[^a-z0-9]+", "-", school.name.lower()).strip("-")[:40].strip("-")
    return Contact(
        school.urn, f"office@{slug}-{school.urn}.example", ContactState.VERIFIED, source="invented for this desk"
    )
