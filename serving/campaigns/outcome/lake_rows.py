"""Rows of the lake's tables as a readout needs them: within a time, each fact as it was learned last."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from serving.campaigns.outcome.window import Window
from serving.errors import OfflineError
from serving.features.lake import Manifest, open_lake

_CLOCK = pa.timestamp("us", tz="UTC")
_KEYS = {"customerID": pa.string(), "event_timestamp": _CLOCK, "created_timestamp": _CLOCK}
_COLUMNS = {
    "demographics": {"gender": pa.string(), "SeniorCitizen": pa.int64()},
    "churn_events": {"reason": pa.string()},
    "billing": {"tenure": pa.int64(), "MonthlyCharges": pa.float64()},
    "satisfaction": {"score": pa.int64()},
    "contacts": {"channel": pa.string(), "campaign": pa.string(), "outcome": pa.string()},
    "offers": {"campaign": pa.string(), "offer": pa.string()},
}
MAY_BE_ABSENT = ("contacts", "satisfaction")
"""Tables that a lake of an earlier version lacks."""
_FACT = {"contacts": ["channel", "campaign"], "offers": ["campaign"]}
"""What names a fact beside customer and moment."""
TICK = timedelta(microseconds=1)
VOLUNTARY = "voluntary"


class LakeRows:
    """The tables of a lake, with dated leaving.

    Parameters
    ----------
    folder : Path
    manifest : Manifest
    """

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self._folder = folder
        self.data_until = manifest.data_until

    @classmethod
    def open(cls) -> LakeRows:
        """The lake that the feature views read.

        Raises
        ------
        OfflineError
            There is none, or it cannot be read.
        """
        folder, manifest = open_lake()
        return SnapshotRows(folder, manifest) if manifest.kind == "snapshot" else LakeRows(folder, manifest)

    def rows(self, table: str, since: datetime | None = None, until: datetime | None = None) -> pd.DataFrame:
        """Rows of a table whose event is at or after `since` and before `until`, in the order of events.

        A fact that was learned anew is there once, as it was learned last. A table that an earlier version
        did not have is empty, and a column of it null.

        Raises
        ------
        OfflineError
            The table cannot be read.
        """
        path, schema = self._folder / f"{table}.parquet", columns_of()[table]
        if table in MAY_BE_ABSENT and not path.exists():
            return pd.DataFrame(schema.empty_table().to_pandas())
        try:
            found = pq.read_table(
                path, schema=schema, filters=_between(since, until), page_checksum_verification=True
            )
            found.validate(full=True)
        except (OSError, pa.ArrowException, UnicodeDecodeError) as error:
            raise OfflineError(f"{path} cannot be read ({error}); run `python -m data check`") from error
        events = found.to_pandas().sort_values(["event_timestamp", "created_timestamp"])
        fact = ["customerID", "event_timestamp", *_FACT.get(table, [])]
        return pd.DataFrame(events.drop_duplicates(fact, keep="last", ignore_index=True))

    def leaves(self, window: Window) -> pd.DataFrame:
        """Who left after a window's first moment, up to its end: an observation date is part of the past.

        Raises
        ------
        OfflineError
            The table cannot be read.
        """
        return self.rows("churn_events", window.begin + TICK, window.end + TICK)

    def bills(self, window: Window) -> pd.DataFrame:
        """The bills of a window. Raises OfflineError."""
        return self.rows("billing", window.begin, window.end)

    def known(self, moment: datetime) -> set[str]:
        """Everybody who had ever joined at a moment. Raises OfflineError."""
        return set(self.rows("demographics", until=moment + TICK)["customerID"])

    def active(self, moment: datetime) -> pd.DataFrame:
        """Customers who had joined at a moment and not left, with the columns of `demographics`.

        Raises
        ------
        OfflineError
            A table cannot be read.
        """
        until = moment + TICK
        joined = self.rows("demographics", until=until).drop_duplicates("customerID", keep="last")
        left = self.rows("churn_events", until=until).groupby("customerID")["event_timestamp"].max()
        away = joined["customerID"].map(left) >= joined["event_timestamp"]
        return joined[~away].reset_index(drop=True)


class SnapshotRows(LakeRows):
    """The files of a snapshot, one edition each: who is in a file no more has left meanwhile."""

    def bills(self, window: Window) -> pd.DataFrame:
        """None: the charges in a file are no bills."""
        return super().bills(window).iloc[:0]

    def leaves(self, window: Window) -> pd.DataFrame:
        """Who was in the latest file when a window begins, and is not in the first file after its end."""
        files = self.rows("demographics", since=window.end)
        file = files["event_timestamp"].min()
        there = files.loc[files["event_timestamp"] == file, "customerID"]
        before = self.active(window.begin)["customerID"]
        gone = before[~before.isin(there)].reset_index(drop=True)
        return pd.DataFrame(
            {"customerID": gone, "event_timestamp": file, "created_timestamp": file, "reason": None}
        )

    def active(self, moment: datetime) -> pd.DataFrame:
        """Customers of the latest file at a moment."""
        rows = self.rows("demographics", until=moment + TICK)
        latest = rows["event_timestamp"] == rows["event_timestamp"].max()
        return pd.DataFrame(rows[latest].reset_index(drop=True))


def columns_of() -> dict[str, pa.Schema]:
    """By table, the columns that are read of it."""
    return {table: pa.schema(_KEYS | columns) for table, columns in _COLUMNS.items()}


def _between(since: datetime | None, until: datetime | None) -> pc.Expression | None:
    event = pc.field("event_timestamp")
    limits = [event >= pa.scalar(since, _CLOCK)] if since else []
    limits += [event < pa.scalar(until, _CLOCK)] if until else []
    if not limits:
        return None
    return limits[0] if len(limits) == 1 else limits[0] & limits[1]
