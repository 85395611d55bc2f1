"""SES's quota is a setting without a default: a deployment says what its own account may send."""

import os

import pytest

from chalicelib.config import read_settings
from chalicelib.errors import SettingMissing


def test_the_sandbox_is_a_quota_like_any_other(world):
    settings = read_settings(os.environ | {"MAIL_RATE": "1", "MAIL_DAY": "200"})
    assert (settings.mail_rate, settings.mail_day) == (1, 200)


@pytest.mark.parametrize("name", ["MAIL_RATE", "MAIL_DAY"])
@pytest.mark.parametrize("value", ["", "0", "-1", "1.5", "many"])
def test_a_quota_that_is_missing_or_no_number_is_named(world, name, value):
    with pytest.raises(SettingMissing, match=name):
        read_settings(os.environ | {name: value})
