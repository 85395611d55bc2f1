"""Erasing: all that leads to a child goes, the proof stays; what is due goes by night, whatever else fails."""

import logging
from contextlib import suppress
from datetime import date, datetime, timedelta

import pytest

from chalicelib.aws import (
    delivery_rows,
    erasure_rows,
    household_rows,
    limit_rows,
    table,
    withdrawal_lists,
    withdrawal_rows,
)
from chalicelib.domain.delivery import PATIENCE, confirm_id
from chalicelib.domain.household import fold_mail
from chalicelib.domain.times import london_day
from chalicelib.domain.withdrawal import Outcome, Reason, State
from chalicelib.errors import LinkExpired, TooManyRequests, Unavailable
from chalicelib.services import answers, confirmations, erasures, notifications, queries, submissions
from tests import make, tell
from tests.faults import FAULTS, Crash, fault
from tests.invariants import check_invariants, read_tables, read_words

SAM = make.make_child("Sam Example")
TYPED = ("Robin Example", "Sam Example", "Kim Example", "kim@family.example")
LATER = make.NOW + timedelta(days=1)


def refs_of(hid):
    return household_rows.get_household(hid).refs


def two_children():
    return tell.submit_and_confirm(make.make_household(make.make_child(), SAM))


def told(hid):
    """The household's letter was sent and accepted."""
    tell.ring(hid, "confirmed")
    tell.hear(tell.mail_event(tell.letter(hid), "Send"), tell.mail_event(tell.letter(hid), "Delivery"))
    return hid


def answer(hid, outcome=Outcome.RECORDED, reason=None, now=make.NOW):
    letter = delivery_rows.get_delivery(tell.letter(hid))
    answers.acknowledge(answers.answer_link(letter).rpartition("/")[2], outcome, reason, now)


def erase_all(hid, now=LATER):
    assert all(erasures.erase(ref, "sender", now) for ref in refs_of(hid))


def states(hid):
    return [withdrawal_rows.get_withdrawal(ref).state for ref in refs_of(hid)]


# ---- One erasure --------------------------------------------------------------------------------------------


def test_what_leads_to_the_child_goes_and_the_proof_stays(world):
    hid = told(tell.submit_and_confirm())
    (ref,) = refs_of(hid)
    before = withdrawal_rows.get_withdrawal(ref)
    assert erasures.erase(ref, "sender", LATER)
    rows = read_tables(world)
    assert rows[f"W#{ref}"]["W"] == {
        "pk": f"W#{ref}",
        "sk": "W",
        "ref": ref,
        "state": "erased",
        "was": "confirmed",
        "n": 3,
        "made": "2017-09-21T09:30:00.000Z",
        "confirmed": "2017-09-21T09:30:00.000Z",
        "hid": hid,
        "letter": before.letter,
        "urn": make.HILL,
        "la": "999",
        "phase": "Primary",
        "items": ["nationality", "country-of-birth"],
        "campaign": before.campaign,
        "campaign_version": before.campaign_version,
        "consent": before.consent,
    }
    assert f"key:W#{ref}" not in rows
    assert not [pk for pk in rows if pk.startswith("C#")]
    assert set(rows[f"H#{hid}"]["H"]) == {"pk", "sk", "hid", "refs", "campaign", "v", "made"}
    erased = withdrawal_rows.list_events(ref)[-1]
    assert (erased.kind, erased.by, erased.at, erased.facts) == ("erased", "sender", LATER, {})
    assert before.child_print
    assert before.child_print not in repr(rows)
    check_invariants(world, LATER, TYPED)


def test_erased_twice_is_erased_once_and_what_does_not_exist_is_not_erased(world):
    hid = told(tell.submit_and_confirm())
    erase_all(hid)
    before = read_tables(world)
    erase_all(hid, LATER + timedelta(days=1))
    assert read_tables(world) == before
    assert not erasures.erase("K7P42MXW", "staff", LATER)


def test_the_mailbox_is_known_until_the_last_child_is_erased(world):
    hid = told(two_children())
    robin, sam = refs_of(hid)
    prints = household_rows.get_household(hid)
    assert erasures.erase(sam, "sender", LATER)
    assert household_rows.get_household(hid) == prints
    assert [each.withdrawal.ref for each in confirmations.read_done(done_token(hid), LATER)] == [robin]
    assert erasures.erase(robin, "sender", LATER)
    scrubbed = household_rows.get_household(hid)
    assert (scrubbed.by_mail, scrubbed.open) == ("", "")
    assert prints.by_mail not in repr(read_tables(world))
    check_invariants(world, LATER, TYPED)


def test_a_guard_that_stands_for_a_later_letter_stays(world):
    first = tell.submit_and_confirm()
    later = tell.submit_and_confirm(make.make_household(make.make_child(items=("nationality",)), key="2"))
    erase_all(first)
    (guard,) = [row for pk, found in read_tables(world).items() if pk.startswith("C#") for row in found.values()]
    assert (guard["ref"],) == refs_of(later)
    erase_all(later)
    assert not [pk for pk in read_tables(world) if pk.startswith("C#")]


def test_after_erasure_the_same_letter_can_be_written_again(world):
    erase_all(told(tell.submit_and_confirm()))
    again = tell.submit_and_confirm(make.make_household(key="2"), LATER)
    tell.ring(again, "confirmed", LATER)
    assert len(world.outbox) == 2
    check_invariants(world, LATER, TYPED)


# ---- Mails --------------------------------------------------------------------------------------------------


def test_a_letter_that_waits_is_never_sent(world):
    hid = tell.submit_and_confirm()
    erase_all(hid)
    tell.ring(hid, "confirmed", LATER)
    tell.drive(world, LATER)
    assert not world.outbox
    assert delivery_rows.get_delivery(tell.letter(hid)).closed == LATER
    check_invariants(world, LATER, TYPED)


def test_a_letter_to_be_sent_names_only_who_is_left(world):
    hid = two_children()
    erasures.erase(refs_of(hid)[1], "sender", make.NOW)
    tell.ring(hid, "confirmed")
    (letter,) = world.outbox
    assert "Robin Example" in read_words(letter.raw)
    assert "Sam Example" not in read_words(letter.raw)
    check_invariants(world, make.NOW, TYPED)


@pytest.mark.parametrize("why", ["no contact", "bounced", "no word", "wrong mailbox"])
def test_nothing_asks_for_a_person_any_more(world, why):
    hid = tell.submit_and_confirm(
        make.make_household(make.make_child(urn=make.LONE if why == "no contact" else make.HILL))
    )
    tell.ring(hid, "confirmed")
    if why == "bounced":
        tell.hear(tell.mail_event(tell.letter(hid), "Bounce", bounceType="Permanent"))
    if why == "no word":
        tell.drive(world, make.NOW)
    if why == "wrong mailbox":
        tell.hear(tell.mail_event(tell.letter(hid), "Delivery"))
        answer(hid, Outcome.NOT_ACTED, Reason.WRONG_MAILBOX)
    assert queries.list_attention()[0]
    erase_all(hid)
    assert queries.list_attention() == ([], False)
    assert not notifications.release(tell.letter(hid), LATER)


@pytest.mark.parametrize("bounce", ["Permanent", "Transient"])
def test_word_that_comes_after_erasure_asks_for_nobody_and_sends_nothing(world, bounce):
    hid = tell.submit_and_confirm()
    tell.ring(hid, "confirmed")
    erase_all(hid)
    tell.hear(tell.mail_event(tell.letter(hid), "Bounce", bounceType=bounce), now=LATER)
    tell.hear(tell.mail_event(tell.letter(hid), "Complaint"), now=LATER)
    assert queries.list_attention() == ([], False)
    tell.drive(world, LATER)
    assert len(world.outbox) == 1
    check_invariants(world, LATER, TYPED)


def test_a_confirmation_mail_that_waits_is_never_sent(world):
    hid = submissions.submit(make.make_household(), "192.0.2.1", make.NOW)
    erase_all(hid)
    tell.ring(hid, "submitted", LATER)
    tell.drive(world, LATER)
    assert not world.outbox
    assert delivery_rows.get_delivery(confirm_id(hid, 1)).closed == LATER


def test_with_one_child_erased_the_other_can_still_be_confirmed(world):
    hid = submissions.submit(make.make_household(make.make_child(), SAM), "192.0.2.1", make.NOW)
    erasures.erase(refs_of(hid)[0], "sender", make.NOW)
    tell.ring(hid, "submitted")
    confirmations.confirm(confirm_token(hid), make.NOW)
    tell.ring(hid, "confirmed")
    asked, letter = world.outbox
    assert asked.to == ("kim@family.example",)
    assert "Sam Example" in read_words(letter.raw)
    assert "Robin Example" not in read_words(letter.raw)
    assert states(hid) == [State.ERASED, State.CONFIRMED]
    check_invariants(world, make.NOW, TYPED)


def test_while_a_mail_is_being_sent_nothing_is_erased_and_afterwards_it_is_never_sent_again(world):
    hid = tell.submit_and_confirm()
    (ref,) = refs_of(hid)
    assert delivery_rows.claim(tell.letter(hid), make.NOW)
    with pytest.raises(Unavailable):
        erasures.erase(ref, "sender", make.NOW + timedelta(minutes=1))
    assert states(hid) == [State.CONFIRMED]
    assert erasures.erase(ref, "sender", make.NOW + PATIENCE)
    tell.hear(tell.mail_event(tell.letter(hid), "Send"), now=make.NOW + PATIENCE)
    tell.drive(world, make.NOW + PATIENCE)
    assert not world.outbox
    assert queries.list_attention() == ([], False)


def test_an_attempt_begun_while_erasing_is_let_finish(world, monkeypatch):
    hid = tell.submit_and_confirm()
    between(monkeypatch, lambda: delivery_rows.claim(tell.letter(hid), make.NOW))
    with pytest.raises(Unavailable):
        erasures.erase(refs_of(hid)[0], "sender", make.NOW)
    assert states(hid) == [State.CONFIRMED]


# ---- Doors --------------------------------------------------------------------------------------------------


def done_token(hid):
    return confirmations.done_link(hid, make.NOW).rpartition("/")[2]


def confirm_token(hid):
    return confirmations.confirm_link(hid, 1, "en", make.NOW)[0].rpartition("/")[2]


def test_every_link_to_it_is_over(world):
    hid = told(tell.submit_and_confirm())
    letter = delivery_rows.get_delivery(tell.letter(hid))
    erase_all(hid)
    with pytest.raises(LinkExpired):
        confirmations.read_done(done_token(hid), LATER)
    with pytest.raises(LinkExpired):
        confirmations.confirm(confirm_token(hid), LATER)
    with pytest.raises(LinkExpired):
        answer(hid, now=LATER)
    with pytest.raises(LinkExpired):
        answers.open_answer(answers.answer_link(letter).rpartition("/")[2], LATER)


def test_no_list_shows_it_and_its_reference_finds_the_proof(world):
    hid = told(tell.submit_and_confirm())
    (ref,) = refs_of(hid)
    erase_all(hid)
    for state in State:
        assert not queries.list_withdrawals(state, "", "", LATER).lines
    assert not queries.list_withdrawals(None, make.HILL, "", LATER).lines
    line = queries.find_by_reference(ref)
    assert (line.state, line.items, line.urn) == (State.ERASED, ("Nationality", "Country of birth"), make.HILL)


# ---- When -----------------------------------------------------------------------------------------------------


def night(day):
    """The first run of the night that begins ``day`` in London."""
    return datetime.combine(day, datetime.min.time(), make.NOW.tzinfo) + timedelta(minutes=10)


def last_kept(hid, day):
    """Erased in the night of ``day`` and not the night before."""
    assert erasures.erase_due(night(day - timedelta(days=1))) == 0
    assert State.ERASED not in states(hid)
    assert erasures.erase_due(night(day)) == len(refs_of(hid))
    assert set(states(hid)) == {State.ERASED}
    assert erasures.erase_due(night(day)) == 0


def test_what_nobody_confirms_goes_when_its_link_has_ended(world):
    hid = submissions.submit(make.make_household(make.make_child(), SAM), "192.0.2.1", make.NOW)
    _, expires = confirmations.confirm_link(hid, 1, "en", make.NOW)
    last_kept(hid, london_day(expires) + timedelta(days=1))
    check_invariants(world, make.NOW + timedelta(days=8), TYPED)


def test_what_no_school_answers_goes_42_days_after_the_census_day_of_the_letter(world):
    hid = told(two_children())
    last_kept(hid, date(2017, 10, 5) + timedelta(days=42))
    check_invariants(world, night(date(2017, 11, 16)), TYPED)


@pytest.mark.parametrize(
    ("sent", "census"),
    [("2017-10-05T22:59Z", date(2017, 10, 5)), ("2017-10-05T23:00Z", date(2018, 1, 18))],
)
def test_the_census_day_is_the_one_that_the_letter_names_by_londons_clock(world, sent, census):
    hid = tell.submit_and_confirm(now=datetime.fromisoformat(sent))
    (ref,) = refs_of(hid)
    assert withdrawal_rows.get_withdrawal(ref).erase_on == census + timedelta(days=42)


def test_what_the_school_has_answered_goes_28_days_after_its_newest_answer(world):
    hid = told(two_children())
    answer(hid, Outcome.NOT_ACTED, Reason.CANNOT_FIND)
    newest = make.NOW + timedelta(days=3)
    answer(hid, now=newest)
    answer(hid, now=newest + timedelta(days=9))  # the same again: no newer answer
    last_kept(hid, london_day(newest) + timedelta(days=28))
    check_invariants(world, newest + timedelta(days=28), TYPED)


def test_a_second_copy_goes_when_it_would_have_gone_unconfirmed(world):
    tell.submit_and_confirm()
    copy = tell.submit_and_confirm(make.make_household(key="2"))
    assert states(copy) == [State.CANCELLED]
    assert erasures.erase_due(night(london_day(make.NOW) + timedelta(days=8))) == 1
    assert states(copy) == [State.ERASED]


def test_an_index_that_is_behind_erases_nothing_before_its_time(world, monkeypatch):
    hid = tell.submit_and_confirm()
    refs = list(refs_of(hid))
    monkeypatch.setattr(withdrawal_lists, "list_due", lambda today, most: iter([refs]))
    assert erasures.erase_due(night(london_day(make.NOW) + timedelta(days=8))) == 0
    assert states(hid) == [State.CONFIRMED]


def test_a_mailbox_whose_unconfirmed_letters_are_erased_may_write_again(world):
    for number in range(3):
        submissions.submit(make.make_household(key=f"{number}"), "192.0.2.1", make.NOW)
    later = make.NOW + timedelta(days=6)
    with pytest.raises(TooManyRequests):
        submissions.submit(make.make_household(key="late"), "192.0.2.1", later)
    hid = household_rows.name_household("0")
    household = household_rows.get_household(hid)
    erase_all(hid, later)
    assert table.get(limit_rows.open_key(household.open))["n"] == 2
    submissions.submit(make.make_household(key="late"), "192.0.2.1", later)
    for number in range(1, 3):
        erase_all(household_rows.name_household(f"{number}"), later)
    erase_all(household_rows.name_household("late"), later)
    assert table.get(limit_rows.open_key(limit_rows.open_print(fold_mail("kim@family.example"))))["n"] == 0


# ---- Whatever fails -------------------------------------------------------------------------------------------


def many(count):
    """So many confirmed letters of so many mailboxes, due on the same day."""
    return [
        tell.submit_and_confirm(make.make_household(key=f"{n}", mail=f"kim{n}@family.example"))
        for n in range(count)
    ]


DUE = night(date(2017, 11, 16))


@pytest.mark.parametrize("place", [0, 2, 4])
def test_a_bad_record_never_stops_its_neighbours(world, caplog, place):
    hids = many(5)
    (bad,) = refs_of(hids.pop(place))
    table.write(table.update({"pk": f"W#{bad}", "sk": "W"}, {"state": "unheard-of"}))
    with caplog.at_level(logging.ERROR):
        assert erasures.erase_due(DUE) == 4
    assert {state for hid in hids for state in states(hid)} == {State.ERASED}
    assert "erasure failed: Unreadable" in caplog.text
    assert "unheard-of" not in caplog.text


def test_a_run_that_ends_early_is_taken_up_by_the_next(world, monkeypatch):
    hids = many(5)
    monkeypatch.setattr(erasures, "BATCH", 2)
    monkeypatch.setattr(erasures, "MOST", 2)
    assert [erasures.erase_due(DUE) for _ in range(4)] == [2, 2, 1, 0]
    assert {state for hid in hids for state in states(hid)} == {State.ERASED}
    check_invariants(world, DUE, TYPED)


def test_erasing_many_costs_little_more_than_a_call_each(world):
    many(25)
    with fault() as calls:
        assert erasures.erase_due(DUE) == 25
    assert calls.names.count("TransactWriteItems") == 25
    assert len(calls.names) - 25 == 5  # the list of what is due, and four reads for all of them


@pytest.mark.parametrize("name", FAULTS)
def test_every_call_of_an_erasure_may_fail_and_the_next_run_ends_it(world, name):
    error, after = FAULTS[name]
    injected = 0
    for place in range(9):
        hid = told(
            tell.submit_and_confirm(
                make.make_household(make.make_child(), SAM, key=f"{place}", mail=f"kim{place}@family.example")
            )
        )
        with fault(place, error, after) as calls, suppress(Unavailable, Crash):
            erasures.erase_due(DUE)
        injected += len(calls.names) > place
        erasures.erase_due(DUE)
        assert states(hid) == [State.ERASED, State.ERASED]
        check_invariants(world, DUE, TYPED)
    assert injected == 6  # the list, four reads, one transaction for both


# ---- Races ------------------------------------------------------------------------------------------------------


def between(monkeypatch, act):
    """``act`` happens once, after an erasure has looked and before it writes."""
    real, done = table.transact, []

    def late(writes):
        if not done:
            done.append(True)
            act()
        real(writes)

    monkeypatch.setattr(table, "transact", late)


def test_a_confirmation_that_is_quicker_wins_and_is_then_erased_whole(world, monkeypatch):
    hid = submissions.submit(make.make_household(make.make_child(), SAM), "192.0.2.1", make.NOW)
    between(monkeypatch, lambda: confirmations.confirm(confirm_token(hid), make.NOW))
    robin, sam = refs_of(hid)
    assert erasures.erase(robin, "sender", make.NOW)
    assert withdrawal_rows.get_withdrawal(robin).was is State.CONFIRMED
    assert withdrawal_rows.get_withdrawal(sam).state is State.CONFIRMED
    check_invariants(world, make.NOW, TYPED)


def test_a_confirmation_that_comes_second_confirms_nothing(world):
    hid = submissions.submit(make.make_household(), "192.0.2.1", make.NOW)
    erase_all(hid, make.NOW)
    with pytest.raises(LinkExpired):
        confirmations.confirm(confirm_token(hid), make.NOW)
    check_invariants(world, make.NOW, TYPED)


def test_an_answer_that_is_quicker_is_kept(world, monkeypatch):
    hid = told(tell.submit_and_confirm())
    between(monkeypatch, lambda: answer(hid))
    erase_all(hid)
    withdrawal = withdrawal_rows.get_withdrawal(refs_of(hid)[0])
    assert (withdrawal.was, withdrawal.outcome) == (State.ACKNOWLEDGED, Outcome.RECORDED)
    check_invariants(world, LATER, TYPED)


def test_two_children_erased_at_once_leave_no_trace_of_the_mailbox(world, monkeypatch):
    hid = told(two_children())
    robin, sam = refs_of(hid)
    between(monkeypatch, lambda: erasures.erase(sam, "sender", LATER))
    assert erasures.erase(robin, "sender", LATER)
    assert household_rows.get_household(hid).by_mail == ""
    check_invariants(world, LATER, TYPED)


def test_two_who_erase_the_same_at_once_write_one_event(world, monkeypatch):
    hid = told(tell.submit_and_confirm())
    (ref,) = refs_of(hid)
    between(monkeypatch, lambda: erasures.erase(ref, "staff", LATER))
    assert erasures.erase(ref, "service", LATER)
    assert [each.by for each in withdrawal_rows.list_events(ref) if each.kind == "erased"] == ["staff"]


def test_what_changes_at_every_look_is_given_up_with_a_clear_answer(world, monkeypatch):
    hid = tell.submit_and_confirm()

    def refuse(writes):
        raise table.Refused({})

    monkeypatch.setattr(table, "transact", refuse)
    with pytest.raises(Unavailable):
        erasures.erase(refs_of(hid)[0], "sender", LATER)


def test_an_erased_row_is_looked_at_for_nothing_more(world):
    hid = told(tell.submit_and_confirm())
    erase_all(hid)
    (sight,) = erasure_rows.look(refs_of(hid)).values()
    assert (sight.household, sight.deliveries, sight.others) == (None, (), ())
