"""The bill of a call, held against examples worked out by hand; and the sizes that the bills rest on."""

from chalicelib.aws import keys, table
from chalicelib.aws.attributes import pack
from tests import make, tell
from tests.bench.units import charge_indexes, charge_read, charge_write, keep_bill, size_item
from tests.invariants import read_tables

INDEX = {
    "KeySchema": [{"AttributeName": "by_state"}, {"AttributeName": "made"}],
    "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["urn"]},
}
KEY = {"pk": {"S": "W#1"}, "sk": {"S": "W"}}


def test_an_item_is_as_large_as_its_names_and_values():
    # pk 2 + 3, sk 2 + 1, n 1 + (one byte for two digits, and one), x 1 + 4, items 5 + 3 + (1 + 3)
    item = {**KEY, "n": {"N": "12"}, "x": {"B": b"1234"}, "items": {"L": [{"S": "abc"}]}}
    assert size_item(item) == 5 + 3 + 3 + 5 + 12
    assert size_item({"a": {"M": {"b": {"BOOL": True}}}, "é": {"NULL": True}}) == (1 + 3 + 1 + 1 + 1) + (2 + 1)


def test_a_write_is_charged_for_the_larger_of_what_stood_there_and_what_stands_there_now():
    small, large = {**KEY, "x": {"S": "x"}}, {**KEY, "x": {"S": "x" * 2000}}
    assert charge_write(None, small) == 1
    assert charge_write(large, small) == 2
    assert charge_write(large, None) == 2


def test_an_index_is_charged_for_entries_that_change():
    def item(**facts: str) -> dict[str, dict[str, str]]:
        return {**KEY, **{name: {"S": value} for name, value in facts.items()}}

    stored = item(by_state="unconfirmed", made="1", urn="900001")
    assert charge_indexes(None, stored, [INDEX]) == 1
    assert charge_indexes(stored, {**stored, "answered": {"S": "2"}}, [INDEX]) == 0
    assert charge_indexes(stored, {**stored, "urn": {"S": "900002"}}, [INDEX]) == 1
    assert charge_indexes(stored, {**stored, "by_state": {"S": "confirmed"}}, [INDEX]) == 2
    assert charge_indexes(stored, item(made="1"), [INDEX]) == 1
    assert charge_indexes(item(made="1"), item(made="2"), [INDEX]) == 0


def test_a_read_is_charged_by_item_or_all_together_and_half_where_it_may_be_old():
    items = [{**KEY, "x": {"S": "x" * 3000}}] * 2
    assert charge_read(items, consistent=True, together=False) == 2
    assert charge_read(items, consistent=True, together=True) == 2
    assert charge_read(items[:1], consistent=False, together=False) == 0.5
    assert charge_read([], consistent=True, together=True) == 1


def test_a_transaction_is_charged_twice(world):
    row = {"pk": "L#a", "sk": "L", "n": 1}
    with keep_bill() as alone:
        table.write(table.update(keys.limit("a", "b", "c"), {}, add={"n": 1}))
    with keep_bill() as together:
        table.transact([table.put(row), table.put({"pk": "W#a", "wrapped": b"1"}, "keys")])
    assert (alone.writes, together.writes) == (1, 4)
    assert together.calls == {"TransactWriteItems": 1}


def measure(world, child, **sender):
    """The bytes of the stored withdrawal of a confirmed child, and of its wrapped key."""
    hid = tell.submit_and_confirm(make.make_household(make.make_child(**child), **sender))
    rows = read_tables(world)
    (ref,) = rows[f"H#{hid}"]["H"]["refs"]
    return [size_item(pack(row)) for row in (rows[f"W#{ref}"]["W"], rows[f"key:W#{ref}"][""])]


def test_a_usual_withdrawal_is_within_one_write_unit(world):
    child = {"name": "Alexandra Example-Smith", "class_name": "3 Kestrel"}
    withdrawal, key = measure(world, child, name="Jordan Example-Smith", mail="jordan.smith@family.example")
    assert withdrawal < 900
    assert key < 1024


def test_the_largest_withdrawal_is_within_two_write_units(world):
    child = {"name": "é" * 100, "class_name": "c" * 50}
    mail = "m" * 64 + "@" + ".".join(["d" * 60] * 3) + ".example"
    withdrawal, _ = measure(world, child, name="ü" * 100, mail=mail, language="ar-xb")
    assert 1024 < withdrawal < 2048
