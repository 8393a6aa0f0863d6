"""Rich tables for the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.table import Table

from serving.language.language import Language

if TYPE_CHECKING:
    import pandas as pd

_ENGLISH = Language("en")
COLUMNS = (
    "accuracy",
    "precision",
    "recall",
    "f1",
    "auc",
    "average_precision",
    "kappa",
    "mcc",
    "brier",
    "ece",
    "brier_calibrated",
)
"""Metrics of the table of arms, in order; more than these do not fit 80 columns."""


def arms_view(arms: pd.DataFrame, champion: dict[str, str]) -> Table:
    """Every arm with the mean of its metrics over the folds, the champion with a star; 80 columns wide."""
    table = Table(
        title="Cross-validated arms: means over the folds; cal. is Brier after calibration",
        title_justify="left",
        box=None,
        padding=(0, 1, 0, 0),
        pad_edge=False,
    )
    table.add_column("  arm", no_wrap=True)
    for name in COLUMNS:
        table.add_column(_ENGLISH.short("metric", name), justify="right", no_wrap=True)
    for _, row in arms.iterrows():
        chosen = row["sampler"] == champion["sampler"] and row["classifier"] == champion["classifier"]
        arm = short_arm(row["sampler"], row["classifier"])
        numbers = [_three_decimals(float(row[name])) for name in COLUMNS]
        table.add_row(f"* {arm}" if chosen else f"  {arm}", *numbers, style="bold" if chosen else None)
    return table


def left_out_view(left_out: Sequence[Mapping[str, Any]]) -> Table:
    """Every arm that could not be fitted, with its reason."""
    table = Table(
        title="Left out, because they could not be fitted",
        title_justify="left",
        box=None,
        padding=(0, 1, 0, 0),
        pad_edge=False,
    )
    table.add_column("  arm", no_wrap=True)
    table.add_column("reason")
    for one in left_out:
        table.add_row(f"  {short_arm(**one['arm'])}", one["reason"])
    return table


def short_arm(sampler: str, classifier: str) -> str:
    """An arm in a narrow column, such as ``SMOTE random forest``."""
    return f"{_ENGLISH.short('sampler', sampler)} {_ENGLISH.short('classifier', classifier)}"


def _three_decimals(value: float) -> str:
    """Three decimals without the leading zero, so that eleven metrics fit a terminal."""
    return f"{value:.3f}".replace("0.", ".", 1)


def segments_view(segments: dict[str, Any]) -> Table:
    """The kept segments with their size and churn."""
    table = Table(title="Segments", title_justify="left")
    table.add_column("segment")
    for name in ("rows", "share", "churn rate"):
        table.add_column(name, justify="right")
    for kept in segments["kept"]:
        table.add_row(kept["name"], str(kept["rows"]), f"{kept['share']:.1%}", f"{kept['churn_rate']:.1%}")
    return table
