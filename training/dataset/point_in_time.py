"""The point-in-time dataset: entity rows in, the same rows in the same order out, with features.

Features come from the feature service's tables by the offline store's read, with both clocks: a row
counts only when it was true, and known to us, at or before the entity row's observation date.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd

from serving.features.offline_features import cast
from serving.model.signature import Signature, signature_of
from training.dataset.cohorts import CohortLog, Cohorts
from training.errors import CohortError


class EntityRowReader(Protocol):
    """A reader of features for entity rows: `serving.features.offline_features.OfflineFeatures`."""

    def read(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Features of the rows, in their order. Raises OfflineError."""
        ...


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
    notes : tuple of str
        Why an observation date of the settings is no cohort.
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
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.keys)


def build_dataset(offline: EntityRowReader, cohorts: Cohorts, signature: Signature) -> Dataset:
    """Pull the features of every entity row and drop the columns without information.

    Parameters
    ----------
    offline : OfflineFeatures
        Reader of the applied feature repo.
    cohorts : Cohorts
        Entity rows with labels.
    signature : Signature
        All features of the service; the dataset's own signature is a subset of it.

    Raises
    ------
    OfflineError
        When rows are lost, added or exchanged, or a feature is missing from the answer.
    CohortError
        When no feature carries information.
    """
    entity_rows = cohorts.rows[["customerID", "event_timestamp"]]
    features = cast(offline.read(entity_rows), signature.features)
    dropped = uninformative(features)
    informative = [spec for spec in signature.features if spec.name not in dropped]
    if not informative:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in dropped.items())
        raise CohortError(
            f"no feature has two values in the {len(entity_rows)} rows ({reasons}); if rows were learned "
            "after the observation dates, as where created_timestamp is the day of an export, correct that"
        )
    features = features[[spec.name for spec in informative]]
    churned = cohorts.rows["churned"].to_numpy()
    return Dataset(
        keys=entity_rows,
        features=features,
        churned=churned,
        signature=signature_of(signature.feature_service, [spec.name for spec in informative]),
        dropped=dropped,
        logs=cohorts.logs,
        fingerprint=fingerprint(entity_rows, features, churned),
        notes=cohorts.notes,
    )


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
