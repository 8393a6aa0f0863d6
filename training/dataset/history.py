"""Who was a customer, who left and when, read from the lake; labels are made from it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from training.errors import HistoryError

Kind = Literal["simulated", "history", "snapshot"]
CLOCKS = ["customerID", "event_timestamp", "created_timestamp"]
VOLUNTARY = "voluntary"
"""The reason of a leave that the customer decided on; also where a base gives no reasons."""
HOLD_OUT = "none"
"""The offer of who was drawn into a campaign's hold-out."""


def _no_offers() -> pd.DataFrame:
    moments = pd.Series([], dtype="datetime64[us, UTC]")
    texts = pd.Series([], dtype="object")
    return pd.DataFrame(
        dict.fromkeys(CLOCKS, moments) | {name: texts for name in ("customerID", "campaign", "offer")}
    )


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
    left : DataFrame, same columns and ``reason``
        One row per leave.
    labels : DataFrame, columns of ``joined`` and ``Churn``
        Given labels of a snapshot; empty for a dated history.
    offers : DataFrame, columns of ``joined``, ``campaign`` and ``offer``
        One row per customer and campaign drawn; the offer is ``none`` in the hold-out.
    """

    base: str
    kind: Kind
    labels_given: bool
    data_until: pd.Timestamp
    joined: pd.DataFrame
    left: pd.DataFrame
    labels: pd.DataFrame
    offers: pd.DataFrame = field(default_factory=_no_offers)

    @cached_property
    def stays(self) -> pd.DataFrame:
        """All stays: ``joined`` with ``left``, when each ended (UTC), and its ``reason``."""
        return self.joined.assign(**self.leaves_after(self.joined)[["left", "reason"]])

    def leaves_after(self, rows: pd.DataFrame) -> pd.DataFrame:
        """The first leave of each row's customer at or after the row.

        Parameters
        ----------
        rows : DataFrame, (n, ...)
            ``customerID`` and ``event_timestamp`` (UTC), in any order.

        Returns
        -------
        DataFrame, (n, 3)
            With the rows' index: ``left``, when it took place, ``learned`` (UTC) and ``reason``; or missing.
        """
        asked, leaves = _by_moment(rows), _by_moment(self.left)
        leaves = leaves.assign(
            left=leaves["event_timestamp"],
            learned=self.left["created_timestamp"],
            reason=self.left.get("reason", VOLUNTARY),
        )
        found = pd.merge_asof(asked, leaves, on="event_timestamp", by="customerID", direction="forward")
        return found[["left", "learned", "reason"]].set_index(asked.index).reindex(rows.index)


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
        joined=_stays(read_table(lake, "demographics", CLOCKS)),
        left=read_table(lake, "churn_events", CLOCKS, {"reason": VOLUNTARY}),
        labels=read_table(lake, "labels", [*CLOCKS, "Churn"]),
        offers=read_table(lake, "offers", [*CLOCKS, "campaign", "offer"]),
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


def read_table(
    lake: Path, name: str, columns: list[str], defaults: Mapping[str, str | None] = MappingProxyType({})
) -> pd.DataFrame:
    """Columns of a table, and others with what stands for them in parts that do not have them.

    Parameters
    ----------
    lake : Path
    name : str
    columns : list of str
        Those that every part has.
    defaults : mapping of str to str or None
        By column what stands in parts without it; None leaves it missing.

    Raises
    ------
    HistoryError
        When the table cannot be read.
    """
    path = lake / f"{name}.parquet"
    try:
        parts = sorted(path.glob("*.parquet")) if path.is_dir() else [path]
        schema = pa.unify_schemas([pq.read_schema(part) for part in parts])
        optional = [column for column in defaults if column in schema.names]
        table = pq.read_table(
            path, columns=[*columns, *optional], schema=schema, page_checksum_verification=True
        )
        table.validate(full=True)
        rows: pd.DataFrame = table.to_pandas()
    except (OSError, pa.ArrowException, UnicodeDecodeError) as error:
        raise HistoryError(f"{path}: cannot be read ({error}); run `python -m data check`") from error
    return rows.reindex(columns=[*columns, *defaults]).fillna(
        {column: value for column, value in defaults.items() if value is not None}
    )


def _stays(rows: pd.DataFrame) -> pd.DataFrame:
    ordered = rows.sort_values(CLOCKS)
    return ordered.drop_duplicates(["customerID", "event_timestamp"]).reset_index(drop=True)


def _by_moment(rows: pd.DataFrame) -> pd.DataFrame:
    moments = pd.to_datetime(rows["event_timestamp"], utc=True).dt.as_unit("us")
    return rows[["customerID"]].assign(event_timestamp=moments).sort_values("event_timestamp")
