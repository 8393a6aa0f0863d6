"""The SQLite store under its name of version 0.1, for a `feature_store.yaml` of that time.

The store is `feature_repo.sqlite_store.store`; no other module imports this one.
"""

from __future__ import annotations

import warnings
from typing import Any, Literal

from feature_repo.configuration import FORMER_SQLITE_STORE, SQLITE_STORE
from feature_repo.sqlite_store import store


class WideRowSqliteOnlineStoreConfig(store.WideRowSqliteOnlineStoreConfig):
    """The `online_store` part of a `feature_store.yaml` of version 0.1."""

    type: Literal["feature_repo.online_store.WideRowSqliteOnlineStore"] = (
        "feature_repo.online_store.WideRowSqliteOnlineStore"  # type: ignore[assignment]  # the former name, in place of today's
    )

    def model_post_init(self, context: Any) -> None:
        """Warn that the name has changed."""
        super().model_post_init(context)
        warnings.warn(
            f"feature_store.yaml: online_store.type {FORMER_SQLITE_STORE} is now {SQLITE_STORE}; "
            "write that, the store's file stays as it is",
            FutureWarning,
            stacklevel=2,
        )


class WideRowSqliteOnlineStore(store.WideRowSqliteOnlineStore):
    """The same store."""
