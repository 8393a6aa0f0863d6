from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from bentoml._internal.configuration.containers import BentoMLContainer
from bentoml._internal.models import ModelStore
from small_lakes import AppliedRepo, apply_repo, telecom_rows, write_lake

from serving.model.signature import signature_of
from training.dataset.point_in_time import Dataset
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


@pytest.fixture(scope="session")
def quick_dataset() -> Dataset:
    """300 customers: month-to-month ones of short tenure leave."""
    random = np.random.default_rng(11)
    frame = pd.DataFrame(
        {
            "Contract": random.choice(["Month-to-month", "Two year"], 300),
            "tenure": pd.array(random.integers(0, 72, 300), dtype="Int64"),
            "MonthlyCharges": random.normal(65, 20, 300).round(2),
        }
    )
    frame.loc[:9, "tenure"] = None
    risk = 0.1 + 0.5 * (frame["Contract"] == "Month-to-month") * (frame["tenure"].fillna(72) < 36).astype(
        float
    )
    churned = (random.random(300) < risk).astype("int64").to_numpy()
    keys = pd.DataFrame({"customerID": [f"c{number}" for number in range(300)]})
    signature = signature_of("churn_v1", list(frame))
    frame = frame[list(signature.names)]
    return Dataset(keys, frame, churned, signature, {}, (), "f" * 64)


@pytest.fixture
def model_store(tmp_path: Path) -> Iterator[Path]:
    """An empty BentoML model store, in place of the user's own."""
    path = tmp_path / "bentoml" / "models"
    path.mkdir(parents=True)
    BentoMLContainer.model_store.set(ModelStore(path))
    yield path
    BentoMLContainer.model_store.reset()
