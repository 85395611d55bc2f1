"""The life of a withdrawal: which events may happen when, and what a record amounts to."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.plain import from_plain, to_plain
from chalicelib.domain.withdrawal import (
    LETTERS_AND_DIGITS,
    TRANSITIONS,
    Event,
    IllegalTransition,
    Kind,
    Outcome,
    Reason,
    State,
    Withdrawal,
    evolve,
    make_reference,
    read_reference,
    replay,
    spell,
)

NOW = datetime(2017, 9, 21, 9, 30, tzinfo=UTC)
SUBMITTED = {"hid": "h", "campaign": "c", "urn": "900001", "items": ("nationality",)}
FACTS = {
    Kind.SUBMITTED: SUBMITTED,
    Kind.CONFIRMED: {"letter": "letter-h-900001"},
    Kind.ACKNOWLEDGED: {"outcome": Outcome.RECORDED, "reason": None},
}


def happen(*kinds: Kind) -> list[Event]:
    return [
        Event(kind, n, NOW + timedelta(hours=n), "test", FACTS.get(kind, {})) for n, kind in enumerate(kinds, 1)
    ]


def test_a_withdrawal_is_submitted_confirmed_and_acknowledged():
    record = replay("K7P42MXW", happen(Kind.SUBMITTED, Kind.CONFIRMED, Kind.ACKNOWLEDGED))
    assert (record.state, record.outcome, record.n) == (State.ACKNOWLEDGED, Outcome.RECORDED, 3)
    assert record.made < record.confirmed < record.answered
    assert record.letter == "letter-h-900001"


def test_an_answer_may_be_corrected_and_the_old_reason_goes():
    events = happen(Kind.SUBMITTED, Kind.CONFIRMED)
    doubt = {"outcome": Outcome.NOT_ACTED, "reason": Reason.DOUBT_SENDER}
    events += [Event(Kind.ACKNOWLEDGED, 3, NOW, "school", doubt)]
    assert replay("R", events).reason is Reason.DOUBT_SENDER
    events += [Event(Kind.ACKNOWLEDGED, 4, NOW, "school", {"outcome": Outcome.DEALT_WITH})]
    assert replay("R", events).reason is None


def test_nothing_unconfirmed_cancelled_or_erased_is_told():
    told = {State.CONFIRMED, State.ACKNOWLEDGED}
    for state in State:
        assert Withdrawal("R", state, 1, NOW).to_be_told is (state in told)


def test_erasure_keeps_the_state_before_and_drops_the_childs_print():
    record = replay("R", happen(Kind.SUBMITTED, Kind.CONFIRMED, Kind.ERASED))
    assert (record.was, record.child_print) == (State.CONFIRMED, None)


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("kind", list(Kind))
def test_only_what_the_table_allows_may_happen(state, kind):
    before = Withdrawal("R", state, 1, NOW)
    event = Event(kind, 2, NOW, "test", FACTS.get(kind, {}))
    if state in TRANSITIONS[kind][0]:
        assert evolve("R", before, event).state is TRANSITIONS[kind][1]
    else:
        with pytest.raises(IllegalTransition):
            evolve("R", before, event)


def test_an_event_may_not_set_what_is_not_its_own():
    with pytest.raises(IllegalTransition, match="urn"):
        evolve(
            "R",
            Withdrawal("R", State.UNCONFIRMED, 1, NOW),
            Event(Kind.CONFIRMED, 2, NOW, "x", {"letter": "l", "urn": "1"}),
        )


def test_a_withdrawal_comes_back_from_its_row_as_it_was():
    record = replay("R", happen(Kind.SUBMITTED, Kind.CONFIRMED, Kind.ACKNOWLEDGED))
    assert from_plain(Withdrawal, to_plain(record)) == record


def test_references_have_no_letters_that_look_alike():
    assert not set(LETTERS_AND_DIGITS) & set("IOQZ01")
    assert all(
        len(ref) == 8 and set(ref) <= set(LETTERS_AND_DIGITS) for ref in (make_reference(), make_reference())
    )


@given(st.text(LETTERS_AND_DIGITS, min_size=8, max_size=8), st.sampled_from([" ", "-", "", " - "]))
def test_a_reference_is_read_however_it_was_typed(ref, gap):
    assert read_reference(spell(ref).replace(" ", gap).lower()) == ref
