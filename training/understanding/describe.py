"""Description, quality and exploration of a dataset, before anything is fitted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import chi2_contingency

from training.dataset.point_in_time import Dataset

BINS = 24
PAIRED = ("tenure", "MonthlyCharges", "TotalCharges")
PAIR_POINTS = 400


def understanding_section(dataset: Dataset, seed: int) -> dict[str, Any]:
    """Describe every feature, alone, beside churn and beside each other.

    Parameters
    ----------
    dataset : Dataset
    seed : int
        Of the rows that are drawn for the pair grid.

    Returns
    -------
    dict
        ``rows``, ``customers``, ``churned``, ``churn_rate``; ``observation_dates`` (ISO 8601, UTC);
        ``columns``: one dict a feature with ``name``, ``view``, ``dtype``, ``kind`` (``number`` or
        ``category``), ``missing``, ``distinct``, for numbers ``min``, ``q25``, ``median``, ``q75``,
        ``max``, ``mean``, ``std``, ``skew`` and ``churn_correlation`` (point-biserial), for categories
        ``categories``: ``[{"value", "rows", "churn_rate"}]`` and ``churn_association`` (Cramer's V);
        ``duplicates``: ``{"repeated_keys", "equal_rows"}``; ``histograms``: ``{number: {"edges", "stayed",
        "churned"}}``; ``correlations``: ``{"names", "pearson", "spearman"}``; ``pairs``: ``{"names",
        "stayed", "churned"}``, rows of at most 400 customers each. A figure that is not defined is None.
    """
    frame, churned = dataset.features, dataset.churned
    numbers = [spec.name for spec in dataset.signature.features if spec.kind == "number"]
    columns = []
    for spec in dataset.signature.features:
        description = {"name": spec.name, "view": spec.view, "dtype": spec.dtype, "kind": spec.kind}
        of_kind = _number if spec.kind == "number" else _category
        columns.append(description | _quality(frame[spec.name]) | of_kind(frame[spec.name], churned))
    return {
        "rows": len(dataset),
        "customers": int(dataset.keys["customerID"].nunique()),
        "churned": int(churned.sum()),
        "churn_rate": float(churned.mean()),
        "observation_dates": [log.observation_date for log in dataset.logs],
        "columns": columns,
        "duplicates": {
            "repeated_keys": int(dataset.keys.duplicated().sum()),
            "equal_rows": int(frame.duplicated().sum()),
        },
        "histograms": {name: _histogram(frame[name], churned) for name in numbers},
        "correlations": _correlations(frame[numbers], churned),
        "pairs": _pairs(frame, churned, [name for name in PAIRED if name in numbers], seed),
    }


def _quality(column: pd.Series) -> dict[str, Any]:
    return {"missing": int(column.isna().sum()), "distinct": int(column.nunique())}


def _number(column: pd.Series, churned: np.ndarray) -> dict[str, Any]:
    values = column.to_numpy(dtype="float64", na_value=np.nan)
    known = values[~np.isnan(values)]
    q25, median, q75 = np.quantile(known, [0.25, 0.5, 0.75])
    return {
        "min": float(known.min()),
        "q25": float(q25),
        "median": float(median),
        "q75": float(q75),
        "max": float(known.max()),
        "mean": float(known.mean()),
        "std": float(known.std(ddof=1)) if len(known) > 1 else None,
        "skew": _finite(pd.Series(known).skew()),
        "churn_correlation": _correlation(values, churned),
    }


def _category(column: pd.Series, churned: np.ndarray) -> dict[str, Any]:
    labels = column.astype("object").where(column.notna(), "missing").astype(str)
    grouped = pd.DataFrame({"label": labels.to_numpy(), "churned": churned}).groupby("label")["churned"]
    counts = grouped.agg(["size", "mean"]).sort_values("size", ascending=False)
    return {
        "categories": [
            {"value": str(value), "rows": int(row["size"]), "churn_rate": float(row["mean"])}
            for value, row in counts.iterrows()
        ],
        "churn_association": cramers_v(labels.to_numpy(), churned),
    }


def cramers_v(labels: np.ndarray, churned: np.ndarray) -> float | None:
    """Cramer's V of a category and churn, 0 to 1; None when either has one value only."""
    table = pd.crosstab(labels, churned).to_numpy()
    if min(table.shape) < 2:
        return None
    statistic = chi2_contingency(table, correction=False).statistic
    return float(np.sqrt(statistic / (table.sum() * (min(table.shape) - 1))))


def _correlation(values: np.ndarray, churned: np.ndarray) -> float | None:
    known = ~np.isnan(values)
    if values[known].std() == 0 or churned[known].std() == 0:
        return None
    return float(np.corrcoef(values[known], churned[known])[0, 1])


def _histogram(column: pd.Series, churned: np.ndarray) -> dict[str, Any]:
    values = column.to_numpy(dtype="float64", na_value=np.nan)
    known = ~np.isnan(values)
    bins = min(BINS, max(2, int(column.nunique())))
    edges = np.histogram_bin_edges(values[known], bins=bins)
    counts = [np.histogram(values[known & (churned == label)], bins=edges)[0].tolist() for label in (0, 1)]
    return {"edges": edges.tolist(), "stayed": counts[0], "churned": counts[1]}


def _correlations(numbers: pd.DataFrame, churned: np.ndarray) -> dict[str, Any]:
    table = numbers.astype("Float64").astype("float64").assign(churned=churned.astype("float64"))
    return {
        "names": [str(name) for name in table],
        **{method: _plain(table.corr(method=method)) for method in ("pearson", "spearman")},
    }


def _plain(matrix: pd.DataFrame) -> list[list[float | None]]:
    return [[_finite(value) for value in row] for row in matrix.to_numpy()]


def _pairs(frame: pd.DataFrame, churned: np.ndarray, names: list[str], seed: int) -> dict[str, Any]:
    random = np.random.default_rng(seed)
    known = frame[names].notna().all(axis=1).to_numpy()
    pairs: dict[str, Any] = {"names": names}
    for label, side in ((0, "stayed"), (1, "churned")):
        rows = np.flatnonzero(known & (churned == label))
        chosen = np.sort(random.permutation(rows)[:PAIR_POINTS])
        pairs[side] = frame[names].iloc[chosen].to_numpy(dtype="float64").tolist()
    return pairs


def _finite(value: Any) -> float | None:
    return float(value) if np.isfinite(value) else None
