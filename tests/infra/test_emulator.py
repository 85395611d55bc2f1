"""The emulator edits only what stands in the templates; without ministack nothing is shown, and it says so."""

from copy import deepcopy
from pathlib import Path

import pytest

from infra.emulator import ROOT, EmulatorMissing, run_emulator
from infra.emulator_edits import APP, DATA, edit_app, edit_data
from infra.template import read_data_stack, read_overlay


def test_what_is_taken_out_stands_in_the_templates() -> None:
    for edits, template in ((DATA, read_data_stack()), (APP, read_overlay())):
        for section, names in edits.items():
            assert set(names) <= set(template[section])


def test_an_edit_of_what_is_not_there_stops_the_deployment() -> None:
    template = deepcopy(read_data_stack())
    del template["Resources"]["SpendAlarm"]
    with pytest.raises(KeyError, match="SpendAlarm"):
        edit_data(template)


def test_a_policy_keeps_every_action_and_every_other_condition_and_every_answer_is_given() -> None:
    context = {"Null": {"kms:EncryptionContext:withdrawal": "false"}}
    leading = {"ForAnyValue:StringLike": {"dynamodb:LeadingKeys": ["E#*"]}}
    given = [
        {"Action": ["kms:Decrypt"], "Resource": "key", "Condition": context},
        {"Action": ["ses:SendEmail"], "Resource": ["identity", "configuration set"]},
        {"Effect": "Deny", "NotAction": ["dynamodb:PutItem"], "Resource": "main", "Condition": leading},
    ]
    role = {
        "Type": "AWS::IAM::Role",
        "Properties": {"Policies": [{"PolicyDocument": {"Statement": deepcopy(given)}}]},
    }
    alarms = {name: {"Type": "AWS::CloudWatch::Alarm"} for name in APP["Resources"]}
    answer = {"StatusCode": 404, "ResponseParameters": {"Headers": {"X": "'y'"}}, "ResponseTemplates": {"a": "b"}}
    gateway = {"Type": "AWS::Serverless::Api", "Properties": {"GatewayResponses": {"THROTTLED": answer}}}
    template = {"Resources": {"Role": role, "RestAPI": gateway, **alarms}}
    edited = edit_app(template, "bucket", "jwks", "mail")["Resources"]
    [policy] = edited["Role"]["Properties"]["Policies"]
    assert policy["PolicyDocument"]["Statement"] == [
        {"Action": ["kms:Decrypt"], "Resource": "key"},
        {"Action": ["ses:SendEmail"], "Resource": "*"},
        given[2],
    ]
    assert edited["AnswerThrottled"]["Properties"] == {
        "RestApiId": {"Ref": "RestAPI"},
        "ResponseType": "THROTTLED",
        "StatusCode": "404",
        "ResponseParameters": {"gatewayresponse.header.X": "'y'"},
        "ResponseTemplates": {"a": "b"},
    }


def test_without_ministack_it_fails_and_says_what_to_do() -> None:
    with pytest.raises(EmulatorMissing, match="make emulate"), run_emulator(ROOT / "build" / "nothing"):
        pass


def test_an_emulator_that_does_not_start_fails_with_what_it_said(tmp_path: Path) -> None:
    program = tmp_path / "ministack"
    program.write_text("#!/bin/sh\necho out of order\n")
    program.chmod(0o700)
    with pytest.raises(EmulatorMissing, match="out of order"), run_emulator(program):
        pass
