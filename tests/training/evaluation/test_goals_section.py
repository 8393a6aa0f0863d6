"""Goals and campaigns in an evaluation: judged, read out or not, and of a snapshot."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_campaigns import joined, planned, rows_at, write_outcome

from serving.campaigns.campaign_files import write_campaign
from serving.campaigns.outcome.lake_rows import LakeRows
from serving.campaigns.outcome.readout import read_out
from serving.campaigns.outcome.readout_file import write_readout
from serving.errors import CampaignError
from training.evaluation.goals import READOUT_FACTS, goals_section


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """Where the lake and the campaigns lie."""
    lake, campaigns = tmp_path / "lake", tmp_path / "campaigns"
    campaigns.mkdir()
    monkeypatch.setenv("STAYLINE_LAKE", str(lake))
    monkeypatch.setenv("STAYLINE_CAMPAIGNS", str(campaigns))
    return lake, campaigns


def lived(lake: Path, kind: str = "history") -> Path:
    """A lake of 1,000 customers, half of them offered something, of whom 50, and 200 others, leave."""
    left = [*range(50), *range(500, 700)]
    tables = {
        "demographics": joined(range(1_000)),
        "churn_events": rows_at("2026-02-01", left, reason="voluntary"),
    }
    return write_outcome(lake, tables, kind=kind)


HALVES = [{"arm": "offer" if n < 500 else "holdout"} for n in range(1_000)]


def test_goals_are_judged_and_a_campaign_that_is_not_read_out_has_no_readout(
    places: tuple[Path, Path],
) -> None:
    lake, campaigns = places
    lived(lake)
    write_campaign(campaigns, planned(HALVES))
    found = goals_section()
    states = {goal["goal"]: goal["state"] for goal in found["goals"]}
    assert len(states) == 5
    assert states["pricing_keeps"] == "passed"
    assert states["satisfaction"] == "not yet known"
    assert found["dated"]
    (campaign,) = found["campaigns"]
    assert (campaign["name"], campaign["readout"]) == ("spring", None)


def test_a_readout_brings_its_facts(places: tuple[Path, Path]) -> None:
    lake, campaigns = places
    lived(lake)
    campaign = planned(HALVES)
    write_campaign(campaigns, campaign)
    readout = read_out(campaign, 120, LakeRows.open())
    write_readout(campaigns, readout)
    (found,) = goals_section()["campaigns"]
    assert set(found["readout"]) == READOUT_FACTS
    assert found["readout"]["verdict"] == "better"
    assert found["readout"]["arms"] == {"offer": 500, "holdout": 500, "control": 0}
    assert {row["kind"] for row in found["readout"]["fairness"]} == {"age", "gender", "tenure"}


def test_of_a_snapshot_no_goal_is_known(places: tuple[Path, Path]) -> None:
    lived(places[0], kind="snapshot")
    found = goals_section()
    assert not found["dated"]
    assert found["campaigns"] == []
    assert {goal["state"] for goal in found["goals"]} == {"not yet known"}
    assert len(found["goals"]) == 5


def test_a_campaign_that_cannot_be_read_is_an_error(places: tuple[Path, Path]) -> None:
    lake, campaigns = places
    lived(lake)
    write_campaign(campaigns, planned(HALVES))
    (campaigns / "spring" / "plan.json").write_text("{", encoding="utf-8")
    with pytest.raises(CampaignError, match="cannot be read"):
        goals_section()
