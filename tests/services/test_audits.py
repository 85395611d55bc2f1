"""The audit of what staff do: a row before each answer, in one unbroken chain, and not a word that was typed."""

from datetime import timedelta

import pytest

from chalicelib.aws import audit_rows, delivery_rows, keys, table
from chalicelib.domain.delivery import Hold
from chalicelib.domain.times import london_day
from chalicelib.errors import NotSignedIn, SignInRefused, Unavailable
from chalicelib.services import audits, staff
from tests import make, tell
from tests.desk import calls_made, hold, right_code, sign_in, store, wrong_code
from tests.faults import FAULTS, Crash, fault
from tests.invariants import hides, read_tables
from tests.web.client import Browser

TODAY = [london_day(make.NOW)]
HERE = "192.0.2.1"


def acts(days=TODAY):
    return [(row["act"], row.get("object", "")) for row in audit_rows.list_acts(days)]


def write(*names, start=make.NOW):
    for minutes, name in enumerate(names):
        audits.note("sub-1", name, start + timedelta(minutes=minutes))


# ---- What is written down ---------------------------------------------------------------------------------------


def test_everything_that_staff_do_is_written_down_by_who_did_it(world):
    (ref,) = store(0, 1)
    held = hold("a", Hold.NO_CONTACT, make.NOW)
    browser = sign_in(world)
    browser.get(f"/staff/withdrawals?reference={ref.lower()}")
    browser.get("/staff/withdrawals?reference=Robin+Example")
    browser.get(f"/staff/withdrawals?urn={make.HILL}&state=unconfirmed")
    page = browser.get("/staff/attention")
    browser.post("/staff/attention", {"delivery": held, "form_token": page.form()["form_token"]})
    browser.answer(page, "/staff/sign-out")
    rows = list(audit_rows.list_acts(TODAY))
    assert [(row["act"], row.get("object", "")) for row in rows] == [
        ("signed in", ""),
        ("looked up", ref),
        ("looked up", "no reference"),
        ("listed", f"{make.HILL} unconfirmed"),
        ("released", held),
        ("signed out", ""),
    ]
    (who,) = {row["who"] for row in rows}
    assert table.get(keys.staff(who))["role"] == "staff"
    assert {row["role"] for row in rows} == {"staff"}
    assert not audit_rows.find_breaks(TODAY)
    assert not hides("Robin Example", repr(read_tables(world)).encode())


def test_a_refused_sign_in_is_written_down_by_the_accounts_print_and_never_by_what_was_typed(world):
    account = world.staff
    with pytest.raises(SignInRefused):
        staff.start_sign_in("Kim Example", "a guess", HERE, make.NOW)
    user, session = staff.start_sign_in(account.user, account.password, HERE, make.NOW)
    with pytest.raises(SignInRefused):
        staff.finish_sign_in(user, session, wrong_code(account), HERE, make.NOW)
    first, second = audit_rows.list_acts(TODAY)
    assert (first["act"], second["act"]) == ("password refused", "code refused")
    assert first["who"] != second["who"]
    assert not hides("Kim Example", repr(read_tables(world)).encode())
    assert not hides("a guess", repr(read_tables(world)).encode())
    assert "role" not in first


def test_what_is_not_held_is_not_released_and_nothing_is_written(world):
    hid = tell.submit_and_confirm()
    assert not staff.release("sub-1", tell.letter(hid), make.NOW)
    assert not staff.release("sub-1", "Robin Example", make.NOW)
    assert not acts()


@pytest.mark.parametrize("operation", ["GetItem", "TransactWriteItems"])
def test_without_its_row_no_act_is_done(world, operation):
    held = hold("a", Hold.NO_CONTACT, make.NOW)
    with fault(operation, FAULTS["throttled"][0]), pytest.raises(Unavailable):
        staff.release("sub-1", held, make.NOW)
    assert delivery_rows.get_delivery(held).held
    assert not acts()


def test_without_its_row_nobody_is_signed_in(world):
    user, session = staff.start_sign_in(world.staff.user, world.staff.password, HERE, make.NOW)
    with fault("TransactWriteItems", FAULTS["throttled"][0]), pytest.raises(Unavailable):
        staff.finish_sign_in(user, session, right_code(world.staff), HERE, make.NOW)


def test_after_signing_out_an_old_copy_of_the_cookie_opens_nothing(world):
    browser = sign_in(world)
    kept = dict(browser.cookies)
    browser.answer(browser.get("/staff/attention"), "/staff/sign-out")
    again = Browser()
    again.cookies |= kept
    for path in ("/staff/attention", "/staff/withdrawals"):
        assert again.get(path).status == NotSignedIn.status
    assert acts()[-1] == ("signed out", "")


# ---- The chain --------------------------------------------------------------------------------------------------


def test_each_row_holds_the_hash_of_the_one_before_over_midnight_too(world):
    write("a", "b", "c", start=make.NOW.replace(hour=22, minute=59))
    days = [london_day(make.NOW), london_day(make.NOW + timedelta(days=1))]
    assert acts(days[:1]) == [("a", "")]
    rows = list(audit_rows.list_acts(days))
    assert [row["n"] for row in rows] == [1, 2, 3]
    assert rows[0]["before"] == "nothing"
    assert [row["before"] for row in rows[1:]] == [audit_rows.hash_row(row) for row in rows[:2]]
    assert audit_rows.find_breaks(days) == []


@pytest.mark.parametrize("what", ["changed", "taken out", "last taken out", "last changed"])
def test_a_broken_link_is_found(world, what):
    write("a", "b", "c", "d")
    rows = list(audit_rows.list_acts(TODAY))
    row = rows[-1] if "last" in what else rows[1]
    key = {"pk": row["pk"], "sk": row["sk"]}
    table.transact([table.delete(key) if "taken" in what else table.update(key, {"who": "somebody else"})])
    assert audit_rows.find_breaks(TODAY)


def test_a_row_put_in_later_is_found(world):
    write("a", "b")
    first, _ = audit_rows.list_acts(TODAY)
    table.transact([table.put({**first, "sk": f"{first['sk']}x", "n": 3, "act": "forged"})])
    assert audit_rows.find_breaks(TODAY) == [3, 4]


def test_two_who_act_at_once_are_two_links_of_one_chain(world, monkeypatch):
    write("first")
    real, done = table.transact, []

    def late(writes):
        if not done:
            done.append(True)
            audits.note("sub-2", "quicker", make.NOW)
        real(writes)

    monkeypatch.setattr(table, "transact", late)
    audits.note("sub-1", "slower", make.NOW)
    assert [act for act, _ in acts()] == ["first", "quicker", "slower"]
    assert audit_rows.find_breaks(TODAY) == []


def test_a_row_costs_two_calls(world):
    write("first")
    with calls_made() as made:
        write("second")
    assert [name for name, _ in made] == ["GetItem", "TransactWriteItems"]


@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.parametrize("place", [0, 1])
def test_whatever_fails_the_chain_is_whole(world, name, place):
    write("first")
    error, after = FAULTS[name]
    with fault(place, error, after), pytest.raises((Unavailable, Crash)):
        write("second")
    write("second")
    assert acts()[-1] == ("second", "")
    assert audit_rows.find_breaks(TODAY) == []


def test_an_answer_that_was_lost_and_asked_for_again_is_one_row(world, monkeypatch):
    real = table.transact

    def twice(writes):
        real(writes)
        real(writes)

    monkeypatch.setattr(table, "transact", twice)
    write("once")
    assert acts() == [("once", "")]
