"""Small estimators of every class that a model may hold."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import lightgbm
import xgboost
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

ESTIMATORS: dict[str, Callable[[], Any]] = {
    "lightgbm": lambda: lightgbm.LGBMClassifier(n_estimators=5, min_child_samples=5, verbose=-1, n_jobs=1),
    "xgboost": lambda: xgboost.XGBClassifier(n_estimators=5, n_jobs=1),
    "extra_trees": lambda: ExtraTreesClassifier(5, min_samples_leaf=3, random_state=0),
    "random_forest": lambda: RandomForestClassifier(5, min_samples_leaf=3, random_state=0),
    "logistic": lambda: make_pipeline(StandardScaler(), LogisticRegression()),
}
KINDS = {
    "lightgbm": "lightgbm",
    "xgboost": "xgboost",
    "extra_trees": "forest",
    "random_forest": "forest",
    "logistic": "logistic",
}
"""Which kind of `serving.model.classifiers.classifier` holds each."""
