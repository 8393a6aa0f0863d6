"""Who was a customer, who left and when, read from the lake; labels are made from it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from training.errors import HistoryError

Kind = Literal["simulated", "history", "snapshot"]
CLOCKS = ["customerID", "event_timestamp", "created_timestamp"]


@dataclass(frozen=True)
class History:
    """Joins, leaves and given labels of one base.

    Attributes
    ----------
    base : str
        Name of the base, from the lake's manifest.
    kind : {"simulated", "history", "snapshot"}
    labels_given : bool
        True for a snapshot, whose labels come with the file instead of from dated events.
    data_until : Timestamp
        UTC; nothing in the lake was learned later.
    joined : DataFrame, columns customerID, event_timestamp, created_timestamp
        One row per stay: when the customer joined or came back and when that was learned (UTC).
    left : DataFrame, same columns
        One row per leave.
    labels : DataFrame, same columns and ``Churn``
        Given labels of a snapshot; empty for a dated history.
    """

    base: str
    kind: Kind
    labels_given: bool
    data_until: pd.Timestamp
    joined: pd.DataFrame
    left: pd.DataFrame
    labels: pd.DataFrame

    @cached_property
    def stays(self) -> pd.DataFrame:
        """All stays, ``joined`` with the column ``left``: when each ended, NaT if it has not (UTC)."""
        return self.joined.assign(left=self.leaves_after(self.joined)["left"])

    def leaves_after(self, rows: pd.DataFrame) -> pd.DataFrame:
        """The first leave of each row's customer at or after the row.

        Parameters
        ----------
        rows : DataFrame, (n, ...)
            ``customerID`` and ``event_timestamp`` (UTC), in any order.

        Returns
        -------
        DataFrame, (n, 2)
            With the rows' index: ``left``, when it took place, and ``learned`` (UTC); or NaT.
        """
        asked, leaves = _by_moment(rows), _by_moment(self.left)
        leaves = leaves.assign(left=leaves["event_timestamp"], learned=self.left["created_timestamp"])
        found = pd.merge_asof(asked, leaves, on="event_timestamp", by="customerID", direction="forward")
        return found[["left", "learned"]].set_index(asked.index).reindex(rows.index)


def read_history(lake: Path) -> History:
    """Read the manifest, demographics, churn events and given labels of a lake.

    Parameters
    ----------
    lake : Path
        Folder with ``manifest.json`` and one folder of Parquet parts per table.

    Raises
    ------
    HistoryError
        When a file is missing or unreadable.
    """
    manifest = _manifest(lake / "manifest.json")
    return History(
        base=manifest["base"],
        kind=manifest["kind"],
        labels_given=manifest["labels"] == "given",
        data_until=pd.Timestamp(manifest["data_until"]).tz_convert("UTC"),
        joined=_stays(_table(lake, "demographics", CLOCKS)),
        left=_table(lake, "churn_events", CLOCKS),
        labels=_table(lake, "labels", [*CLOCKS, "Churn"]),
    )


def _manifest(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise HistoryError(
            f"{path}: no lake here; run `python -m data simulate`, or `python -m data load FILE --as-of DATE`"
        )
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise HistoryError(f"{path}: cannot be read ({error}); run `python -m data check`") from error
    missing = sorted({"base", "kind", "labels", "data_until"} - set(manifest))
    if missing:
        raise HistoryError(f"{path}: lacks {', '.join(missing)}; run `python -m data check`")
    return manifest


def _table(lake: Path, name: str, columns: list[str]) -> pd.DataFrame:
    path = lake / f"{name}.parquet"
    try:
        table = pq.read_table(path, columns=columns, page_checksum_verification=True)
        table.validate(full=True)
        rows: pd.DataFrame = table.to_pandas()
    except (OSError, pa.ArrowException, UnicodeDecodeError) as error:
        raise HistoryError(f"{path}: cannot be read ({error}); run `python -m data check`") from error
    return rows


def _stays(rows: pd.DataFrame) -> pd.DataFrame:
    ordered = rows.sort_values(CLOCKS)
    return ordered.drop_duplicates(["customerID", "event_timestamp"]).reset_index(drop=True)


def _by_moment(rows: pd.DataFrame) -> pd.DataFrame:
    moments = pd.to_datetime(rows["event_timestamp"], utc=True).dt.as_unit("us")
    return rows[["customerID"]].assign(event_timestamp=moments).sort_values("event_timestamp")
