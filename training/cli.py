"""The door of the room: ``python -m training``."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from training.errors import TrainingError
from training.settings import DEFAULT_FILE, load_settings

if TYPE_CHECKING:
    from training.pipeline import RunResult


@click.group()
def main() -> None:
    """Train, evaluate and register the churn model."""


@main.command()
@click.option(
    "--settings",
    "settings_file",
    type=click.Path(path_type=Path, dir_okay=False),
    default=DEFAULT_FILE,
    help="YAML file of settings; training/README.md explains every one.",
)
@click.option(
    "--runs",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    help="Folder for run folders (default: training/runs).",
)
@click.option("--anew", is_flag=True, help="Train even when the same run is there already.")
@click.option("--quiet", is_flag=True, help="No progress bars and no tables.")
def run(settings_file: Path, runs: Path | None, anew: bool, quiet: bool) -> None:
    """Build the dataset, judge every arm, register the champion and its segments."""
    # Feast, scikit-learn and BentoML take seconds to import; `--help` does not wait for them.
    from feature_repo.paths import REPO, lake_dir
    from serving.errors import ServingError
    from training import pipeline

    # Feast turns deprecation warnings on for the whole process; those of other libraries are not the user's.
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    console = None if quiet else Console()
    try:
        result = pipeline.run(
            REPO, lake_dir(), load_settings(settings_file), runs or pipeline.RUNS, anew, console
        )
    except (TrainingError, ServingError) as error:
        raise click.ClickException(str(error)) from error
    if console is not None:
        _show(result, console)
    click.echo(f"Model {result.summary['model']} is champion.")
    click.echo(f"Report {_shown(result.folder / 'report.md')}")


def _show(result: RunResult, console: Console) -> None:
    from training.tables import arms_view, segments_view

    if result.reused:
        console.print("The same dataset, settings and model are there already; --anew trains again.")
    console.print(arms_view(result.arms, result.summary["arm"]))
    console.print(segments_view(result.summary["segments"]))


def _shown(path: Path) -> Path:
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
