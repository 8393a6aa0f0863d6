"""A first version, as the libraries' documentation builds it.

BentoML as it comes, Feast's SDK to a DataFrame, and a scikit-learn pipeline on that. It reads the project's
own online store through Feast, which is faster than Feast's own SQLite store, and has as many trees of the
same depth as the project's champion. What it predicts does not matter here.
"""

from __future__ import annotations

import json
import os
import warnings
from pathlib import Path
from typing import Any

import bentoml
import numpy as np
import pandas as pd
from feast import FeatureService, FeatureStore
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from xgboost import XGBClassifier

REPO = str(Path(__file__).parents[2] / "feature_repo")
warnings.simplefilter("ignore")  # the libraries' own, one a request


def customers() -> list[str]:
    """Whom to fit on."""
    named: list[str] = json.loads(Path(os.environ["STAYLINE_BENCHMARK_CUSTOMERS"]).read_text())
    return named[:2000]


def open_store() -> tuple[FeatureStore, FeatureService]:
    """Feast's store and the project's feature service."""
    store = FeatureStore(repo_path=REPO)
    return store, store.get_feature_service("churn_v1")


def read(store: FeatureStore, service: FeatureService, asked: list[str]) -> pd.DataFrame:
    """Features of customers, as Feast's documentation reads them."""
    rows = [{"customerID": customer} for customer in asked]
    frame: pd.DataFrame = store.get_online_features(service, rows).to_df()
    return frame.drop(columns="customerID")


def fit_pipeline(features: pd.DataFrame) -> Any:
    """One-hot encoding and XGBoost, on labels that short tenure makes likely."""
    encode = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), make_column_selector(dtype_include=["object", "string"])),
        remainder="passthrough",
    )
    luck = np.random.default_rng(0).random(len(features))
    churned = (luck < np.where(features["tenure"].fillna(0) < 20, 0.5, 0.2)).astype(int)
    classifier = XGBClassifier(n_estimators=250, learning_rate=0.03, max_depth=3)
    return make_pipeline(encode, classifier).fit(features, churned)


@bentoml.service(name="stock", workers=1)
class Stock:
    """Scores one customer."""

    def __init__(self) -> None:
        self.store, self.service = open_store()
        self.pipeline = fit_pipeline(read(self.store, self.service, customers()))

    @bentoml.api(route="/score")
    def score(self, customerID: str) -> dict[str, Any]:
        """Features from Feast, the probability from the pipeline."""
        features = read(self.store, self.service, [customerID])
        return {"customerID": customerID, "probability": float(self.pipeline.predict_proba(features)[0, 1])}
