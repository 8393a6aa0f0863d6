"""Rich tables for the terminal."""

from __future__ import annotations

from typing import Any

import pandas as pd
from rich.table import Table

from training.classifiers import LABELS
from training.report import SHOWN

HEADINGS = {"average_precision": "avg prec", "brier_calibrated": "brier cal", "precision": "prec"}


def arms_view(arms: pd.DataFrame, champion: dict[str, str]) -> Table:
    """Every arm with the mean of its metrics over the folds; the champion in bold."""
    table = Table(title="Cross-validated arms (mean over the folds)", title_justify="left")
    for name in ("sampler", "classifier"):
        table.add_column(name)
    for name in SHOWN:
        table.add_column(HEADINGS.get(name, name), justify="right")
    for _, row in arms.iterrows():
        chosen = row["sampler"] == champion["sampler"] and row["classifier"] == champion["classifier"]
        values = [str(row["sampler"]), LABELS[str(row["classifier"])]] + [
            f"{row[name]:.3f}" for name in SHOWN
        ]
        table.add_row(*values, style="bold" if chosen else None)
    return table


def segments_view(segments: dict[str, Any]) -> Table:
    """The kept segments with their size and churn."""
    table = Table(title="Segments", title_justify="left")
    table.add_column("segment")
    for name in ("customers", "share", "churn rate"):
        table.add_column(name, justify="right")
    for kept in segments["kept"]:
        table.add_row(
            kept["name"], str(kept["customers"]), f"{kept['share']:.1%}", f"{kept['churn_rate']:.1%}"
        )
    return table
