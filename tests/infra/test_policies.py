"""Each function may do exactly what it does: its policy against what it was seen to do in all the tests before.

These run last (tests/conftest.py). What nothing has used can be told only after the whole suite.
"""

import json
from copy import deepcopy

import pytest

from app import app
from tests import grants, recorder
from tests.recorder import ARN, Use

FUNCTIONS = ("web", "ring", "hear", "sweep", "forget")
MAIN = ARN.format("dynamodb", "table/retract-STAGE-main")


def test_every_function_has_a_policy_of_its_own():
    config = json.loads((grants.CHALICE / "config.json").read_text())["stages"]["aws"]["lambda_functions"]
    assert {each["iam_policy_file"] for each in config.values()} == {f"policy-{name}.json" for name in FUNCTIONS}
    assert {path.name for path in grants.CHALICE.glob("policy-*.json")} == {f"policy-{n}.json" for n in FUNCTIONS}
    assert set(FUNCTIONS) == {"web", *(source.name for source in app.event_sources)}
    assert set(grants.NEEDED_BY_LAMBDA) == set(FUNCTIONS)


def test_what_the_policies_import_is_exported():
    assert set(grants.IMPORTED) <= grants.list_exports()


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_action_used_is_allowed_on_its_resource_and_every_action_allowed_is_used(function, whole_suite):
    found = grants.faults(function, grants.read_policy(function), recorder.uses, whole_suite)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_whole_suite_has_seen_every_function_at_work(function, whole_suite):
    if not whole_suite:
        pytest.skip("only a part of the suite was run: what a function does cannot be told")
    seen = [use for use in recorder.uses if use.function == function]
    print(f"{function}: {len({(use.action, use.resource) for use in seen})} permissions used")
    assert seen


def as_granted(function, policy):
    """Uses of just what ``policy`` allows, so that the check itself can be tried without the suite."""
    named = frozenset({"withdrawal", "campaign"})
    for action, resource in grants.list_grants(policy):
        if action not in grants.BY_LAMBDA:
            yield Use(function, action, resource, "W#" if resource == MAIN else "", named)


def each_grant():
    for function in FUNCTIONS:
        for place, statement in enumerate(grants.read_policy(function)["Statement"]):
            if statement["Effect"] == "Allow":
                for action in grants._listed(statement["Action"]):
                    yield function, place, action


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_check_passes_what_is_just_enough(function):
    policy = grants.read_policy(function)
    assert not grants.faults(function, policy, as_granted(function, policy), True)


@pytest.mark.parametrize(("function", "place", "action"), list(each_grant()))
def test_an_action_taken_out_is_found(function, place, action):
    policy = grants.read_policy(function)
    used = list(as_granted(function, policy))
    policy["Statement"][place]["Action"] = [
        each for each in grants._listed(policy["Statement"][place]["Action"]) if each != action
    ]
    assert any(
        wrong.startswith(("refused", "Lambda needs")) for wrong in grants.faults(function, policy, used, False)
    )


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("action", ["dynamodb:Scan", "dynamodb:DeleteTable", "kms:Encrypt", "s3:GetObject"])
def test_an_action_put_in_is_found(function, action):
    policy = grants.read_policy(function)
    used = list(as_granted(function, policy))
    policy["Statement"].append({"Effect": "Allow", "Action": action, "Resource": MAIN})
    assert grants.faults(function, policy, used, True) == [f"never used: {action} on {MAIN}"]


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize(
    "wider", ["*", ARN.format("dynamodb", "table/*"), ARN.format("dynamodb", "table/retract-STAGE-*")]
)
def test_a_resource_made_wider_is_found(function, wider):
    policy = grants.read_policy(function)
    used = list(as_granted(function, policy))
    for statement in policy["Statement"]:
        before = deepcopy(statement)
        statement["Resource"] = wider
        if statement["Effect"] == "Allow":
            assert any(wrong.startswith("too wide") for wrong in grants.faults(function, policy, used, False))
        statement.update(before)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_another_table_in_place_of_ours_is_found(function):
    policy = grants.read_policy(function)
    used = list(as_granted(function, policy))
    for statement in policy["Statement"]:
        if statement["Resource"] == MAIN:
            statement["Resource"] = ARN.format("dynamodb", "table/retract-STAGE-keys")
    assert any(wrong.startswith("refused") for wrong in grants.faults(function, policy, used, False))


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_policy_that_would_let_events_be_rewritten_or_read_is_found(function):
    policy = grants.read_policy(function)
    used = list(as_granted(function, policy))
    policy["Statement"] = [each for each in policy["Statement"] if each["Effect"] == "Allow"]
    found = grants.faults(function, policy, used, True)
    assert {"more than adds E# rows: UpdateItem", "more than adds A# rows: UpdateItem"} <= set(found)
    assert any(wrong.startswith("more than adds E# rows:") and "Get" in wrong for wrong in found)


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("leading", ["E#", "A#"])
def test_no_function_may_touch_an_event_or_an_audit_row_that_stands(function, leading):
    policy = grants.read_policy(function)
    for action in grants.REWRITING:
        assert not grants.allows(policy, Use(function, f"dynamodb:{action}", MAIN, leading))


def test_a_call_that_nobody_has_thought_about_is_refused():
    odd = Use("web", "dynamodb:Scan", "of a call that tests/recorder.py does not know")
    assert grants.faults("web", grants.read_policy("web"), [odd], False) == [f"refused: {odd}"]


def test_a_data_key_is_made_and_opened_only_by_its_name():
    nameless = Use("web", "kms:GenerateDataKey", grants.KEY)
    assert not grants.allows(grants.read_policy("web"), nameless)
    assert not grants.allows(grants.read_policy("ring"), Use("ring", "kms:Decrypt", grants.KEY))
