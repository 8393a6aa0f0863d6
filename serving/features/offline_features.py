"""Point-in-time features from Feast's offline store, for training and for batch scoring.

Both clocks count: a row is used only if it was true, and known to us, at or before the date asked for. What
is of a former stay of a customer who came back is not used.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa

from feature_repo.errors import FeatureRepoError
from feature_repo.paths import REPO
from serving.errors import OfflineError
from serving.model.signature import FeatureSpec

if TYPE_CHECKING:
    from feature_repo.offline_store.point_in_time import ViewRead

_PANDAS: dict[str, Any] = {"Int64": "Int64", "Float64": "Float64", "String": "object"}


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
        If Feast's registry cannot be read, lacks the feature service, or is for another base; or if
        ``feature_store.yaml`` names another offline store.
    """

    def __init__(self, feature_service: str, base: str, repo: Path = REPO) -> None:
        # Feast takes two seconds to import, and the service never needs it.
        from feast import FeatureStore
        from feast.errors import FeastError

        from feature_repo.offline_store.former_stays import BEGINS

        try:
            store = FeatureStore(repo_path=str(repo))
            service = store.get_feature_service(feature_service)
            views = [store.get_feature_view(one.name) for one in service.feature_view_projections]
            begins = store.get_feature_view(BEGINS)
        except FeastError as error:
            raise OfflineError(f"{error}; run `feast -c feature_repo apply`") from error
        _check_base({view.tags.get("base") for view in views}, base)
        self._config: Any = store.config
        self._views = _view_reads(service, views, begins, store.config.offline_store)

    def read(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Features of entity rows: the same rows, in the same order, by what was known then.

        Parameters
        ----------
        rows : DataFrame, (n, 2)
            ``customerID`` and ``event_timestamp``, the date asked for (UTC); rows may repeat.

        Returns
        -------
        DataFrame, (n, ...)
            The rows with every feature of the service beside them.

        Raises
        ------
        OfflineError
            If the tables cannot be read.
        """
        asked = rows[["customerID", "event_timestamp"]]
        entities = pa.Table.from_pandas(asked, preserve_index=False).replace_schema_metadata(None)
        # Without this, whole numbers beside nulls would become floats.
        whole = {pa.int64(): pd.Int64Dtype()}.get
        frame: pd.DataFrame = self._read(entities).to_pandas(types_mapper=whole)
        return frame

    def at(self, customers: Iterable[str], moment: datetime) -> pa.Table:
        """Features of customers at one moment, in their order.

        Parameters
        ----------
        customers : iterable of str, (n,)
        moment : datetime
            With a time zone.

        Returns
        -------
        pyarrow.Table, (n, ...)
            ``customerID``, ``event_timestamp`` and every feature of the service. Texts are
            dictionary-encoded, so that a customer takes about 0.2 kB.

        Raises
        ------
        OfflineError
            If the tables cannot be read.
        """
        keys = pa.array(customers, pa.string())
        clock = pa.repeat(pa.scalar(moment, pa.timestamp("us", tz="UTC")), len(keys))
        return self._read(pa.table({"customerID": keys, "event_timestamp": clock}), categories=True)

    def _read(self, entities: pa.Table, categories: bool = False) -> pa.Table:
        from feature_repo.offline_store.duckdb_session import duckdb_session
        from feature_repo.offline_store.former_stays import without_former_stays
        from feature_repo.offline_store.point_in_time import read_point_in_time

        try:
            with duckdb_session(self._config.offline_store.memory_limit) as connection:
                answer = read_point_in_time(
                    connection,
                    entities,
                    "event_timestamp",
                    self._views,
                    known_only=True,
                    categories=categories,
                )
            return without_former_stays(answer, self._views)
        except FeatureRepoError as error:
            raise OfflineError(error.message) from error
        except Exception as error:  # DuckDB's and Arrow's errors have no common base
            said = str(error).strip().split("\n")[0]
            raise OfflineError(
                f"the offline store cannot be read: {said}; run `python -m data check`"
            ) from error


def _check_base(applied: set[str | None], base: str) -> None:
    if applied != {base}:
        names = " and ".join(sorted(str(name) for name in applied))
        raise OfflineError(
            f"Feast's registry is for base {names} and the lake holds {base}; "
            "run `feast -c feature_repo apply`"
        )


def _view_reads(service: Any, views: Sequence[Any], begins: Any, offline_store: Any) -> list[ViewRead]:
    from feature_repo.offline_store.former_stays import with_dates
    from feature_repo.offline_store.store import PointInTimeOfflineStoreConfig

    if not isinstance(offline_store, PointInTimeOfflineStoreConfig):
        wanted = PointInTimeOfflineStoreConfig().type
        raise OfflineError(
            f"feature_store.yaml names the offline store {offline_store.type}; write `type: {wanted}`"
        )
    asked = [
        (view, [f"{view.name}:{feature.name}" for feature in projection.features])
        for projection, view in zip(service.feature_view_projections, views, strict=True)
    ]
    *reads, stays = [_view_read(view, names) for view, names in [*asked, (begins, [])]]
    return with_dates(reads, stays)


def _view_read(view: Any, names: Sequence[str]) -> ViewRead:
    from feature_repo.offline_store.store import view_read

    read = view_read(view, names)
    if read is None:
        raise OfflineError(f"view {view.name} does not read plain Parquet; define it on a Parquet file")
    return read


def cast(frame: pd.DataFrame, features: Sequence[FeatureSpec]) -> pd.DataFrame:
    """The features as columns of their declared types.

    Raises
    ------
    OfflineError
        If a feature is missing, or a value is not of its declared type.
    """
    check_features(frame.columns, features)
    return pd.DataFrame({feature.name: _cast(frame[feature.name], feature) for feature in features})


def check_features(columns: Collection[str], features: Sequence[FeatureSpec]) -> None:
    """Check that every feature is among the columns. Raises OfflineError if not."""
    missing = [feature.name for feature in features if feature.name not in columns]
    if missing:
        raise OfflineError(
            f"the offline store gives no {', '.join(missing)}; run `feast -c feature_repo apply`, or train "
            "a model on this feature service"
        )


def _cast(column: pd.Series[Any], feature: FeatureSpec) -> pd.Series[Any]:
    try:
        return column.astype(_PANDAS[feature.dtype])
    except (TypeError, ValueError) as error:
        raise OfflineError(
            f"feature {feature.view}:{feature.name} is not {feature.dtype} ({error}); check the lake"
        ) from error
