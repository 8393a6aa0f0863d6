"""The classifier arms, each under its library's own name and parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from lightgbm import LGBMClassifier
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from xgboost import XGBClassifier

from training.settings.base import ClassifierName


def _lightgbm(seed: int, **parameters: Any) -> Any:
    # Row-wise histograms in a fixed order: the same trees on every run.
    fixed = {"deterministic": True, "force_row_wise": True, "verbose": -1}
    return LGBMClassifier(random_state=seed, n_jobs=1, **fixed, **parameters)


def _logistic_regression(seed: int, **parameters: Any) -> Any:
    return make_pipeline(StandardScaler(), LogisticRegression(random_state=seed, **parameters))


FACTORIES: dict[str, Callable[..., Any]] = {
    "extra_trees": lambda seed, **p: ExtraTreesClassifier(random_state=seed, n_jobs=1, **p),
    "lightgbm": _lightgbm,
    "xgboost": lambda seed, **p: XGBClassifier(random_state=seed, n_jobs=1, **p),
    "random_forest": lambda seed, **p: RandomForestClassifier(random_state=seed, n_jobs=1, **p),
    "logistic_regression": _logistic_regression,
}


def make_classifier(name: ClassifierName, parameters: Mapping[str, Any], seed: int) -> Any:
    """An unfitted scikit-learn classifier that fits and predicts on one thread.

    Forests add their trees' votes in the order in which threads finish; on one thread the sum, and with it
    every metric, is the same on every run.

    Parameters
    ----------
    name : str
        A key of :data:`FACTORIES`.
    parameters : mapping
        Passed to the library as they are.
    seed : int
    """
    return FACTORIES[name](seed=seed, **parameters)


def predict(estimator: Any, matrix: np.ndarray) -> np.ndarray:
    """P(churn) of every row, (n,)."""
    return np.asarray(estimator.predict_proba(matrix)[:, 1], dtype="float64")
