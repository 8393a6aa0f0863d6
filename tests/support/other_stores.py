"""Feature repositories on online stores other than our own."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import yaml
from feast.infra.online_stores.sqlite import SqliteOnlineStore
from feast.protos.feast.types.Value_pb2 import Value
from feast.repo_config import FeastConfigBaseModel
from house import REPO


def repo_on(folder: Path, online_store: dict[str, Any], **materialization: int) -> Path:
    """Copy of the feature repository's configuration with another online store."""
    folder.mkdir(parents=True)
    settings = yaml.safe_load((REPO / "feature_store.yaml").read_text())
    settings["materialization"].update(materialization)
    (folder / "feature_store.yaml").write_text(yaml.safe_dump({**settings, "online_store": online_store}))
    return folder


class ZeroStampOnlineStoreConfig(FeastConfigBaseModel):
    type: Literal["other_stores.ZeroStampOnlineStore"] = "other_stores.ZeroStampOnlineStore"
    path: str


class ZeroStampOnlineStore(SqliteOnlineStore):
    """Answers for an unknown key as Feast's Redis store does: empty values of the year 1970."""

    @staticmethod
    def _get_db_path(config: Any) -> str:
        return str(config.online_store.path)

    def _get_conn(self, config: Any) -> Any:
        config.online_store.__dict__.setdefault("vector_enabled", False)
        return super()._get_conn(config)

    def online_read(self, config: Any, table: Any, entity_keys: Any, requested_features: Any = None) -> Any:
        empty = dict.fromkeys(requested_features, Value())
        rows = super().online_read(config, table, entity_keys, requested_features)
        return [row if row[1] else (datetime(1970, 1, 1, tzinfo=UTC), empty) for row in rows]
