"""Which school a parent means, and whether we can write to it."""

from collections.abc import Iterable
from functools import lru_cache

from chalicelib.aws import contact_rows
from chalicelib.config import settings
from chalicelib.domain.school import School
from chalicelib.errors import SchoolNotFound
from chalicelib.register.search import Finding, Register, open_register


@lru_cache(maxsize=1)
def register() -> Register:
    """The register of this deployment, opened on first use."""
    return open_register(settings().register_path)


def find_schools(query: str) -> Finding:
    """The best 15 schools for what was typed, offered ones first."""
    return register().find(query)


def get_school(urn: str) -> School:
    """The school, of any standing. Raises SchoolNotFound."""
    school = register().get(urn)
    if school is None:
        raise SchoolNotFound
    return school


def get_successor(urn: str) -> School | None:
    """The open school that took over from a closed one, if the register names it."""
    successor = register().follow(urn)
    return successor if successor and successor.urn != urn else None


def reachable(urns: Iterable[str]) -> set[str]:
    """Those of the schools whose contact can be mailed now: one read."""
    return {urn for urn, contact in contact_rows.get_contacts(urns).items() if contact.works}
