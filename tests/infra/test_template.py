"""The two stacks as plain data: what a roll-back, a thief of backups or a curious log must not find in them."""

import json
import re
from pathlib import Path

import pytest

from app import app
from chalicelib.aws import accounts
from infra.template import read_data_stack, read_overlay

ROOT = Path(__file__).parent.parent.parent
DATA = read_data_stack()
APP = read_overlay()
SOURCES = {"APIHandler": "web", "Ring": "ring", "Hear": "hear", "Sweep": "sweep", "Forget": "forget"}


def of_type(template, kind):
    return {name: each for name, each in template["Resources"].items() if each.get("Type") == kind}


def find_all(part, key):
    """Every value that stands under ``key``, however deep."""
    if isinstance(part, dict):
        for name, value in part.items():
            if name == key:
                yield value
            yield from find_all(value, key)
    elif isinstance(part, list):
        for each in part:
            yield from find_all(each, key)


def policies():
    return {path.stem: json.loads(path.read_text()) for path in (ROOT / ".chalice").glob("policy-*.json")}


def test_every_function_of_the_app_is_in_the_overlay_and_none_besides():
    named = {"APIHandler", *(source.name.title() for source in app.event_sources)}
    assert named == {n for n, each in APP["Resources"].items() if "FunctionName" in each.get("Properties", {})}
    assert named == set(SOURCES)


# ---- the two stacks


def test_every_import_has_its_export():
    exported = {each["Export"]["Name"]["Fn::Sub"] for each in DATA["Outputs"].values() if "Export" in each}
    imported = {each["Fn::Sub"] for part in (APP, policies()) for each in find_all(part, "Fn::ImportValue")}
    assert imported <= exported
    assert all(name.startswith("retract-${Stage}-") for name in exported)


def test_the_stacks_know_each_other_by_export_and_name_only():
    ours = set(APP["Resources"]) | set(APP["Parameters"]) | {"Domain"}
    assert not set(DATA["Resources"]) & ours
    for used in find_all(APP, "Ref"):
        assert used.partition(".")[0] in ours or used.startswith("AWS::"), used


def test_no_record_lives_in_the_app_stack():
    keeping = ("DynamoDB::Table", "KMS::Key", "SecretsManager", "S3::Bucket", "UserPool", "SQS::Queue")
    assert not [name for name, each in APP["Resources"].items() if each.get("Type", "").endswith(keeping)]


@pytest.mark.parametrize(
    "kind",
    [
        "DynamoDB::Table",
        "KMS::Key",
        "KMS::Alias",
        "SecretsManager::Secret",
        "Cognito::UserPool",
        "SES::EmailIdentity",
    ],
)
def test_what_would_die_with_its_stack_is_retained(kind):
    found = of_type(DATA, f"AWS::{kind}")
    assert found
    for each in found.values():
        assert (each["DeletionPolicy"], each["UpdateReplacePolicy"]) == ("Retain", "Retain")


def test_a_stage_is_one_of_three():
    assert DATA["Parameters"]["Stage"] == APP["Parameters"]["Stage"]
    assert APP["Parameters"]["Stage"]["AllowedValues"] == ["dev", "test", "prod"]


# ---- recovery and encryption


def test_a_deleted_key_is_gone_from_every_backup_a_day_later():
    days = {
        name: each["Properties"]["PointInTimeRecoverySpecification"]
        for name, each in of_type(DATA, "AWS::DynamoDB::Table").items()
    }
    assert days == {
        "MainTable": {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": 35},
        "KeysTable": {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": 1},
    }
    keys = DATA["Resources"]["KeysTable"]["Properties"]
    assert "StreamSpecification" not in keys
    assert "TimeToLiveSpecification" not in keys


def test_what_carries_addresses_or_secrets_lies_under_our_key():
    ours = {"Fn::GetAtt": ["Key", "Arn"]}
    resources = DATA["Resources"]
    for name in ("MailEventQueue", "LostMailEvents"):
        assert resources[name]["Properties"]["KmsMasterKeyId"] == ours
    assert resources["MailEventTopic"]["Properties"]["KmsMasterKeyId"] == ours
    assert resources["Secret"]["Properties"]["KmsKeyId"] == ours
    assert list(find_all(resources["Exports"], "KMSMasterKeyID")) == [ours]
    for name in SOURCES:
        assert APP["Resources"][name]["Properties"]["KmsKeyArn"] == {
            "Fn::ImportValue": {"Fn::Sub": "retract-${Stage}-Key"}
        }


def test_no_service_can_open_what_the_key_has_wrapped_for_a_withdrawal():
    key = DATA["Resources"]["Key"]["Properties"]
    assert key["EnableKeyRotation"]
    account, *services = key["KeyPolicy"]["Statement"]
    assert account["Principal"] == {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}}
    for statement in services:
        assert set(statement["Action"]) == {"kms:GenerateDataKey", "kms:Decrypt"}
        ((operator, condition),) = statement["Condition"].items()
        if operator == "StringEquals":  # a withdrawal's data key has no such context
            assert set(condition) == {"aws:SourceAccount", "kms:EncryptionContext:aws:sns:topicArn"}
        else:
            assert (operator, set(condition)) == ("ArnEquals", {"aws:SourceArn"})
            assert statement["Principal"] == {"Service": "sns.amazonaws.com"}


def test_no_secret_stands_in_a_template():
    secret = DATA["Resources"]["Secret"]["Properties"]
    assert not {"SecretString", "GenerateSecretString"} & set(secret)
    for name in SOURCES:
        variables = APP["Resources"][name]["Properties"]["Environment"]["Variables"]
        for key in ("COOKIE_KEYS", "LINK_KEYS", "FINGERPRINT_KEY"):
            assert variables[key] == {
                "Fn::Sub": f"{{{{resolve:secretsmanager:retract-${{Stage}}-keys:SecretString:{key}"
                "::${SecretVersion}}}"
            }


def test_exports_are_private_and_gone_after_a_day():
    exports = DATA["Resources"]["Exports"]["Properties"]
    assert all(exports["PublicAccessBlockConfiguration"].values())
    assert "VersioningConfiguration" not in exports
    (rule,) = exports["LifecycleConfiguration"]["Rules"]
    assert (rule["Status"], rule["ExpirationInDays"]) == ("Enabled", 1)
    (refusal,) = DATA["Resources"]["ExportsPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert refusal["Effect"] == "Deny"
    assert refusal["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


# ---- mail and its events


def test_mail_goes_encrypted_and_every_event_of_it_comes_back():
    resources = DATA["Resources"]
    assert resources["ConfigurationSet"]["Properties"]["DeliveryOptions"] == {"TlsPolicy": "REQUIRE"}
    told = resources["MailEventDestination"]["Properties"]["EventDestination"]
    assert told["Enabled"]
    assert set(told["MatchingEventTypes"]) == {
        "SEND",
        "DELIVERY",
        "BOUNCE",
        "COMPLAINT",
        "REJECT",
        "DELIVERY_DELAY",
        "RENDERING_FAILURE",
    }
    assert told["SnsDestination"] == {"TopicARN": {"Ref": "MailEventTopic"}}


def test_whoever_keeps_the_dns_is_told_every_record():
    told = {
        name: each["Value"]["Fn::Sub"] for name, each in DATA["Outputs"].items() if name.endswith(("Record", "1"))
    }
    assert set(told) == {"DkimRecord1", "MailFromRecord", "SpfRecord", "DmarcRecord"}
    assert {"DkimRecord2", "DkimRecord3"} <= set(DATA["Outputs"])
    assert " CNAME " in told["DkimRecord1"]
    assert told["DmarcRecord"].startswith("_dmarc.${MailDomain} TXT ")
    assert "p=reject" in told["DmarcRecord"]
    identity = DATA["Resources"]["MailIdentity"]["Properties"]
    assert identity["DkimAttributes"] == {"SigningEnabled": True}
    assert told["MailFromRecord"].startswith(
        identity["MailFromAttributes"]["MailFromDomain"]["Fn::Sub"] + " MX 10 "
    )
    assert told["SpfRecord"].startswith(identity["MailFromAttributes"]["MailFromDomain"]["Fn::Sub"] + " TXT ")


def test_only_our_own_topic_may_put_mail_events_in_the_queue():
    (allowed,) = DATA["Resources"]["MailEventQueuePolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert allowed["Principal"] == {"Service": "sns.amazonaws.com"}
    assert allowed["Condition"] == {"ArnEquals": {"aws:SourceArn": {"Ref": "MailEventTopic"}}}


def test_mail_events_are_kept_four_days_and_dead_ones_fourteen():
    resources = DATA["Resources"]
    assert resources["MailEventQueue"]["Properties"]["MessageRetentionPeriod"] == 4 * 86400
    assert resources["LostMailEvents"]["Properties"]["MessageRetentionPeriod"] == 14 * 86400
    assert resources["MailEventQueue"]["Properties"]["RedrivePolicy"]["maxReceiveCount"] == 5
    timeout = chalice_config()["hear"]["lambda_timeout"]
    assert resources["MailEventQueue"]["Properties"]["VisibilityTimeout"] >= 6 * timeout


def chalice_config():
    config = json.loads((ROOT / ".chalice" / "config.json").read_text())
    assert set(config["stages"]) == {"local", "aws"}
    return config["stages"]["aws"]["lambda_functions"]


# ---- the stream and the queue


def test_one_bad_record_never_stops_its_neighbours():
    stream = event_source("Ring", "RingDynamodbEventSource")
    queue = event_source("Hear", "HearSqsEventSource")
    assert stream["FunctionResponseTypes"] == queue["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert stream["BisectBatchOnFunctionError"] is True
    assert (stream["MaximumRetryAttempts"], stream["MaximumRecordAgeInSeconds"]) == (5, 3600)
    assert stream["DestinationConfig"]["OnFailure"] == {
        "Type": "SQS",
        "Destination": {"Fn::ImportValue": {"Fn::Sub": "retract-${Stage}-LostRings"}},
    }


def event_source(function, event):
    return APP["Resources"][function]["Properties"]["Events"][event]["Properties"]


# ---- staff


def test_the_pool_lets_nobody_in_without_a_code_and_nobody_sign_up():
    pool = DATA["Resources"]["StaffPool"]["Properties"]
    assert (pool["MfaConfiguration"], pool["EnabledMfas"]) == ("ON", [accounts.SECOND_FACTOR])
    assert pool["AdminCreateUserConfig"] == {"AllowAdminCreateUserOnly": True}
    assert pool["DeletionProtection"] == "ACTIVE"
    assert pool["Policies"]["PasswordPolicy"]["MinimumLength"] >= 14
    assert DATA["Resources"]["StaffGroup"]["Properties"]["GroupName"] == accounts.GROUP
    client = DATA["Resources"]["StaffClient"]["Properties"]
    assert client["GenerateSecret"] is False
    assert client["ExplicitAuthFlows"] == ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    assert client["PreventUserExistenceErrors"] == "ENABLED"
    assert (client["IdTokenValidity"], client["TokenValidityUnits"]["IdToken"]) == (8, "hours")


# ---- logs


def test_every_function_writes_to_a_log_of_its_own_kept_for_thirty_days():
    groups = of_type(APP, "AWS::Logs::LogGroup")
    assert {each["Properties"]["RetentionInDays"] for each in groups.values()} == {30}
    for function, name in SOURCES.items():
        properties = APP["Resources"][function]["Properties"]
        group = properties["LoggingConfig"]["LogGroup"]["Ref"]
        assert properties["FunctionName"] == {"Fn::Sub": f"retract-${{Stage}}-{name}"}
        assert groups[group]["Properties"]["LogGroupName"] == {"Fn::Sub": f"/aws/lambda/retract-${{Stage}}-{name}"}


def test_the_access_log_holds_no_path_no_query_no_address_and_no_browser():
    line = APP["Resources"]["RestAPI"]["Properties"]["AccessLogSetting"]["Format"]
    assert set(re.findall(r"\$context\.([\w.]+)", line)) == {
        "requestTimeEpoch",
        "resourcePath",
        "httpMethod",
        "status",
        "responseLatency",
        "error.responseType",
        "requestId",
    }
    assert "\n" not in line
    assert set(json.loads(line)) == {"at", "route", "method", "status", "latency", "refusal", "request"}


def test_neither_traces_nor_samples_nor_the_firewall_s_log_hold_a_link():
    api = APP["Resources"]["RestAPI"]["Properties"]
    assert api["TracingEnabled"] is False
    assert [each["DataTraceEnabled"] for each in api["MethodSettings"]] == [False]
    assert set(find_all(APP["Resources"]["Firewall"], "SampledRequestsEnabled")) == {False}
    log = APP["Resources"]["FirewallLogging"]["Properties"]
    assert {"UriPath": {}} in log["RedactedFields"]
    assert {"QueryString": {}} in log["RedactedFields"]
    assert log["LoggingFilter"]["DefaultBehavior"] == "DROP"


def test_every_count_has_its_alarm():
    counts = {
        each["Properties"]["MetricTransformations"][0]["MetricName"]
        for each in of_type(APP, "AWS::Logs::MetricFilter").values()
    }
    alarms = of_type(APP, "AWS::CloudWatch::Alarm").values()
    assert counts <= {each["Properties"].get("MetricName") for each in alarms}


def test_every_alarm_tells_the_one_topic():
    for each in of_type(APP, "AWS::CloudWatch::Alarm").values():
        assert each["Properties"]["AlarmActions"] == [{"Fn::ImportValue": {"Fn::Sub": "retract-${Stage}-Alarms"}}]
    for each in of_type(DATA, "AWS::CloudWatch::Alarm").values():
        assert each["Properties"]["AlarmActions"] == [{"Ref": "AlarmTopic"}]


@pytest.mark.parametrize(
    "name",
    [
        "server-errors",
        "iterator-age",
        "held",
        "mail-paused",
        "confirm-mails",
        "mail-waits",
        "log-tampering",
        "reveals",
        "throttles",
        "failures",
        "lost-mail-events",
        "lost-rings",
        "bounce-rate",
        "complaint-rate",
        "busy-partition",
    ],
)
def test_there_is_an_alarm(name):
    alarms = {**of_type(APP, "AWS::CloudWatch::Alarm"), **of_type(DATA, "AWS::CloudWatch::Alarm")}
    assert [
        each
        for each in alarms.values()
        if each["Properties"]["AlarmName"]["Fn::Sub"] == f"retract-${{Stage}}-{name}"
    ]


def test_money_has_an_alarm_too():
    budget = DATA["Resources"]["SpendAlarm"]["Properties"]
    assert budget["Budget"]["BudgetLimit"] == {"Amount": {"Ref": "MonthlyBudget"}, "Unit": "USD"}
    assert {each["Ref"] for each in find_all(budget, "Address")} == {"AlarmTopic"}


# ---- the gateway


def test_the_gateway_answers_with_pages_and_at_a_bounded_rate():
    api = APP["Resources"]["RestAPI"]["Properties"]
    assert {
        "MISSING_AUTHENTICATION_TOKEN",
        "UNAUTHORIZED",
        "ACCESS_DENIED",
        "DEFAULT_4XX",
        "DEFAULT_5XX",
        "REQUEST_TOO_LARGE",
        "THROTTLED",
    } <= set(api["GatewayResponses"])
    assert api["GatewayResponses"]["MISSING_AUTHENTICATION_TOKEN"]["StatusCode"] == 404
    (everything,) = api["MethodSettings"]
    assert (everything["ResourcePath"], everything["HttpMethod"]) == ("/*", "*")
    assert (everything["ThrottlingRateLimit"], everything["ThrottlingBurstLimit"]) == (50, 100)


def test_a_new_address_reaches_the_gateway_s_pages_too():
    api = APP["Resources"]["RestAPI"]["Properties"]
    assert "${PublicUrl}" in json.dumps(api["GatewayResponses"])
    assert api["AlwaysDeploy"] is True


def test_domain_firewall_and_concurrency_are_there_only_where_asked_for():
    conditional = {name: each["Condition"] for name, each in APP["Resources"].items() if "Condition" in each}
    assert conditional == {
        "Domain": "HasDomain",
        "DomainMapping": "HasDomain",
        "Firewall": "HasFirewall",
        "FirewallAssociation": "HasFirewall",
        "FirewallLog": "HasFirewall",
        "FirewallLogging": "HasFirewall",
    }
    for name in ("DomainName", "CertificateArn", "WebConcurrency", "NotifierConcurrency"):
        assert APP["Parameters"][name]["Default"] == ""
    assert APP["Parameters"]["WithFirewall"]["Default"] == "no"
    (rate,) = find_all(APP["Resources"]["Firewall"], "RateBasedStatement")
    assert (rate["Limit"], rate["EvaluationWindowSec"]) == (2000, 300)
