"""The same list with pandas, from a DataFrame that is kept or from the file each time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd


class Dataframe:
    """The list with pandas.

    Parameters
    ----------
    path : Path
    keeps : bool
        Whether the table stays in memory.
    """

    def __init__(self, path: Path, keeps: bool) -> None:
        self._path, self._keeps = path, keeps
        self._kept: pd.DataFrame | None = None

    def read(self) -> int:
        """Read the file; bytes of the table."""
        frame = pd.read_parquet(self._path)
        self._kept = frame if self._keeps else None
        return int(frame.memory_usage(deep=True).sum())

    def page(self, asked: dict[str, Any]) -> str:
        """A page of the list as JSON."""
        limit = asked["limit"]
        wanted = self._wanted(**{name: value for name, value in asked.items() if name != "limit"})
        return json.dumps({"rows": wanted.head(limit).to_dict("records"), "total": len(wanted)}, default=str)

    def csv(self) -> int:
        """The whole list; bytes of it."""
        return len(self._wanted().drop(columns=["as_of", "model"]).to_csv(index=False).encode())

    def _wanted(
        self,
        contract: str | None = None,
        min_charge: float | None = None,
        max_charge: float | None = None,
        sort: str = "probability",
        descending: bool = True,
    ) -> pd.DataFrame:
        frame = pd.read_parquet(self._path) if self._kept is None else self._kept
        kept = ~frame["left"]
        if contract is not None:
            kept &= frame["contract"] == contract
        if min_charge is not None:
            kept &= frame["monthly_charges"] >= min_charge
        if max_charge is not None:
            kept &= frame["monthly_charges"] < max_charge
        return frame[kept].sort_values([sort, "customerID"], ascending=[not descending, True])
