"""Features of customers from the online store, each with its status.

Our own SQLite store and Feast's Redis store have readers of their own; any other Feast store is read through
its `online_read`. The result is the same: `feature_status` computes the statuses, and columns have the
signature's order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from feature_repo.configuration import SQLITE_STORE, configuration
from feature_repo.errors import FeatureRepoError, SettingError
from feature_repo.paths import ONLINE_STORE_ENV, REPO, state_path
from serving.errors import StoreError
from serving.features.feast_reader import FeastReader
from serving.features.feature_status import CustomerFeatures, FeatureColumns, Status, StatusRules, micros
from serving.features.native_reader import NativeReader
from serving.features.raw_columns import RawColumns
from serving.features.redis_reader import RedisReader
from serving.model.signature import Signature

__all__ = ["CustomerFeatures", "FeatureColumns", "OnlineFeatures", "Status"]


class Reader(Protocol):
    """Reads raw rows from a store; each call raises StoreError if the store cannot be read."""

    def base(self) -> str | None:
        """Base that the store holds, None if unknown."""
        ...

    def read(self, customer_ids: Sequence[str]) -> RawColumns:
        """Values and event timestamps of each customer, in order."""
        ...


def utc_now() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


class OnlineFeatures:
    """Reader of a signature's features; made by `open`. Safe for many threads on our own store.

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

    @classmethod
    def open(
        cls,
        signature: Signature,
        *,
        expected_base: str | None = None,
        now: Callable[[], datetime] = utc_now,
        repo: Path = REPO,
    ) -> OnlineFeatures:
        """Reader of the store that `feature_store.yaml` names; the store itself is first touched by `read`.

        Parameters
        ----------
        signature : Signature
            What to read.
        expected_base : str, optional
            Base that the store must hold at every read; any by default. Only our own store checks it.
        now : callable, optional
            Clock, with a time zone.
        repo : Path, optional
            Folder of `feature_store.yaml`. `STAYLINE_ONLINE_STORE` overrides the SQLite file it names.

        Raises
        ------
        StoreError
            `feature_store.yaml` cannot be read, or its online store cannot be used.
        """
        try:
            settings = configuration(repo)
        except SettingError as error:
            raise StoreError(error.message) from error
        store = settings["online_store"]
        if store.get("type") == SQLITE_STORE:
            path = _database(repo, store.get("path", "data/online.db"))
            reader: Reader = NativeReader(path, settings["project"], signature, expected_base)
        else:
            kind = RedisReader if store.get("type") == "redis" else FeastReader
            reader = kind(repo, settings, signature)
        return cls(reader, signature, now)

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


def _database(repo: Path, configured: str) -> Path:
    try:
        return state_path(ONLINE_STORE_ENV, configured, repo)
    except FeatureRepoError as error:
        raise StoreError(error.message) from error
