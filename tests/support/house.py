"""A lake, a registry and an online store of a test's own, with the feature repository applied on them."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from feast import FeatureStore
from small_lakes import ROOT, AppliedRepo, write_lake

REPO = ROOT / "feature_repo"
VIEWS = ("demographics", "services", "billing", "tickets")
_DEFINED = ("definitions", "services", "views", "sources", "entities")


def at(day: str, hour: int = 0) -> datetime:
    return datetime.fromisoformat(day).replace(hour=hour, tzinfo=UTC)


def row(customer: str, event: str, created: str | None = None, **values: Any) -> dict[str, Any]:
    return {
        "customerID": customer,
        "event_timestamp": at(event),
        "created_timestamp": at(created or event),
        **values,
    }


def everyone(customers: Sequence[str], day: str = "2025-12-31") -> dict[str, list[dict[str, Any]]]:
    """One row in every view for each customer; tenure is the customer's position."""
    rows: dict[str, list[dict[str, Any]]] = {name: [row(c, day) for c in customers] for name in VIEWS}
    rows["billing"] = [row(c, day, tenure=position) for position, c in enumerate(customers)]
    return rows


@dataclass
class House:
    """Points this process at a lake, a registry and an online store below one folder."""

    folder: Path
    monkeypatch: pytest.MonkeyPatch

    def __post_init__(self) -> None:
        for name, path in self.environment.items():
            self.monkeypatch.setenv(name, path)

    @property
    def environment(self) -> dict[str, str]:
        return {
            "STAYLINE_LAKE": str(self.lake),
            "STAYLINE_REGISTRY": str(self.registry),
            "STAYLINE_ONLINE_STORE": str(self.database),
            "STAYLINE_SUPPRESSED": str(self.folder / "state" / "suppressed.parquet"),
            "STAYLINE_CAMPAIGNS": str(self.folder / "campaigns"),
        }

    @property
    def lake(self) -> Path:
        return self.folder / "lake"

    @property
    def registry(self) -> Path:
        return self.folder / "state" / "registry.db"

    @property
    def database(self) -> Path:
        return self.folder / "state" / "online.db"

    def write(
        self,
        rows: Mapping[str, Sequence[Mapping[str, Any]]],
        base: str = "base-a",
        data_until: str = "2026-01-01",
        kind: str = "simulated",
    ) -> None:
        write_lake(self.lake, rows, data_until=data_until, base=base)
        manifest = {
            "format": 1,
            "base": base,
            "kind": kind,
            "labels": "events",
            "data_until": f"{data_until}T00:00:00Z",
            "tickets": True,
            "source": {},
            "tables": {},
        }
        (self.lake / "manifest.json").write_text(json.dumps(manifest))

    def definitions(self) -> ModuleType:
        """The definitions as they are for the lake that lies there now."""
        for name in _DEFINED:
            self.monkeypatch.delitem(sys.modules, f"feature_repo.{name}", raising=False)
        return importlib.import_module("feature_repo.definitions")

    def apply(self, definitions: ModuleType | None = None, repo: Path = REPO) -> FeatureStore:
        defined = definitions or self.definitions()
        store = self.store(repo)
        store.apply([getattr(defined, name) for name in defined.__all__])
        return self.store(repo)

    def store(self, repo: Path = REPO) -> FeatureStore:
        return FeatureStore(repo_path=str(repo))


def apply_beside(lake: Path) -> AppliedRepo:
    """Apply the repository on a lake that lies in a folder ``lake``, with its state beside it."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        house = House(lake.parent, monkeypatch)
        house.apply()
        return AppliedRepo(lake, house.environment)
