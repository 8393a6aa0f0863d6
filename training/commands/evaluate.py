"""``python -m training evaluate``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from serving.language.language import Language
from training.commands.options import quiet_libraries, runs_option, settings_option
from training.commands.relative_path import relative_path
from training.commands.tables import short_arm
from training.settings.settings import load_settings

_ENGLISH = Language("en")
PROTOCOL_METRICS = ("precision", "recall", "f1", "auc")


@click.command()
@settings_option
@runs_option
@click.option("--quiet", is_flag=True, help="No progress bars and no tables.")
def evaluate(settings_file: Path, runs: Path, quiet: bool) -> None:
    """Evaluate the run of these settings: intervals, both protocols, thresholds, audit, explanations.

    Trains it first when it is not there yet.
    """
    from feature_repo.paths import REPO, lake_dir
    from serving.errors import ServingError
    from training.errors import TrainingError
    from training.evaluate import evaluate as run_evaluation
    from training.run_folder import EVALUATION_FILE

    quiet_libraries()
    console = None if quiet else Console()
    try:
        result, evaluation = run_evaluation(REPO, lake_dir(), load_settings(settings_file), runs, console)
    except (TrainingError, ServingError) as error:
        raise click.ClickException(str(error)) from error
    if console is not None:
        for name in ("protocols", "learning_curve", "out_of_time"):
            if evaluation[name] is None:
                console.print(f"Left out: {name}: {evaluation[f'{name}_missing']}")
        if evaluation["protocols"] is not None:
            console.print(protocols_view(evaluation["protocols"]))
        console.print(headline_view(evaluation["headline"]))
        for suspect in evaluation["audit"]["suspects"]:
            console.print(
                f"[bold]{suspect['feature']}[/bold] seems to know the label: `python -m training audit`"
            )
    path = relative_path(result.folder / EVALUATION_FILE)
    click.echo(f"Evaluation  {path} (`python -m training report` makes a page of it)")


def protocols_view(section: dict[str, Any]) -> Table:
    """Both protocols side by side; 80 columns wide."""
    table = Table(
        title="Honest (cross-validated) | resampled before the split: not a result",
        title_justify="left",
        box=None,
        padding=(0, 1, 0, 0),
    )
    table.add_column("arm", no_wrap=True)
    for side in ("", "| "):
        for number, name in enumerate(PROTOCOL_METRICS):
            heading = _ENGLISH.short("metric", name)
            table.add_column(heading if number else side + heading, justify="right", no_wrap=True)
    honest = {tuple(row["arm"].values()): row["cross_validation"] for row in section["honest"]}
    for row in section["published"]:
        # `classifiers` may leave out what `evaluation.published.classifiers` names.
        fair = honest.get(tuple(row["arm"].values()))
        sides = (fair, row["metrics"])
        cells = [f"{figures[name]:.3f}" if figures else "-" for figures in sides for name in PROTOCOL_METRICS]
        table.add_row(short_arm(**row["arm"]), *cells)
    return table


def headline_view(section: dict[str, Any]) -> Table:
    """The champion's figures on the untouched part with their intervals."""
    table = Table(title="Champion on the untouched part, 95 % intervals", title_justify="left", box=None)
    for name in ("metric", "estimate", "from", "to"):
        table.add_column(name, justify="left" if name == "metric" else "right")
    for name, figure in section["untouched"].items():
        values = [figure[key] for key in ("estimate", "low", "high")]
        cells = ["-" if value is None else f"{value:.4f}" for value in values]
        table.add_row(_ENGLISH.name("metric", name), *cells)
    return table
