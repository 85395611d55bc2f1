"""`make staff`: an account for one of the campaign's staff, with its second factor set up at once.

Run by that person with an administrator beside: password and code are typed, and neither is an argument or kept.
"""

import argparse
import getpass
import json
import secrets
import sys
from urllib.parse import quote

from infra.aws_cli import STDIN, Refusal, Stopped, aws, find_account
from infra.deploy import STAGES
from infra.stacks import read_stack

GROUP = "staff"
TRIES = 3
WEAK = "InvalidPasswordException"


def open_account(stage: str, user: str) -> None:
    """Makes the account ``user`` of ``stage``, or goes on where it has no second factor yet. Raises Stopped."""
    find_account()
    data = read_stack(f"retract-{stage}-data")
    if not data.made:
        raise Stopped(f"{stage} is not there: make deploy first")
    pool, client = data.outputs["UserPool"], data.outputs["UserPoolClient"]
    who = ("--user-pool-id", pool, "--username", user)
    try:
        aws(
            *("cognito-idp", "admin-create-user", *who, "--message-action", "SUPPRESS"),
            *("--temporary-password", STDIN),
            given=f"{secrets.token_urlsafe(24)}-aA1",  # nobody's: the person chooses one in a moment
        )
    except Refusal as refusal:
        if refusal.code != "UsernameExistsException":
            raise
        found = aws("cognito-idp", "admin-get-user", *who)
        if found.get("UserMFASettingList"):
            raise Stopped(f"{user} has an account with a second factor already") from None
    password = _choose_password(who)
    aws("cognito-idp", "admin-add-user-to-group", *who, "--group-name", GROUP)
    parameters = json.dumps({"USERNAME": user, "PASSWORD": password})
    begun = aws(
        *("cognito-idp", "initiate-auth", "--client-id", client, "--auth-flow", "USER_PASSWORD_AUTH"),
        *("--auth-parameters", STDIN),
        given=parameters,
    )
    if begun.get("ChallengeName") != "MFA_SETUP":
        raise Stopped(
            f"the pool does not ask for a second factor ({begun.get('ChallengeName')}): make deploy again"
        )
    session = _set_up_codes(stage, user, begun["Session"])
    aws(
        *("cognito-idp", "respond-to-auth-challenge", "--client-id", client, "--challenge-name", "MFA_SETUP"),
        *("--challenge-responses", json.dumps({"USERNAME": user}), "--session", STDIN),
        given=session,
    )
    aws(
        *("cognito-idp", "admin-set-user-mfa-preference", *who),
        *("--software-token-mfa-settings", "Enabled=true,PreferredMfa=true"),
    )
    print(f"{user} may sign in under /staff.")


def _choose_password(who: tuple[str, ...]) -> str:
    for _ in range(TRIES):
        password = getpass.getpass("Password, 14 characters or more, with a-z, A-Z, 0-9 and another one: ")
        if password != getpass.getpass("Once more: "):
            print("They differ.")
            continue
        try:
            aws(
                *("cognito-idp", "admin-set-user-password", *who, "--permanent", "--password", STDIN),
                given=password,
            )
        except Refusal as refusal:
            if refusal.code != WEAK:
                raise
            print(refusal.words)
        else:
            return password
    raise Stopped("no password was chosen: run it again, the account waits")


def _set_up_codes(stage: str, user: str, session: str) -> str:
    """Shows the secret for the authenticator app and takes its first code; the session that goes on."""
    begun = aws("cognito-idp", "associate-software-token", "--session", STDIN, given=session)
    secret, session = begun["SecretCode"], begun["Session"]
    print("In an authenticator app, add an account by hand (time-based, 6 digits), or open the address:")
    print(f"  {' '.join(secret[n : n + 4] for n in range(0, len(secret), 4))}")
    print(f"  otpauth://totp/{quote(f'Retract {stage}:{user}')}?secret={secret}&issuer=Retract")
    code = input("The code that the app shows: ").strip()
    try:
        verified = aws(
            *("cognito-idp", "verify-software-token", "--user-code", code, "--session", STDIN), given=session
        )
    except Refusal as refusal:
        if refusal.code not in ("EnableSoftwareTokenMFAException", "CodeMismatchException"):
            raise
        raise Stopped("that was not the code: run it again, the account waits for its second factor") from None
    return str(verified["Session"])


def main(arguments: list[str] | None = None) -> int:
    """0 when the account is there, 1 when not: then with one line that says why."""
    parser = argparse.ArgumentParser(prog="staff", description=__doc__)
    parser.add_argument("user")
    parser.add_argument("--stage", required=True, choices=STAGES)
    given = parser.parse_args(arguments)
    try:
        open_account(given.stage, given.user)
    except Stopped as stopped:
        print(f"staff: {stopped}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
