"""Options that several commands share."""

from __future__ import annotations

import warnings
from pathlib import Path

import click

from training.settings.settings import DEFAULT_FILE

RUNS = Path(__file__).parents[1] / "runs"

settings_option = click.option(
    "--settings",
    "settings_file",
    type=click.Path(path_type=Path, dir_okay=False),
    default=DEFAULT_FILE,
    help="YAML file of the settings to change; training/README.md explains every one.",
)
runs_option = click.option(
    "--runs",
    type=click.Path(path_type=Path, file_okay=False),
    default=RUNS,
    help="Folder of run folders (default: training/runs).",
)


def quiet_libraries() -> None:
    """Hide deprecation warnings of the libraries, which a user cannot act on.

    Feast turns them on for the whole process when it is imported, so it is imported first.
    """
    import feast  # noqa: F401 -- importing it turns the warnings on

    warnings.filterwarnings("ignore", category=DeprecationWarning)
