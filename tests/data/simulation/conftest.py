"""A small simulated base, made once, and customers to try single steps on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from data.lake_files.manifest import Manifest
from data.schema import TABLES
from data.simulation.customers import Customers
from data.simulation.events.population import joiners
from data.simulation.history import simulate
from data.simulation.parameters import Parameters
from data.simulation.settings import Settings

END = date(2026, 11, 1)


@dataclass(frozen=True)
class Base:
    """A simulated base that tests only read."""

    settings: Settings
    lake: Path
    truth: Path
    manifest: Manifest
    tables: dict[str, pd.DataFrame]


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> Base:
    """Return a base of 600 customers and 14 months."""
    return _simulated(Settings(600, 14, 3, END), tmp_path_factory.mktemp("simulated"))


@pytest.fixture(scope="session")
def default_base(tmp_path_factory: pytest.TempPathFactory) -> Base:
    """Return the base that `simulate` writes by default."""
    return _simulated(Settings(7043, 36, 7, END), tmp_path_factory.mktemp("default"))


def _simulated(settings: Settings, folder: Path) -> Base:
    lake, truth = folder / "lake", folder / "truth"
    manifest = simulate(settings, lake, truth)
    tables = {name: pq.read_table(lake / f"{name}.parquet").to_pandas() for name in TABLES}
    return Base(settings, lake, truth, manifest, tables)


@pytest.fixture
def some_customers() -> Callable[..., Customers]:
    """Return a maker of n joiners, with attributes set to what a test says; a scalar holds for all."""

    def make(n: int, seed: int = 1, months_open: int = 60, **attributes: Any) -> Customers:
        days = np.full(n, 20_000)
        numbers = np.arange(n)
        found = joiners(np.random.default_rng(seed), numbers, days, days * 0, months_open, Parameters())
        for name, value in attributes.items():
            old = getattr(found, name)
            found = replace(found, **{name: np.broadcast_to(value, old.shape).astype(old.dtype).copy()})
        return found

    return make
