from __future__ import annotations

import numpy as np
import pandas as pd

from serving.features.offline_features import OfflineFeatures
from serving.model.signature import signature_of
from training.dataset.cohorts import Cohorts
from training.dataset.point_in_time import build_dataset, fingerprint, uninformative

OCTOBER = "2025-10-01"


def entity_rows(keys: list[tuple[str, str]]) -> pd.DataFrame:
    frame = pd.DataFrame(keys, columns=["customerID", "event_timestamp"])
    frame["event_timestamp"] = pd.to_datetime(frame["event_timestamp"], utc=True).astype(
        "datetime64[us, UTC]"
    )
    return frame


def test_build_dataset_drops_what_says_nothing_and_keeps_the_order(telecom, use_repo):
    use_repo(telecom)
    rows = entity_rows([("0007-TESTA", OCTOBER), ("0003-TESTA", OCTOBER), ("0003-TESTA", "2025-07-01")])
    cohorts = Cohorts(rows.assign(churned=[1, 0, 0]), ())
    dataset = build_dataset(OfflineFeatures("churn_v1", "by-hand"), cohorts, signature_of("churn_v1"))
    assert list(dataset.keys["customerID"]) == ["0007-TESTA", "0003-TESTA", "0003-TESTA"]
    assert list(dataset.churned) == [1, 0, 0]
    assert dataset.dropped["PaymentMethod"] == "the same value in every row (Electronic check)"
    assert dataset.dropped.keys().isdisjoint(dataset.signature.names)
    assert list(dataset.features.columns) == list(dataset.signature.names)
    again = build_dataset(OfflineFeatures("churn_v1", "by-hand"), cohorts, signature_of("churn_v1"))
    assert again.fingerprint == dataset.fingerprint


def test_uninformative_columns_are_named_with_the_reason():
    frame = pd.DataFrame({"empty": [None, None], "same": [1, 1], "gap": [1, None], "good": [1, 2]})
    assert uninformative(frame) == {
        "empty": "no value in any row",
        "same": "the same value in every row (1)",
    }


def test_the_fingerprint_knows_order_values_and_labels():
    keys = entity_rows([("a", OCTOBER), ("b", OCTOBER)])
    features = pd.DataFrame({"tenure": pd.array([1, None], dtype="Int64")})
    churned = np.array([0, 1])
    prints = {
        fingerprint(keys, features, churned),
        fingerprint(keys.iloc[::-1], features, churned),
        fingerprint(keys, features.fillna(0), churned),
        fingerprint(keys, features, churned[::-1]),
        fingerprint(keys, features.rename(columns={"tenure": "months"}), churned),
    }
    assert len(prints) == 5
