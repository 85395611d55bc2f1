"""The campaign files: what is shipped passes the schema, and a broken one names file, key and reason."""

import tomllib
from pathlib import Path

import pytest

from chalicelib.domain.campaign import CAMPAIGNS, build_campaign
from infra import campaigns

SHIPPED = CAMPAIGNS / "school-census-2017-18.toml"


def broken(folder: Path, old: str, new: str) -> str:
    """What the check says of the shipped file after one change."""
    text = SHIPPED.read_text(encoding="utf-8")
    assert old in text
    path = folder / SHIPPED.name
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(campaigns.CampaignError) as caught:
        campaigns.check(path)
    return str(caught.value)


def test_every_shipped_campaign_passes_and_the_service_builds_the_same() -> None:
    for campaign in campaigns.check_all():
        table = tomllib.loads((CAMPAIGNS / f"{campaign.id}.toml").read_text(encoding="utf-8"))
        assert build_campaign(table) == campaign


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('label = "Nationality"\n', "", "items.0.label: Missing data"),
        ('label = "Nationality"', 'label = ""', "items.0.label: must be words on one line"),
        ('label = "Nationality"', 'label = "Nat\\u0007"', "items.0.label: must be words on one line"),
        ('label = "Nationality"', 'lable = "Nationality"', "items.0.lable: Unknown field"),
        ("date = 2017-10-05", 'date = "2017-10-05"', "census_days.0.date: must be a day, written 2017-10-05"),
        ("date = 2017-10-05", "date = 2018-03-01", "census_days.0.return_due: must be after the census day"),
        ("date = 2018-01-18", "date = 2017-10-05", "census_days: must be in order"),
        ('term = "autumn"', 'term = "michaelmas"', "census_days.0.term: Must be one of: autumn, spring, summer"),
        ("confirmed = true", 'confirmed = "yes"', "census_days.0.confirmed: must be true or false"),
        ('code_source = "School', 'funding_note = "School', "items.2.funding_note: Unknown field"),
        ('refusal_code = "REFU"\n', "", "items.2.refusal_code: a code and its source go together"),
        ("ticked = false", "ticked = true", "items.2.ticked: only what can also be retracted"),
        ('scope_source = "defend', '# "', "items.0.scope_source: must say where ages and school types were read"),
        ('id = "country-of-birth"', 'id = "nationality"', "items: each id may stand once"),
        (
            'ground = "declared"',
            'ground = "declaired"',
            "grounds: named but not there, or there but never named: declaired",
        ),
        ('languages = ["en"]', 'languages = ["xx"]', "languages.0: Must be one of"),
        ('languages = ["en"]', "languages = []", "languages: Shorter than minimum length 1"),
        ('"letters@retract.example"', '"letters"', "controller.reply_mailbox: Not a valid email"),
        ('"https://retract.example"', '"http://retract.example"', "controller.website: Not a valid URL"),
        ("unconfirmed_days = 7", "unconfirmed_days = 0", "retention.unconfirmed_days: Must be greater than"),
        ("unconfirmed_days = 7", 'unconfirmed_days = "7"', "retention.unconfirmed_days: Not a valid integer"),
        (
            'id = "school-census-2017-18"',
            'id = "census"',
            "id: must be the name of the file, school-census-2017-18",
        ),
        ('version = "2017-10.1"', "version = ", "cannot be read: Invalid value (at line 8"),
    ],
)
def test_a_broken_file_names_file_key_and_reason(tmp_path: Path, old: str, new: str, says: str) -> None:
    message = broken(tmp_path, old, new)
    assert all(line.startswith("school-census-2017-18.toml: ") for line in message.splitlines())
    assert says in message


def test_every_fault_of_a_file_is_told_at_once(tmp_path: Path) -> None:
    message = broken(tmp_path, '[controller]\nlegal_name = "Retract (example campaign)"', "[controller]")
    assert message == "school-census-2017-18.toml: controller.legal_name: Missing data for required field."
    both = (
        SHIPPED.read_text(encoding="utf-8")
        .replace("sign_in_failures = 5", "")
        .replace('act = "Data', 'axe = "Data')
    )
    (tmp_path / SHIPPED.name).write_text(both, encoding="utf-8")
    with pytest.raises(campaigns.CampaignError) as caught:
        campaigns.check_all(tmp_path)
    assert {line.split(": ")[1] for line in str(caught.value).splitlines()} == {
        "law.act",
        "law.axe",
        "limits.sign_in_failures",
    }


def test_a_folder_without_campaigns_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(campaigns.CampaignError, match="holds no campaign"):
        campaigns.check_all(tmp_path)


def test_the_command_line_ends_with_the_right_status(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert campaigns.main() == 0
    assert "school-census-2017-18 2017-10.1: 4 items, ends 2018-06-13" in capsys.readouterr().out

    def fail() -> None:
        raise campaigns.CampaignError("x.toml: id: wrong")

    monkeypatch.setattr(campaigns, "check_all", fail)
    assert campaigns.main() == 1
    assert capsys.readouterr().err == "x.toml: id: wrong\n"
