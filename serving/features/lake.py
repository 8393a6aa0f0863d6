"""The lake as serving reads it: its manifest, and the customers at a date."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pydantic import AwareDatetime, BaseModel, ValidationError

from feature_repo.errors import FeatureRepoError
from feature_repo.lake import lake_dir
from serving.errors import OfflineError

_HOUSEHOLD = "household"
_CLOCKS = ("event_timestamp", "created_timestamp")


class Manifest(BaseModel):
    """What serving needs to know about a lake. Nothing in the lake was learned after `data_until`."""

    base: str
    kind: Literal["simulated", "history", "snapshot"]
    data_until: AwareDatetime


def open_lake() -> tuple[Path, Manifest]:
    """Folder and manifest of the lake that the feature views read; raises as :func:`read_manifest`."""
    folder, manifest, _ = read_manifest()
    return folder, manifest


def read_manifest() -> tuple[Path, Manifest, bytes]:
    """Folder of the lake that the feature views read, its manifest, and the manifest's content.

    Raises
    ------
    OfflineError
        If there is no lake, or its manifest cannot be read.
    """
    try:
        folder = lake_dir()
        content = (folder / "manifest.json").read_bytes()
        return folder, Manifest.model_validate_json(content), content
    except FeatureRepoError as error:
        raise OfflineError(error.message) from error
    except FileNotFoundError as error:
        raise OfflineError(f"there is no lake in {folder}; write one with `python -m data`") from error
    except (OSError, ValidationError) as error:
        raise OfflineError(f"{folder / 'manifest.json'} cannot be read; write the lake again") from error


def customers_at(folder: Path, manifest: Manifest, as_of: datetime) -> pd.DataFrame:
    """Active customers at a date, by what was known then.

    A row is known at a date if both its clocks are at or before it. Customers who have joined and have not
    left, or have come back since, are active. In a snapshot they are those of the latest file at that date;
    customers whose label in it says that they churned are kept and marked.

    Parameters
    ----------
    as_of : datetime
        With a time zone.

    Returns
    -------
    DataFrame
        ``customerID`` (str, unique, sorted; held in Arrow but for a snapshot) and ``left`` (bool).
    """
    if manifest.kind == "snapshot":
        return _in_latest_file(folder, as_of)
    joined, left = (_known(folder, name, as_of) for name in ("demographics", "churn_events"))
    leavers = pc.unique(left["customerID"])
    away = leavers.filter(pa.array(_latest(left, leavers) >= _latest(joined, leavers)))
    active = pc.unique(joined["customerID"])
    active = active.filter(pc.invert(pc.is_in(active, away)))
    sorted_ids = active.take(pc.sort_indices(active)).cast(pa.string())
    return pd.DataFrame({"customerID": pd.arrays.ArrowExtensionArray(sorted_ids), "left": False})


def rows_known(folder: Path, table: str, as_of: datetime, *columns: str) -> pa.Table | None:
    """The rows of an optional table that were known at a date; None if the lake has no such table.

    Parameters
    ----------
    folder : Path
    table : str
    as_of : datetime
        With a time zone.
    columns : str
        Columns of texts to read beside the keys and the clocks.

    Raises
    ------
    OfflineError
        If the table cannot be read.
    """
    return _known(folder, table, as_of, *columns) if (folder / f"{table}.parquet").exists() else None


def households(folder: Path, as_of: datetime) -> dict[str, str]:
    """The household of each customer who has one, by what was known at a date.

    Raises
    ------
    OfflineError
        If the table cannot be read.
    """
    path = folder / "demographics.parquet"
    parts = sorted(path.glob("*.parquet")) if path.is_dir() else [path]
    schemas = [pq.read_schema(part) for part in parts]
    if not any(_HOUSEHOLD in schema.names for schema in schemas):
        return {}
    rows = _known(folder, "demographics", as_of, _HOUSEHOLD, schema=pa.unify_schemas(schemas))
    rows = rows.sort_by([(clock, "ascending") for clock in _CLOCKS])
    found = zip(rows["customerID"].to_pylist(), rows[_HOUSEHOLD].to_pylist(), strict=True)
    return {customer: home for customer, home in found if home is not None}


def _latest(rows: pa.Table, customers: pa.Array) -> np.ndarray:
    """When each customer's latest row became true, in microseconds since 1970 UTC; the least for no row."""
    at = pc.index_in(rows["customerID"], customers)
    theirs = rows["event_timestamp"].filter(at.is_valid()).cast(pa.int64())
    latest = np.full(len(customers), np.iinfo(np.int64).min)
    np.maximum.at(latest, at.drop_null().to_numpy(), theirs.to_numpy())
    return latest


def _in_latest_file(folder: Path, as_of: datetime) -> pd.DataFrame:
    rows = _known(folder, "demographics", as_of)
    date = pc.max(rows["event_timestamp"])
    labels = _known(folder, "labels", as_of, "Churn")
    churned = pc.and_(pc.equal(labels["event_timestamp"], date), pc.equal(labels["Churn"], "Yes"))
    gone = set(labels.filter(churned)["customerID"].to_pylist())
    customers = sorted(rows.filter(pc.equal(rows["event_timestamp"], date))["customerID"].to_pylist())
    return pd.DataFrame({"customerID": customers, "left": [customer in gone for customer in customers]})


def _known(
    folder: Path, table: str, as_of: datetime, *columns: str, schema: pa.Schema | None = None
) -> pa.Table:
    """The rows of a table that were known at a date: keys, clocks and the columns asked for.

    `schema` is that of all parts, where some lack a column.
    """
    rows = _read(folder / f"{table}.parquet", ["customerID", *_CLOCKS, *columns], schema)
    moment = pa.scalar(as_of.astimezone(UTC), pa.timestamp("us", tz="UTC"))
    return rows.filter(pc.and_(*(pc.less_equal(rows[clock], moment) for clock in _CLOCKS)))


def _read(path: Path, columns: list[str], schema: pa.Schema | None = None) -> pa.Table:
    try:
        rows = pq.read_table(path, columns=columns, schema=schema, page_checksum_verification=True)
        rows.validate(full=True)
    except (OSError, pa.ArrowException, UnicodeDecodeError) as error:
        raise OfflineError(f"{path} cannot be read ({error}); run `python -m data check`") from error
    for column in rows.schema:  # else nobody would be found among those who left
        if not _IS_OF_ITS_TYPE.get(column.name, _is_text)(column.type):
            raise OfflineError(
                f"{path} cannot be read ({column.name} is {column.type}); run `python -m data check`"
            )
    return rows


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


_IS_OF_ITS_TYPE = dict.fromkeys(_CLOCKS, pa.types.is_timestamp)
