"""`make contacts`: a list as spreadsheets write it, judged first, stored only when confirmed."""

import os
from pathlib import Path

import pytest

from chalicelib.aws import contact_rows
from chalicelib.domain.contact import ContactState
from infra import artefact, contact_list, stage
from infra.aws_cli import Stopped
from infra.contact_list import read_list
from infra.world import World
from tests import make
from tests.invariants import read_tables


def put(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "list.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("URN,E-mail\n900003,office@hill.example\n", "utf-8"),
        ("\ufeffSchool URN;Name;Email address\r\n900003;Lone Oak;office@hill.example\r\n", "utf-8"),
        ("Name\turn\tMain contact\n\u00c9cole\t900003\toffice@hill.example\n", "cp1252"),
        ('"Address","URN","E-Mail"\n"1 Hill Road, Town",900003,office@hill.example\n\n,,\n', "utf-8"),
        ("URN,Email\n900003,office@hill.example", "utf-8"),
    ],
)
def test_columns_are_found_by_name_however_the_list_is_written(folder: Path, text: str, encoding: str) -> None:
    assert [(offer.urn, offer.text) for offer in read_list(put(folder, text, encoding))] == [
        ("900003", "office@hill.example")
    ]


@pytest.mark.parametrize(
    "text", ["", "900003,office@hill.example\n", "URN,Name\n900003,Lone\n", "Email\nx@x.example\n"]
)
def test_a_list_that_does_not_name_its_columns_is_refused(folder: Path, text: str) -> None:
    with pytest.raises(Stopped, match=r"list\.csv: its first line must name the columns"):
        read_list(put(folder, text))


def test_a_short_line_has_no_address(folder: Path) -> None:
    assert [offer.text for offer in read_list(put(folder, "URN,Email\n900003\n"))] == [""]


def test_a_dry_run_says_what_each_line_means_and_stores_nothing(
    folder: Path, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [f"{make.LONE},office@hill.example", f"{make.HILL},kim@gmail.com", f"{make.SHUT},head@hill.example"]
    path = put(folder, "\n".join(["URN,Email", *lines, "123456,office@x.example"]))
    before = read_tables(world)
    assert contact_list.main([str(path), "--stage", "dev"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "line 2: 900003 Lone Oak Primary School, Lone Oak: new",
        "line 3: 900001 Hill Primary School, Exampleton: would put a mailbox that nobody has looked at in place of"
        " one that works",
        "line 4: 900004 is closed, now 900001 Hill Primary School, Exampleton: the list has another address for"
        " this school",
        "line 5: 123456: no such school in the register",
        "      1  new",
        "      1  would put a mailbox that nobody has looked at in place of one that works",
        "      1  the list has another address for this school",
        "      1  no such school in the register",
        "Nothing was changed. CONFIRM=yes carries it out.",
    ]
    assert read_tables(world) == before


def test_what_is_confirmed_is_stored_with_its_source(folder: Path) -> None:
    path = put(folder, f"URN,Email\n{make.LONE},office@hill.example\n{make.BROOK},admin@hill.example\n")
    assert contact_list.main([str(path), "--stage", "dev", "--confirm"]) == 0
    stored = contact_rows.get_contacts([make.LONE, make.BROOK])
    assert (stored[make.LONE].address, stored[make.LONE].state) == ("office@hill.example", ContactState.VERIFIED)
    assert (stored[make.LONE].source, stored[make.LONE].changed) == ("list.csv", make.NOW)
    assert stored[make.BROOK].address == "office@brook.example"
    assert contact_list.main([str(path), "--stage", "dev", "--confirm", "--replace"]) == 0
    assert contact_rows.get_contacts([make.BROOK])[make.BROOK].address == "admin@hill.example"


def test_the_report_names_no_address(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = put(folder, f"URN,Email\n{make.LONE},kim.hides@hill.example\n{make.BROOK},not an address\n")
    contact_list.main([str(path), "--stage", "dev", "--confirm", "--replace"])
    said = "".join(capsys.readouterr())
    assert "@" not in said
    assert "not an address" not in said
    assert "new, a person has to look first (not a role mailbox)" in said


def test_the_environment_of_the_stage_ends_with_the_command(folder: Path) -> None:
    before = dict(os.environ)
    with stage.open_stage("dev"):
        assert os.environ["STAGE"] == "dev"
        assert os.environ["PUBLIC_URL"] == "https://retract.example"
    before |= {name: os.environ[name] for name in ("AWS_REGION", "AWS_DEFAULT_REGION")}
    assert dict(os.environ) == before


def test_a_stage_that_is_not_there_and_a_missing_file_are_told_in_one_line(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = put(folder, f"URN,Email\n{make.LONE},office@hill.example\n")
    assert contact_list.main([str(path), "--stage", "prod"]) == 1
    assert capsys.readouterr().err == "contacts: prod is not there: make deploy first\n"
    assert contact_list.main(["no.csv", "--stage", "dev"]) == 1
    assert capsys.readouterr().err == "contacts: no.csv: No such file or directory\n"
    (folder / artefact.PACKAGE / "app.zip").unlink()
    assert contact_list.main([str(path), "--stage", "dev"]) == 1
    assert "nothing is packaged" in capsys.readouterr().err
