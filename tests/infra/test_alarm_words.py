"""The alarms count words in the logs: the very words, in the log of each function that was heard to say them.

These run last (tests/conftest.py). What a function never says can be told only after the whole suite.
"""

import pytest

from infra.template import read_overlay
from tests import recorder

RESOURCES = read_overlay()["Resources"]
WRITTEN_BY_LATER_WORK = {("web", "revealed")}
"""Staff cannot look at a name yet; the alarm stands ready (issue 4, item 1)."""


def list_counted():
    """(function, words) of each filter."""
    for each in RESOURCES.values():
        if each.get("Type") == "AWS::Logs::MetricFilter":
            group = RESOURCES[each["Properties"]["LogGroupName"]["Ref"]]["Properties"]["LogGroupName"]["Fn::Sub"]
            yield (
                group.removeprefix("/aws/lambda/retract-${Stage}-"),
                each["Properties"]["FilterPattern"].strip('"'),
            )


COUNTED = sorted(list_counted())
WORDS = sorted({words for _, words in COUNTED})


@pytest.mark.parametrize("words", WORDS)
def test_whoever_says_it_is_counted(words):
    saying = {function for function, said in recorder.said if said.startswith(words)}
    assert not {(function, words) for function in saying} - set(COUNTED)


@pytest.mark.parametrize(("function", "words"), [each for each in COUNTED if each not in WRITTEN_BY_LATER_WORK])
def test_whoever_is_counted_says_it(function, words, whole_suite):
    if not whole_suite:
        pytest.skip("only a part of the suite was run: what a function says cannot be told")
    assert [said for who, said in recorder.said if who == function and said.startswith(words)]
