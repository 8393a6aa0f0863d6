from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from bentoml._internal.configuration.containers import BentoMLContainer
from bentoml._internal.models import ModelStore
from small_lakes import AppliedRepo, apply_repo, telecom_rows, write_lake

from training.settings import Settings, load_settings


@pytest.fixture(scope="session")
def telecom(tmp_path_factory: pytest.TempPathFactory) -> AppliedRepo:
    """`telecom_rows` in a lake, with the feature repo applied on it."""
    folder = tmp_path_factory.mktemp("telecom")
    lake = write_lake(folder / "lake", telecom_rows(), data_until="2026-02-01")
    return apply_repo(lake, folder / "state")


@pytest.fixture(scope="session")
def quick_settings() -> Settings:
    """The default settings with few and small fits, on one thread."""
    values = load_settings().model_dump()
    values["threads"] = 1
    values["classifiers"] = {
        "extra_trees": {"n_estimators": 10},
        "lightgbm": {"n_estimators": 10, "min_child_samples": 5},
        "xgboost": {"n_estimators": 10},
        "random_forest": {"n_estimators": 10},
        "logistic_regression": {"C": 0.1, "max_iter": 500},
    }
    values["split"] = {"test_share": 0.2, "folds": 3}
    values["segments"] = {"k": 3, "k_min": 2, "k_max": 4, "silhouette_rows": 200}
    return Settings.model_validate(values)


@pytest.fixture
def model_store(tmp_path: Path) -> Iterator[Path]:
    """An empty BentoML model store, in place of the user's own."""
    path = tmp_path / "bentoml" / "models"
    path.mkdir(parents=True)
    BentoMLContainer.model_store.set(ModelStore(path))
    yield path
    BentoMLContainer.model_store.reset()
