"""`make rollback`: the app stack back to what was shipped before; the data stack is never touched.

Settings and keys stay as they are now: only the code and its template go back.
"""

import argparse
import sys
from dataclasses import replace
from datetime import UTC, datetime

from infra import artefact, smoke
from infra.aws_cli import Stopped, find_account
from infra.deploy import STAGES, Asked, show
from infra.stacks import carry_out, drop, plan, read_stack


def roll_back(stage: str, confirmed: bool, now: datetime) -> None:
    """Goes back one release, or says what that would change. Raises Stopped."""
    account = find_account()
    asked = Asked(stage)
    app = read_stack(asked.app_stack)
    if not app.made:
        raise Stopped(f"{asked.app_stack} is not there: nothing was shipped")
    bucket = artefact.name_bucket(stage, account.id)
    releases = artefact.list_releases(bucket)
    earlier = artefact.before(releases)
    print(f"from commit {releases[-1].commit[:12]} of {releases[-1].at}")
    print(f"back to commit {earlier.commit[:12]} of {earlier.at}")
    planned = plan(app, artefact.get_template(earlier.template, bucket, account.region), {})
    show(planned)
    if not confirmed:
        if planned.changes:
            drop(planned.id)
        print("Nothing was changed. CONFIRM=yes carries it out.")
        return
    made = carry_out(planned) if planned.changes else app
    artefact.note_release(replace(earlier, at=artefact.stamp_release(now)), bucket)
    print(f"Rolled back: commit {earlier.commit[:12]} runs")
    smoke.check(made.parameters["PublicUrl"])


def main(arguments: list[str] | None = None) -> int:
    """0 when done or shown, 1 when not: then with one line that says why."""
    parser = argparse.ArgumentParser(prog="rollback", description=__doc__)
    parser.add_argument("--stage", required=True, choices=STAGES)
    parser.add_argument("--confirm", action="store_true")
    given = parser.parse_args(arguments)
    try:
        roll_back(given.stage, given.confirm, datetime.now(UTC))
    except Stopped as stopped:
        print(f"rollback: {stopped}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
