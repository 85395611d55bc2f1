"""Making the register file: the dry run, the refused rows, and that the same input gives the same bytes."""

import csv
from pathlib import Path

import pytest

from chalicelib.domain.school import School
from chalicelib.register.gias import Download
from chalicelib.register.index import build
from chalicelib.register.search import open_register
from infra.register import changes, load, main
from tests.make import make_school
from tests.register.conftest import SAMPLE, SAMPLE_LINKS


def edited(tmp_path: Path, **by_urn: dict[str, str] | None) -> Path:
    """The invented download with some rows' cells changed, or rows left out (None); URNs as u900101."""
    with SAMPLE.open(encoding="windows-1252", newline="") as file:
        rows = list(csv.DictReader(file))
    path = tmp_path / "edited.csv"
    with path.open("w", encoding="windows-1252", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        for row in rows:
            edit = by_urn.get(f"u{row['URN']}", {})
            if edit is not None:
                writer.writerow(row | edit)
    return path


def test_the_same_input_gives_the_same_bytes(tmp_path):
    for name in ("one.sqlite", "other.sqlite"):
        build(load(SAMPLE, SAMPLE_LINKS)[0], tmp_path / name)
    assert (tmp_path / "one.sqlite").read_bytes() == (tmp_path / "other.sqlite").read_bytes()


def test_a_build_that_breaks_leaves_the_old_file_alone(tmp_path):
    path = tmp_path / "register.sqlite"
    build(Download("one.csv", None, {"900001": make_school()}), path)
    before = path.read_bytes()

    def breaks(schools: list[School]) -> list[School]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(Download("two.csv", None, {"900002": make_school("900002")}), path, breaks)
    assert path.read_bytes() == before


def test_an_open_register_goes_on_while_the_file_is_replaced(tmp_path):
    path = tmp_path / "register.sqlite"
    build(Download("one.csv", None, {"900001": make_school()}), path)
    register = open_register(str(path))
    build(Download("two.csv", None, {"900002": make_school("900002")}), path)
    assert [school.urn for school in register.find("hill").schools] == ["900001"]
    assert [school.urn for school in open_register(str(path)).find("hill").schools] == ["900002"]


def test_changes_are_told_by_kind():
    before = {
        urn: make_school(urn, name=name)
        for urn, name in (("900001", "Hill"), ("900002", "Brook"), ("900003", "Dale"), ("900004", "Same"))
    }
    after = {
        "900001": make_school("900001", name="Hill Top"),
        "900002": make_school("900002", name="Brook", postcode="ZZ9 9ZZ", status="Closed"),
        "900004": before["900004"],
        "900005": make_school("900005", name="New"),
    }
    assert changes(before, after) == {
        "added": ["900005 New, Exampleton"],
        "gone": ["900003 Dale, Exampleton"],
        "renamed": ["900001 Hill, Exampleton is now Hill Top"],
        "moved": ["900002 Brook, Exampleton: ZZ1 1ZZ to ZZ9 9ZZ"],
        "closed": ["900002 Brook, Exampleton"],
    }


def test_a_dry_run_tells_what_would_change_and_changes_nothing(tmp_path, capsys):
    out = tmp_path / "register.sqlite"
    assert main(["--gias", str(SAMPLE), "--links", str(SAMPLE_LINKS), "--out", str(out)]) == 0
    before = out.read_bytes()
    capsys.readouterr()
    gias = edited(
        tmp_path,
        u900101=None,
        u900108={"EstablishmentName": "St Mary's of the Brook"},
        u900115={"EstablishmentStatus (code)": "2"},
        u900122={"URN": "12"},
    )
    assert main(["--gias", str(gias), "--out", str(out), "--dry-run"]) == 0
    told = capsys.readouterr().out
    for line in (
        "edited.csv, of 2017-08-28: 106 schools",
        "Refused rows: 1",
        "  line 4: the URN is not a number of six digits 12",
        "  added: 0",
        "  gone: 2",
        "  renamed: 1",
        "  moved: 0",
        "  closed: 1",
        "    900115 St. Mary's CofE Primary School, Great Sample",
    ):
        assert line in told.splitlines()
    assert out.read_bytes() == before


def test_a_file_that_cannot_be_read_is_one_line_and_a_failure(tmp_path, capsys):
    assert main(["--gias", str(tmp_path / "nowhere.csv"), "--out", str(tmp_path / "r.sqlite")]) == 1
    said = capsys.readouterr()
    assert said.err == "register: nowhere.csv: No such file or directory\n"
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_way_that_is_no_register_is_said_and_replaced(tmp_path, capsys):
    out = tmp_path / "register.sqlite"
    out.write_text("not a register, only words in the way " * 200)
    assert main(["--gias", str(SAMPLE), "--out", str(out)]) == 0
    assert "cannot be compared" in capsys.readouterr().out
    assert len(open_register(str(out))) == 108


def test_the_invented_register_has_nothing_real():
    for school in load(SAMPLE)[0].schools.values():
        assert school.urn.startswith("900")
        assert school.postcode.startswith("ZZ")
        assert not school.website or ".EXAMPLE" in school.website.upper()
        assert school.telephone == "" or "1632960" in school.telephone  # the range kept for drama
