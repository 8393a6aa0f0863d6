"""A first version, as the libraries' documentation builds it.

BentoML as it comes, Feast's SDK to a DataFrame, and a scikit-learn pipeline on that. It reads the project's
own online store through Feast, which is faster than Feast's own SQLite store.

python -P stock.py FILE.parquet leaves the features of the customers it fits on, for mlflow.
"""

from __future__ import annotations

import json
import os
import sys
import warnings
from pathlib import Path
from typing import Any

import bentoml
import pandas as pd
from feast import FeatureService, FeatureStore

sys.path.insert(0, str(Path(__file__).parent))
from stock_pipeline import fit_pipeline  # noqa: E402  # beside this script

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


if __name__ == "__main__":
    read(*open_store(), customers()).to_parquet(sys.argv[1])
