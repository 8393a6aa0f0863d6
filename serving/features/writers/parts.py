"""Cuts what is to be written into batches of customers, each with all its views."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from feature_repo.lake import JOIN_KEY
from feature_repo.sqlite_store.arrow_rows import ViewRows


def parts(views: Sequence[ViewRows], size: int | None) -> Iterator[list[ViewRows]]:
    """Cut all views at the same customers, so that every customer is in one part, whole.

    Parameters
    ----------
    views : sequence of ViewRows
        Rows sorted by key, and `gone` sorted.
    size : int or None
        Customers per part; None for one part.
    """
    keys = [_keys(view) for view in views]
    everyone = _sorted([*keys, *(pa.array(view.gone, pa.string()) for view in views)])
    starts = everyone[:: size or len(everyone) or 1].to_pylist()
    for start, end in zip(starts, [*starts[1:], None], strict=True) if starts else ():
        yield [_between(view, its, start, end) for view, its in zip(views, keys, strict=True)]


def _keys(view: ViewRows) -> pa.Array:
    column = view.rows.column(JOIN_KEY)
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _sorted(keys: Sequence[pa.Array]) -> pa.Array:
    """Every key once, in order."""
    different: list[pa.Array] = []
    for array in keys:
        if len(array) and not any(array.equals(other) for other in different):
            different.append(array)
    if len(different) == 1:
        return different[0]  # as most often, and it is sorted
    everyone = pc.unique(pa.concat_arrays(different)) if different else pa.array([], pa.string())
    return everyone.take(pc.sort_indices(everyone))


def _between(view: ViewRows, keys: pa.Array, start: str, end: str | None) -> ViewRows:
    first, last = _range(keys, start, end)
    gone_first, gone_last = _range(view.gone, start, end)
    return ViewRows(view.view, view.rows.slice(first, last - first), view.gone[gone_first:gone_last])


def _range(keys: Sequence[str] | pa.Array, start: str, end: str | None) -> tuple[int, int]:
    return _place(keys, start), len(keys) if end is None else _place(keys, end)


def _place(keys: Sequence[str] | pa.Array, key: str) -> int:
    return bisect_left(keys, key, key=str)
