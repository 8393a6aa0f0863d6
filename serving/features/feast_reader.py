"""Reads any Feast online store through its own `online_read`, without a registry."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Any

from feature_repo.lake import JOIN_KEY
from serving.errors import StoreError
from serving.features.driver_text import driver_text
from serving.features.feature_status import micros
from serving.features.raw_columns import RawColumns, RawRow
from serving.features.store_statement import Statement, agreed_base, marker_key, statement_of
from serving.features.store_wait import waiting_for_store
from serving.model.signature import Signature

if TYPE_CHECKING:
    from feast import FeatureView, RepoConfig
    from feast.infra.online_stores.online_store import OnlineStore
    from feast.protos.feast.types.EntityKey_pb2 import EntityKey
    from feast.protos.feast.types.Value_pb2 import Value

# One customer's row of one view: microseconds since 1970 UTC, and the values in the order asked for.
ViewRow = tuple[int | None, Sequence[Any]]


@dataclass(frozen=True)
class FeastStore:
    """An online store of Feast's with its configuration; it keeps the connections of all who read from it."""

    config: RepoConfig
    store: OnlineStore

    @classmethod
    def open(cls, repo: Path, settings: Mapping[str, Any]) -> FeastStore:
        """Make the store that `feature_store.yaml` describes.

        Parameters
        ----------
        repo : Path
            Folder of `feature_store.yaml`.
        settings : mapping
            Its content.
        """
        from feature_repo.feast_import import check_constructors_only

        check_constructors_only()
        from feast.infra.online_stores.helpers import get_online_store_from_config
        from feast.repo_config import RepoConfig

        # The offline store is not used, and its packages are not installed where a model is only served.
        config = RepoConfig(**{**settings, "offline_store": "dask"})
        config.repo_path = repo
        return cls(config, get_online_store_from_config(config.online_store))


class FeastReader:
    """Reads the values and event timestamps of a signature's features from a Feast online store.

    Parameters
    ----------
    feast : FeastStore
    signature : Signature
        What to read. The views are those that `feature_repo` defines, so no registry is needed.
    expected_base : str, optional
        Base that the store must say it holds, at every read; by default reads do not ask.
    """

    def __init__(self, feast: FeastStore, signature: Signature, expected_base: str | None = None) -> None:
        from feature_repo.views import VIEWS

        self._config, self._store = feast.config, feast.store
        views = {view.name: view for view in VIEWS}
        self._views = [(views[name], _features_of(signature, name)) for name in signature.views]
        self._signature = signature
        self._base = expected_base

    def base(self) -> str | None:
        """Base that the store says it holds; None if its views hold several and any is accepted.

        Raises
        ------
        StoreError
            The store cannot be read, does not say what it holds, or holds another base than the expected one.
        """
        return self.agreed(self._said())

    def read(self, customer_ids: Sequence[str]) -> RawColumns:
        """Values and event timestamps of each customer, in order.

        Raises
        ------
        StoreError
            The store cannot be read, or does not hold the expected base.
        """
        keys = [entity_key(customer) for customer in customer_ids]
        asked = keys if self._base is None else [*keys, marker_key()]
        answers = [self._read_view(view, features, asked) for view, features in self._views]
        if self._base is not None:
            self.agreed(statement_of(answer.pop()[1][0]) for answer in answers)
        rows = [self._row([answer[position] for answer in answers]) for position in range(len(keys))]
        return RawColumns.of(rows)

    def read_one(self, customer_id: str) -> RawRow:
        """Like `read`, for one customer."""
        return self.read([customer_id]).row(0)

    def _read_view(
        self, view: FeatureView, features: Sequence[str], keys: Sequence[EntityKey]
    ) -> list[ViewRow]:
        if not keys:
            return []
        try:
            with waiting_for_store:
                rows = self._store.online_read(self._config, view, list(keys), list(features))
        except Exception as error:  # each store has its driver's own errors, and they have no common base
            raise self.failure(error) from error
        return [view_row(event, values, features) for event, values in rows]

    def _said(self) -> list[Statement | None]:
        """What the store says of each view."""
        rows = [self._read_view(view, features, [marker_key()])[0] for view, features in self._views]
        return [statement_of(values[0]) for _, values in rows]

    def agreed(self, said: Iterable[Statement | None]) -> str | None:
        """Base of what the store says of itself. Raises StoreError if it is not the expected one."""
        return agreed_base(self._config.online_store.type, said, self._base)

    def failure(self, error: Exception) -> StoreError:
        """The StoreError for a driver's error."""
        kind = self._config.online_store.type
        return StoreError(f"The online store ({kind}) cannot be read: {driver_text(error)}")

    def _row(self, views: Sequence[ViewRow]) -> RawRow:
        values = {
            (view.name, feature): value
            for (view, features), (_, held) in zip(self._views, views, strict=True)
            for feature, value in zip(features, held, strict=True)
        }
        ordered = tuple(values[feature.view, feature.name] for feature in self._signature.features)
        return ordered, tuple(event for event, _ in views)


def _features_of(signature: Signature, view: str) -> list[str]:
    return [feature.name for feature in signature.features if feature.view == view]


def view_row(event: Any, values: Mapping[str, Value] | None, features: Sequence[str]) -> ViewRow:
    """Row of one view; for an unknown key Redis returns a timestamp of 0, which means no row."""
    moment = None if event is None else micros(event if event.tzinfo else event.replace(tzinfo=UTC))
    if not moment or values is None:
        return None, [None] * len(features)
    return moment, [native(values.get(name)) for name in features]


def native(value: Value | None) -> str | int | float | None:
    """A protobuf value as a Python value; None for null."""
    field = None if value is None else value.WhichOneof("val")
    if value is None or field is None:
        return None
    native: str | int | float = getattr(value, field)
    # Null numbers reach a store through pandas, which makes them NaN.
    return None if isinstance(native, float) and math.isnan(native) else native


def entity_key(customer: str) -> EntityKey:
    """The key by which Feast finds a customer."""
    from feast.protos.feast.types.EntityKey_pb2 import EntityKey
    from feast.protos.feast.types.Value_pb2 import Value

    # Protobuf refuses a lone surrogate; no stored id has one.
    text = customer.encode("utf-8", "replace").decode()
    return EntityKey(join_keys=[JOIN_KEY], entity_values=[Value(string_val=text)])
