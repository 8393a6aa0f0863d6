"""Point-in-time features from Feast's offline store, for training and for batch scoring.

Both clocks count: a row is used only if it was true, and known to us, at or before the date asked for.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd

from feature_repo.paths import REPO
from serving.errors import OfflineError
from serving.model.signature import FeatureSpec

ROW = "entity_row"
_PANDAS: dict[str, Any] = {"Int64": "Int64", "Float64": "Float64", "String": "object"}


class HistoricalFeatures(Protocol):
    """The part of Feast's ``FeatureStore`` that a retrieval needs."""

    def get_historical_features(self, entity_df: Any, features: Any, **options: Any) -> Any:
        """Start a point-in-time retrieval."""
        ...


class OfflineFeatures:
    """A reader of one feature service.

    Parameters
    ----------
    feature_service : str
        Name of the feature service.
    base : str
        The lake's base; Feast's registry must have been applied for the same.
    repo : Path
        Folder of ``feature_store.yaml``.

    Raises
    ------
    OfflineError
        If Feast's registry cannot be read, lacks the feature service, or is for another base.
    """

    def __init__(self, feature_service: str, base: str, repo: Path = REPO) -> None:
        # Feast takes two seconds to import, and the service never needs it.
        from feast import FeatureStore
        from feast.errors import FeastError

        try:
            self._store: Any = FeatureStore(repo_path=str(repo))
            self._service: Any = self._store.get_feature_service(feature_service)
            views = [
                self._store.get_feature_view(projection.name)
                for projection in self._service.feature_view_projections
            ]
        except FeastError as error:
            raise OfflineError(f"{error}; run `feast -c feature_repo apply`") from error
        applied = {view.tags.get("base") for view in views}
        if applied != {base}:
            names = " and ".join(sorted(str(name) for name in applied))
            raise OfflineError(
                f"Feast's registry is for base {names} and the lake holds {base}; "
                "run `feast -c feature_repo apply`"
            )

    def read(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Features of entity rows; see `retrieve`."""
        return retrieve(self._store, self._service, rows)


def retrieve(store: HistoricalFeatures, service: Any, rows: pd.DataFrame) -> pd.DataFrame:
    """Features of entity rows: the same rows, in the same order.

    Parameters
    ----------
    store : feast.FeatureStore
    service : feast.FeatureService
    rows : DataFrame, (n, 2)
        ``customerID`` and ``event_timestamp``, the date asked for (UTC); rows may repeat.

    Returns
    -------
    DataFrame, (n, ...)
        The rows with every feature of the service beside them.

    Raises
    ------
    OfflineError
        If the store cannot be read, or rows are lost, added or exchanged on the way.
    """
    asked = rows[["customerID", "event_timestamp"]].assign(**{ROW: np.arange(len(rows), dtype="int64")})
    with warnings.catch_warnings():
        # ibis calls a method that DuckDB has renamed, which warns at every query.
        warnings.filterwarnings("ignore", "fetch_arrow_table", DeprecationWarning)
        answer = _to_df(store, service, asked)
    answer = answer.sort_values(ROW, ignore_index=True)
    _refuse_other_rows(asked.reset_index(drop=True), answer)
    return answer.drop(columns=ROW)


def _to_df(store: HistoricalFeatures, service: Any, asked: pd.DataFrame) -> pd.DataFrame:
    try:
        job = store.get_historical_features(asked.copy(), service, filter_by_created_timestamp=True)
        answer: pd.DataFrame = job.to_df()
    except Exception as error:  # offline stores raise their drivers' errors, which have no common base
        said = str(error).strip().split("\n")[0]
        raise OfflineError(f"the offline store cannot be read: {said}; run `python -m data check`") from error
    return answer


def _refuse_other_rows(asked: pd.DataFrame, answer: pd.DataFrame) -> None:
    if len(answer) != len(asked):
        raise OfflineError(f"asked Feast for {len(asked)} rows and got {len(answer)}; report this as a fault")
    dates = pd.to_datetime(answer["event_timestamp"], utc=True)
    same = (
        (answer[ROW] == asked[ROW])
        & (answer["customerID"] == asked["customerID"])
        & (dates == pd.to_datetime(asked["event_timestamp"], utc=True))
    )
    if not same.all():
        first = int(np.flatnonzero(~same)[0])
        raise OfflineError(
            f"Feast answered row {first} ({asked['customerID'].iloc[first]}) with another customer or date; "
            "report this as a fault"
        )


def cast(frame: pd.DataFrame, features: Sequence[FeatureSpec]) -> pd.DataFrame:
    """The features as columns of their declared types; the offline store returns the file's own types.

    Raises
    ------
    OfflineError
        If a feature is missing, or a value is not of its declared type.
    """
    missing = [feature.name for feature in features if feature.name not in frame.columns]
    if missing:
        raise OfflineError(
            f"the offline store gives no {', '.join(missing)}; run `feast -c feature_repo apply`, or train "
            "a model on this feature service"
        )
    return pd.DataFrame({feature.name: _cast(frame[feature.name], feature) for feature in features})


def _cast(column: pd.Series[Any], feature: FeatureSpec) -> pd.Series[Any]:
    try:
        return column.astype(_PANDAS[feature.dtype])
    except (TypeError, ValueError) as error:
        raise OfflineError(
            f"feature {feature.view}:{feature.name} is not {feature.dtype} ({error}); check the lake"
        ) from error
