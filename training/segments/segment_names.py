"""Readable names for segments, from the differences between their customers and the base."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd

MAJORITY = 0.5


def name_segments(
    frame: pd.DataFrame, labels: np.ndarray, kept: Mapping[int, str] = MappingProxyType({})
) -> tuple[str, ...]:
    """One name per segment, unique.

    Parameters
    ----------
    frame : DataFrame, (n, m)
        Features of all customers.
    labels : ndarray of int, (n,)
        Segment of every row, 0 to k - 1.
    kept : mapping of int to str
        Names that segments have already.

    Returns
    -------
    tuple of str
        Such as ``("No internet", "New, month-to-month", "Loyal, high value")``.
    """
    names = dict(kept)
    for segment in range(int(labels.max()) + 1):
        if segment not in names:
            names[segment] = _unused(_traits(frame[labels == segment], frame), names.values())
    return tuple(names[segment] for segment in sorted(names))


def _traits(rows: pd.DataFrame, base: pd.DataFrame) -> list[str]:
    if _share(rows, "InternetService", "No") > MAJORITY:
        first = ["No internet"]
    else:
        first = [trait for trait in (_tenure(rows, base), _contract(rows), _value(rows, base)) if trait]
    return first + [trait for trait in (_fibre(rows), _household(rows)) if trait]


def _unused(traits: list[str], taken: Collection[str]) -> str:
    """The shortest run of traits, from two on, that no earlier segment has; a number if all are taken."""
    first = 1 if traits[:1] == ["No internet"] else 2
    candidates = [
        ", ".join([traits[0], *map(str.lower, traits[1:size])])
        for size in range(min(first, len(traits)), len(traits) + 1)
    ]
    for candidate in candidates:
        if candidate not in taken:
            return candidate
    number = 2
    while f"{candidates[-1]} ({number})" in taken:
        number += 1
    return f"{candidates[-1]} ({number})"


def _share(rows: pd.DataFrame, column: str, value: str) -> float:
    return float(rows[column].eq(value).mean()) if column in rows else 0.0


def _mean(rows: pd.DataFrame, column: str) -> float:
    return float(rows[column].mean()) if column in rows else 0.0


def _tenure(rows: pd.DataFrame, base: pd.DataFrame) -> str:
    return "Loyal" if _mean(rows, "tenure") > _mean(base, "tenure") else "New"


def _contract(rows: pd.DataFrame) -> str | None:
    return "Month-to-month" if _share(rows, "Contract", "Month-to-month") > 0.6 else None


def _value(rows: pd.DataFrame, base: pd.DataFrame) -> str:
    above = _mean(rows, "MonthlyCharges") > _mean(base, "MonthlyCharges")
    return "High value" if above else "Low value"


def _fibre(rows: pd.DataFrame) -> str | None:
    return "Fibre" if _share(rows, "InternetService", "Fiber optic") > MAJORITY else None


def _household(rows: pd.DataFrame) -> str | None:
    return "With partner" if _share(rows, "Partner", "Yes") > MAJORITY else None
