"""`make erase`: one withdrawal by its reference, for good; or all that a restore brought back."""

from pathlib import Path

import pytest

from chalicelib.aws import household_rows, withdrawal_rows
from chalicelib.domain.withdrawal import State, spell
from infra import erase
from infra.world import World
from tests import tell
from tests.invariants import read_tables


@pytest.fixture
def ref(folder: Path, world: World) -> str:
    """The reference of a confirmed withdrawal."""
    household = household_rows.get_household(tell.submit_and_confirm())
    assert household
    return household.refs[0]


def state(ref: str) -> State:
    found = withdrawal_rows.get_withdrawal(ref)
    assert found
    return found.state


def test_a_dry_run_says_what_it_is_and_erases_nothing(
    world: World, ref: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = read_tables(world)
    assert erase.main(["--stage", "dev", "--reference", spell(ref).lower()]) == 0
    assert capsys.readouterr().out == (
        f"{spell(ref)}, of 2017-09-21: confirmed\nNothing was changed. CONFIRM=yes erases it for good.\n"
    )
    assert read_tables(world) == before


def test_what_is_confirmed_is_erased_and_says_nothing_of_whom_it_was_about(
    ref: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        assert erase.main(["--stage", "dev", "--reference", ref, "--confirm"]) == 0
    assert state(ref) is State.ERASED
    assert withdrawal_rows.list_events(ref)[-1].by == "sender"
    said = "".join(capsys.readouterr())
    assert "Erased. Its letter cannot be called back" in said
    assert "It is erased already" in said
    for name in ("Robin", "Kim", "@", "Hill"):
        assert name not in said


def test_the_stages_own_fingerprint_key_is_not_needed(world: World, ref: str) -> None:
    erase.main(["--stage", "dev", "--reference", ref, "--confirm"])
    assert not [pk for pk in read_tables(world) if pk.startswith(("C#", "key:"))]


def test_a_reference_that_nothing_has_is_told_in_one_line(ref: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert erase.main(["--stage", "dev", "--reference", "AAAA2222", "--confirm"]) == 1
    assert capsys.readouterr().err == "erase: no withdrawal has the reference AAAA 2222\n"


def test_after_a_restore_what_lost_its_key_is_erased_again(
    world: World, ref: str, capsys: pytest.CaptureFixture[str]
) -> None:
    world.dynamodb.delete_item(TableName="retract-local-keys", Key={"pk": {"S": f"W#{ref}"}})
    assert erase.main(["--stage", "dev", "--restored"]) == 0
    assert state(ref) is State.CONFIRMED
    assert erase.main(["--stage", "dev", "--restored", "--confirm"]) == 0
    assert state(ref) is State.ERASED
    assert "1 withdrawals are back that had been erased.\n1 of them are erased again." in capsys.readouterr().out
