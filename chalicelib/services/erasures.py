"""Erase: personal data is destroyed, and the proof stays: school, items, dates (data-model.md, reliability.md 6).

The wrapped key is deleted for good, so that no copy of the sealed data opens any more, backups included.
"""

import logging
from collections.abc import Iterable, Iterator
from datetime import date, datetime

from chalicelib.aws import erasure_rows, table, withdrawal_lists, withdrawal_rows
from chalicelib.aws.erasure_rows import Sight
from chalicelib.domain.delivery import PATIENCE, Delivery
from chalicelib.domain.times import london_day
from chalicelib.domain.withdrawal import Event, Kind, State, Withdrawal
from chalicelib.errors import Unavailable, describe

log = logging.getLogger(__name__)

TRIES = 3
BATCH = 25
"""How many are looked at together."""
MOST = 20_000
"""The most erasures of one run: some 10 minutes. What is left is done by the next run."""


def erase(ref: str, by: str, now: datetime) -> bool:
    """Erases one withdrawal at the wish of ``by`` (a role: "sender", "staff"); False where there is none.

    Erased twice is erased once. Raises Unavailable where AWS does not answer, or while a mail that names it is
    just being sent.
    """
    return _erase(ref, by, now)


def erase_due(now: datetime) -> int:
    """Erases what the campaign's retention no longer allows to keep; how many. Whatever fails is due again."""
    erased, today = 0, london_day(now)
    for refs in withdrawal_lists.list_due(today, BATCH):
        families: dict[str, list[Sight]] = {}
        for sight in _look(refs):
            if _is_due(sight.withdrawal, today):
                families.setdefault(sight.withdrawal.hid, []).append(sight)
        erased += sum(_erase_family(family, today, now) for family in families.values())
        if erased >= MOST:
            break
    return erased


def find_keyless() -> Iterator[str]:
    """References of what is sealed and has no key: after a restore, all that was erased since, and nothing else.

    The table of keys is never restored to more than a day ago. What was erased within that day stands in the
    events of the table that was replaced.
    """
    for state in State:
        if state is not State.ERASED:
            yield from _find_keyless(state)


def erase_again(refs: Iterable[str], now: datetime) -> int:
    """After a restore: erases once more what had been erased; how many of ``refs`` are erased now."""
    return sum(erase(ref, "restore", now) for ref in refs)


def _find_keyless(state: State) -> Iterator[str]:
    after = None
    while page := withdrawal_lists.list_by_state(state, after, BATCH):
        stored, _ = withdrawal_rows.get_stored(each.ref for each in page)
        yield from (ref for ref, each in stored.items() if each.sealed and not each.wrapped)
        after = withdrawal_lists.Place(page[-1].ref, page[-1].made)


def _look(refs: list[str]) -> list[Sight]:
    """What leads to each of them; where one cannot be read, its neighbours can."""
    try:
        return list(erasure_rows.look(refs).values())
    except Exception as error:  # noqa: BLE001 - one bad record never stops its neighbours
        log.error("erasure failed: %s", describe(error))
        return [sight for ref in refs for sight in _look([ref])] if len(refs) > 1 else []


def _is_due(withdrawal: Withdrawal, today: date) -> bool:
    """Asked of the record itself: the index may be behind it."""
    return withdrawal.erase_on is not None and withdrawal.erase_on <= today


def _erase_family(family: list[Sight], today: date, now: datetime) -> int:
    """Erases the due children of one household together, or else each by itself; how many."""
    try:
        if _destroy(family, "service", now):
            return len(family)
    except Exception as error:  # noqa: BLE001 - one bad record never stops its neighbours
        log.info("not together: %s", describe(error))
    return sum(_erase_alone(sight.withdrawal.ref, today, now) for sight in family)


def _erase_alone(ref: str, today: date, now: datetime) -> bool:
    try:
        return _erase(ref, "service", now, today)
    except Exception as error:  # noqa: BLE001 - one bad record never stops its neighbours
        log.error("erasure failed: %s", describe(error))
        return False


def _erase(ref: str, by: str, now: datetime, due: date | None = None) -> bool:
    """As ``erase``; with ``due`` only if it is due that day."""
    for _ in range(TRIES):
        sight = erasure_rows.look([ref]).get(ref)
        if sight is None or (due and not _is_due(sight.withdrawal, due)):
            return False
        if sight.withdrawal.state is State.ERASED or _destroy([sight], by, now):
            return True
    raise Unavailable


def _destroy(family: list[Sight], by: str, now: datetime) -> bool:
    """Whether they are erased; False where something has changed since they were looked at. Raises Unavailable."""
    try:
        table.transact(_erasure(family, by, now))
    except table.Refused:
        return False
    return True


def _erasure(family: list[Sight], by: str, now: datetime) -> list[table.Row]:
    """The writes that erase some children of one household."""
    erased = {sight.withdrawal.ref for sight in family}
    others = {each.ref: each for sight in family for each in sight.others if each.ref not in erased}
    writes = [erasure_rows.stay(each) for each in others.values()]
    for sight in family:
        withdrawal = sight.withdrawal
        writes += withdrawal_rows.change(withdrawal, Event(Kind.ERASED, withdrawal.n + 1, now, by))
    writes += erasure_rows.forget_guards(family)
    for delivery in {each.id: each for sight in family for each in sight.deliveries}.values():
        writes += _silence(delivery, others.values(), now)
    first = family[0]
    left = [each for each in others.values() if each.hid == first.withdrawal.hid]
    if first.household and not left:
        writes.append(erasure_rows.forget_mailbox(first.household))
    never_confirmed = first.withdrawal.state is State.UNCONFIRMED
    if first.household and first.counted and never_confirmed and all(each.confirmed for each in left):
        writes.append(erasure_rows.uncount(first.household))
    return writes


def _silence(delivery: Delivery, others: Iterable[Withdrawal], now: datetime) -> list[table.Row]:
    """The writes after which ``delivery`` never names it. Raises Unavailable while it is just being sent."""
    gone = delivery.sent or delivery.accepted or delivery.bounced
    if not gone and not delivery.closed and delivery.claimed and now - delivery.claimed < PATIENCE:
        raise Unavailable
    left = [each for each in others if each.ref in delivery.refs and _waits(each, delivery)]
    if left:
        return [] if gone else [erasure_rows.leave_alone(delivery)]
    settled = delivery.accepted and not delivery.bounced and not delivery.closed
    return [] if settled else [erasure_rows.close(delivery, now)]


def _waits(withdrawal: Withdrawal, delivery: Delivery) -> bool:
    return withdrawal.state is State.UNCONFIRMED if delivery.kind == "confirm" else withdrawal.to_be_told
