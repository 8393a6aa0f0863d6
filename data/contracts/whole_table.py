"""Rules that need the whole table: no key occurs twice, and a base has the tables that its kind requires.

Keys are compared by 64-bit hashes, so that 24 million of them fit in 0.2 GB; what looks alike is then
compared exactly, so a collision of hashes is never reported.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from data.contracts.table_contracts import places, violations_of
from data.lake_files.manifest import Facts
from data.schema import LATER_TABLES, Table
from data.violations import Violation

Hashes = NDArray[np.uint64]
# Multiplying by any odd number keeps different hashes different; 2**64 over the golden ratio spreads them.
MIXER = np.uint64(0x9E3779B97F4A7C15)


def hashes(column: pd.Series) -> Hashes:
    """Return one 64-bit hash per value of a column; the same in every process."""
    return np.asarray(pd.util.hash_pandas_object(column, index=False, categorize=False), dtype=np.uint64)


def key_hashes(frame: pd.DataFrame, columns: Sequence[str], first: Hashes | None = None) -> Hashes:
    """Return one 64-bit hash per row of the values in `columns`.

    Parameters
    ----------
    frame : pandas.DataFrame
        n rows.
    columns : sequence of str
        At least one.
    first : ndarray of uint64, (n,), optional
        The hashes of the first column, where they are known already.
    """
    mixed = hashes(frame[columns[0]]) if first is None else first
    for column in columns[1:]:
        mixed = mixed * MIXER + hashes(frame[column])
    return mixed


def repeated(batches: Sequence[Hashes]) -> Hashes:
    """Return the hashes that occur more than once in all batches together, each once, sorted."""
    if not batches:
        return np.empty(0, dtype=np.uint64)
    together = np.concatenate(batches)
    together.sort()
    return np.unique(together[1:][together[1:] == together[:-1]])


def duplicates(
    table: Table, key: Sequence[str], suspects: Hashes, frames: Iterable[pd.DataFrame]
) -> list[Violation]:
    """Return the rows whose key an earlier row has too.

    Parameters
    ----------
    table : Table
        The table.
    key : sequence of str
        Its key.
    suspects : ndarray of uint64
        Hashes that occur more than once, from `repeated`.
    frames : iterable of pandas.DataFrame
        All rows of the table in order.
    """
    alike = [frame[np.isin(key_hashes(frame, key), suspects)] for frame in frames]
    together = pd.concat(alike, ignore_index=True)
    again = together[together.duplicated([*key]).to_numpy()]
    rule = f"{' and '.join(key)} together stand once" if len(key) > 1 else f"{key[0]} stands once"
    return violations_of(again, places(table.name, again), key, rule)


def broken_counts(rows: Mapping[str, int], facts: Facts) -> list[Violation]:
    """Return what is wrong with the number of rows per table, given the kind of base."""
    customers = rows["demographics"]
    rules = [("demographics", customers > 0, "a base has at least one customer")]
    for name in _must_be_empty(facts):
        rules.append((name, rows[name] == 0, f"no row in a {facts.kind} base{_why(name)}"))
    for name in _one_each(facts):
        rules.append((name, rows[name] == customers, "one row per customer in a snapshot"))
    if facts.labels == "given":
        rules.append(
            ("labels", 0 < rows["labels"] <= customers, "at most one row per customer, and not none")
        )
    return [Violation(n, "rows", f"{rows[n]:,}", rule) for n, holds, rule in rules if not holds]


def _why(name: str) -> str:
    return " whose manifest says tickets: false" if name == "tickets" else ""


def _must_be_empty(facts: Facts) -> tuple[str, ...]:
    empty = ("labels",) if facts.labels == "events" else ("churn_events", "offers", *LATER_TABLES)
    return empty if facts.tickets else (*empty, "tickets")


def _one_each(facts: Facts) -> tuple[str, ...]:
    if facts.kind != "snapshot":
        return ()
    each = ("services", "billing")
    return (*each, "tickets") if facts.tickets else each
