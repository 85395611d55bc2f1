"""Sessions begin with two factors and end in every way; guesses are few."""

from datetime import timedelta

import pytest
from botocore.stub import Stubber

from chalicelib.aws import keys, table
from chalicelib.aws.clients import client
from chalicelib.errors import NotSignedIn, SignInRefused, TooManyRequests, Unavailable
from chalicelib.services import staff
from infra.world import StaffAccount, World
from tests.desk import right_code, wrong_code
from tests.make import NOW

HERE, THERE = "192.0.2.1", "192.0.2.2"
WINDOW = timedelta(minutes=15)


def sign_in(account: StaffAccount, source: str = HERE) -> tuple[str, str]:
    user, session = staff.start_sign_in(account.user, account.password, source, NOW)
    return staff.finish_sign_in(user, session, right_code(account), source, NOW)


def fail(user: str, source: str, times: int) -> None:
    for _ in range(times):
        with pytest.raises(SignInRefused):
            staff.start_sign_in(user, "a guess", source, NOW)


def test_after_five_failures_even_the_right_password_waits(world: World) -> None:
    account = world.staff
    fail(account.user, HERE, 5)
    with pytest.raises(TooManyRequests):
        staff.start_sign_in(account.user, account.password, THERE, NOW)
    assert staff.start_sign_in(account.user, account.password, THERE, NOW + WINDOW)


def test_an_account_is_one_account_however_its_name_is_spelt(world: World) -> None:
    account = world.staff
    fail(account.user.upper(), HERE, 5)
    with pytest.raises(TooManyRequests):
        staff.start_sign_in(account.user, account.password, THERE, NOW)


def test_one_address_cannot_try_many_accounts(world: World) -> None:
    account = world.staff
    for n in range(5):
        fail(f"guess-{n}", HERE, 1)
    with pytest.raises(TooManyRequests):
        staff.start_sign_in(account.user, account.password, HERE, NOW)
    assert staff.start_sign_in(account.user, account.password, THERE, NOW)


def test_five_wrong_codes_end_the_guessing(world: World) -> None:
    account = world.staff
    user, session = staff.start_sign_in(account.user, account.password, HERE, NOW)
    for _ in range(5):
        with pytest.raises(SignInRefused):
            staff.finish_sign_in(user, session, wrong_code(account), HERE, NOW)
    with pytest.raises(TooManyRequests):
        staff.finish_sign_in(user, session, right_code(account), HERE, NOW)


def test_whoever_signs_in_rightly_is_never_counted(world: World) -> None:
    fail(world.staff.user, HERE, 4)
    for _ in range(6):
        assert sign_in(world.staff)


def test_an_outage_counts_as_nobodys_failure(world: World) -> None:
    account = world.staff
    with Stubber(client("cognito-idp")) as cognito:
        for _ in range(5):
            cognito.add_client_error("initiate_auth", "InternalErrorException")
        for _ in range(5):
            with pytest.raises(Unavailable):
                staff.start_sign_in(account.user, account.password, HERE, NOW)
    assert sign_in(account)


def test_a_session_lasts_eight_hours_and_no_longer(world: World) -> None:
    token, _ = sign_in(world.staff)
    staff.check_session(token, NOW, NOW + timedelta(hours=7, minutes=59))
    with pytest.raises(NotSignedIn):
        staff.check_session(token, NOW, NOW + timedelta(hours=8))


def test_signing_out_ends_what_had_begun_and_nothing_later(world: World) -> None:
    token, sub = sign_in(world.staff)
    staff.sign_out(sub, NOW + timedelta(hours=1))
    with pytest.raises(NotSignedIn):
        staff.check_session(token, NOW, NOW + timedelta(hours=1))
    later = NOW + timedelta(hours=2)
    staff.check_session(token, later, later)


def test_whoever_is_no_longer_one_of_the_staff_is_out_at_the_next_request(world: World) -> None:
    token, sub = sign_in(world.staff)
    table.write(table.update(keys.staff(sub), {"role": None}))
    with pytest.raises(NotSignedIn):
        staff.check_session(token, NOW, NOW)
    table.transact([table.delete(keys.staff(sub))])
    with pytest.raises(NotSignedIn):
        staff.check_session(token, NOW, NOW)
