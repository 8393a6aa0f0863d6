"""``python -m serving campaign``: what it prints, writes and refuses."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result
from small_candidates import invented_frame, words

from serving.campaigns.campaign_files import read_campaign, read_plan
from serving.commands.cli import cli
from serving.decision.places import CAMPAIGNS_ENV, SUPPRESSED_ENV
from serving.decision.suppressed import SCHEMA, write_suppressed
from serving.errors import CampaignError


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(CAMPAIGNS_ENV, str(tmp_path / "campaigns"))
    monkeypatch.setenv(SUPPRESSED_ENV, str(tmp_path / "suppressed.parquet"))
    return tmp_path / "campaigns"


@pytest.fixture
def candidates(tmp_path: Path) -> Path:
    frame = invented_frame(200)
    told = words(frame)
    path = tmp_path / "candidates.parquet"
    pd.concat([frame, told], axis=1).assign(model="churn:one", effects="assumed").to_parquet(path)
    return path


def run(*arguments: object) -> Result:
    return CliRunner(env={"COLUMNS": "120"}).invoke(cli, ["campaign", *map(str, arguments)])


def plan(candidates: Path, out: Path, *more: object, name: str = "spring", budget: float = 500) -> Result:
    given = ("--name", name, "--budget", budget, "--candidates", candidates, "--out", out)
    return run("plan", *given, "--date", "2026-11-01", *more)


def suppress(path: Path, *told: tuple[str, str]) -> None:
    """Write a suppression file, with a row that counted until a year ago."""
    over = {"customerID": "000003-TEST", "reason": "dunning", "until": datetime(2025, 11, 1, tzinfo=UTC)}
    rows = [{"customerID": customer, "reason": reason} for customer, reason in told]
    write_suppressed(path, pa.Table.from_pylist([over, *rows], SCHEMA))


def test_plan_says_what_it_did_and_writes_the_list(candidates: Path, folder: Path, tmp_path: Path) -> None:
    told = tmp_path / "told.parquet"
    suppress(told, ("000001-TEST", "dunning"), ("000002-TEST", "holdout"))
    out = tmp_path / "spring.parquet"
    result = plan(candidates, out, "--suppressed", told, "--cap", "support_call=20", "--seed", 3)
    assert result.exit_code == 0, result.output
    campaign = read_campaign(folder, "spring")
    facts = campaign.plan
    assert (facts.seed, facts.caps, facts.effects) == (3, {"support_call": 20}, "assumed")
    assert "200 customers considered; 1 suppressed (dunning 1)" in result.output
    assert f"{facts.arms['offer']:,} offered, {facts.arms['holdout']:,} held out" in result.output
    assert "effects are assumed" in result.output
    assert f"at most {facts.allocation.gap:.3%} below the best" in result.output
    assert "customers an arm" in result.output
    assert "not yet known" in result.output
    table = pq.read_table(out)
    assert table["customerID"].to_pylist() == campaign.customers["customerID"].to_pylist()
    offered = table.to_pandas().query("arm == 'offer'")
    assert (offered["message_en"] == "EN " + offered["customerID"] + " " + offered["offer"]).all()


def test_export_writes_the_list_again_without_the_suppressed(candidates: Path, tmp_path: Path) -> None:
    plan(candidates, tmp_path / "spring.parquet")
    rows = pq.read_table(tmp_path / "spring.parquet").to_pandas()
    first = rows.loc[rows["arm"] == "offer", "customerID"].iloc[0]
    suppress(tmp_path / "suppressed.parquet", (first, "do_not_contact"))
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text("ID: customerID\nTEXT: message_es\n")
    out = tmp_path / "again.csv"
    result = run("export", "--name", "spring", "--out", out, "--mapping", mapping)
    assert result.output == f"List of spring: {out}, without 1 customers (do_not_contact 1)\n"
    assert first not in out.read_text()
    assert out.read_text(encoding="utf-8-sig").startswith('"ID","TEXT"\n')


def test_power_of_a_campaign_and_of_numbers(candidates: Path, folder: Path, tmp_path: Path) -> None:
    asked = "To see churn fall by 20.0% from 6.0% you need 5,565 customers an arm."
    assert run("power", "--churn", 0.06).output == f"{asked}\n"
    seen = run("power", "--churn", 0.06, "--offered", 9_000, "--held-out", 1_000, "--fall", 0.2).output
    assert seen.startswith(f"{asked} With 9,000 offered and 1,000 held out, a fall of 3")
    assert seen.endswith("the goal will read 'not yet known'.\n")
    plan(candidates, tmp_path / "spring.csv")
    facts = read_plan(folder, "spring")
    assert f"With {facts.arms['offer']} offered" in run("power", "--name", "spring").output
    assert "say --name of a campaign, or --churn" in run("power").output


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--cap", "discount"), "write OFFER=CUSTOMERS, such as discount=500"),
        (("--cap", "discount=5", "--cap", "discount=6"), "discount has two caps; give one"),
        (("--holdout", 0.6), "--holdout 0.6: give a share from 0 to 0.5"),
        (("--budget", 0), "--budget 0: give an amount above 0"),
        (("--mapping", "nowhere.yaml"), "--mapping nowhere.yaml cannot be read"),
        (("--suppressed", __file__), "cannot be read"),
        (("--candidates", "nowhere.parquet"), "nowhere.parquet cannot be read as Parquet"),
        (("--out", "list.xlsx"), "name a file that ends in .csv or .parquet"),
    ],
)
def test_bad_input_is_named_and_nothing_is_written(
    more: tuple[object, ...], message: str, candidates: Path, folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "spring.csv"
    result = plan(candidates, out, *more)
    assert result.exit_code != 0
    assert message in result.output
    assert not out.exists()
    assert not (folder / "spring").exists()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda frame: frame.drop(columns="channel"), "lacks the columns channel"),
        (lambda frame: frame.drop(columns="effects"), "lacks the columns effects"),
        (lambda frame: frame.assign(effects="guessed"), "one of measured and assumed in `effects`"),
        (lambda frame: frame.head(0), "has no row: nobody is eligible for an offer"),
    ],
)
def test_a_wrong_file_of_candidates_is_named(
    change: object, message: str, candidates: Path, folder: Path, tmp_path: Path
) -> None:
    change(pd.read_parquet(candidates)).to_parquet(candidates)  # type: ignore[operator]
    result = plan(candidates, tmp_path / "spring.csv")
    assert result.exit_code == 1
    assert message in result.output
    assert not (folder / "spring").exists()


def test_a_taken_name_leaves_the_list_alone(candidates: Path, tmp_path: Path) -> None:
    out = tmp_path / "spring.csv"
    plan(candidates, out)
    before = out.read_bytes()
    result = plan(candidates, out)
    assert result.exit_code == 1
    assert "there is a campaign spring already" in result.output
    assert out.read_bytes() == before


def test_a_campaign_that_is_not_there_is_named(candidates: Path, tmp_path: Path) -> None:
    assert "there is no campaign 'x'" in run("export", "--name", "x", "--out", tmp_path / "x.csv").output
    plan(candidates, tmp_path / "spring.csv")
    assert "; there is spring" in run("power", "--name", "x").output


def test_a_damaged_campaign_is_named(candidates: Path, folder: Path, tmp_path: Path) -> None:
    plan(candidates, tmp_path / "spring.csv")
    customers = folder / "spring" / "customers.parquet"
    whole = customers.read_bytes()
    customers.write_bytes(whole[:-9])
    with pytest.raises(CampaignError, match=r"customers.parquet cannot be read"):
        read_campaign(folder, "spring")
    pq.write_table(_fewer(whole, tmp_path), customers)
    with pytest.raises(CampaignError, match=r"has 3 rows, and the plan"):
        read_campaign(folder, "spring")
    (folder / "spring" / "plan.json").write_text("{}")
    assert "plan.json cannot be read" in run("power", "--name", "spring").output
    # Nobody can say any more whom it holds out, so nobody else may be planned.
    assert "plan.json cannot be read" in plan(candidates, tmp_path / "b.csv", name="summer").output


def _fewer(whole: bytes, tmp_path: Path) -> pa.Table:
    path = tmp_path / "whole.parquet"
    path.write_bytes(whole)
    return pq.read_table(path).slice(0, 3)
