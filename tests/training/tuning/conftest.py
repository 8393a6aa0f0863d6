from __future__ import annotations

import pytest

from training.dataset.split import Splits, split_rows
from training.settings import Settings
from training.tuning.settings import TuningSettings


@pytest.fixture(scope="session")
def tuning_settings(quick_settings) -> Settings:
    """Two quick arms, and few trials on three folds."""
    tuning = TuningSettings(trials=4, arms=("none+logistic_regression", "smote+lightgbm"), folds=3)
    draws = quick_settings.evaluation.model_copy(update={"draws": 100})
    return quick_settings.model_copy(update={"tuning": tuning, "evaluation": draws})


@pytest.fixture(scope="session")
def splits(quick_dataset, tuning_settings) -> Splits:
    customers = quick_dataset.keys["customerID"].tolist()
    return split_rows(customers, quick_dataset.churned, tuning_settings.split, tuning_settings.seed)
