"""``python -m training report``."""

from __future__ import annotations

from pathlib import Path

import click

from serving.language.catalogue import LANGUAGES, LanguageCode
from training.commands.options import runs_option
from training.commands.relative_path import relative_path


@click.command()
@click.option(
    "--language",
    type=click.Choice(LANGUAGES),
    default="en",
    show_default=True,
    help="Language of the page.",
)
@runs_option
def report(language: LanguageCode, runs: Path) -> None:
    """Write the last run's report: one HTML file in the shape of CRISP-DM, without scripts or network."""
    from serving.errors import ServingError
    from training.errors import TrainingError
    from training.report.render import write_report
    from training.run_folder import latest_run

    folder = latest_run(runs)
    if folder is None:
        raise click.ClickException(f"{runs}: no run yet; `python -m training run` makes one")
    try:
        path = write_report(folder, language)
    except (TrainingError, ServingError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"Report  {relative_path(path)}")
