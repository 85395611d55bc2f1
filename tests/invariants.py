"""``check_invariants``: the promises of the service (numbered as in the reliability notes), in a whole world.

Every walk and every fault test ends with it.
"""

import base64
import quopri
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email import message_from_bytes
from email.policy import default
from functools import lru_cache
from typing import Any, TypeVar
from urllib.parse import quote, quote_plus

from chalicelib.aws import vault, withdrawal_rows
from chalicelib.aws.attributes import unpack
from chalicelib.aws.household_rows import HouseholdRow
from chalicelib.domain.campaign import load_campaign
from chalicelib.domain.contact import Contact
from chalicelib.domain.delivery import Delivery
from chalicelib.domain.plain import from_plain
from chalicelib.domain.withdrawal import Event, Kind, State, Withdrawal, replay, spell
from infra.exchange import SentMail
from infra.tables import read_tables as read_definitions
from infra.world import World

T = TypeVar("T")

MANY = 50
"""Names that are looked for everywhere: each is looked for in all rows and mails, in seven spellings."""
KEY_ATTRIBUTES = {
    each["AttributeName"] for table in read_definitions("local") for each in table["AttributeDefinitions"]
}
SHORT = 5
"""Characters up to which a name may stand in base64 by chance."""


def read_tables(world: World) -> dict[str, dict[str, dict[str, Any]]]:
    """Every row of both tables by pk, then sk ("" in the table of keys)."""
    rows: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
    for item, keys in world.list_items():
        for name in KEY_ATTRIBUTES & set(item):
            # moto takes it; DynamoDB refuses the write, as ministack does (ValidationException).
            assert item[name].get("S"), f"{name} of {item['pk']} is the key of an index, and no word: {item[name]}"
        row = unpack(item)
        rows[("key:" if keys else "") + row["pk"]][row.get("sk", "")] = row
    return rows


@dataclass(frozen=True)
class Kept:
    """All that a world holds; ``names``: what people typed that names them, as far as a seal still opens."""

    world: World
    rows: dict[str, dict[str, dict[str, Any]]]
    withdrawals: dict[str, Withdrawal]
    events: dict[str, list[Event]]
    deliveries: dict[str, Delivery]
    households: dict[str, HouseholdRow]
    sealed: dict[str, dict[str, str]]
    now: datetime

    def names(self) -> set[str]:
        """Names and addresses, but for those so short that they stand in anything by chance; some of very many."""
        typed = {said[what] for said in self.sealed.values() for what in ("child", "name", "mail")}
        names = sorted(text for text in typed if len(text) > SHORT)
        return set(names[:: 1 + len(names) // MANY])


def check_invariants(world: World, now: datetime, typed: Iterable[str] = ()) -> None:
    """Raises AssertionError naming the promise that does not hold at ``now``.

    ``typed``: more of what people typed that names them, or that no seal opens any more; it may stand in no row,
    and in no mail to an unconfirmed address. Not to be seen in a world that stands still: 11 (a neighbour stopped:
    ``tests/test_faults_batches.py``) and 12 (nothing reveals yet). Of 4, only today's contact is known where its
    history has no older one; of 6 and 7, what stands here is that counters are exact and events legal: that the
    same cause twice ends the same, and that nothing goes back, is seen over time (``tests/faults.py``).
    """
    kept = _read(world, now)
    _nothing_is_lost(kept)
    _mails_are_right(kept)
    _events_are_the_record(kept)
    _counters_are_exact(kept)
    _times_are_right(kept)
    _erased_is_gone(kept)
    names = kept.names() | set(typed)
    everything = repr(kept.rows).encode()
    for text in names:
        assert not hides(text, everything), "9: a person's data in clear in a table"
    for mail in world.outbox:
        _confides(mail, kept, names)


def _read(world: World, now: datetime) -> Kept:
    rows = read_tables(world)

    def every(kind: type[T], letter: str) -> dict[str, T]:
        found = {pk[2:]: each for pk, each in rows.items() if pk.startswith(f"{letter}#")}
        return {name: from_plain(kind, each[letter]) for name, each in found.items()}

    withdrawals = every(Withdrawal, "W")
    events = {
        ref: [withdrawal_rows._event_from_row(row) for _, row in sorted(rows[f"E#W#{ref}"].items())]
        for ref in withdrawals
    }
    sealed = {}
    for ref, withdrawal in withdrawals.items():
        x, wrapped = rows[f"W#{ref}"]["W"].get("x"), rows.get(f"key:W#{ref}", {}).get("", {}).get("wrapped")
        if x and wrapped and (said := _open(ref, withdrawal.campaign, x, wrapped)):
            sealed[ref] = said
    return Kept(world, rows, withdrawals, events, every(Delivery, "D"), every(HouseholdRow, "H"), sealed, now)


@lru_cache(maxsize=4096)
def _open(ref: str, campaign: str, x: bytes, wrapped: bytes) -> dict[str, str] | None:
    try:
        return vault.unseal(ref, campaign, x, wrapped)
    except vault.BrokenSeal:
        return None


def _nothing_is_lost(kept: Kept) -> None:
    for ref, withdrawal in kept.withdrawals.items():
        if not withdrawal.to_be_told:
            continue
        assert withdrawal.letter in kept.deliveries, f"1: {ref} has no letter"
        letter = kept.deliveries[withdrawal.letter or ""]
        assert ref in letter.refs, f"1: the letter does not carry {ref}"
        watched = "by_attention" in kept.rows[f"D#{letter.id}"]["D"]
        due = letter.due is not None and letter.due <= kept.now + timedelta(hours=1)
        assert letter.accepted or due or watched, f"1: {letter.id} is neither accepted, nor due, nor watched"


def _mails_are_right(kept: Kept) -> None:
    attempts = Counter((mail.tags["delivery"], mail.tags["attempt"]) for mail in kept.world.outbox)
    sent = Counter(delivery for delivery, _ in attempts.elements())
    for (delivery, attempt), times in attempts.items():
        assert times == 1, f"3: attempt {attempt} of {delivery} was sent {times} times"
    for delivery, times in sent.items():
        most = (2 if kept.deliveries[delivery].unknown else 1) + kept.deliveries[delivery].returned
        assert times <= most, f"3: {delivery} was sent {times} times"
    spelled = {spell(ref): ref for ref in kept.withdrawals}
    for mail in kept.world.outbox:
        delivery = kept.deliveries[mail.tags["delivery"]]
        words = read_words(mail.raw)
        named = [ref for spelt, ref in spelled.items() if spelt in words]
        _goes_where_it_may(mail, delivery, kept)
        for ref in named:
            assert kept.withdrawals[ref].confirmed, f"2: a mail names {ref}, which was never confirmed"
            assert ref in delivery.refs, f"2: a mail names {ref}, which it does not carry"
            if delivery.claimed and int(mail.tags["attempt"]) == delivery.attempt:
                ends = [event.at for event in kept.events[ref] if event.kind in (Kind.CANCELLED, Kind.ERASED)]
                assert not any(at < delivery.claimed for at in ends), f"2: a mail names {ref}, which was over"


def _goes_where_it_may(mail: SentMail, delivery: Delivery, kept: Kept) -> None:
    senders = {said["mail"] for ref in delivery.refs if (said := kept.sealed.get(ref))}
    if delivery.kind != "letter":
        assert not senders or set(mail.to) <= senders, "4: a parent's mail went to another mailbox"
        return
    contact = from_plain(Contact, kept.rows[f"S#{delivery.urn}"]["C"])
    history = [row for sk, row in kept.rows[f"S#{delivery.urn}"].items() if sk.startswith("H#")]
    known = {contact.address, *(row[name] for row in history for name in ("old", "new") if name in row)}
    test = any(kept.withdrawals[ref].test for ref in delivery.refs)
    assert (mail.to[0] in known) != test, "4: a letter to the school's contact and nobody else, a test's never"


def _confides(mail: SentMail, kept: Kept, names: set[str]) -> None:
    """4 and 9: nothing typed in a mail to an unconfirmed address, nor in any tag or subject."""
    delivery = kept.deliveries[mail.tags["delivery"]]
    subject = str(message_from_bytes(mail.raw, policy=default)["Subject"])
    for text in names:
        assert not hides(text, repr((subject, mail.tags)).encode()), "9: a person's data in a tag or a subject"
        if delivery.kind == "confirm" and "@" not in text:
            assert not hides(text, mail.raw), "4: something typed in a mail to an unconfirmed address"


def _events_are_the_record(kept: Kept) -> None:
    for ref, withdrawal in kept.withdrawals.items():
        events = kept.events[ref]
        assert [event.n for event in events] == list(range(1, len(events) + 1)), f"5: events of {ref} are missing"
        said = replace(withdrawal, child_print=None)
        assert replay(ref, events) == said, f"5: {ref} is not what its events say"
    touched = [record for record in kept.world.list_records() if record["eventName"] != "INSERT"]
    keys = [record["dynamodb"]["Keys"]["pk"]["S"] for record in touched]
    assert not [pk for pk in keys if pk.startswith(("E#", "A#"))], "5: an event or audit row was changed"


def _counters_are_exact(kept: Kept) -> None:
    done = Counter(each.urn for each in kept.withdrawals.values() if each.answered and not each.test)
    tallies = {pk[2:]: rows["T"] for pk, rows in kept.rows.items() if pk.startswith("S#") and "T" in rows}
    counted = Counter({urn: row["done"] for urn, row in tallies.items() if row.get("done")})
    assert counted == done, f"6: schools have answered {done}, and {counted} is counted"
    waiting: Counter[str] = Counter()
    for household in kept.households.values():
        states = {kept.withdrawals[ref].state for ref in household.refs if ref in kept.withdrawals}
        lasts = timedelta(days=load_campaign(household.campaign).retention.unconfirmed_days)
        if household.open:
            waiting[household.open] += State.UNCONFIRMED in states and household.made + lasts > kept.now
    for print_, n in waiting.items():
        row = kept.rows[f"L#open#{print_}#all"].get("L")
        if row and row["ttl"] >= kept.now.timestamp():
            assert row["n"] == n, f"6: a mailbox waits with {n} households, and {row['n']} are counted"


def _times_are_right(kept: Kept) -> None:
    for ref, withdrawal in kept.withdrawals.items():
        assert (withdrawal.outcome is None) == (withdrawal.answered is None), f"8: {ref}: answered, and no time"
        if withdrawal.to_be_told:
            assert withdrawal.confirmed, f"8: {ref}: confirmed, and no time"
    for each in kept.deliveries.values():
        assert not (each.accepted or each.bounced) or each.sent, f"8: {each.id}: accepted or bounced without sent"
        assert not each.sent or each.attempt, f"8: {each.id}: sent without a claim"
        row = kept.rows[f"D#{each.id}"]["D"]
        assert ("by_due" in row) == ("due" in row), f"1: {each.id}: due, and in no index, or the other way round"
        assert not each.held or "by_attention" in row, f"1: {each.id} is held, and nobody is asked to look"


def _erased_is_gone(kept: Kept) -> None:
    guarded = {row["ref"] for pk, rows in kept.rows.items() if pk.startswith("C#") for row in rows.values()}
    for ref, withdrawal in kept.withdrawals.items():
        erased = withdrawal.state is State.ERASED
        row = kept.rows[f"W#{ref}"]["W"]
        assert erased == ("x" not in row), "10: erased means that nothing is sealed any more"
        assert erased == (f"key:W#{ref}" not in kept.rows), "10: erased means that the key is gone"
        if erased:
            leading = {"by_state", "by_authority", "by_school", "by_due", "child_print"}
            assert not leading & set(row), f"10: {ref} is found"
            assert ref not in guarded, f"10: the guard of {ref} stands"
    for household in kept.households.values():
        states = [kept.withdrawals[ref].state for ref in household.refs if ref in kept.withdrawals]
        if set(states) == {State.ERASED}:
            assert not household.by_mail + household.open, f"10: the mailbox of {household.hid} is known"


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
