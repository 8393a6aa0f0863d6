"""What is searched: ranges of every classifier's parameters, under their libraries' names.

The ranges suit thousands to some ten thousand customers described by a few dozen columns: there the best
boosters are shallow, slow and see part of the columns in each tree. A parameter that is not searched stays
as the settings have it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)

from training.settings.base import ClassifierName

Space = Mapping[str, BaseDistribution]

_FOREST: Space = {
    "n_estimators": IntDistribution(100, 400, step=50),
    "min_samples_leaf": IntDistribution(2, 40, log=True),
    "max_features": FloatDistribution(0.05, 0.8),
    "criterion": CategoricalDistribution(("gini", "entropy")),
}

SPACES: dict[ClassifierName, Space] = {
    "extra_trees": _FOREST,
    "lightgbm": {
        "n_estimators": IntDistribution(100, 800, step=50),
        "learning_rate": FloatDistribution(0.01, 0.1, log=True),
        "num_leaves": IntDistribution(3, 31, log=True),
        "min_child_samples": IntDistribution(10, 150, log=True),
        "subsample": FloatDistribution(0.5, 1.0),
        "colsample_bytree": FloatDistribution(0.15, 1.0),
        "reg_lambda": FloatDistribution(0.1, 50.0, log=True),
    },
    "xgboost": {
        "n_estimators": IntDistribution(100, 800, step=50),
        "learning_rate": FloatDistribution(0.01, 0.1, log=True),
        "max_depth": IntDistribution(1, 5),
        "min_child_weight": FloatDistribution(1.0, 50.0, log=True),
        "subsample": FloatDistribution(0.5, 1.0),
        "colsample_bytree": FloatDistribution(0.15, 1.0),
        "reg_lambda": FloatDistribution(0.1, 50.0, log=True),
    },
    "random_forest": _FOREST,
    "logistic_regression": {
        "C": FloatDistribution(1e-3, 100.0, log=True),
        "class_weight": CategoricalDistribution((None, "balanced")),
    },
}


def starting_point(space: Space, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the given parameters that the space contains; the first trial starts from them."""
    return {
        name: parameters[name]
        for name, distribution in space.items()
        if name in parameters and holds(distribution, parameters[name])
    }


def holds(distribution: BaseDistribution, value: Any) -> bool:
    """Whether a range holds this value."""
    if isinstance(distribution, CategoricalDistribution):
        return value in distribution.choices
    if not isinstance(distribution, IntDistribution | FloatDistribution):
        return False
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    inside = distribution.low <= value <= distribution.high
    if isinstance(distribution, IntDistribution):
        return inside and value == int(value) and (value - distribution.low) % distribution.step == 0
    return inside
