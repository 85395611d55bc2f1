"""A school answers with one press: safe to repeat, open to correction, and never a word about a pupil."""

from datetime import timedelta

import pytest

from chalicelib.aws import delivery_rows, withdrawal_rows
from chalicelib.domain.delivery import Hold
from chalicelib.domain.withdrawal import Outcome, Reason, State
from chalicelib.errors import LinkBroken, LinkExpired, LinkSuperseded
from chalicelib.services import answers
from tests import make, tell
from tests.invariants import check_invariants, read_tables


@pytest.fixture
def letter(world):
    children = (make.make_child(), make.make_child("Sam Example"))
    hid = tell.submit_and_confirm(make.make_household(*children))
    tell.ring(hid, "confirmed")
    return delivery_rows.get_delivery(tell.letter(hid))


def link(letter):
    return answers.answer_link(letter).rpartition("/")[2]


def outcomes(letter):
    found = withdrawal_rows.get_withdrawals(letter.refs)
    return [(found[ref].state, found[ref].outcome, found[ref].reason) for ref in letter.refs]


def test_the_page_knows_the_school_and_how_many_pupils_and_nothing_more(letter):
    page = answers.open_answer(link(letter), make.NOW)
    assert (page.school.urn, page.count, page.outcome) == (make.HILL, 2, None)


def test_one_answer_is_for_all_of_the_letter_and_twice_is_once(world, letter):
    answers.acknowledge(link(letter), Outcome.DEALT_WITH, None, make.NOW)
    before = read_tables(world)
    answers.acknowledge(link(letter), Outcome.DEALT_WITH, None, make.NOW + timedelta(days=1))
    assert read_tables(world) == before
    assert outcomes(letter) == [(State.ACKNOWLEDGED, Outcome.DEALT_WITH, None)] * 2
    assert before[f"S#{make.HILL}"]["T"]["done"] == 2
    check_invariants(world, make.NOW)


def test_an_answer_may_be_corrected_and_is_counted_once(world, letter):
    answers.acknowledge(link(letter), Outcome.NOT_ACTED, Reason.CANNOT_FIND, make.NOW)
    assert answers.open_answer(link(letter), make.NOW).reason is Reason.CANNOT_FIND
    answers.acknowledge(link(letter), Outcome.RECORDED, None, make.NOW + timedelta(days=1))
    assert outcomes(letter) == [(State.ACKNOWLEDGED, Outcome.RECORDED, None)] * 2
    assert read_tables(world)[f"S#{make.HILL}"]["T"]["done"] == 2
    check_invariants(world, make.NOW + timedelta(days=1))


def test_a_wrong_mailbox_ends_the_link_and_leaves_the_withdrawals_to_be_told(world, letter):
    answers.acknowledge(link(letter), Outcome.NOT_ACTED, Reason.WRONG_MAILBOX, make.NOW)
    assert outcomes(letter) == [(State.CONFIRMED, None, None)] * 2
    assert [row["urn"] for row in delivery_rows.list_held(Hold.WRONG_MAILBOX)] == [make.HILL]
    with pytest.raises(LinkSuperseded):
        answers.open_answer(link(letter), make.NOW)
    check_invariants(world, make.NOW)


def test_a_wrong_mailbox_still_asks_for_a_person_when_word_of_the_mail_comes_late(letter):
    answers.acknowledge(link(letter), Outcome.NOT_ACTED, Reason.WRONG_MAILBOX, make.NOW)
    tell.hear(tell.mail_event(letter.id, "Delivery"))
    assert [row["urn"] for row in delivery_rows.list_held(Hold.WRONG_MAILBOX)] == [make.HILL]


def test_a_bounced_letters_link_is_dead(letter):
    tell.hear(tell.mail_event(letter.id, "Bounce", bounceType="Permanent"))
    with pytest.raises(LinkSuperseded):
        answers.acknowledge(link(letter), Outcome.DEALT_WITH, None, make.NOW)


def test_the_link_lives_as_long_as_the_data(letter):
    answers.open_answer(link(letter), make.NOW.replace(year=2018, month=6, day=28))
    with pytest.raises(LinkExpired):
        answers.open_answer(link(letter), make.NOW.replace(year=2018, month=6, day=30))


def test_a_cut_link_opens_nothing(letter):
    with pytest.raises(LinkBroken):
        answers.open_answer(link(letter)[:-3], make.NOW)
