"""`make rotate`: a new key in front of the old ones, and the functions told of it by an update of the app stack.

No key is shown, written to disk or given as an argument.
"""

import argparse
import sys
from datetime import UTC, datetime

from infra import artefact, secret_keys
from infra.aws_cli import Stopped, find_account
from infra.deploy import STAGES, Asked
from infra.stacks import carry_out, plan, read_stack


def rotate(stage: str, what: str, campaign: str, confirmed: bool, now: datetime) -> None:
    """Rotates one kind of key, or says what would be done. Raises Stopped.

    ``campaign``: the new campaign that a new fingerprint key is for; the app stack is set to it.
    """
    account = find_account()
    asked = Asked(stage)
    app = read_stack(asked.app_stack)
    before = secret_keys.read_secret(stage)
    if before is None or not app.made:
        raise Stopped(f"{stage} has no keys yet: make deploy makes the first ones")
    campaign = campaign or app.parameters["Campaign"]
    if what != "fingerprint" and campaign != app.parameters["Campaign"]:
        raise Stopped("CAMPAIGN goes with WHAT=fingerprint only")
    after = secret_keys.rotate(before.content, what, campaign, now.date())
    for name, number in secret_keys.count(after).items():
        print(f"{name}: {secret_keys.count(before.content)[name]} before, {number} after")
    if not confirmed:
        print("Nothing was changed. CONFIRM=yes carries it out.")
        return
    releases = artefact.list_releases(bucket := artefact.name_bucket(stage, account.id))
    if not releases:
        raise Stopped(f"{bucket} has no list of what was shipped: make deploy first")
    version = secret_keys.put_secret(stage, after)
    template = artefact.get_template(releases[-1].template, bucket, account.region)
    planned = plan(app, template, {"SecretVersion": version, "Campaign": campaign})
    for change in planned.changes:
        print(f"  {change}")
    carry_out(planned)
    print(f"Rotated: {what}")


def main(arguments: list[str] | None = None) -> int:
    """0 when done or shown, 1 when not: then with one line that says why."""
    parser = argparse.ArgumentParser(prog="rotate", description=__doc__)
    parser.add_argument("--stage", required=True, choices=STAGES)
    parser.add_argument("--what", default="cookies", choices=secret_keys.WHAT)
    parser.add_argument("--campaign", default="", help="with --what fingerprint: the new campaign")
    parser.add_argument("--confirm", action="store_true")
    given = parser.parse_args(arguments)
    try:
        rotate(given.stage, given.what, given.campaign, given.confirm, datetime.now(UTC))
    except Stopped as stopped:
        print(f"rotate: {stopped}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
