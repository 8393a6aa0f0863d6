"""The list for a CRM: its columns, who is on it, and that it is whole or not there."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from file_modes import mode
from small_candidates import invented

from serving.campaigns.campaign_files import Campaign
from serving.campaigns.export import export_campaign
from serving.campaigns.mapping import EXPORTED, read_mapping
from serving.campaigns.planning import Request, plan_campaign
from serving.campaigns.selection import Limits
from serving.errors import CampaignError
from serving.settings import CampaignSettings

NOBODY = pd.DataFrame({"customerID": [], "reason": []}, dtype=object)


@pytest.fixture(scope="module")
def campaign(tmp_path_factory: pytest.TempPathFactory) -> Campaign:
    settings = CampaignSettings(control_share=0.05, control_key="test", days=120, window_days=120, fall=0.2)
    asked = Request("spring", date(2026, 11, 1), Limits(600, {}), 0.1)
    return plan_campaign(asked, invented(200), NOBODY, settings, tmp_path_factory.mktemp("campaigns"))


def mapping(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "mapping.yaml"
    path.write_text(text)
    return path


def lines(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))


def test_a_csv_holds_everybody_and_runs_no_formula(campaign: Campaign, tmp_path: Path) -> None:
    out = tmp_path / "spring.csv"
    export_campaign(campaign, NOBODY, read_mapping(None), out)
    found = lines(out)
    assert list(found[0]) == list(EXPORTED)
    assert len(found) == campaign.customers.num_rows
    assert {row["reasons_en"][:2] for row in found} == {"'="}
    assert all(row["message_en"] == row["channel"] == "" for row in found if row["arm"] != "offer")
    assert {row["offer"] for row in found if row["arm"] != "offer"} == {"none"}
    assert mode(out) == 0o600


def test_a_mapping_names_and_orders_the_columns(campaign: Campaign, tmp_path: Path) -> None:
    columns = read_mapping(mapping(tmp_path, "GROUP: arm\nCLIENT_ID: customerID\nTEXT: message_es\n"))
    out = tmp_path / "spring.parquet"
    export_campaign(campaign, NOBODY, columns, out)
    table = pq.read_table(out)
    assert table.column_names == ["GROUP", "CLIENT_ID", "TEXT"]
    assert table["CLIENT_ID"].to_pylist() == campaign.customers["customerID"].to_pylist()
    assert mode(out) == 0o600


def test_without_a_column_of_the_arm_only_the_contacted_are_listed(
    campaign: Campaign, tmp_path: Path
) -> None:
    out = tmp_path / "spring.csv"
    export_campaign(
        campaign, NOBODY, read_mapping(mapping(tmp_path, "ID: customerID\nTEXT: message_en")), out
    )
    assert len(lines(out)) == campaign.plan.arms["offer"] < campaign.customers.num_rows
    assert all(row["TEXT"] for row in lines(out))


def test_who_was_suppressed_since_is_left_out_and_counted(campaign: Campaign, tmp_path: Path) -> None:
    rows = campaign.customers.to_pandas()
    offered = rows.loc[rows["arm"] == "offer", "customerID"].tolist()
    held = rows.loc[rows["arm"] == "holdout", "customerID"].iloc[0]
    now = pd.DataFrame(
        [(offered[0], "no consent"), (offered[1], "no consent"), (offered[1], "dunning"), (held, "dunning")],
        columns=["customerID", "reason"],
    )
    out = tmp_path / "spring.csv"
    left_out = export_campaign(campaign, now, read_mapping(None), out)
    listed = {row["customerID"] for row in lines(out)}
    assert left_out.customers == {offered[0], offered[1]}
    assert left_out.reasons == {"dunning": 1, "no consent": 2}
    assert listed == set(rows["customerID"]) - {offered[0], offered[1]}


def test_a_closed_channel_leaves_out_who_was_to_be_contacted_by_it(
    campaign: Campaign, tmp_path: Path
) -> None:
    rows = campaign.customers.to_pandas()
    first, second = rows.loc[rows["arm"] == "offer", "customerID"].tolist()[:2]
    now = pd.DataFrame(
        [(first, "no_consent", "email"), (second, "no_consent", "phone")],
        columns=["customerID", "reason", "channel"],
    )
    left_out = export_campaign(campaign, now, read_mapping(None), tmp_path / "spring.csv")
    assert left_out.customers == {first}
    assert left_out.reasons == {"no_consent": 1}


@pytest.mark.parametrize("out", ["spring.xlsx", "spring", "folder.csv"])
def test_a_place_that_cannot_be_is_refused(out: str, campaign: Campaign, tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(
        CampaignError, match="--out .*(name a file that ends in .csv or .parquet|is a folder)"
    ):
        export_campaign(campaign, NOBODY, read_mapping(None), tmp_path / out)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder.csv"]


def test_a_list_that_cannot_be_written_leaves_the_former_one(
    campaign: Campaign, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "spring.csv"
    out.write_text("former")

    def full(_table: object) -> object:
        yield b"half"
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("serving.campaigns.export.csv_pieces", full)
    with pytest.raises(CampaignError, match="No space left on device"):
        export_campaign(campaign, NOBODY, read_mapping(None), out)
    assert out.read_text() == "former"
    assert [path.name for path in tmp_path.iterdir()] == ["spring.csv"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "ID: customerID\nX: offr",
            r"X: there is no column 'offr'; there is customerID, campaign, arm, offer",
        ),
        ("ID: customerID\nX: planned_offer", "there is no column 'planned_offer'"),
        ("ID: customerID\nX: [offer]", "there is no column"),
        ("ID: customerID\nID: offer", "the column ID is there twice; take one out"),
        ("X: offer", "no column is customerID; add one"),
        ("ID: customerID\n5: offer", "5 is no name of a column; put it in quotes"),
        ("- customerID", "write a line for each column"),
        ("", "write a line for each column"),
        ("ID: [", "cannot be read as YAML"),
    ],
)
def test_a_wrong_mapping_is_named(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(CampaignError, match=message):
        read_mapping(mapping(tmp_path, text))


def test_a_mapping_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CampaignError, match=r"--mapping .*nowhere.yaml cannot be read"):
        read_mapping(tmp_path / "nowhere.yaml")
