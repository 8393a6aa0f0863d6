"""The check of a lake against its manifest and the contracts, batch by batch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data.contracts import answers
from data.contracts.cross_table import NEW_DAYS, Customers, without_rows
from data.contracts.table_contracts import contract_of
from data.contracts.whole_table import Hashes, broken_counts, duplicates, hashes, key_hashes, repeated
from data.errors import ContractError
from data.lake_files.damage import check_files
from data.lake_files.manifest import Manifest
from data.lake_files.reading import frames, rows_since, to_frame
from data.progress import Progress
from data.schema import KEYS, TABLES
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


@dataclass(frozen=True)
class Checked:
    """What was checked when an earlier edition of the same lake was written.

    Parameters
    ----------
    parts : mapping of str to int
        How many of each table's first parts.
    until : datetime
        UTC; the later rows were learned after it.
    """

    parts: Mapping[str, int]
    until: datetime


def check_contracts(
    folder: Path, manifest: Manifest, progress: Progress | None = None, checked: Checked | None = None
) -> None:
    """Check the rows of whole files against every contract, in bounded memory.

    Of what was checked before only that is read again which the new rows may contradict: what happened since
    the earliest of the new joins and leaves.

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
        earlier = _Earlier.of(folder, customers, checked) if checked else None
        for name in TABLES:
            found += _TableCheck(folder, name, manifest, customers, progress, earlier).run()
        found += _early_contacts(folder, manifest, earlier)
    if found:
        raise ContractError(_message(manifest, found), found)


def _early_contacts(folder: Path, manifest: Manifest, earlier: _Earlier | None) -> list[Violation]:
    """Contacts before the draw; of those checked before, only where there are new draws."""
    known = {name: earlier.parts[name] if earlier else 0 for name in ("contacts", "offers")}
    new_draws = len(manifest.tables["offers"].parts) > known["offers"]
    first = 0 if new_draws else known["contacts"]
    if not sum(part.rows for part in manifest.tables["contacts"].parts[first:]):
        return []
    offers, contacts = (
        frames(folder, "offers", answers.COLUMNS),
        frames(folder, "contacts", answers.COLUMNS, first=first),
    )
    return list(islice(answers.too_early(offers, contacts), MOST_PER_TABLE))


@dataclass(frozen=True)
class _Earlier:
    """What the check of an earlier edition leaves to check.

    Parameters
    ----------
    parts : mapping of str to int
        As in `Checked`.
    absent : ndarray of bool
        Of each customer whether it was not known then, or so new that it could lack a bill.
    unknown : ndarray of bool
        Of each customer whether it was not known then.
    customers : pyarrow.Array of string
        Whose rows are read again: of whom is now known that they joined or left, and who were new then.
    since : datetime
        Rows of theirs that became true before need not be read.
    """

    parts: Mapping[str, int]
    absent: np.ndarray
    unknown: np.ndarray
    customers: pa.Array
    since: datetime

    @classmethod
    def of(cls, folder: Path, customers: Customers, checked: Checked) -> _Earlier:
        unknown = np.zeros(len(customers.ids), dtype=bool)
        joined = _learned_after(folder, "demographics", checked.until)
        frame = to_frame(joined)
        # Only for what it marks: the table's own check tells what is broken.
        list(customers.broken("demographics", frame, hashes(frame["customerID"]), unknown))
        recent = checked.until - timedelta(days=NEW_DAYS)
        new = pa.concat_tables(
            [
                *rows_since(folder, "demographics", KEYS, recent),
                joined,
                _learned_after(folder, "churn_events", checked.until),
            ]
        )
        since = pc.min(new["event_timestamp"]).as_py() or checked.until
        absent = unknown | customers.are_new(checked.until)
        return cls(checked.parts, absent, unknown, pc.unique(new["customerID"]), since)


def _learned_after(folder: Path, name: str, until: datetime) -> pa.Table:
    learned = rows_since(folder, name, KEYS, until + timedelta(microseconds=1), "created_timestamp")
    return pa.concat_tables([TABLES[name].schema.empty_table().select(KEYS), *learned])


class _TableCheck:
    """The check of one table: rows, keys, customers."""

    def __init__(
        self,
        folder: Path,
        name: str,
        manifest: Manifest,
        customers: Customers,
        progress: Progress | None,
        earlier: _Earlier | None,
    ) -> None:
        self.folder, self.name, self.customers, self.progress = folder, name, customers, progress
        self.table = TABLES[name]
        self.facts = manifest.facts
        self.dates = [edition.data_until for edition in manifest.editions]
        self.key = self.table.unique
        self.earlier = earlier
        self.parts = earlier.parts[name] if earlier else 0
        self.rows = sum(part.rows for part in manifest.tables[name].parts[self.parts :])
        self.seen = np.zeros(len(customers.ids), dtype=bool)

    def run(self) -> list[Violation]:
        found: list[Violation] = []
        keys: list[Hashes] = []
        contract = contract_of(self.name, self.facts, self.dates)
        done = 0
        for frame in frames(self.folder, self.name, first=self.parts):
            ids = hashes(frame["customerID"])
            keys.append(key_hashes(frame, self.key, ids))
            found += contract.broken(frame)
            found += self.customers.broken(self.name, frame, ids, self.seen)
            done += len(frame)
            if self.progress:
                self.progress(self.name, done, self.rows)
            if len(found) > MOST_PER_TABLE:
                return found
        if self.earlier:
            found += self._contradicted(self.earlier)
        return found + self._repeated_keys(keys) + self._absent()

    def _contradicted(self, earlier: _Earlier) -> Iterator[Violation]:
        """Rows that were checked before, and do not fit joins and leaves that are known now."""
        columns = (*KEY_COLUMNS, *(("tenure",) if self.name == "billing" else ()))
        for rows in rows_since(self.folder, self.name, columns, earlier.since, last=self.parts):
            frame = to_frame(rows.filter(pc.is_in(rows["customerID"], earlier.customers)))
            yield from self.customers.broken(self.name, frame, hashes(frame["customerID"]), self.seen)

    def _repeated_keys(self, keys: list[Hashes]) -> list[Violation]:
        if not keys:
            return []
        # With the moment of learning in the key, nothing new can be what is there already.
        last = 0 if "created_timestamp" in self.key else self.parts
        columns = tuple(dict.fromkeys((*KEY_COLUMNS, *self.key)))
        keys += [key_hashes(frame, self.key) for frame in frames(self.folder, self.name, columns, last=last)]
        suspects = repeated(keys)
        if not len(suspects):
            return []
        return duplicates(self.table, self.key, suspects, frames(self.folder, self.name, columns))

    def _absent(self) -> list[Violation]:
        owed = {"services", "billing"} | ({"tickets"} if self.facts.tickets else set())
        if self.name not in owed:
            return []
        seen, monthly = self.seen, self.name != "services" and self.facts.kind != "snapshot"
        if self.earlier:
            seen = seen | ~(self.earlier.absent if monthly else self.earlier.unknown)
        if monthly:
            seen = seen | self.customers.are_new(self.facts.data_until)
        demographics = frames(self.folder, "demographics", KEY_COLUMNS)
        return without_rows(self.customers, seen, self.name, demographics)


def _message(manifest: Manifest, found: Sequence[Violation]) -> str:
    most = max(Counter(violation.where.partition(",")[0] for violation in found).values())
    times = f"{'at least ' if most > MOST_PER_TABLE else ''}{counted(len(found), 'time')}"
    return f"The tables of base {manifest.facts.base} break their contracts {times}:\n{listed(found)}"
