"""Both stacks on an emulator, in the steps that AWS wants: data, keys, artefact, app, the app's own address."""

import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from infra import emulator_edits
from infra.emulator import Emulator
from infra.secret_keys import Secret, make_keys, name_secret, rotate

STAGE = "dev"
MAIL_DOMAIN = "retract.example"
CAMPAIGN = "school-census-2017-18"
CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
PATIENCE = 120
"""Seconds for one stack."""


class StackFailed(Exception):
    """A stack was not made; the message says of which resource why."""


@dataclass(frozen=True)
class Deployed:
    """What stands: the site's address, stage path included, and the functions by their short names ("sweep")."""

    address: str
    functions: dict[str, str]


def deploy(emulator: Emulator, artefact: Path, mail: str, **parameters: str) -> Deployed:
    """Deploys the artefact of a folder (app.zip, app.json, data.json). Raises StackFailed.

    ``mail``: where the functions find SES; ``parameters``: of the app stack, over what it takes here.
    """
    data = emulator_edits.edit_data(_read(artefact / "data.json"))
    made = put_stack(emulator, f"retract-{STAGE}-data", data, Stage=STAGE, MailDomain=MAIL_DOMAIN)
    bucket = made["Artefacts"]
    emulator.client("s3").put_object(Bucket=bucket, Key="app.zip", Body=(artefact / "app.zip").read_bytes())
    jwks = f"{emulator.address}/{made['UserPool']}/.well-known/jwks.json"
    app = emulator_edits.edit_app(_read(artefact / "app.json"), bucket, jwks, mail)
    given = {
        "Stage": STAGE,
        "Campaign": CAMPAIGN,
        "MailFrom": f"letters@{MAIL_DOMAIN}",
        "SecretVersion": put_keys(emulator, make_keys(CAMPAIGN, datetime.now(UTC).date())),
        "MailRate": "14",
        "MailDay": "50000",
        **parameters,
    }
    # The gateway's own address is known once there is a gateway.
    made = put_stack(emulator, f"retract-{STAGE}", app, bucket, **given, PublicUrl="https://not-yet.example")
    address = f"http://{made['RestAPIId']}.execute-api.localhost:{emulator.port}/api"
    put_stack(emulator, f"retract-{STAGE}", app, bucket, **given, PublicUrl=address)
    # What the gateway itself answers is in effect from the next deployment of the API on.
    emulator.client("apigateway").create_deployment(restApiId=made["RestAPIId"], stageName="api")
    found = emulator.client("lambda").list_functions()["Functions"]
    return Deployed(address, {each["FunctionName"].rpartition("-")[2]: each["FunctionName"] for each in found})


def put_keys(emulator: Emulator, keys: Secret) -> str:
    """Writes keys into the secret; the version's id."""
    kept = emulator.client("secretsmanager").put_secret_value(
        SecretId=name_secret(STAGE), SecretString=json.dumps(keys)
    )
    return str(kept["VersionId"])


def rotate_keys(emulator: Emulator, what: str) -> None:
    """A new key for ``what`` ("cookies"), as `make rotate` makes it, reaches every function."""
    kept = emulator.client("secretsmanager").get_secret_value(SecretId=name_secret(STAGE))
    keys = rotate(json.loads(kept["SecretString"]), what, CAMPAIGN, datetime.now(UTC).date())
    change_app(emulator, SecretVersion=put_keys(emulator, keys))


def change_app(emulator: Emulator, **parameters: str) -> None:
    """Other parameters for the app stack, the rest as it is. Raises StackFailed."""
    name, cloudformation = f"retract-{STAGE}", emulator.client("cloudformation")
    [stack] = cloudformation.describe_stacks(StackName=name)["Stacks"]
    kept = [each["ParameterKey"] for each in stack["Parameters"] if each["ParameterKey"] not in parameters]
    cloudformation.update_stack(
        StackName=name,
        UsePreviousTemplate=True,
        Parameters=[{"ParameterKey": key, "UsePreviousValue": True} for key in sorted(kept)]
        + _written(parameters),
        Capabilities=CAPABILITIES,
    )
    _wait(emulator, name)


def put_stack(
    emulator: Emulator, name: str, template: dict[str, Any], bucket: str = "", **parameters: str
) -> dict[str, str]:
    """Creates or updates a stack; its outputs. ``bucket``: for a template that is too large to be sent."""
    cloudformation = emulator.client("cloudformation")
    asked: dict[str, Any] = {
        "StackName": name,
        "Parameters": _written(parameters),
        "Capabilities": CAPABILITIES,
    }
    body = json.dumps(template)
    if bucket:
        emulator.client("s3").put_object(Bucket=bucket, Key=f"{name}.json", Body=body.encode())
        asked["TemplateURL"] = f"{emulator.address}/{bucket}/{name}.json"
    else:
        asked["TemplateBody"] = body
    known = {each["StackName"] for each in cloudformation.list_stacks()["StackSummaries"]}
    (cloudformation.update_stack if name in known else cloudformation.create_stack)(**asked)
    return _wait(emulator, name)


def _written(parameters: dict[str, str]) -> list[dict[str, Any]]:
    return [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()]


def _wait(emulator: Emulator, name: str) -> dict[str, str]:
    cloudformation = emulator.client("cloudformation")
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        [stack] = cloudformation.describe_stacks(StackName=name)["Stacks"]
        if stack["StackStatus"] in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            return {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", ())}
        if not stack["StackStatus"].endswith("_IN_PROGRESS"):
            break
        time.sleep(0.1)
    events = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
    reasons = [
        f"{each['LogicalResourceId']}: {each.get('ResourceStatusReason')}"
        for each in events
        if each["ResourceStatus"].endswith("_FAILED")
    ]
    raise StackFailed(f"{name} is {stack['StackStatus']}: " + "; ".join(reasons))


def _read(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text(encoding="utf-8")))
