"""``check_invariants``: the promises of the service (numbered as in the reliability notes), in a whole world.

Every walk and every fault test ends with it.
"""

import base64
import quopri
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from email import message_from_bytes
from email.policy import default
from typing import Any
from urllib.parse import quote, quote_plus

from chalicelib.aws import table, withdrawal_rows
from chalicelib.domain.contact import Contact
from chalicelib.domain.delivery import Delivery
from chalicelib.domain.plain import from_plain
from chalicelib.domain.withdrawal import State, Withdrawal, replay, spell
from infra.world import World


def read_tables(world: World) -> dict[str, dict[str, dict[str, Any]]]:
    """Every row of both tables by pk, then sk ("" in the table of keys)."""
    rows: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
    for name in ("main", "keys"):
        for page in world.dynamodb.get_paginator("scan").paginate(TableName=table._name(name)):
            for item in page["Items"]:
                row = table._unpacked(item)
                rows[("key:" if name == "keys" else "") + row["pk"]][row.get("sk", "")] = row
    return rows


def check_invariants(world: World, now: datetime, typed: Iterable[str] = ()) -> None:
    """Raises AssertionError naming the promise that does not hold at ``now``.

    ``typed``: what people typed that names them; it may stand in no row, and in no mail to an unconfirmed address.
    """
    rows = read_tables(world)
    withdrawals = {
        row["ref"]: from_plain(Withdrawal, row)
        for pk, found in rows.items()
        if pk.startswith("W#")
        for row in found.values()
    }
    deliveries = {
        row["id"]: from_plain(Delivery, row)
        for pk, found in rows.items()
        if pk.startswith("D#")
        for row in found.values()
    }
    _nothing_is_lost(withdrawals, deliveries, rows, now)
    _letters_are_right(world, withdrawals, deliveries, rows, typed)
    for ref, withdrawal in withdrawals.items():
        assert replay(ref, withdrawal_rows.list_events(ref)) == withdrawal, f"5: {ref} is not what its events say"
        erased = withdrawal.state is State.ERASED
        assert erased == ("x" not in rows[f"W#{ref}"]["W"]), "10: erased means that nothing is sealed any more"
        assert erased == (f"key:W#{ref}" not in rows), "10: erased means that the key is gone"
        answered = withdrawal.outcome is not None
        assert answered == (withdrawal.answered is not None), "8: an answer has its own time"
    for delivery in deliveries.values():
        assert not delivery.accepted or delivery.sent, "8: accepted without sent"
    for text in typed:
        assert not hides(text, repr(rows).encode()), "9: a person's data in clear in a table"


def _nothing_is_lost(
    withdrawals: dict[str, Withdrawal],
    deliveries: dict[str, Delivery],
    rows: dict[str, dict[str, dict[str, Any]]],
    now: datetime,
) -> None:
    for ref, withdrawal in withdrawals.items():
        if not withdrawal.to_be_told:
            continue
        assert withdrawal.letter in deliveries, f"1: {ref} has no letter"
        letter = deliveries[withdrawal.letter or ""]
        assert ref in letter.refs, f"1: the letter does not carry {ref}"
        watched = "by_attention" in rows[f"D#{letter.id}"]["D"]
        due = letter.due is not None and letter.due <= now + timedelta(hours=1)
        assert letter.accepted or due or watched, f"1: {letter.id} is neither accepted, nor due, nor watched"


def _letters_are_right(
    world: World,
    withdrawals: dict[str, Withdrawal],
    deliveries: dict[str, Delivery],
    rows: dict[str, dict[str, dict[str, Any]]],
    typed: Iterable[str],
) -> None:
    sent: dict[str, int] = defaultdict(int)
    for mail in world.outbox:
        delivery = deliveries[mail.tags["delivery"]]
        sent[delivery.id] += 1
        if delivery.kind == "confirm":
            for text in typed:
                if "@" not in text:
                    assert not hides(text, mail.raw), "4: something typed in a mail to an unconfirmed address"
            continue
        contact = from_plain(Contact, rows[f"S#{delivery.urn}"]["C"])
        to_school = mail.to == (contact.address,)
        test = any(withdrawals[ref].test for ref in delivery.refs)
        assert to_school != test, "4: a letter to the school's contact and nobody else, a test's letter never"
        words = read_words(mail.raw)
        for ref, withdrawal in withdrawals.items():
            named = spell(ref) in words
            assert not named or withdrawal.confirmed, f"2: a letter names {ref}, which was never confirmed"
    for each, times in sent.items():
        most = 2 if deliveries[each].unknown else 1
        assert times <= most, f"3: {each} was sent {times} times"


def read_words(raw: bytes) -> str:
    """The text part of a mail as people read it."""
    body = message_from_bytes(raw, policy=default).get_body(("plain",))  # type: ignore[arg-type]
    return str(body.get_content()) if body else ""


def hides(text: str, where: bytes) -> bool:
    """Whether ``text`` stands in ``where``, plain or URL-, base64- or quoted-printable-encoded."""
    plain = text.encode()
    shapes = {plain, repr(text)[1:-1].encode(), quote(text).encode(), quote_plus(text).encode()}
    shapes.add(quopri.encodestring(plain))
    # In base64 the neighbours change the letters at both ends: three ways to fall, the inner letters of each.
    for lead in range(3):
        encoded = base64.b64encode(b"\0" * lead + plain)
        mixed = (lead + len(plain)) % 3 != 0
        inner = encoded[4 if lead else 0 : -4 if mixed else None]
        shapes |= {inner, inner.translate(bytes.maketrans(b"+/", b"-_"))} if len(inner) > 5 else set()
    return any(shape in where for shape in shapes)
