"""Asks AWS through its own command line tool: one call, its JSON, or one clear line why not.

Nothing secret is ever an argument: what is goes through standard input. The deploying commands use nothing else.
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

STDIN = "file:///dev/stdin"
"""Where an argument's value is what is ``given``."""

QUIET = {"AWS_PAGER": "", "AWS_CLI_AUTO_PROMPT": "off", "AWS_DEFAULT_OUTPUT": "json"}
SAID = re.compile(
    r"An error occurred \((?P<code>[\w.:]+)\) when calling the \w+ operation[^:]*: (?P<words>.*)", re.S
)
NO_CREDENTIALS = (
    "Unable to locate credentials",
    "ExpiredToken",
    "InvalidClientTokenId",
    "SSO",
    "could not be found",
)


class Stopped(Exception):
    """A command cannot go on: one line says why, and what to do."""


class Refusal(Stopped):
    """AWS said no: its ``code`` ("ValidationError")."""

    def __init__(self, code: str, words: str) -> None:
        super().__init__(f"AWS: {code}: {words}")
        self.code = code
        self.words = words


@dataclass(frozen=True)
class Account:
    """Where a command acts: account number, region, and who acts there (an ARN)."""

    id: str
    region: str
    who: str


def aws(*arguments: str, given: str = "") -> Any:
    """AWS's answer to ``aws arguments``, {} where it says nothing. Raises Refusal, Stopped.

    ``given`` is what STDIN among the arguments reads: anything secret, anything long.
    """
    done = run((*arguments, "--output", "json"), given)
    if done.returncode:
        raise _fault(done.stderr.strip())
    try:
        return json.loads(done.stdout) if done.stdout.strip() else {}
    except ValueError:
        raise Stopped(f"aws {' '.join(arguments[:2])} answered something that is not JSON") from None


def find_account() -> Account:
    """Who is asking, and where. Raises Stopped where credentials or region are missing."""
    region = (
        os.environ.get("AWS_REGION")
        or os.environ.get("AWS_DEFAULT_REGION")
        or run(("configure", "get", "region")).stdout.strip()
    )
    if not region:
        raise Stopped("no region: AWS_REGION=eu-west-2 (London) says where, or aws configure set region eu-west-2")
    try:
        os.environ |= {"AWS_REGION": region, "AWS_DEFAULT_REGION": region}  # version 1 knows only the second
        caller = aws("sts", "get-caller-identity")
    except Stopped as fault:
        if any(word in str(fault) for word in NO_CREDENTIALS):
            raise Stopped("no valid credentials for AWS: aws configure (or aws sso login) gives them") from None
        raise
    return Account(caller["Account"], region, caller["Arn"])


def run(words: Sequence[str], given: str = "") -> subprocess.CompletedProcess[str]:
    """Runs ``aws words`` with ``given`` as its standard input. Raises Stopped where there is no such command."""
    program = shutil.which("aws")
    if program is None:
        raise Stopped("the aws command is missing: https://docs.aws.amazon.com/cli/ says how to install it")
    return subprocess.run(
        [program, *words], input=given, capture_output=True, text=True, check=False, env=os.environ | QUIET
    )


def _fault(said: str) -> Stopped:
    found = SAID.search(said)
    if found:
        return Refusal(found["code"], " ".join(found["words"].split()))
    return Stopped("aws: " + (said.splitlines() or ["it failed and said nothing"])[-1])
