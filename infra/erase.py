"""`make erase`: answers an erasure request by its reference; after a restore, erases again what had been erased.

Shows and says nothing of whom a withdrawal is about. What was erased cannot be brought back.
"""

import argparse
import sys

from chalicelib import config
from chalicelib.domain.withdrawal import State, read_reference, spell
from chalicelib.errors import Unavailable
from chalicelib.services import erasures, queries
from infra.aws_cli import Stopped
from infra.deploy import STAGES
from infra.stage import open_stage

BY = ("sender", "staff")


def erase_one(stage: str, typed: str, by: str, confirmed: bool) -> None:
    """Erases the withdrawal with this reference, or says what it is. Raises Stopped."""
    reference = read_reference(typed)
    with open_stage(stage):
        found = queries.find_by_reference(reference)
        if found is None:
            raise Stopped(f"no withdrawal has the reference {spell(reference)}")
        print(f"{spell(reference)}, of {found.made:%Y-%m-%d}: {found.state}")
        if found.state is State.ERASED:
            print("It is erased already.")
        elif not confirmed:
            print("Nothing was changed. CONFIRM=yes erases it for good.")
        else:
            _erase(reference, by)
            print("Erased. Its letter cannot be called back: ask the school too, if the family wants that.")


def erase_again(stage: str, confirmed: bool) -> None:
    """Erases what is back after a restore, or says how many that are. Raises Stopped."""
    with open_stage(stage):
        back = list(erasures.find_keyless())
        print(f"{len(back)} withdrawals are back that had been erased.")
        if confirmed:
            print(f"{erasures.erase_again(back, config.now())} of them are erased again.")
        else:
            print("Nothing was changed. CONFIRM=yes erases them again.")


def _erase(reference: str, by: str) -> None:
    try:
        erasures.erase(reference, by, config.now())
    except Unavailable:
        raise Stopped("AWS does not answer, or its mail is just being sent: try again in 15 minutes") from None


def main(arguments: list[str] | None = None) -> int:
    """0 when erased or shown, 1 when not: then with one line that says why."""
    parser = argparse.ArgumentParser(prog="erase", description=__doc__)
    parser.add_argument("--stage", required=True, choices=STAGES)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--reference")
    what.add_argument("--restored", action="store_true", help="after a restore: all that had been erased")
    parser.add_argument("--by", default="sender", choices=BY, help="whose wish it is")
    parser.add_argument("--confirm", action="store_true")
    given = parser.parse_args(arguments)
    try:
        if given.restored:
            erase_again(given.stage, given.confirm)
        else:
            erase_one(given.stage, given.reference, given.by, given.confirm)
    except Stopped as stopped:
        print(f"erase: {stopped}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
