"""The check of a lake against its manifest and the contracts, batch by batch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from data.contracts.cross_table import Customers, without_rows
from data.contracts.table_contracts import contract_of
from data.contracts.whole_table import Hashes, broken_counts, duplicates, hashes, key_hashes, repeated
from data.errors import ContractError
from data.lake_files.damage import check_files
from data.lake_files.manifest import Manifest
from data.lake_files.table_file import frames
from data.progress import Progress
from data.schema import TABLES
from data.violations import Violation, counted, listed

# A table in which every row is bad would fill the memory with messages.
MOST_PER_TABLE = 1_000
KEY_COLUMNS = ("customerID", "event_timestamp")


def check_lake(lake: Path, progress: Progress | None = None) -> Manifest:
    """Check manifest, files and contracts of a lake.

    Parameters
    ----------
    lake : Path
        The lake's folder.
    progress : callable, optional
        Called as `progress(table, rows_checked, rows)`.

    Raises
    ------
    LakeMissingError, LakeDamagedError
        There is no lake, or a file of it is missing, truncated or not what the manifest says.
    ContractError
        The files are whole, but rows break the contracts.
    """
    manifest = check_files(lake)
    check_contracts(lake, manifest, progress)
    return manifest


def check_contracts(folder: Path, manifest: Manifest, progress: Progress | None = None) -> None:
    """Check the rows of whole files against every contract, in bounded memory.

    Raises
    ------
    ContractError
        Its `violations` lists the broken rules; after a thousand of them a table is not read further.
    """
    found = broken_counts({name: table.rows for name, table in manifest.tables.items()}, manifest.facts)
    # Without customers, every other row would be reported as an unknown customer's.
    if manifest.tables["demographics"].rows:
        returns = manifest.facts.kind != "snapshot"
        customers = Customers.of(frames(folder, "demographics", KEY_COLUMNS), returns)
        customers.learn_leaving(frames(folder, "churn_events", KEY_COLUMNS))
        for name in TABLES:
            found += _TableCheck(folder, name, manifest, customers, progress).run()
    if found:
        raise ContractError(_message(manifest, found), found)


class _TableCheck:
    """The check of one table: rows, keys, customers."""

    def __init__(
        self, folder: Path, name: str, manifest: Manifest, customers: Customers, progress: Progress | None
    ) -> None:
        self.folder, self.name, self.customers, self.progress = folder, name, customers, progress
        self.table = TABLES[name]
        self.facts = manifest.facts
        self.dates = [edition.data_until for edition in manifest.editions]
        self.key = self.table.unique
        self.rows = manifest.tables[name].rows

    def run(self) -> list[Violation]:
        found: list[Violation] = []
        keys: list[Hashes] = []
        seen = np.zeros(len(self.customers.ids), dtype=bool)
        contract = contract_of(self.name, self.facts, self.dates)
        done = 0
        for frame in frames(self.folder, self.name):
            ids = hashes(frame["customerID"])
            keys.append(key_hashes(frame, self.key, ids))
            found += contract.broken(frame)
            found += self.customers.broken(self.name, frame, ids, seen)
            done += len(frame)
            if self.progress:
                self.progress(self.name, done, self.rows)
            if len(found) > MOST_PER_TABLE:
                return found
        return found + self._repeated_keys(keys) + self._absent(seen)

    def _repeated_keys(self, keys: Sequence[Hashes]) -> list[Violation]:
        suspects = repeated(keys)
        if not len(suspects):
            return []
        columns = tuple(dict.fromkeys((*KEY_COLUMNS, *self.key)))
        return duplicates(self.table, self.key, suspects, frames(self.folder, self.name, columns))

    def _absent(self, seen: np.ndarray) -> list[Violation]:
        owed = {"services", "billing"} | ({"tickets"} if self.facts.tickets else set())
        if self.name not in owed:
            return []
        if self.name != "services" and self.facts.kind != "snapshot":
            seen = seen | self.customers.are_new(self.facts.data_until)
        demographics = frames(self.folder, "demographics", KEY_COLUMNS)
        return without_rows(self.customers, seen, self.name, demographics)


def _message(manifest: Manifest, found: Sequence[Violation]) -> str:
    most = max(Counter(violation.where.partition(",")[0] for violation in found).values())
    times = f"{'at least ' if most > MOST_PER_TABLE else ''}{counted(len(found), 'time')}"
    return f"The tables of base {manifest.facts.base} break their contracts {times}:\n{listed(found)}"
