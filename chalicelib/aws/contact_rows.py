"""Rows of contacts and of their history."""

from collections.abc import Iterable

from chalicelib.aws import keys, table
from chalicelib.domain.contact import Contact, ContactState
from chalicelib.domain.plain import from_plain, to_plain


def get_contacts(urns: Iterable[str]) -> dict[str, Contact]:
    """The contacts that exist, by URN; at most 100."""
    rows = table.get_many([keys.contact(urn) for urn in urns])
    return {row["urn"]: from_plain(Contact, row) for row in rows.values()}


def put_contact(contact: Contact) -> None:
    """Stores a school's first contact. Raises Refused where it has one."""
    table.transact([table.put(to_row(contact), new=True)])


def change_contact(after: Contact, before: Contact | None, editor: str) -> bool:
    """Stores a contact with its line of history; False where somebody else changed it meanwhile.

    ``before``: what stands there (None: nothing), as the caller judged it; ``editor``: who changes it.
    """
    row = to_row(after)
    if before is None:
        change = table.put(row, new=True)
    else:
        changes = {name: value for name, value in row.items() if name not in ("pk", "sk")}
        old = {"old_version": before.version}
        change = table.update(keys.contact(after.urn), changes, "#version = :old_version", old)
    line: table.Row = {"new": after.address, "editor": editor, "at": row.get("changed")}
    if before:
        line["old"] = before.address
    try:
        table.transact([change, table.put({**keys.contact_history(after.urn, after.version), **line}, new=True)])
    except table.Refused:
        return False
    return True


def mark_bouncing(urn: str, version: int) -> None:
    """The contact's mailbox does not exist; a contact that was changed since is left alone."""
    changes = {"state": ContactState.BOUNCING.value, "version": version + 1}
    try:
        table.write(table.update(keys.contact(urn), changes, "#version = :old_version", {"old_version": version}))
    except table.Refused:
        return


def to_row(contact: Contact) -> table.Row:
    """A row; the mail domain is an index value, for bulk changes of a domain."""
    domain = contact.address.rpartition("@")[2].casefold()
    indexed = {"by_mail": f"domain#{domain}", "made": "0"} if domain else {}
    return {**keys.contact(contact.urn), **to_plain(contact), **indexed}
