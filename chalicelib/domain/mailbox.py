"""E-mail addresses: which can be mailed at all, and which are a school's own role mailbox.

GIAS names no address, but names the website; a role mailbox on that very domain is the school's (design.md 4).
"""

import re
from enum import StrEnum
from urllib.parse import urlsplit

MAIL_CHARACTERS = 254
LOCAL_CHARACTERS = 64

LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")

ROLES = frozenset(
    {
        *("office", "schooloffice", "mainoffice", "adminoffice", "officeadmin", "reception", "secretary"),
        *("admin", "administration", "administrator", "schooladmin", "head", "headteacher", "principal"),
        *("info", "information", "enquiries", "enquiry", "contact", "contactus", "mail", "post"),
    }
)
"""Mailboxes of an office, not of one person; compared without dots, hyphens, underscores and digits at the end."""

WEBMAIL = frozenset(
    {
        *("aol", "btinternet", "btopenworld", "gmail", "gmx", "googlemail", "hotmail", "icloud", "live", "mac"),
        *(
            "mail",
            "me",
            "msn",
            "ntlworld",
            "o2",
            "outlook",
            "proton",
            "protonmail",
            "rocketmail",
            "sky",
            "talktalk",
        ),
        *("tiscali", "virgin", "virginmedia", "yahoo", "ymail", "zoho"),
    }
)
"""Providers where anybody may have any address: the name before one of ``ENDINGS``."""

ENDINGS = frozenset(
    {"com", "co.uk", "uk", "net", "org", "me", "eu", "ch", "de", "es", "fr", "ie", "in", "it", "pl"}
)

EVERYBODYS = (
    ".gov.uk",
    ".nhs.uk",
    ".google.com",
    ".wordpress.com",
    ".weebly.com",
    ".wixsite.com",
    ".blogspot.com",
)
"""Hosts of websites that are not the school's own, whatever stands before them."""


class Owner(StrEnum):
    """Whose an address is, as far as its look tells."""

    SCHOOL = "role mailbox on the domain of the school's website"
    ELSEWHERE = "role mailbox on another domain"
    PERSONAL = "not a role mailbox"
    WEBMAIL = "webmail"


def join_address(local: str, host: str) -> str:
    """The address, its host as punycode in small letters; "" where no mail can be sent to it.

    ASCII in the local part and no quotes (reliability.md 3): what SES takes.
    """
    try:
        host = host.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return ""
    labels = host.split(".")
    named = len(labels) > 1 and all(map(LABEL.fullmatch, labels)) and not labels[-1].isdigit()
    fits = len(local) <= LOCAL_CHARACTERS and len(local) + 1 + len(host) <= MAIL_CHARACTERS
    return f"{local}@{host}" if named and fits and LOCAL.fullmatch(local) else ""


def read_address(text: str) -> str:
    """The address that ``text`` is; "" where it is none, or several."""
    local, at, host = text.strip().removeprefix("mailto:").rpartition("@")
    return join_address(local, host) if at else ""


def own_domain(website: str) -> str:
    """The domain of a school's website as GIAS has it ("HTTP://WWW.Hill.example/"); "" where it may be shared.

    With a path behind it the website may be a page among others' ("council.example/schools/hill").
    """
    text = website.strip().lower()
    try:
        parts = urlsplit(text if "//" in text else f"//{text}")
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return ""
    domain = join_address("office", host).removeprefix("office@")
    alone = parts.path in ("", "/") and not parts.query and not f".{domain}".endswith(EVERYBODYS)
    return domain if alone else ""


def tell_owner(address: str, website: str) -> Owner:
    """Whose ``address`` is, for a school with this website."""
    local, _, domain = address.lower().rpartition("@")
    name, _, ending = domain.partition(".")
    if name in WEBMAIL and ending in ENDINGS:
        return Owner.WEBMAIL
    if re.sub(r"[._-]|\d+$", "", local) not in ROLES:
        return Owner.PERSONAL
    return Owner.SCHOOL if domain == own_domain(website) else Owner.ELSEWHERE
