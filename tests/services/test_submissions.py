"""A household is stored once, sealed, within limits that never block anybody else."""

from datetime import timedelta

import pytest

from chalicelib.aws import household_rows, vault, withdrawal_rows
from chalicelib.domain.withdrawal import State
from chalicelib.errors import CampaignEnded, NotStored, SchoolNotFound, TooManyRequests
from chalicelib.services import submissions
from tests import make
from tests.faults import THROTTLE, fault
from tests.invariants import check_invariants, read_tables

NAMES = ("Robin Example", "Kim Example", "kim@family.example")


def submit(household=None, source="192.0.2.1", now=make.NOW, **options):
    return submissions.submit(household or make.make_household(), source, now, **options)


def test_two_children_at_two_schools_are_two_withdrawals_of_one_household(world):
    hid = submit(
        make.make_household(make.make_child(), make.make_child("Sam Example", make.BROOK, items=("nationality",)))
    )
    refs = household_rows.get_household(hid).refs
    found = withdrawal_rows.get_withdrawals(refs)
    assert [found[ref].urn for ref in refs] == [make.HILL, make.BROOK]
    assert [found[ref].items for ref in refs] == [("nationality", "country-of-birth"), ("nationality",)]
    assert {each.state for each in found.values()} == {State.UNCONFIRMED}
    check_invariants(world, make.NOW, NAMES)


def test_what_is_sealed_opens_only_under_its_own_reference(world):
    hid = submit(make.make_household(make.make_child(), make.make_child("Sam Example")))
    first, second = household_rows.get_household(hid).refs
    stored, _ = withdrawal_rows.get_stored([first, second])
    assert stored[first].withdrawal.campaign == "school-census-2017-18"
    said = vault.unseal(first, "school-census-2017-18", stored[first].sealed, stored[first].wrapped)
    assert said == {
        "child": "Robin Example",
        "class": "3B",
        "name": "Kim Example",
        "mail": "kim@family.example",
        "role": "parent",
        "language": "en",
    }
    for ref, wrapped in ((first, stored[second].wrapped), (second, stored[first].wrapped)):
        with pytest.raises(vault.BrokenSeal):
            vault.unseal(ref, "school-census-2017-18", stored[ref].sealed, wrapped)


def test_the_same_form_sent_twice_is_stored_once(world):
    first = submit()
    before = read_tables(world)
    assert submit(now=make.NOW + timedelta(minutes=5)) == first
    assert read_tables(world) == before


def test_a_submission_makes_two_aws_calls(world):
    submit(make.make_household(key="warm", mail="warm@family.example"))
    with fault() as calls:
        submit()
    assert calls.names == ["GenerateDataKey", "TransactWriteItems"]


def test_three_households_of_a_mailbox_may_wait_for_confirmation_and_a_tag_makes_no_other_mailbox(world):
    for n in range(3):
        submit(make.make_household(key=f"k{n}", mail=f"kim+{n}@family.example"))
    with pytest.raises(TooManyRequests) as refusal:
        submit(make.make_household(key="k3"))
    assert refusal.value.facts == {"limit": "mail-open"}
    submit(make.make_household(key="k4", mail="sam@family.example"))


def test_waiting_households_are_forgotten_after_a_week_even_where_the_table_forgets_late(world):
    for n in range(3):
        submit(make.make_household(key=f"k{n}"))
    submit(make.make_household(key="later"), now=make.NOW + timedelta(days=8))


def test_five_a_day_are_enough_for_one_mailbox(world):
    from chalicelib.services import confirmations

    for n in range(5):
        hid = submit(make.make_household(make.make_child(f"Child {n}"), key=f"k{n}"))
        link, _ = confirmations.confirm_link(hid, 1, "en", make.NOW)
        confirmations.confirm(link.rpartition("/")[2], make.NOW)
    with pytest.raises(TooManyRequests) as refusal:
        submit(make.make_household(key="k5"))
    assert refusal.value.facts == {"limit": "mail-day"}


def test_past_twenty_from_one_address_there_is_a_wait_and_then_it_is_taken(world):
    for n in range(20):
        submit(make.make_household(key=f"k{n}", mail=f"family{n}@mail.example"))
    last = make.make_household(key="k20", mail="family20@mail.example")
    with pytest.raises(TooManyRequests) as refusal:
        submit(last)
    assert refusal.value.facts == {"limit": "source"}
    submit(last, patient=True)
    submit(make.make_household(key="elsewhere", mail="e@mail.example"), source="198.51.100.7")


def test_a_refused_submission_stores_nothing(world):
    for n in range(3):
        submit(make.make_household(key=f"k{n}"))
    before = read_tables(world)
    with pytest.raises(TooManyRequests):
        submit(make.make_household(key="k3"))
    assert read_tables(world) == before


def test_after_its_last_day_the_campaign_takes_nothing_new(world):
    with pytest.raises(CampaignEnded):
        submit(now=make.NOW.replace(year=2018, month=6, day=14))


def test_an_unknown_school_is_refused_before_anything_is_stored(world):
    with pytest.raises(SchoolNotFound):
        submit(make.make_household(make.make_child(urn="999999")))
    assert not read_tables(world)["H#"]


@pytest.mark.parametrize("operation", ["GenerateDataKey", "TransactWriteItems"])
def test_where_aws_does_not_answer_nothing_is_said_to_be_stored(world, operation):
    with fault(operation, THROTTLE), pytest.raises(NotStored):
        submit()
