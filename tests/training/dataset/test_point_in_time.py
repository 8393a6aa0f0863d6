from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from serving.features.offline_features import OfflineFeatures
from serving.model.signature import signature_of
from training.dataset.cohorts import CohortLog, Cohorts
from training.dataset.point_in_time import build_dataset, fingerprint, uninformative
from training.errors import CohortError

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


class Given:
    """A reader that has two numbers for every row."""

    def __init__(self, tenure: list[int | None], charge: list[float | None]) -> None:
        self.answer = {"tenure": tenure, "MonthlyCharges": charge}

    def read(self, rows: pd.DataFrame) -> pd.DataFrame:
        return pd.DataFrame(self.answer, index=rows.index)


TWO_NUMBERS = signature_of("churn_v1", ["tenure", "MonthlyCharges"])


def test_what_the_cohorts_say_stays_with_their_dataset():
    rows = entity_rows([("a", OCTOBER), ("b", OCTOBER)]).assign(churned=[1, 0])
    log = CohortLog(OCTOBER, "2025-10-31", "2026-01-29", 2, 0, 2, 1)
    dataset = build_dataset(Given([1, 2], [20.0, 30.0]), Cohorts(rows, (log,), ("too early",)), TWO_NUMBERS)
    assert (dataset.logs, dataset.notes) == ((log,), ("too early",))
    assert dataset.fingerprint == fingerprint(dataset.keys, dataset.features, dataset.churned)


def test_no_feature_with_two_values_is_told_with_every_reason():
    cohorts = Cohorts(entity_rows([("a", OCTOBER), ("b", OCTOBER)]).assign(churned=[1, 0]), ())
    with pytest.raises(CohortError) as refused:
        build_dataset(Given([None, None], [20.0, 20.0]), cohorts, TWO_NUMBERS)
    assert str(refused.value) == (
        "no feature has two values in the 2 rows (tenure: no value in any row; MonthlyCharges: the same "
        "value in every row (20.0)); if rows were learned after the observation dates, as where "
        "created_timestamp is the day of an export, correct that"
    )


def test_uninformative_columns_are_named_with_the_reason():
    frame = pd.DataFrame({"empty": [None, None], "same": [1, 1], "gap": [1, None], "good": [1, 2]})
    assert uninformative(frame) == {
        "empty": "no value in any row",
        "same": "the same value in every row (1)",
    }
    assert uninformative(frame[1:]) == {
        "empty": "no value in any row",
        "same": "the same value in every row (1)",
        "gap": "no value in any row",
        "good": "the same value in every row (2)",
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


def test_the_fingerprint_is_the_one_that_finished_runs_hold_whatever_the_rows_are_numbered():
    keys, churned = entity_rows([("a", OCTOBER), ("b", OCTOBER)]), np.array([0, 1])
    features = pd.DataFrame({"tenure": pd.array([1, None], dtype="Int64")})
    of_today = fingerprint(keys, features, churned)
    assert of_today == "e967b111e975a90d162feb430fe8c702a0646284e375a197c49a6500fecb43cf"
    assert fingerprint(keys.set_axis([7, 3]), features.set_axis([7, 3]), churned) == of_today
