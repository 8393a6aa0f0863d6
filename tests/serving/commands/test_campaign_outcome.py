"""``python -m serving campaign readout``: what it prints, writes and refuses."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from small_campaigns import customer_id, joined, planned, rows_at, write_outcome

from serving.campaigns.campaign_files import write_campaign
from serving.campaigns.outcome import readout_file
from serving.campaigns.outcome.readout_file import read_readout
from serving.commands.cli import cli
from serving.decision.places import CAMPAIGNS_ENV
from serving.errors import CampaignError


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A campaign of 200, of whom 100 are offered something; 10 of them leave, and 20 of the others."""
    place = tmp_path / "campaigns"
    place.mkdir()
    monkeypatch.setenv(CAMPAIGNS_ENV, str(place))
    monkeypatch.setenv("STAYLINE_LAKE", str(tmp_path / "lake"))
    write_campaign(place, planned([{"arm": "offer" if n < 100 else "holdout"} for n in range(200)]))
    return place


def write_lake(tmp_path: Path, **more: Any) -> None:
    left = [*range(10), *range(100, 120)]
    tables = {
        "demographics": joined(range(200)),
        "churn_events": rows_at("2026-03-01", left, reason="voluntary"),
        **more.pop("tables", {}),
    }
    write_outcome(tmp_path / "lake", tables, **more)


def run(*arguments: object) -> Result:
    return CliRunner(env={"COLUMNS": "160"}).invoke(cli, ["campaign", *map(str, arguments)])


def test_a_readout_is_printed_and_written(tmp_path: Path, folder: Path) -> None:
    write_lake(tmp_path)
    result = run("readout", "--name", "spring")
    assert result.exit_code == 0, result.output
    assert "100 offered, 100 held out, 0 in the control group" in result.output
    assert "10.0% (100)  20.0% (100)" in result.output
    assert "spring: it worked" in result.output
    assert "! the lake has no contacts" in result.output
    found = read_readout(folder, "spring")
    assert found is not None
    assert found.verdict == "better"
    assert json.loads(run("readout", "--name", "spring", "--json").output) == json.loads(
        (folder / "spring" / "readout.json").read_text()
    )


def test_a_readout_in_spanish(tmp_path: Path) -> None:
    write_lake(tmp_path)
    output = run("readout", "--name", "spring", "--language", "es").output
    assert "Campaña spring, 1 ene 2026 a 1 may 2026: 100 con oferta, 100 reservados" in output
    assert re.search(r"bajas voluntarias +10,0\s%\s\(100\) +20,0\s%\s\(100\)", output)
    assert "edad: 65 o más" in output
    assert "género: mujer" in output
    assert "spring: funcionó" in output


def test_too_few_are_said_in_numbers(tmp_path: Path) -> None:
    leavers = rows_at("2026-03-01", [0, 1, *range(100, 120)], reason="voluntary")
    write_lake(tmp_path, tables={"churn_events": leavers})
    output = run("readout", "--name", "spring").output
    told = "spring: not yet known (2 offered and 20 held out left; an interval needs 10 who left and stayed"
    assert told in output
    assert "2.0% (100)" in output


def test_responses_of_a_file(tmp_path: Path) -> None:
    write_lake(tmp_path)
    path = tmp_path / "responses.csv"
    lines = [f"{customer_id(n)},2026-01-05,accepted" for n in range(30)]
    path.write_text("\n".join(["customerID,date,outcome", *lines]))
    result = run("readout", "--name", "spring", "--responses", path)
    assert "Of 100 offered: 30 contacted, 30 reached, 30 accepted, 0 refused" in result.output
    assert "There is no former campaign to compare with." in result.output
    contacts = rows_at("2026-01-05", [1], campaign="spring", outcome="reached")
    write_lake(tmp_path, tables={"contacts": contacts})
    result = run("readout", "--name", "spring", "--responses", path)
    assert "the lake has contacts of campaign spring; leave out --responses" in result.output


def test_a_wrong_response_of_another_campaigns_customer(tmp_path: Path, folder: Path) -> None:
    write_lake(tmp_path)
    write_campaign(folder, planned([{"customerID": "theirs"}], name="autumn"))
    path = tmp_path / "responses.csv"
    path.write_text("customerID,date,outcome\ntheirs,2026-01-05,accepted\n")
    result = run("readout", "--name", "spring", "--responses", path)
    assert result.exit_code == 1
    assert "line 2: customer theirs is not of this campaign; it is of campaign autumn" in result.output
    assert not (folder / "spring" / "readout.json").exists()


def test_an_immature_campaign_is_not_judged(tmp_path: Path, folder: Path) -> None:
    write_lake(tmp_path, data_until="2026-02-01")
    result = run("readout", "--name", "spring")
    assert result.exit_code == 1
    assert "can be judged from 2026-05-01 on" in result.output
    assert not (folder / "spring" / "readout.json").exists()
    assert "there is no campaign 'x'" in run("readout", "--name", "x").output


def test_a_readout_that_cannot_be_written_leaves_the_former(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_lake(tmp_path)
    run("readout", "--name", "spring")
    before = (folder / "spring" / "readout.json").read_bytes()

    def full(path: Path) -> None:
        path.write_text("half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(readout_file, "private_file", full)
    result = run("readout", "--name", "spring")
    assert "readout.json cannot be written: No space left on device" in result.output
    assert (folder / "spring" / "readout.json").read_bytes() == before
    assert len(list((folder / "spring").iterdir())) == 3


def test_a_damaged_readout_is_named(folder: Path) -> None:
    assert read_readout(folder, "spring") is None
    (folder / "spring" / "readout.json").write_text("{}")
    with pytest.raises(CampaignError, match="read campaign spring out again"):
        read_readout(folder, "spring")


def test_goals_are_printed(tmp_path: Path) -> None:
    write_lake(tmp_path)
    result = run("goals")
    assert result.exit_code == 0, result.output
    lines = [line.rstrip() for line in result.output.splitlines()]
    [kept] = [line for line in lines if line.startswith("At least 80% kept")]
    assert "not yet known  the smaller side has 0 customers" in kept
    [churn] = [line for line in lines if line.startswith("Churn down 20%")]
    assert "the window is over on Jan 1, 2027" in churn
    assert "aún no se sabe" in run("goals", "--language", "es").output
    found = json.loads(run("goals", "--json").output)
    assert [one["goal"] for one in found][:2] == ["less_churn", "vulnerable_kept"]
    pricing = found[2]
    assert (pricing["state"], pricing["rows"]) == ("not yet known", 100)
    assert pricing["figure"]["value"] == pytest.approx(0.125)


def test_a_wrong_file_of_goals_is_named(tmp_path: Path) -> None:
    write_lake(tmp_path)
    path = tmp_path / "goals.yaml"
    path.write_text("since: null\n")
    result = run("goals", "--goals", path)
    assert result.exit_code == 1
    assert "goals is missing; write it" in result.output
