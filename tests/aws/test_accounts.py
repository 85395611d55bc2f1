"""Nobody gets in without a second factor, and no token counts but ours."""

import time
from typing import Any

import jwt
import pytest
from botocore.stub import Stubber
from moto.utilities.utils import load_resource

from chalicelib.aws import accounts
from chalicelib.aws.accounts import Challenge
from chalicelib.aws.clients import client
from chalicelib.config import settings
from chalicelib.errors import NotSignedIn, SignInRefused, TooManyRequests, Unavailable
from infra.world import World
from tests.desk import right_code, wrong_code


def sign(claims: dict[str, Any], kid: str = "dummy") -> str:
    """A token signed with the very key of the pool."""
    key = jwt.PyJWK(load_resource("cognitoidp/resources/jwks-private.json"), algorithm="RS256").key
    return jwt.encode(claims, key, algorithm="RS256", headers={"kid": kid})


def good_claims(**changes: Any) -> dict[str, Any]:
    pool = settings().user_pool
    claims = {
        "iss": f"https://cognito-idp.eu-west-2.amazonaws.com/{pool}",
        "aud": settings().user_pool_client,
        "sub": "somebody",
        "token_use": "id",
        "cognito:groups": ["staff"],
        "iat": int(time.time()),
        "exp": int(time.time()) + 600,
    }
    return {name: value for name, value in (claims | changes).items() if value is not None}


def add_account(world: World, user: str, permanent: bool = True) -> None:
    """An account that has only a password."""
    password = world.staff.password
    who = {"UserPoolId": settings().user_pool, "Username": user}
    client("cognito-idp").admin_create_user(**who, TemporaryPassword=password)
    if permanent:
        client("cognito-idp").admin_set_user_password(**who, Password=password, Permanent=True)


def why(refused: pytest.ExceptionInfo[SignInRefused]) -> str:
    return str(refused.value.facts["why"])


def test_a_right_password_and_a_right_code_give_a_token_of_the_account(world: World) -> None:
    challenge = accounts.start_sign_in(world.staff.user, world.staff.password)
    sub = accounts.read_token(accounts.answer_code(challenge, right_code(world.staff)))
    user = client("cognito-idp").admin_get_user(UserPoolId=settings().user_pool, Username=world.staff.user)
    assert {"Name": "sub", "Value": sub} in user["UserAttributes"]


def test_a_wrong_user_and_a_wrong_password_answer_alike(world: World) -> None:
    with pytest.raises(SignInRefused) as wrong_password:
        accounts.start_sign_in(world.staff.user, "not it")
    with pytest.raises(SignInRefused) as wrong_user:
        accounts.start_sign_in("nobody", world.staff.password)
    assert why(wrong_password) == why(wrong_user) == "password"


def test_a_wrong_code_gives_no_token_and_may_be_mended(world: World) -> None:
    challenge = accounts.start_sign_in(world.staff.user, world.staff.password)
    with pytest.raises(SignInRefused) as refused:
        accounts.answer_code(challenge, wrong_code(world.staff))
    assert why(refused) == "code"
    assert accounts.answer_code(challenge, right_code(world.staff))


def test_a_code_without_the_password_gives_no_token(world: World) -> None:
    with pytest.raises(SignInRefused) as refused:
        accounts.answer_code(Challenge(world.staff.user, "x" * 36), right_code(world.staff))
    assert why(refused) == "expired"


def test_tokens_that_come_without_a_second_factor_are_refused(world: World) -> None:
    add_account(world, "hasty")
    with pytest.raises(SignInRefused) as refused:
        accounts.start_sign_in("hasty", world.staff.password)
    assert why(refused) == "not-ready"


def test_an_account_that_must_still_choose_a_password_is_not_ready(world: World) -> None:
    add_account(world, "fresh", permanent=False)
    with pytest.raises(SignInRefused) as refused:
        accounts.start_sign_in("fresh", world.staff.password)
    assert why(refused) == "not-ready"


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("TooManyRequestsException", TooManyRequests),
        ("LimitExceededException", TooManyRequests),
        ("InternalErrorException", Unavailable),
        ("ResourceNotFoundException", Unavailable),  # our own setting is wrong: not the person's fault
    ],
)
def test_what_cognito_cannot_do_is_told_by_our_own_errors(world: World, code: str, error: type[Exception]) -> None:
    with Stubber(client("cognito-idp")) as cognito:
        cognito.add_client_error("initiate_auth", code, "never shown")
        with pytest.raises(error):
            accounts.start_sign_in("somebody", "something")


def test_a_token_of_our_pool_is_read(world: World) -> None:
    assert world.staff
    assert accounts.read_token(sign(good_claims())) == "somebody"


def test_a_token_that_is_not_for_us_is_refused(world: World) -> None:
    assert world.staff
    for changes in (
        {"iss": "https://cognito-idp.eu-west-2.amazonaws.com/eu-west-2_another"},
        {"aud": "another-client"},
        {"exp": int(time.time()) - 60},
        {"exp": None},
        {"iss": None},
        {"aud": None},
        {"sub": None},
        {"token_use": "access"},
        {"token_use": None},
        {"cognito:groups": ["guests"]},
        {"cognito:groups": None},
    ):
        with pytest.raises(NotSignedIn):
            print(changes, accounts.read_token(sign(good_claims(**changes))))


def test_a_forged_token_is_refused(world: World) -> None:
    assert world.staff
    head, body, signature = sign(good_claims()).split(".")
    forged = {
        "unsigned": jwt.encode(good_claims(), None, algorithm="none", headers={"kid": "dummy"}),
        "without signature": f"{head}.{body}.",
        "another body": f"{head}.{sign(good_claims(sub='root')).split('.')[1]}.{signature}",
        "signed with a password": jwt.encode(good_claims(), "p" * 32, algorithm="HS256", headers={"kid": "dummy"}),
        "unknown key": sign(good_claims(), kid="another"),
        "no token": "",
        "not a token": "a.b.c",
    }
    for what, token in forged.items():
        with pytest.raises(NotSignedIn):
            print(what, accounts.read_token(token))


def test_the_access_token_of_a_sign_in_is_no_session(world: World) -> None:
    challenge = accounts.start_sign_in(world.staff.user, world.staff.password)
    tokens = client("cognito-idp").respond_to_auth_challenge(
        ClientId=settings().user_pool_client,
        ChallengeName="SOFTWARE_TOKEN_MFA",
        Session=challenge.session,
        ChallengeResponses={
            "USERNAME": challenge.user,
            "SOFTWARE_TOKEN_MFA_CODE": right_code(world.staff),
        },
    )["AuthenticationResult"]
    assert accounts.read_token(tokens["IdToken"])
    with pytest.raises(NotSignedIn):
        accounts.read_token(tokens["AccessToken"])
