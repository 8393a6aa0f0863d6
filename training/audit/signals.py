"""Signs that a feature knows the label: each a pure function of one column and the labels."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import binom, chi2_contingency, spearmanr
from sklearn.metrics import roc_auc_score

BINS = 20
FOLDS = 5


def levels(column: pd.Series) -> np.ndarray:
    """Levels of a column as whole numbers, (n,): its values, or 20 quantile bins; missing is a level."""
    if pd.api.types.is_numeric_dtype(column.dtype) and column.nunique() > BINS:
        codes = pd.qcut(column.astype("float64"), BINS, labels=False, duplicates="drop")
        return pd.Series(codes).fillna(BINS).to_numpy().astype("int64")
    coded, _ = pd.factorize(column, use_na_sentinel=True)
    return np.where(coded < 0, coded.max() + 1, coded)


def single_auc(codes: np.ndarray, churned: np.ndarray, seed: int) -> float:
    """AUC of the churn rate of a row's level, learned on other rows, so that rare levels do not flatter it.

    Parameters
    ----------
    codes : ndarray of int, (n,)
        From :func:`levels`.
    churned : ndarray of int, (n,)
        Both classes present.
    seed : int
        Of the folds.
    """
    fold = np.random.default_rng(seed).permutation(len(codes)) % FOLDS
    prior = churned.mean()
    score = np.empty(len(codes))
    for number in range(FOLDS):
        others = fold != number
        rows = np.bincount(codes[others], minlength=codes.max() + 1)
        left = np.bincount(codes[others], weights=churned[others], minlength=codes.max() + 1)
        rate = (left + prior) / (rows + 1)
        score[~others] = rate[codes[~others]]
    return float(roc_auc_score(churned, score))


def pure_share(codes: np.ndarray, churned: np.ndarray, least_rows: int) -> float:
    """Share of the rows whose level is one of (nearly) nothing but churners.

    A level counts from ``least_rows`` rows on, when at least 99 in 100 of them churned and chance would
    hardly do that (p below 1e-6 at the overall churn rate). Levels of nothing but customers who stay are
    not counted: long contracts and long tenure make such levels honestly.
    """
    rows = np.bincount(codes)
    left = np.bincount(codes, weights=churned)
    by_chance = binom.sf(left - 1, rows, churned.mean())
    pure = (rows >= least_rows) & (left >= 0.99 * rows) & (by_chance < 1e-6)
    return float(rows[pure].sum() / len(codes))


def one_class_values(column: pd.Series, churned: np.ndarray, least_rows: int) -> list[str]:
    """Values that only churners have, and "missing" if one class alone has missing values.

    Only where chance is an unlikely cause (p below 1e-6). Values that only customers who stayed have are
    common and honest; a column that is known only for them is not.
    """
    values = []
    counts = pd.DataFrame({"value": column.astype("object"), "churned": churned}).groupby("value")["churned"]
    for value, rows in counts:
        if len(rows) >= least_rows and rows.all() and churned.mean() ** len(rows) < 1e-6:
            values.append(str(value))
    missing = column.isna().to_numpy()
    for label, rate in ((1, churned.mean()), (0, 1 - churned.mean())):
        alone = missing.sum() >= least_rows and (churned[missing] == label).all()
        if alone and rate ** missing.sum() < 1e-6:
            values.append("missing")
    return values


def dependence(codes: np.ndarray, others: pd.DataFrame) -> float:
    """The strongest dependence on another column: the largest Cramer's V, corrected for chance.

    Bergsma (2013), "A bias-correction for Cramer's V and Tschuprow's T".
    """
    return max((_corrected_v(codes, others[name].to_numpy()) for name in others), default=0.0)


def _corrected_v(one: np.ndarray, other: np.ndarray) -> float:
    table = pd.crosstab(one, other).to_numpy()
    rows, columns = table.shape
    if min(rows, columns) < 2:
        return 0.0
    n = table.sum()
    phi = max(
        0.0, chi2_contingency(table, correction=False).statistic / n - (rows - 1) * (columns - 1) / (n - 1)
    )
    rows_corrected = rows - (rows - 1) ** 2 / (n - 1)
    columns_corrected = columns - (columns - 1) ** 2 / (n - 1)
    return float(np.sqrt(phi / max(min(rows_corrected, columns_corrected) - 1, 1e-9)))


def rank_correlation(one: pd.Series, other: pd.Series) -> float:
    """Spearman's correlation of two numbers where both are known, 0 when either does not vary."""
    known = (one.notna() & other.notna()).to_numpy()
    first, second = one[known].astype("float64"), other[known].astype("float64")
    if first.nunique() < 2 or second.nunique() < 2:
        return 0.0
    return float(spearmanr(first, second).statistic)
