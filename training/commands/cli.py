"""The door of the room: ``python -m training``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console

from training.commands.audit import audit
from training.commands.evaluate import evaluate
from training.commands.options import quiet_libraries, runs_option, settings_option
from training.commands.relative_path import relative_path
from training.commands.report import report
from training.commands.tune import tune
from training.errors import TrainingError
from training.settings.settings import load_settings

if TYPE_CHECKING:
    import pandas as pd


@click.group()
def main() -> None:
    """Train, evaluate and register the churn model."""
    # Before a command imports Feast; not with the imports above, as `--help` needs none of it.
    from feature_repo.feast_import import check_constructors_only

    check_constructors_only()


for command in (audit, evaluate, report, tune):
    main.add_command(command)


@main.command()
@settings_option
@runs_option
@click.option("--anew", is_flag=True, help="Train even when the same run is there already.")
@click.option("--quiet", is_flag=True, help="No progress bars and no tables.")
def run(settings_file: Path, runs: Path, anew: bool, quiet: bool) -> None:
    """Build the dataset, judge every arm, register the champion and its segments."""
    # Feast, scikit-learn and BentoML take seconds to import; `--help` does not wait for them.
    from feature_repo.paths import REPO, lake_dir
    from serving.errors import ServingError
    from training import pipeline

    quiet_libraries()
    console = None if quiet else Console()
    try:
        result = pipeline.run(REPO, lake_dir(), load_settings(settings_file), runs, anew, console)
    except (TrainingError, ServingError) as error:
        raise click.ClickException(str(error)) from error
    if console is not None:
        if result.reused:
            console.print("The same dataset, settings and model are there already; --anew trains again.")
        _show(result.summary, result.arms, console)
    _say_where(result.folder, result.summary)
    _say_against_champion(result.summary)
    if result.refused:
        click.echo(f"The champion stays: {result.refused}")
    elif not result.reused:
        click.echo("It is the champion now; running services take it up.")


@main.command()
@runs_option
@click.option("--brief", is_flag=True, help="Only where the model and the report lie.")
def show(runs: Path, brief: bool) -> None:
    """Show the last run: its arms, its segments, and where its model and report lie."""
    from training.run_folder import latest_run, read_run

    folder = latest_run(runs)
    summary = read_run(folder) if folder else None
    if folder is None or summary is None:
        raise click.ClickException(f"{runs}: no run yet; `python -m training run` makes one")
    if not brief:
        import pandas as pd

        _show(summary, pd.read_parquet(folder / "arms.parquet"), Console())
    _say_where(folder, summary)
    _say_against_champion(summary)


def _show(summary: dict[str, Any], arms: pd.DataFrame, console: Console) -> None:
    from training.commands.tables import arms_view, left_out_view, segments_view

    console.print(arms_view(arms, summary["arm"]))
    # Runs of earlier versions have no such entries: they left no arm out, and bounded no search.
    if left_out := summary.get("left_out", []):
        console.print(left_out_view(left_out))
    for note in summary.get("notes", []):
        console.print(f"Note: {note}.")
    if searches := summary.get("bounded_searches", []):
        from training.report.markdown import neighbour_searches

        console.print(neighbour_searches(searches))
    console.print(segments_view(summary["segments"]))


def _say_where(folder: Path, summary: dict[str, Any]) -> None:
    tag = summary["model"]
    click.echo(f"Model   {tag} in the BentoML store (`python -m serving models show {tag}`)")
    click.echo(f"Report  {relative_path(folder / 'report.md')}")


def _say_against_champion(summary: dict[str, Any]) -> None:
    """One line; none after the first run of a store, and none of a run of an earlier version."""
    from serving.language.language import Language

    if against := summary.get("against_champion"):
        said = against["statement"]
        click.echo(Language("en").say(said["key"], **said["values"]))
