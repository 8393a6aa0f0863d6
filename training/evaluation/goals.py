"""Business goals and campaigns, as they stand when a run is evaluated."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from serving.campaigns.campaign_files import Campaign, names, read_campaign
from serving.campaigns.outcome.goal_data import GoalData
from serving.campaigns.outcome.goals import GoalResult, judge_goals
from serving.campaigns.outcome.goals_file import DEFAULT_FILE, Goals, read_goals
from serving.campaigns.outcome.lake_rows import LakeRows
from serving.campaigns.outcome.readout_file import read_readout
from serving.decision.places import campaigns_path
from serving.features.lake import open_lake

READOUT_FACTS = {"until", "data_until", "verdict", "arms", "churn", "fairness"}


def goals_section(file: Path = DEFAULT_FILE) -> dict[str, Any]:
    """The goals by the lake, and the campaigns by their readouts.

    Parameters
    ----------
    file : Path
        Of the goals.

    Returns
    -------
    dict
        ``dated``: whether the lake says when customers left; else every goal is not yet known.
        ``data_until``: the lake's. ``goals``: each as `serving.campaigns.outcome.goals.GoalResult`.
        ``campaigns``: ``[{"name", "starts", "ends", "effects", "readout"}]``, of which ``readout`` has
        :data:`READOUT_FACTS` of `serving.campaigns.outcome.readout.Readout`, None before it is made.

    Raises
    ------
    GoalsError, CampaignError, OfflineError, SettingsError
        A file of goals or campaigns, or the lake, cannot be read.
    """
    wanted, folder = read_goals(file), campaigns_path()
    campaigns = [read_campaign(folder, name) for name in names(folder)]
    _, manifest = open_lake()
    dated = manifest.kind != "snapshot"
    if dated:
        results = judge_goals(wanted, GoalData.of(LakeRows.open(), campaigns, wanted.since))
    else:
        results = _unknown(wanted)
    return {
        "dated": dated,
        "data_until": manifest.data_until.isoformat(),
        "goals": [result.model_dump(mode="json") for result in results],
        "campaigns": [_campaign(folder, one) for one in campaigns],
    }


def _unknown(wanted: Goals) -> list[GoalResult]:
    return [
        GoalResult(
            goal=key,
            name=goal.name,
            metric=goal.metric,
            target=goal.target,
            state="not yet known",
            figure=None,
            rows=0,
            settles=None,
        )
        for key, goal in wanted.goals.items()
    ]


def _campaign(folder: Path, campaign: Campaign) -> dict[str, Any]:
    plan = campaign.plan
    readout = read_readout(folder, plan.name)
    return {
        "name": plan.name,
        "starts": plan.starts.isoformat(),
        "ends": plan.ends.isoformat(),
        "effects": plan.effects,
        "readout": None if readout is None else readout.model_dump(mode="json", include=READOUT_FACTS),
    }
