"""Features from Feast's offline store, as they were known at one date."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pandas as pd

from serving.errors import BatchError
from serving.model.signature import FeatureSpec, Signature

_PANDAS: dict[str, Any] = {"Int64": "Int64", "Float64": "Float64", "String": "object"}


class OfflineFeatures:
    """A reader of one feature service, for one date at a time.

    Parameters
    ----------
    signature : Signature
        Names the feature service.
    base : str
        The lake's base; Feast's registry must have been applied for the same.

    Raises
    ------
    BatchError
        If Feast's registry cannot be read, lacks the feature service, or is for another base.
    """

    def __init__(self, signature: Signature, base: str) -> None:
        # Feast takes two seconds to import, and the service never needs it.
        from feast import FeatureStore
        from feast.errors import FeastError

        from feature_repo.paths import REPO

        try:
            self._store: Any = FeatureStore(repo_path=str(REPO))
            self._service: Any = self._store.get_feature_service(signature.feature_service)
            views = [self._store.get_feature_view(view) for view in signature.views]
        except FeastError as error:
            raise BatchError(f"{error}; run `feast -c feature_repo apply`") from error
        applied = {view.tags.get("base") for view in views}
        if applied != {base}:
            names = " and ".join(sorted(str(name) for name in applied))
            raise BatchError(
                f"Feast's registry is for base {names} and the lake holds {base}; "
                "run `feast -c feature_repo apply`"
            )

    def read(self, customer_ids: Sequence[str], as_of: datetime) -> pd.DataFrame:
        """Every feature of the service for customers, by what was known at a date (both clocks).

        Returns
        -------
        DataFrame
            One row a customer, in order, with ``customerID`` and the features in their declared types.

        Raises
        ------
        BatchError
            If a customer is lost or doubled on the way.
        """
        entities = pd.DataFrame({"customerID": list(customer_ids), "event_timestamp": pd.Timestamp(as_of)})
        with warnings.catch_warnings():
            # ibis calls a method that DuckDB has renamed, and says so at every query.
            warnings.filterwarnings("ignore", "fetch_arrow_table", DeprecationWarning)
            job = self._store.get_historical_features(
                entities, self._service, filter_by_created_timestamp=True
            )
            frame: pd.DataFrame = job.to_df()
        if len(frame) != len(entities) or frame["customerID"].nunique() != len(entities):
            raise BatchError(
                f"{len(entities)} customers went in and {len(frame)} rows came out; report this as a fault"
            )
        return frame.set_index("customerID").loc[list(customer_ids)].reset_index()


def cast(frame: pd.DataFrame, features: Sequence[FeatureSpec]) -> pd.DataFrame:
    """The features as columns of their declared types; the offline store keeps whatever the file had."""
    missing = [feature.name for feature in features if feature.name not in frame.columns]
    if missing:
        raise BatchError(
            f"the offline store gives no {', '.join(missing)}; train a model on this feature service"
        )
    return pd.DataFrame({feature.name: _cast(frame[feature.name], feature) for feature in features})


def _cast(column: pd.Series[Any], feature: FeatureSpec) -> pd.Series[Any]:
    try:
        return column.astype(_PANDAS[feature.dtype])
    except (TypeError, ValueError) as error:
        raise BatchError(
            f"feature {feature.view}:{feature.name} is not {feature.dtype} ({error}); check the lake"
        ) from error
