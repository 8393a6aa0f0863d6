from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from bentoml._internal.configuration.containers import BentoMLContainer
from bentoml._internal.models import ModelStore
from house import apply_beside
from shipped_settings import changed
from small_lakes import AppliedRepo, telecom_rows, write_lake

from serving.model.signature import signature_of
from training.dataset.point_in_time import Dataset
from training.dataset.split import split_rows
from training.evaluation.scored_run import ScoredRun, score_run
from training.modelling.arms import cross_validate, encode_fold
from training.modelling.champion import Champion, fit_champion
from training.registration.register import churn_model
from training.segments.segmentation import fit_segments
from training.settings.settings import Settings, load_settings


@pytest.fixture(scope="session")
def telecom(tmp_path_factory: pytest.TempPathFactory) -> AppliedRepo:
    """`telecom_rows` in a lake, with the feature repo applied on it."""
    folder = tmp_path_factory.mktemp("telecom")
    return apply_beside(write_lake(folder / "lake", telecom_rows(), data_until="2026-02-01"))


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


@pytest.fixture(scope="session")
def finished(quick_dataset: Dataset, quick_settings: Settings) -> tuple[Champion, ScoredRun]:
    """A run of two arms with its champion in serving's format, not registered."""
    chosen = {name: quick_settings.classifiers[name] for name in ("lightgbm", "logistic_regression")}
    settings = quick_settings.model_copy(update={"samplers": ("none",), "classifiers": chosen})
    customers = quick_dataset.keys["customerID"].tolist()
    splits = split_rows(customers, quick_dataset.churned, settings.split, settings.seed)
    results = cross_validate(quick_dataset, splits.folds, settings)
    encoded = encode_fold(quick_dataset, splits.holdout)
    champion = fit_champion(results, encoded, settings)
    train = splits.holdout.train
    segmentation = fit_segments(
        quick_dataset.features.iloc[train],
        quick_dataset.churned[train],
        encoded.encoder,
        settings.segments,
        settings.seed,
    )
    model = churn_model(champion, encoded.encoder, segmentation, quick_dataset)
    return champion, score_run(results, model, quick_dataset, splits, settings)


@pytest.fixture
def model_store(tmp_path: Path) -> Iterator[Path]:
    """An empty BentoML model store, in place of the user's own."""
    path = tmp_path / "bentoml" / "models"
    path.mkdir(parents=True)
    BentoMLContainer.model_store.set(ModelStore(path))
    yield path
    BentoMLContainer.model_store.reset()


@pytest.fixture(scope="session")
def tuning_settings(quick_settings) -> Settings:
    """Two quick arms, and few trials on three folds."""
    tuning = changed(
        quick_settings.tuning, trials=4, arms=("none+logistic_regression", "smote+lightgbm"), folds=3
    )
    draws = quick_settings.evaluation.model_copy(update={"draws": 100})
    return quick_settings.model_copy(update={"tuning": tuning, "evaluation": draws})
