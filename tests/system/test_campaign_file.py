"""The simulation lives through a campaign as it was planned: list and folder say the same."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from small_candidates import OFFERS, invented

from data.simulation.campaign_file import read_campaign
from serving.campaigns.export import export_campaign
from serving.campaigns.mapping import read_mapping
from serving.campaigns.planning import Request, plan_campaign
from serving.campaigns.selection import Limits
from serving.settings import CampaignSettings

NAMES = ("none", *OFFERS)


@pytest.mark.parametrize("file", ["another-name.csv", "another-name.parquet", "spring/customers.parquet"])
def test_the_simulation_reads_what_was_planned(file: str, tmp_path: Path) -> None:
    nobody = pd.DataFrame({"customerID": [], "reason": []}, dtype=object)
    settings = CampaignSettings(control_share=0.05, control_key="test", days=120, window_days=120, fall=0.2)
    asked = Request("spring", date(2026, 11, 1), Limits(600, {}), 0.2)
    campaign = plan_campaign(asked, invented(300), nobody, settings, tmp_path)
    if not file.startswith("spring"):
        export_campaign(campaign, nobody, read_mapping(None), tmp_path / file)
    read = read_campaign(tmp_path / file, NAMES)
    rows = campaign.customers.to_pandas().query("arm != 'control'")
    assert read.name == "spring"
    assert read.customers.to_pylist() == rows["customerID"].tolist()
    assert [NAMES[number] for number in read.offer] == rows["offer"].tolist()
    assert set(rows["offer"]) >= {"none", "support_call"}
    assert read.probability.tolist() == rows["probability_of_arm"].tolist()
