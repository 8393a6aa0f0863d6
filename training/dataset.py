"""The point-in-time dataset: entity rows in, the same rows in the same order out, with features.

Features come from Feast's ``get_historical_features`` on the feature service, with both clocks: a row
counts only when it was true, and known to us, at or before the entity row's observation date.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd

from serving.model.signature import FeatureSpec, Signature, signature_of
from training.cohorts import CohortLog, Cohorts
from training.errors import DatasetError

ROW = "entity_row"
PANDAS_TYPES: dict[str, Any] = {"Int64": "Int64", "Float64": "float64", "String": "object"}


class HistoricalFeatures(Protocol):
    """The part of Feast's ``FeatureStore`` that training needs."""

    def get_feature_service(self, name: str) -> Any:
        """Look a feature service up by name."""

    def get_historical_features(self, entity_df: Any, features: Any, **options: Any) -> Any:
        """Start a point-in-time retrieval."""


@dataclass(frozen=True)
class Dataset:
    """Features and labels of all cohorts.

    Attributes
    ----------
    keys : DataFrame, columns customerID, event_timestamp
        One row per customer and observation date (UTC).
    features : DataFrame, (n, m)
        In the signature's order, cast to the declared Feast types.
    churned : ndarray of int64, (n,)
    signature : Signature
        The features that carry information; see ``dropped``.
    dropped : mapping of str to str
        Features of the service that were left out, and why.
    logs : tuple of CohortLog
    fingerprint : str
        sha256 over keys, features and labels: equal for equal datasets, whatever machine made them.
    """

    keys: pd.DataFrame
    features: pd.DataFrame
    churned: np.ndarray
    signature: Signature
    dropped: dict[str, str]
    logs: tuple[CohortLog, ...]
    fingerprint: str

    def __len__(self) -> int:
        return len(self.keys)


def build_dataset(store: HistoricalFeatures, cohorts: Cohorts, signature: Signature) -> Dataset:
    """Pull the features of every entity row and drop the columns that say nothing.

    Parameters
    ----------
    store : feast.FeatureStore
        An applied feature repo.
    cohorts : Cohorts
        Entity rows with labels.
    signature : Signature
        All features of the service; the dataset's own signature is a subset of it.

    Raises
    ------
    DatasetError
        When rows are lost, added or reordered, or a feature is missing from the answer.
    """
    entity_rows = cohorts.rows[["customerID", "event_timestamp"]]
    retrieved = retrieve(store, entity_rows, signature.feature_service)
    features = cast_features(retrieved, signature.features)
    dropped = uninformative(features)
    kept = [spec for spec in signature.features if spec.name not in dropped]
    features = features[[spec.name for spec in kept]]
    churned = cohorts.rows["churned"].to_numpy()
    return Dataset(
        keys=entity_rows,
        features=features,
        churned=churned,
        signature=signature_of(signature.feature_service, [spec.name for spec in kept]),
        dropped=dropped,
        logs=cohorts.logs,
        fingerprint=fingerprint(entity_rows, features, churned),
    )


def retrieve(store: HistoricalFeatures, entity_rows: pd.DataFrame, feature_service: str) -> pd.DataFrame:
    """Point-in-time features of ``entity_rows``, in their order.

    Raises
    ------
    DatasetError
        When the rows that come back are not exactly the rows that were asked for.
    """
    asked = entity_rows.assign(**{ROW: np.arange(len(entity_rows), dtype="int64")})
    job = store.get_historical_features(
        entity_df=asked.copy(),
        features=store.get_feature_service(feature_service),
        filter_by_created_timestamp=True,
    )
    answer: pd.DataFrame = job.to_df().sort_values(ROW, ignore_index=True)
    _refuse_other_rows(asked, answer)
    return answer


def _refuse_other_rows(asked: pd.DataFrame, answer: pd.DataFrame) -> None:
    if len(answer) != len(asked):
        raise DatasetError(f"asked Feast for {len(asked)} rows and got {len(answer)}; nothing was trained")
    same = (answer["customerID"].to_numpy() == asked["customerID"].to_numpy()) & (
        pd.to_datetime(answer["event_timestamp"], utc=True).to_numpy() == asked["event_timestamp"].to_numpy()
    )
    if not (same.all() and (answer[ROW].to_numpy() == asked[ROW].to_numpy()).all()):
        first = int(np.flatnonzero(~same)[0]) if not same.all() else 0
        raise DatasetError(
            f"Feast answered row {first} ({asked['customerID'].iloc[first]}) with another customer or date"
        )


def cast_features(frame: pd.DataFrame, features: Sequence[FeatureSpec]) -> pd.DataFrame:
    """The features in the signature's order, cast to their declared types.

    Feast enforces declared types online only, so the offline side casts here.

    Raises
    ------
    DatasetError
        When a feature is missing, or a value does not fit its declared type.
    """
    missing = [spec.name for spec in features if spec.name not in frame]
    if missing:
        raise DatasetError(f"Feast's answer lacks {', '.join(missing)}; run `feast -c feature_repo apply`")
    columns = {}
    for spec in features:
        try:
            columns[spec.name] = frame[spec.name].astype(PANDAS_TYPES[spec.dtype])
        except (TypeError, ValueError) as error:
            raise DatasetError(f"feature {spec.name} is not {spec.dtype}: {error}") from error
    return pd.DataFrame(columns, index=frame.index)


def uninformative(features: pd.DataFrame) -> dict[str, str]:
    """Columns that hold no value, or one value only, with the reason."""
    reasons = {}
    for name, column in features.items():
        if column.isna().all():
            reasons[str(name)] = "no value in any row"
        elif column.nunique(dropna=False) == 1:
            reasons[str(name)] = f"the same value in every row ({column.iloc[0]})"
    return reasons


def fingerprint(keys: pd.DataFrame, features: pd.DataFrame, churned: np.ndarray) -> str:
    """sha256 over column names, types and values, in order."""
    digest = hashlib.sha256()
    for frame in (keys, features, pd.DataFrame({"churned": churned})):
        for name, column in frame.items():
            digest.update(f"{name}:{column.dtype};".encode())
            digest.update(pd.util.hash_pandas_object(column, index=False).to_numpy().tobytes())
    return digest.hexdigest()
