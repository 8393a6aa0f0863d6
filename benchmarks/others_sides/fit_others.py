"""Fits EBM and CatBoost, as they come, on every fold of a base; run by an interpreter that has them.

python fit_others.py BASE.parquet PREDICTIONS.parquet THREADS

`BASE.parquet` has the features, `churned`, and `fold`, the fold in which a row is judged. Each row is
predicted by a model of all other folds. Texts are categories; both libraries encode them themselves.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pandas as pd
from catboost import CatBoostClassifier
from interpret.glassbox import ExplainableBoostingClassifier


def ebm(categories: list[str], threads: int) -> Any:
    """Return an explainable boosting machine with its defaults."""
    return ExplainableBoostingClassifier(n_jobs=threads)


def catboost(categories: list[str], threads: int) -> Any:
    """Return a CatBoost classifier with its defaults; without the named categories it refuses texts."""
    quiet = {"verbose": False, "allow_writing_files": False}
    return CatBoostClassifier(cat_features=categories, thread_count=threads, random_seed=0, **quiet)


OTHERS: dict[str, Callable[[list[str], int], Any]] = {"EBM": ebm, "CatBoost": catboost}


def main(base: str, predictions: str, threads: int) -> None:
    """Write P(churn) of every row, a column for each of the two."""
    frame = pd.read_parquet(base)
    features = frame.drop(columns=["churned", "fold"])
    categories = [name for name in features if not pd.api.types.is_numeric_dtype(features[name])]
    features = features.astype({name: float for name in features if name not in categories})
    features[categories] = features[categories].astype(object).fillna("missing")
    found = pd.DataFrame(index=frame.index, columns=list(OTHERS), dtype=float)
    for fold in sorted(frame["fold"].unique()):
        test = frame["fold"] == fold
        for name, make in OTHERS.items():
            fitted = make(categories, threads).fit(features[~test], frame.loc[~test, "churned"])
            found.loc[test, name] = fitted.predict_proba(features[test])[:, 1]
    found.to_parquet(predictions)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
