"""``python -m serving campaign readout`` and ``goals``: how campaigns came out."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from serving.language.catalogue import LANGUAGES, LanguageCode

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console

    from serving.campaigns.campaign_files import Campaign

_WIDTH_OF_A_FILE = 120


def _of_people(command: Callable[..., Any]) -> Callable[..., Any]:
    """How an outcome is printed."""
    command = click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")(command)
    choice = click.Choice(LANGUAGES)
    return click.option("--language", type=choice, default="en", show_default=True)(command)


@click.command()
@click.option("--name", required=True, help="Name of a planned campaign.")
@click.option(
    "--responses",
    type=click.Path(path_type=Path),
    help="CSV or Parquet file: customerID, date, outcome; if the lake has none of the campaign's contacts.",
)
@_of_people
def readout(name: str, responses: Path | None, as_json: bool, language: LanguageCode) -> None:
    """Judge a campaign once its window is over: all offered something against all held out."""
    from serving.campaigns.campaign_files import read_campaign
    from serving.campaigns.outcome.lake_rows import LakeRows
    from serving.campaigns.outcome.readout import read_out
    from serving.campaigns.outcome.readout_file import write_readout
    from serving.decision.places import campaigns_path
    from serving.settings import load_settings

    folder, lake = campaigns_path(), LakeRows.open()
    campaign = read_campaign(folder, name)
    told = None if responses is None else _responses(responses, campaign, folder, lake)
    found = read_out(campaign, load_settings().campaigns.window_days, lake, told)
    path = write_readout(folder, found)
    if as_json:
        click.echo(found.model_dump_json(indent=2))
        return
    from serving.commands.readout_table import readout_table
    from serving.language.language import Language

    _console().print(readout_table(found, Language(language)))
    click.echo(f"Written to {path}")


def _responses(path: Path, campaign: Campaign, folder: Path, lake: Any) -> pd.DataFrame:
    from serving.campaigns.campaign_files import names, read_campaign
    from serving.campaigns.outcome.responses import read_responses
    from serving.errors import CampaignError

    name = campaign.plan.name
    if name in set(lake.rows("contacts")["campaign"]):
        raise CampaignError(f"the lake has contacts of campaign {name}; leave out --responses {path}")
    others = {
        customer: other
        for other in names(folder)
        if other != name
        for customer in read_campaign(folder, other).customers["customerID"].to_pylist()
    }
    return read_responses(path, campaign, others)


@click.command()
@click.option("--goals", "path", type=click.Path(path_type=Path), help="[default: serving/goals.yaml]")
@_of_people
def goals(path: Path | None, as_json: bool, language: LanguageCode) -> None:
    """Say of every goal whether it is met, and else what would settle it."""
    from serving.campaigns.campaign_files import names, read_campaign
    from serving.campaigns.outcome.goal_data import GoalData
    from serving.campaigns.outcome.goals import judge_goals
    from serving.campaigns.outcome.goals_file import DEFAULT_FILE, read_goals
    from serving.campaigns.outcome.lake_rows import LakeRows
    from serving.decision.places import campaigns_path

    wanted, folder = read_goals(path or DEFAULT_FILE), campaigns_path()
    campaigns = [read_campaign(folder, name) for name in names(folder)]
    results = judge_goals(wanted, GoalData.of(LakeRows.open(), campaigns, wanted.since))
    if as_json:
        click.echo(json.dumps([result.model_dump() for result in results], indent=2, ensure_ascii=False))
        return
    from serving.commands.goals_table import goals_table
    from serving.language.language import Language

    _console().print(goals_table(results, Language(language)))


def _console() -> Console:
    """The terminal in its own width; a file or a pipe gets lines that hold the tables."""
    from rich.console import Console

    console = Console()
    return console if console.is_terminal else Console(width=_WIDTH_OF_A_FILE)
