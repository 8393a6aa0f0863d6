"""Features of customers from the online store, each with its status.

Our own SQLite store and Feast's Redis store have readers of their own; any other Feast store is read through
its `online_read`. The result is the same: `feature_status` computes the statuses, and columns have the
signature's order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from feature_repo.configuration import SQLITE_STORE, configuration
from feature_repo.errors import FeatureRepoError, SettingError
from feature_repo.paths import ONLINE_STORE_ENV, REPO, state_path
from serving.errors import StoreError
from serving.features.feast_reader import FeastReader, FeastStore
from serving.features.feature_status import CustomerFeatures, FeatureColumns, Status, StatusRules, micros
from serving.features.native_reader import NativeReader
from serving.features.raw_columns import RawColumns, RawRow
from serving.features.read_connections import ReadConnections
from serving.features.redis_reader import RedisReader
from serving.model.signature import Signature

__all__ = ["CustomerFeatures", "FeatureColumns", "OnlineFeatures", "OnlineStore", "Status"]


READERS: Mapping[str | None, type[FeastReader]] = {"redis": RedisReader}
"""Type of a store in `feature_store.yaml` to its reader, where `FeastReader` is not the fastest."""


class Reader(Protocol):
    """Reads raw rows from a store; each call raises StoreError if the store cannot be read."""

    def base(self) -> str | None:
        """Base that the store holds, None if unknown."""
        ...

    def read(self, customer_ids: Sequence[str]) -> RawColumns:
        """Values and event timestamps of each customer, in order."""
        ...

    def read_one(self, customer_id: str) -> RawRow:
        """Values and event timestamps of one customer."""
        ...


def utc_now() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


class OnlineFeatures:
    """Reader of a signature's features; made by `OnlineStore`. Safe for many threads on our own store.

    Parameters
    ----------
    reader : Reader
        Reads raw rows.
    signature : Signature
        What the rows mean.
    now : callable
        Clock, with a time zone; TTLs are measured from it.
    """

    def __init__(self, reader: Reader, signature: Signature, now: Callable[[], datetime]) -> None:
        self._reader = reader
        self._rules = StatusRules(signature)
        self._now = now

    def base(self) -> str | None:
        """Base that the store holds; None if it is unknown, or the views hold several.

        Raises
        ------
        StoreError
            The store cannot be read, or does not hold the signature's features or the expected base.
        """
        return self._reader.base()

    def read(self, customer_ids: Sequence[str]) -> FeatureColumns:
        """Features of customers, in the order asked for; a customer asked for twice is answered twice.

        Raises
        ------
        StoreError
            The store cannot be read, or holds another base than the expected one.
        """
        raw = self._reader.read(customer_ids)
        return self._rules.judge(customer_ids, raw, micros(self._now()))

    def read_one(self, customer_id: str) -> CustomerFeatures:
        """Like `read`, for one customer."""
        raw = self._reader.read_one(customer_id)
        return self._rules.judge_one(customer_id, raw, micros(self._now()))


class OnlineStore:
    """The online store that `feature_store.yaml` names, opened once by a process for any number of models.

    The store itself is first touched by a read.

    Parameters
    ----------
    repo : Path, optional
        Folder of `feature_store.yaml`. `STAYLINE_ONLINE_STORE` overrides the SQLite file it names.

    Raises
    ------
    StoreError
        `feature_store.yaml` cannot be read, or its online store cannot be used.
    """

    def __init__(self, repo: Path = REPO) -> None:
        try:
            settings = configuration(repo)
        except SettingError as error:
            raise StoreError(error.message) from error
        self._project: str = settings["project"]
        store = settings["online_store"]
        self._connections: ReadConnections | None = None
        if store.get("type") == SQLITE_STORE:
            self._connections = ReadConnections(_database(repo, store.get("path", "data/online.db")))
        else:
            self._kind = READERS.get(store.get("type"), FeastReader)
            self._feast = FeastStore.open(repo, settings)

    def features(
        self,
        signature: Signature,
        *,
        expected_base: str | None = None,
        now: Callable[[], datetime] = utc_now,
    ) -> OnlineFeatures:
        """Reader of a signature's features.

        Parameters
        ----------
        signature : Signature
            What to read.
        expected_base : str, optional
            Base that the store must hold at every read; any by default.
        now : callable, optional
            Clock, with a time zone.
        """
        if self._connections is not None:
            reader: Reader = NativeReader(self._connections, self._project, signature, expected_base)
        else:
            reader = self._kind(self._feast, signature, expected_base)
        return OnlineFeatures(reader, signature, now)


def _database(repo: Path, configured: str) -> Path:
    try:
        return state_path(ONLINE_STORE_ENV, configured, repo)
    except FeatureRepoError as error:
        raise StoreError(error.message) from error
