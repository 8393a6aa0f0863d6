"""Checks before and after the online store is overwritten."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.dataset as ds

from serving.errors import MaterializeError

if TYPE_CHECKING:
    from feast import FeatureView

_SHOWN = 3
_LOOKED_AT = 1_000


def check_source(view: FeatureView, held: Collection[str]) -> None:
    """Refuse a source that has lost values that the store still has.

    An empty table, or a column of nulls, is an error of its writer if there were values before. Feast would
    report success for the first, and overwrite good values with the second.

    Parameters
    ----------
    view : FeatureView
        A view on a Parquet file, or a folder of them; other sources are not checked.
    held : collection of str
        Features for which the store has values.

    Raises
    ------
    MaterializeError
        The file cannot be read, is empty, or has a column of nulls only, while the store has values.
    """
    path = getattr(view.batch_source, "path", None)
    if path is None:
        return
    try:
        table = ds.dataset(path, format="parquet")
        rows = table.count_rows()
        empty = {name for name in _suspects(table, held) if rows and _all_null(table, name)}
    except (OSError, pa.ArrowException, UnicodeDecodeError) as error:  # the last: a damaged column name
        raise MaterializeError(f"View {view.name!r}: {path} cannot be read: {error}.") from error
    if held and not rows:
        raise MaterializeError(
            f"View {view.name!r}: {path} has no rows, and the online store has some; "
            "write the table again, or empty the store with `feast teardown`."
        )
    if empty:
        raise MaterializeError(
            f"View {view.name!r}: column {some(empty)} of {path} holds nulls only, and the online store has "
            "values; write the table again."
        )


def check_not_ahead(data_until: datetime, filled_until: datetime) -> None:
    """Refuse a lake that ends before what the store holds: rows of an edition that was taken back would stay.

    Raises
    ------
    MaterializeError
    """
    if filled_until > data_until:
        lake, store = (f"{moment:%Y-%m-%d %H:%M} UTC" for moment in (data_until, filled_until))
        raise MaterializeError(
            f"The lake ends on {lake}, and the online store holds rows up to {store}, which only newer rows "
            "replace. Load the later edition again; or run `feast -c feature_repo teardown`, which empties "
            "the store, `feast -c feature_repo apply`, and this command."
        )


def check_customers(view: str, missing: pa.Array, expected: int) -> None:
    """Check that every customer expected is in the store.

    Parameters
    ----------
    view : str
    missing : pyarrow.Array of string
        Customers who are expected and not stored.
    expected : int
        How many are expected.

    Raises
    ------
    MaterializeError
        Some are missing; the message counts and shows them.
    """
    if len(missing):
        raise MaterializeError(
            f"View {view!r}: {len(missing)} of {expected} customers are not in the online store "
            f"after materializing, such as {some(missing.to_pylist())}; materialize with `--full`."
        )


def some(names: Collection[str]) -> str:
    """Return the first few names in order, and how many more there are."""
    ordered = sorted(names)
    more = len(ordered) - _SHOWN
    return ", ".join(ordered[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _suspects(table: ds.Dataset, held: Collection[str]) -> list[str]:
    """Columns without a value in the first rows: most have one there, and need no further look.

    Reading the rows refuses a column that is missing, with its name.
    """
    columns = [name for name in held if name in table.schema.names]
    first = table.head(
        _LOOKED_AT, columns=columns, batch_size=_LOOKED_AT, batch_readahead=0, fragment_readahead=0
    )
    return [name for name in columns if first[name].null_count == first.num_rows]


def _all_null(table: ds.Dataset, name: str) -> bool:
    """Whether a column has no value. Reads up to its first one: damaged statistics would end the process."""
    return all(batch[name].null_count == len(batch) for batch in table.to_batches(columns=[name]))
