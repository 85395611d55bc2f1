"""An `aws` command for tests: notes each call and plays a small AWS kept in one JSON file. Standard library only.

Its folder holds `calls.jsonl` (argv and standard input of each call) and `state.json`; as a command it finds it by
FAKE_AWS.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

API = "https://abc123.execute-api.eu-west-2.amazonaws.com/api/"
NEW: dict[str, Any] = {
    "region": "eu-west-2",
    "caller": {"Account": "111122223333", "Arn": "arn:aws:iam::111122223333:user/kim"},
    "account": {
        "SendingEnabled": True,
        "ProductionAccessEnabled": True,
        "SendQuota": {"MaxSendRate": 14.0, "Max24HourSend": 50000.0},
    },
    "verified": True,
    "certificate": "ISSUED",
    "stacks": {},
    "sets": {},
    "changes": [],  # what each change set says, else every resource as an addition
    "secret": [],
    "objects": {},
    "outputs": {},
    "users": {},
}
CODE = "123456"
"""What the authenticator app of a test shows."""


class No(Exception):
    """AWS refuses: code and words."""


def answer(state: dict[str, Any], service: str, operation: str, given: dict[str, str], stdin: str) -> Any:
    """What AWS says; ``state`` is changed in place."""
    match service, operation:
        case "sts", "get-caller-identity":
            return state["caller"] or refuse("InvalidClientTokenId", "The security token is invalid.")
        case "sesv2", "get-account":
            return state["account"]
        case "sesv2", "get-email-identity":
            return {"VerifiedForSendingStatus": state["verified"]}
        case "acm", "describe-certificate":
            return {"Certificate": {"Status": state["certificate"]}}
        case "secretsmanager", "get-secret-value":
            if not state["secret"]:
                refuse("ResourceNotFoundException", "Secrets Manager can't find the specified secret value.")
            return {"VersionId": version(len(state["secret"])), "SecretString": state["secret"][-1]}
        case "secretsmanager", "put-secret-value":
            state["secret"].append(stdin)
            return {"VersionId": version(len(state["secret"]))}
        case "cognito-idp", _:
            return answer_pool(state["users"], operation, given, stdin)
        case "s3api", _:
            return answer_bucket(state["objects"], operation, given)
        case "cloudformation", _:
            return answer_stacks(state, operation, given, stdin)
    raise No("UnknownOperation", f"{service} {operation}")


def version(n: int) -> str:
    """The id of the ``n``th version of the secret."""
    return f"{n:08}-0000-0000-0000-000000000000"


def answer_pool(users: dict[str, Any], operation: str, given: dict[str, str], stdin: str) -> Any:
    """Cognito: one pool that asks everyone for a second factor; a session is a word of the step before."""
    user = users.get(given.get("username", ""), {})
    match operation:
        case "admin-create-user":
            if user:
                refuse("UsernameExistsException", "User account already exists")
            users[given["username"]] = {"mfa": False, "groups": []}
        case "admin-get-user":
            return {"UserMFASettingList": ["SOFTWARE_TOKEN_MFA"]} if user["mfa"] else {}
        case "admin-set-user-password":
            if len(stdin) < 14:
                refuse("InvalidPasswordException", "Password not long enough")
            user["password"] = stdin
        case "admin-add-user-to-group":
            user["groups"].append(given["group-name"])
        case "initiate-auth":
            typed = json.loads(stdin)
            assert users[typed["USERNAME"]]["password"] == typed["PASSWORD"]
            return {"ChallengeName": "MFA_SETUP", "Session": "begun"}
        case "associate-software-token":
            assert stdin == "begun"
            return {"SecretCode": "ABCDEFGHIJKLMNOP", "Session": "associated"}
        case "verify-software-token":
            assert stdin == "associated"
            if given["user-code"] != CODE:
                refuse("EnableSoftwareTokenMFAException", "Code mismatch")
            return {"Status": "SUCCESS", "Session": "verified"}
        case "respond-to-auth-challenge":
            assert stdin == "verified"
            users[json.loads(given["challenge-responses"])["USERNAME"]]["mfa"] = True
            return {"AuthenticationResult": {"IdToken": "x"}}
        case "admin-set-user-mfa-preference":
            assert user["mfa"]
        case _:
            raise No("UnknownOperation", operation)
    return {}


def answer_bucket(objects: dict[str, Any], operation: str, given: dict[str, str]) -> Any:
    """S3: objects by key, each with what it was put with."""
    match operation:
        case "head-object":
            found = objects.get(given["key"]) or refuse("404", "Not Found")
            return {"Metadata": json.loads(found.get("metadata", "{}"))}
        case "put-object":
            body = Path(given["body"]) if "body" in given else None
            text = body.read_text() if body and body.suffix == ".json" else ""
            objects[given["key"]] = {"metadata": given.get("metadata", "{}"), "text": text}
            return {"ETag": "x"}
        case "list-objects-v2":
            return {"Contents": [{"Key": key} for key in objects if key.startswith(given["prefix"])]}
    raise No("UnknownOperation", operation)


def answer_stacks(state: dict[str, Any], operation: str, given: dict[str, str], stdin: str) -> Any:
    """CloudFormation: stacks and change sets; a change set is carried out at once."""
    name = given.get("stack-name", "")
    match operation:
        case "describe-stacks":
            return {
                "Stacks": [state["stacks"].get(name) or refuse("ValidationError", f"Stack {name} does not exist")]
            }
        case "create-change-set":
            return create(state, name, given, stdin)
        case "describe-change-set":
            return state["sets"][given["change-set-name"]]["shown"]
        case "execute-change-set":
            made = state["sets"].pop(given["change-set-name"])
            if name := state.pop("breaks", ""):
                return state.update(broken=name)
            state["stacks"][made["stack"]["StackName"]] = made["stack"]
            return {}
        case "delete-change-set":
            del state["sets"][given["change-set-name"]]
            return {}
        case "wait":
            return refuse("Waiter", "failed") if state.get("broken") else {}
        case "describe-stack-events":
            words = {"LogicalResourceId": state["broken"], "ResourceStatus": "CREATE_FAILED"}
            late = {"LogicalResourceId": "Other", "ResourceStatus": "CREATE_FAILED"}
            return {
                "StackEvents": [
                    {**late, "ResourceStatusReason": "Resource creation cancelled"},
                    {**words, "ResourceStatusReason": "it exists already"},
                ]
            }
        case "get-template-summary":
            return {
                "Parameters": summary(
                    json.loads(state["objects"][given["template-url"].partition(".com/")[2]]["text"])
                )
            }
    raise No("UnknownOperation", operation)


def summary(template: dict[str, Any]) -> list[dict[str, Any]]:
    """A template's parameters as AWS tells them."""
    parts = template["Parameters"].items()
    return [{"ParameterKey": key, **({"DefaultValue": ""} if "Default" in each else {})} for key, each in parts]


def create(state: dict[str, Any], name: str, given: dict[str, str], stdin: str) -> Any:
    """A change set: the stack as it would be, and what is shown of it."""
    url = given.get("template-url", "")
    template = json.loads(state["objects"][url.partition(".com/")[2]]["text"] if url else stdin)
    old = state["stacks"].get(name, {})
    before = {each["ParameterKey"]: each for each in old.get("Parameters", [])}
    parameters = {key: each["Default"] for key, each in template["Parameters"].items() if "Default" in each}
    for each in json.loads(given["parameters"]):
        assert each["ParameterKey"] in template["Parameters"], each
        key = each["ParameterKey"]
        parameters[key] = before[key]["ParameterValue"] if "UsePreviousValue" in each else each["ParameterValue"]
    assert parameters.keys() == template["Parameters"].keys(), "a parameter has no value"
    stack = {
        "StackName": name,
        "StackStatus": "UPDATE_COMPLETE" if old else "CREATE_COMPLETE",
        "Parameters": [{"ParameterKey": key, "ParameterValue": str(value)} for key, value in parameters.items()],
        "Outputs": [
            {"OutputKey": key, "OutputValue": value} for key, value in state["outputs"].get(name, {}).items()
        ],
        "Template": template,
    }
    changes = state["changes"] or [
        {"Action": "Add", "LogicalResourceId": key, "ResourceType": each["Type"]}
        for key, each in template["Resources"].items()
    ]
    same = old.get("Parameters") == stack["Parameters"] and old.get("Template") == template
    shown = (
        {"Status": "FAILED", "StatusReason": "The submitted information didn't contain changes.", "Changes": []}
        if same
        else {"Status": "CREATE_COMPLETE", "Changes": [{"ResourceChange": each} for each in changes]}
    )
    number = f"arn:aws:cloudformation:::changeSet/{name}/{len(state['sets']) + 1}"
    state["sets"][number] = {"stack": stack, "shown": shown}
    return {"Id": number}


def refuse(code: str, words: str) -> Any:
    """AWS says no."""
    raise No(code, words)


def call(folder: Path, words: list[str], stdin: str) -> tuple[int, str, str]:
    """One call: exit status, standard output and error."""
    reads = "file:///dev/stdin" in words
    with (folder / "calls.jsonl").open("a") as calls:
        calls.write(json.dumps({"argv": words, "stdin": stdin if reads else ""}) + "\n")
    state = json.loads((folder / "state.json").read_text())
    if words[:2] == ["configure", "get"]:
        return 0, state["region"], ""
    service, operation, *rest = words
    given = {word[2:]: rest[place + 1] for place, word in enumerate(rest) if word.startswith("--")}
    try:
        said = answer(state, service, operation, given, stdin)
    except No as no:
        return 254, "", f"\nAn error occurred ({no.args[0]}) when calling the X operation: {no.args[1]}\n"
    (folder / "state.json").write_text(json.dumps(state))
    return 0, json.dumps(said), ""


if __name__ == "__main__":
    status, out, err = call(Path(os.environ["FAKE_AWS"]), sys.argv[1:], sys.stdin.read())
    sys.stdout.write(out)
    sys.stderr.write(err)
    sys.exit(status)
