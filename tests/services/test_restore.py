"""A day after an erasure both tables are restored, as far back as backups reach: nothing of it opens again."""

from datetime import timedelta

import pytest

from chalicelib.aws import household_rows, vault, withdrawal_rows
from chalicelib.config import settings
from chalicelib.domain.withdrawal import State
from chalicelib.services import erasures, queries
from infra import moto_rows
from tests import make, tell
from tests.invariants import check_invariants, hides, read_tables

CHILD, CLASS, PARENT, MAIL = "Zoë Canary-Ünique", "Kestrel7", "Kim Canary Parent", "kim.canary@family.example"
TYPED = (CHILD, CLASS, PARENT, MAIL)
FIELDS = {"child", "class", "name", "mail", "role", "language"}
DAY = timedelta(days=1)
ERASED = make.NOW + 2 * DAY


def copy_table(world, table):
    """A table as a backup holds it."""
    pages = world.dynamodb.get_paginator("scan").paginate(TableName=table)
    return [item for page in pages for item in page["Items"]]


def restore(world, table, items):
    """The table is what the backup holds and nothing else; a table that was restored has a stream of its own."""
    for item in copy_table(world, table):
        key = {name: item[name] for name in ("pk", "sk") if name in item}
        world.dynamodb.delete_item(TableName=table, Key=key)
    for item in items:
        world.dynamodb.put_item(TableName=table, Item=item)
    for each in moto_rows.list_tables():
        moto_rows.records(each).clear()


def count_readable(world):
    """How many sealed fields, of all withdrawals, any of the keys that are there opens."""
    rows = read_tables(world)
    wrapped = [found[""]["wrapped"] for pk, found in rows.items() if pk.startswith("key:")]
    opened = 0
    for pk, found in rows.items():
        if pk.startswith("W#") and "x" in found["W"]:
            row = found["W"]
            for key in wrapped:
                try:
                    opened += len(vault.unseal(row["ref"], row["campaign"], row["x"], key))
                except vault.BrokenSeal:
                    continue
    return opened


@pytest.fixture
def erased(world):
    """Four children of two mailboxes, all erased; copies of both tables from the day before; who was erased."""
    children = (make.make_child(CHILD, class_name=CLASS), make.make_child(f"{CHILD} II", urn=make.BROOK))
    hids = [
        tell.submit_and_confirm(make.make_household(*children, key=f"{n}", name=PARENT, mail=f"{n}{MAIL}"))
        for n in range(2)
    ]
    for hid in hids:
        tell.ring(hid, "confirmed")
    before = {table: copy_table(world, table) for table in (settings().main_table, settings().keys_table)}
    refs = [ref for hid in hids for ref in household_rows.get_household(hid).refs]
    assert count_readable(world) == len(refs) * len(FIELDS)
    assert all(erasures.erase(ref, "sender", ERASED) for ref in refs)
    return refs, before, read_tables(world)


def test_a_day_after_erasure_no_backup_opens_anything(world, erased):
    refs, before, _ = erased
    main, keys = before
    # The table of keys is kept for a day: the oldest copy that can be had is from after the erasure.
    oldest = copy_table(world, keys)
    restore(world, main, before[main])
    restore(world, keys, oldest)
    stored, _ = withdrawal_rows.get_stored(refs)
    assert all(each.sealed and not each.wrapped for each in stored.values())
    readable = count_readable(world)
    print(f"readable after erasure: {readable} of {len(refs) * len(FIELDS)} fields in {len(refs)} withdrawals")
    assert readable == 0
    for text in TYPED:
        assert not hides(text, repr(read_tables(world)).encode())


def test_within_that_day_a_copy_of_both_tables_would_still_open_which_is_why_it_is_one_day(world, erased):
    refs, before, _ = erased
    for table, items in before.items():
        restore(world, table, items)
    assert count_readable(world) == len(refs) * len(FIELDS)


def test_what_was_erased_is_erased_again_after_a_restore_and_the_rest_is_left_alone(world, erased):
    refs, before, end = erased
    main, _ = before
    kept = tell.submit_and_confirm(make.make_household(key="kept", mail="kept@family.example"), ERASED)
    (since,) = household_rows.get_household(kept).refs
    news = [item for item in copy_table(world, main) if since in str(item) or kept in str(item)]
    restore(world, main, [*before[main], *news])
    lost = sorted(erasures.find_keyless())
    assert lost == sorted(refs)
    assert erasures.erase_again(lost, ERASED + DAY) == len(refs)
    assert not list(erasures.find_keyless())
    assert withdrawal_rows.get_withdrawal(since).state is State.CONFIRMED
    rows = read_tables(world)
    for ref in refs:
        assert rows[f"W#{ref}"] == end[f"W#{ref}"]
        assert [each.by for each in withdrawal_rows.list_events(ref)][-1] == "restore"
        assert queries.find_by_reference(ref).state is State.ERASED
    assert len([pk for pk in rows if pk.startswith("C#")]) == 1
    check_invariants(world, ERASED + DAY, TYPED)


def test_both_tables_from_before_are_set_right_by_the_events_of_the_table_that_was_replaced(world, erased):
    refs, before, replaced = erased
    for table, items in before.items():
        restore(world, table, items)
    assert not list(erasures.find_keyless())
    told = [
        pk.removeprefix("E#W#") for pk, found in replaced.items() if any(sk.endswith("#erased") for sk in found)
    ]
    assert erasures.erase_again(told, ERASED + DAY) == len(refs)
    assert count_readable(world) == 0
    check_invariants(world, ERASED + DAY, TYPED)


def test_erasing_again_twice_is_erasing_again_once(world, erased):
    refs, before, _ = erased
    restore(world, settings().main_table, before[settings().main_table])
    erasures.erase_again(refs, ERASED + DAY)
    once = read_tables(world)
    assert erasures.erase_again([*refs, "K7P42MXW"], ERASED + 2 * DAY) == len(refs)
    assert read_tables(world) == once
