"""Only the mailbox's owner confirms; a second press, a scanner, a duplicate change nothing."""

from datetime import timedelta

import pytest

from chalicelib.aws import delivery_rows, household_rows, withdrawal_rows
from chalicelib.content import links
from chalicelib.domain.delivery import Hold
from chalicelib.domain.withdrawal import State
from chalicelib.errors import CampaignEnded, LinkBroken, LinkExpired, LinkSuperseded
from chalicelib.services import confirmations, notifications, submissions
from tests import make, tell
from tests.faults import fault
from tests.invariants import check_invariants, read_tables

NAMES = ("Robin Example", "Kim Example", "kim@family.example")


def token(hid, version=1, now=make.NOW):
    return confirmations.confirm_link(hid, version, "en", now)[0].rpartition("/")[2]


def states(hid):
    refs = household_rows.get_household(hid).refs
    return [withdrawal_rows.get_withdrawal(ref).state for ref in refs]


def test_opening_the_link_changes_nothing_and_asks_nothing_of_aws(world):
    hid = submissions.submit(make.make_household(), "192.0.2.1", make.NOW)
    before = read_tables(world)
    for _ in range(3):
        confirmations.read_confirmation(token(hid), make.NOW)
    assert read_tables(world) == before


def test_a_link_pressed_twice_confirms_once(world):
    hid = submissions.submit(
        make.make_household(make.make_child(), make.make_child("Sam Example", make.BROOK)), "a", make.NOW
    )
    assert confirmations.confirm(token(hid), make.NOW) == hid
    before = read_tables(world)
    assert confirmations.confirm(token(hid), make.NOW + timedelta(hours=1)) == hid
    assert read_tables(world) == before
    assert states(hid) == [State.CONFIRMED, State.CONFIRMED]
    check_invariants(world, make.NOW, NAMES)


def test_a_link_ends_after_seven_days(world):
    hid = submissions.submit(make.make_household(), "a", make.NOW)
    sent = token(hid)
    confirmations.read_confirmation(sent, make.NOW + timedelta(days=7, seconds=-1))
    with pytest.raises(LinkExpired):
        confirmations.confirm(sent, make.NOW + timedelta(days=7))


@pytest.mark.parametrize("purpose", ["done", "answer", "form", "cursor"])
def test_a_token_made_for_something_else_confirms_nothing(world, purpose):
    hid = submissions.submit(make.make_household(), "a", make.NOW)
    other = links.sign_token(purpose, {"h": hid, "v": 1}, make.NOW + timedelta(days=1))
    with pytest.raises(LinkBroken):
        confirmations.confirm(other, make.NOW)
    assert states(hid) == [State.UNCONFIRMED]


def test_a_token_with_any_byte_changed_confirms_nothing(world):
    hid = submissions.submit(make.make_household(), "a", make.NOW)
    good = token(hid)
    for at in range(len(good)):
        bad = good[:at] + ("A" if good[at] != "A" else "B") + good[at + 1 :]
        # The last character of base64 may hold bits that mean nothing.
        if at in (good.index(".") - 1, len(good) - 1):
            continue
        with pytest.raises(LinkBroken):
            confirmations.read_confirmation(bad, make.NOW)


def test_an_older_link_is_superseded_by_a_newer_one(world):
    hid = submissions.submit(make.make_household(), "a", make.NOW)
    with pytest.raises(LinkSuperseded):
        confirmations.confirm(token(hid, version=0), make.NOW)


def test_after_the_campaign_a_late_link_says_so(world):
    late = make.NOW.replace(year=2018, month=6, day=12)
    hid = submissions.submit(make.make_household(), "a", late)
    with pytest.raises(CampaignEnded):
        confirmations.confirm(token(hid, now=late), late + timedelta(days=3))


def test_the_same_again_from_the_same_mailbox_names_the_first_and_is_told_once(world):
    first = tell.submit_and_confirm()
    again = make.make_household(make.make_child("ROBIN  example"), key="k2", mail="Kim+again@family.example")
    second = tell.submit_and_confirm(again, make.NOW + timedelta(hours=1))
    (ref,) = household_rows.get_household(first).refs
    (told,) = confirmations.read_done(confirmations.done_link(second, make.NOW).rpartition("/")[2], make.NOW)
    assert (told.withdrawal.state, told.withdrawal.same_as, told.letter) == (State.CANCELLED, ref, None)
    notifications.sweep(make.NOW + timedelta(hours=2))
    assert len([m for m in world.outbox if m.tags["delivery"].startswith("letter-")]) == 1
    check_invariants(world, make.NOW + timedelta(hours=2), NAMES)


@pytest.mark.parametrize(
    ("child", "mail"),
    [
        (make.make_child(), "other@family.example"),
        (make.make_child("Sam Example"), "kim@family.example"),
        (make.make_child(urn=make.BROOK), "kim@family.example"),
        (make.make_child(items=("nationality",)), "kim@family.example"),
    ],
)
def test_another_mailbox_child_school_or_item_is_not_the_same_again(world, child, mail):
    tell.submit_and_confirm()
    second = tell.submit_and_confirm(make.make_household(child, key="k2", mail=mail))
    assert states(second) == [State.CONFIRMED]
    check_invariants(world, make.NOW, NAMES)


def test_what_is_not_confirmed_blocks_nobody(world):
    submissions.submit(make.make_household(), "a", make.NOW)
    second = tell.submit_and_confirm(make.make_household(key="k2"))
    assert states(second) == [State.CONFIRMED]


def test_the_done_page_can_be_opened_again_and_says_how_far_the_letter_is(world):
    hid = tell.submit_and_confirm(
        make.make_household(make.make_child(urn=make.LONE), make.make_child("Sam Example"))
    )
    tell.ring(hid, "confirmed")
    link = confirmations.done_link(hid, make.NOW).rpartition("/")[2]
    shown = confirmations.read_done(link, make.NOW + timedelta(days=29))
    assert [(each.school.urn, each.letter.status) for each in shown] == [(make.LONE, "held"), (make.HILL, "sent")]
    with pytest.raises(LinkExpired):
        confirmations.read_done(link, make.NOW + timedelta(days=31))


def test_a_household_of_eight_is_confirmed_in_one_transaction(world):
    children = [make.make_child(f"Child {n}", (make.HILL, make.BROOK, make.LONE)[n % 3]) for n in range(8)]
    hid = tell.submit_and_confirm(make.make_household(*children))
    assert states(hid) == [State.CONFIRMED] * 8
    check_invariants(world, make.NOW)


def letters(world):
    return {mail.tags["delivery"] for mail in world.outbox if mail.tags["delivery"].startswith("letter-")}


def confirm_at(urns, child="Robin Example", key="k", mail="kim@family.example"):
    children = [make.make_child(child if isinstance(child, str) else child[n], urn) for n, urn in enumerate(urns)]
    return tell.submit_and_confirm(make.make_household(*children, key=key, mail=mail))


def test_one_childs_name_at_a_third_school_from_one_mailbox_waits_for_staff(world):
    for n, urn in enumerate((make.HILL, make.BROOK, make.LONE)):
        hid = confirm_at([urn], key=f"k{n}")
    notifications.sweep(make.NOW)
    assert len(letters(world)) == 2
    held = delivery_rows.list_held(Hold.MANY_SCHOOLS)
    assert [row["pk"] for row in held] == [f"D#{tell.letter(hid, make.LONE)}"]
    check_invariants(world, make.NOW, NAMES)


def test_the_same_name_at_three_schools_in_one_journey_waits_too(world):
    confirm_at([make.HILL, make.BROOK, make.LONE])
    notifications.sweep(make.NOW)
    assert not letters(world)
    assert len(delivery_rows.list_held(Hold.MANY_SCHOOLS)) == 3


def test_brothers_and_sisters_at_three_schools_do_not_wait(world):
    confirm_at([make.HILL, make.BROOK, make.LONE], child=["Robin Example", "Sam Example", "Alex Example"])
    assert not delivery_rows.list_held(Hold.MANY_SCHOOLS)


def test_a_mailbox_that_writes_to_a_fifth_school_waits_whatever_the_names(world):
    for n, urn in enumerate((make.HILL, make.BROOK, make.LONE, *make.OTHERS)):
        hid = confirm_at([urn], child=f"Child {urn}", key=f"k{n}")
        assert (delivery_rows.get_delivery(tell.letter(hid, urn)).held is Hold.MANY_SCHOOLS) == (n == 4)


def test_after_a_month_the_count_begins_again_and_other_mailboxes_never_count(world):
    for n, urn in enumerate((make.HILL, make.BROOK)):
        confirm_at([urn], key=f"k{n}", mail=f"other{n}@family.example")
        confirm_at([urn], key=f"m{n}")
    later = make.make_household(make.make_child(urn=make.LONE), key="later")
    tell.submit_and_confirm(later, make.NOW + timedelta(days=31))
    assert not delivery_rows.list_held(Hold.MANY_SCHOOLS)


def test_confirming_eight_children_costs_the_calls_of_one(world):
    for n in (1, 8):
        children = [make.make_child(f"Child {n} {place}") for place in range(n)]
        household = make.make_household(*children, key=f"k{n}", mail=f"calls{n}@family.example")
        sent = token(submissions.submit(household, "a", make.NOW))
        with fault() as calls:
            confirmations.confirm(sent, make.NOW)
        assert calls.names == ["GetItem", "BatchGetItem", "BatchGetItem", "Query", "TransactWriteItems"]
        with fault() as again:
            confirmations.confirm(sent, make.NOW)
        assert again.names == ["GetItem", "BatchGetItem"]


def test_a_mailbox_that_has_written_before_costs_two_reads_more(world):
    tell.submit_and_confirm()
    sent = token(submissions.submit(make.make_household(make.make_child("Sam Example"), key="k2"), "a", make.NOW))
    with fault() as calls:
        confirmations.confirm(sent, make.NOW)
    assert len(calls.names) == 7
