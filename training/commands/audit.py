"""``python -m training audit``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from training.commands.options import quiet_libraries, settings_option
from training.settings.settings import load_settings

SIGNAL_TEXTS = {
    "auc": "tells churners apart alone",
    "auc_within_bands": "tells churners apart within a band",
    "pure_values": "share of rows whose value settles that they churn",
    "one_class_values": "values that one class alone has",
    "flat_among_stayed": "follows tenure among those who churned, and nothing among the others",
    "collapses_out_of_time": "AUC that the latest cohort loses",
}


@click.command()
@settings_option
@click.option("--fail", is_flag=True, help="Exit with status 1 when a feature is named: a gate.")
@click.option("--json", "as_json", is_flag=True, help="Every figure of every feature, as JSON.")
def audit(settings_file: Path, fail: bool, as_json: bool) -> None:
    """Name features that seem to know the label, before anything is fitted."""
    from feature_repo.paths import REPO, lake_dir
    from serving.errors import ServingError
    from training.audit.audit import audit_section
    from training.dataset.pull import pull_dataset
    from training.errors import TrainingError
    from training.progress import progress_bar

    quiet_libraries()
    console = None if as_json else Console(stderr=True)
    try:
        settings = load_settings(settings_file)
        dataset = pull_dataset(REPO, lake_dir(), settings, console).dataset
        with progress_bar("leak audit", dataset.features.shape[1], console) as advance:
            found = audit_section(dataset, settings.audit, settings.seed, advance)
    except (TrainingError, ServingError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(json.dumps(found, indent=2) if as_json else audit_text(found))
    if fail and found["suspects"]:
        raise SystemExit(1)


def audit_text(found: dict[str, Any]) -> str:
    """The audit as text: a line per signal, 80 columns wide unless names are long."""
    if not found["suspects"]:
        return f"None of the {len(found['features'])} features seems to know the label."
    lines = []
    for suspect in found["suspects"]:
        lines.append(f"{suspect['feature']} seems to know the label:")
        for signal in suspect["signals"]:
            where = f" ({signal['where']})" if signal["where"] else ""
            text = SIGNAL_TEXTS[signal["signal"]]
            lines.append(f"  {text}{where}: {signal['value']:.3f}, limit {signal['limit']:.3f}")
    lines.append("Find out when these were recorded; leave them out of the feature service if it was after.")
    return "\n".join(lines)
