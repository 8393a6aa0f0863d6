"""The comparison in the terminal."""

from __future__ import annotations

from typing import Any

from rich.table import Table

from serving.language.language import Language
from training.commands.tables import short_arm


def tuning_view(comparison: dict[str, Any]) -> Table:
    """Every arm before and after, with default and with tuned parameters; 80 columns wide."""
    metric = Language("en").label("metric", comparison["metric"])
    table = Table(
        title=f"{metric} before and after tuning: folds | untouched part",
        title_justify="left",
        caption="The folds flatter what was tuned a little, the untouched part does not.",
        caption_justify="left",
        box=None,
        padding=(0, 1, 0, 0),
        pad_edge=False,
    )
    table.add_column("arm", no_wrap=True)
    for name in ("before", "after", "|before", "after", "gain, 95 % interval", "trials"):
        table.add_column(name, justify="right", no_wrap=True)
    for arm in comparison["arms"]:
        table.add_row(*_cells(arm, comparison["metric"]))
    return table


def _cells(arm: dict[str, Any], metric: str) -> list[str]:
    untouched = arm["untouched"]["brier" if metric == "brier_calibrated" else metric]
    gain = [untouched["difference"][name] for name in ("estimate", "low", "high")]
    estimate, low, high = ("-" if figure is None else _short(f"{figure:+.4f}") for figure in gain)
    return [
        short_arm(**arm["arm"]),
        *(_short(f"{arm[side]['cross_validation'][metric]['mean']:.4f}") for side in ("default", "tuned")),
        *(_short(f"{untouched[side]:.4f}") for side in ("second", "first")),
        f"{estimate} [{low}, {high}]",
        str(arm["trials"]["complete"] + arm["trials"]["pruned"]),
    ]


def _short(figure: str) -> str:
    """Without the leading zero, so that it fits a terminal."""
    return figure.replace("0.", ".", 1)
