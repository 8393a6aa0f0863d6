"""Cuts what is to be written into batches of customers, each with all its views."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from feature_repo.lake import JOIN_KEY
from feature_repo.sqlite_store.rows import ViewRows


def parts(views: Sequence[ViewRows], size: int | None) -> Iterator[list[ViewRows]]:
    """Cut all views at the same customers, so that every customer is in one part, whole.

    Parameters
    ----------
    views : sequence of ViewRows
        Rows sorted by key, and `gone` sorted.
    size : int or None
        Customers per part; None for one part.
    """
    keys = [view.rows.column(JOIN_KEY).to_pylist() for view in views]
    everyone = sorted(set().union(*keys, *(view.gone for view in views)))
    starts = everyone[:: size or len(everyone) or 1]
    for start, end in zip(starts, [*starts[1:], None], strict=True) if starts else ():
        yield [_between(view, its, start, end) for view, its in zip(views, keys, strict=True)]


def _between(view: ViewRows, keys: Sequence[str], start: str, end: str | None) -> ViewRows:
    first, last = _range(keys, start, end)
    gone_first, gone_last = _range(view.gone, start, end)
    return ViewRows(view.view, view.rows.slice(first, last - first), view.gone[gone_first:gone_last])


def _range(keys: Sequence[str], start: str, end: str | None) -> tuple[int, int]:
    return bisect_left(keys, start), len(keys) if end is None else bisect_left(keys, end)
