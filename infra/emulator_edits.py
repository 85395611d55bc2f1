"""What ministack cannot do as the templates say it, taken out or put in here, each with its reason; nothing else.

What is taken out is checked on the template instead (tests/infra/test_template.py, test_policies.py).
"""

from typing import Any

Template = dict[str, Any]

DATA = {
    "Resources": {"SpendAlarm": "ministack does not know AWS::Budgets::Budget"},
    "Outputs": {
        "DkimRecord1": "ministack gives a mail identity no DKIM names",
        "DkimRecord2": "ministack gives a mail identity no DKIM names",
        "DkimRecord3": "ministack gives a mail identity no DKIM names",
    },
}
"""What is taken out of the data stack, by section and name, and why."""

APP = {
    "Resources": {
        "FailuresAlarm": "ministack knows no metric math in an alarm",
        "ThrottlesAlarm": "ministack knows no metric math in an alarm",
    }
}
"""What is taken out of the app stack."""


def edit_data(template: Template) -> Template:
    """The data stack as ministack takes it. Raises KeyError where an edit is of something that is not there."""
    return _take_out(template, DATA)


def edit_app(template: Template, bucket: str, jwks: str, mail: str) -> Template:
    """The app stack as ministack takes it; its code lies in ``bucket`` under app.zip. Raises KeyError likewise.

    ``jwks``: address of the pool's public keys; ``mail``: address where the functions find SES.
    """
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            properties = resource["Properties"]
            properties["CodeUri"] = {"Bucket": bucket, "Key": "app.zip"}  # as `aws cloudformation package` does
            variables = properties["Environment"]["Variables"]
            # The keys of the pool are not at Cognito's own address.
            variables["JWKS_URL"] = jwks
            # ministack shows neither the bytes nor the tags of a mail: it is noted on its way (emulator_mail.py).
            variables["AWS_ENDPOINT_URL_SESV2"] = mail
        elif resource["Type"] == "AWS::IAM::Role":
            for policy in resource["Properties"]["Policies"]:
                _widen(policy["PolicyDocument"]["Statement"])
    _lay_apart(template["Resources"])
    return _take_out(template, APP)


def _lay_apart(resources: dict[str, Any]) -> None:
    """The gateway's own answers as resources: in an API's body ministack does not see them.

    There they would also make it replace the API when they change, and with it its address, which they name.
    """
    for kind, answer in resources["RestAPI"]["Properties"].pop("GatewayResponses").items():
        headers = answer["ResponseParameters"]["Headers"]
        properties = {
            "RestApiId": {"Ref": "RestAPI"},
            "ResponseType": kind,
            "ResponseParameters": {f"gatewayresponse.header.{name}": value for name, value in headers.items()},
            "ResponseTemplates": answer["ResponseTemplates"],
        }
        if "StatusCode" in answer:
            properties["StatusCode"] = str(answer["StatusCode"])
        name = "Answer" + kind.title().replace("_", "")
        resources[name] = {"Type": "AWS::ApiGateway::GatewayResponse", "Properties": properties}


def _widen(statements: list[dict[str, Any]]) -> None:
    """Policies, where ministack knows less of a call than AWS does; who may send at all it judges as AWS does."""
    for statement in statements:
        if "ses:SendEmail" in statement.get("Action", ()):
            # It judges a mail without its identity and its configuration set.
            statement["Resource"] = "*"
        conditions = statement.get("Condition", {})
        if any(key.startswith("kms:EncryptionContext:") for keys in conditions.values() for key in keys):
            # It judges a call of KMS without its encryption context: what asks for one would never be allowed.
            del statement["Condition"]


def _take_out(template: Template, edits: dict[str, dict[str, str]]) -> Template:
    for section, names in edits.items():
        for name in names:
            del template[section][name]
    return template
