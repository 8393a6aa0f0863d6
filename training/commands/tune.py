"""``python -m training tune``."""

from __future__ import annotations

import warnings
from pathlib import Path

import click
from pydantic import ValidationError
from rich.console import Console

from training.commands.options import runs_option, settings_option
from training.commands.relative_path import relative_path
from training.errors import SettingsError, TrainingError
from training.settings.settings import Settings, load_settings, wrong_settings
from training.settings.tuning import TuningSettings

INTERRUPTED = 130
"""Exit status of a process that Ctrl-C ended, as in shells."""


@click.command()
@settings_option
@runs_option
@click.option("--trials", type=int, help="Trials of each arm; no limit in time unless that is given.")
@click.option(
    "--minutes", type=float, help="Time for all arms together; no limit in trials unless that is given."
)
@click.option(
    "--arm", "arms", multiple=True, metavar="SAMPLER+CLASSIFIER", help="Only this one; may be repeated."
)
@click.option("--anew", is_flag=True, help="Forget the trials of an earlier search.")
@click.option("--quiet", is_flag=True, help="No progress bars and no table.")
def tune(
    settings_file: Path,
    runs: Path,
    trials: int | None,
    minutes: float | None,
    arms: tuple[str, ...],
    anew: bool,
    quiet: bool,
) -> None:
    """Search for better parameters on the training part, and compare them with the defaults.

    After Ctrl-C the same command goes on where it stopped.
    """
    import optuna

    from feature_repo.paths import REPO, lake_dir
    from serving.errors import ServingError
    from training.commands.tuning_table import tuning_view
    from training.tuning.folder import SETTINGS_FILE, TUNING_FILE
    from training.tuning.tune import tune as run_tuning

    warnings.filterwarnings("ignore", category=DeprecationWarning)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    console = None if quiet else Console()
    try:
        settings = with_options(load_settings(settings_file), trials, minutes, arms)
        folder, tuning = run_tuning(REPO, lake_dir(), settings, runs, anew, console)
    except (TrainingError, ServingError) as error:
        raise click.ClickException(str(error)) from error
    except KeyboardInterrupt:
        click.echo("Interrupted: the finished trials are kept; the same command goes on.", err=True)
        raise SystemExit(INTERRUPTED) from None
    if console is not None:
        console.print(tuning_view(tuning))
    click.echo(f"Tuning    {relative_path(folder / TUNING_FILE)}")
    click.echo(
        f"Settings  {relative_path(folder / SETTINGS_FILE)} (`python -m training run --settings` takes it)"
    )


def with_options(
    settings: Settings, trials: int | None, minutes: float | None, arms: tuple[str, ...]
) -> Settings:
    """The settings with the command line's budget and arms in place of theirs.

    Raises
    ------
    SettingsError
        When an arm is unknown or the budget is out of range.
    """
    values = settings.tuning.model_dump()
    if trials is not None or minutes is not None:
        values |= {"trials": trials, "minutes": minutes}
    if arms:
        values["arms"] = arms
    try:
        tuning = TuningSettings.model_validate(values)
    except ValidationError as error:
        reasons = wrong_settings(error, "tuning")
        raise SettingsError(f"command line: {reasons}; `python -m training tune --help`") from error
    return settings.model_copy(update={"tuning": tuning})
