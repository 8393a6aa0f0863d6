"""One table of a lake under construction: the parts of its former edition, and a part with what is new."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pyarrow as pa

from data.errors import LakeDamagedError
from data.lake_files import table_file
from data.lake_files.manifest import Part, TableFacts
from data.lake_files.parts import part_path, parts_of, table_path
from data.lake_files.private import private_folder
from data.lake_files.reading import batches
from data.lake_files.table_file import TableFile, file_sha256, sync
from data.schema import Table

_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EMLINK, errno.EXDEV)


class TableWriter:
    """Write a table; at most one row group waits in memory.

    Former parts are linked, which costs nothing. A last part that is smaller than one row group is written
    into the new part instead, so that a year of nights does not leave as many small files.

    Parameters
    ----------
    folder : Path
        Of the lake that is written.
    table : Table
        The table.
    lake : Path, optional
        Of the former edition.
    former : TableFacts, optional
        The table in the former edition.
    """

    def __init__(
        self, folder: Path, table: Table, lake: Path | None = None, former: TableFacts | None = None
    ) -> None:
        self.path = table_path(folder, table.name)
        self._folder = folder
        self._table = table
        self._kept: tuple[tuple[Path, Part], ...] = ()
        if lake and former:
            self._kept = tuple(zip(parts_of(lake, table.name), former.parts, strict=True))
        self._file: TableFile | None = None
        private_folder(self.path)

    @property
    def kept(self) -> int:
        """How many parts are those of the former edition."""
        return len(self._kept)

    def append(self, rows: pa.Table) -> None:
        """Add rows.

        Raises
        ------
        TableShapeError
            The columns or types are not the table's.
        LakeDamagedError
            The former edition's last part, whose rows the new one takes, was changed.
        """
        if rows.num_rows:
            (self._file or self._opened()).append(rows)

    def _opened(self) -> TableFile:
        """Begin the new part, with the rows of a short last one."""
        short = [pair for pair in self._kept[-1:] if pair[1].rows < table_file.ROW_GROUP_ROWS]
        self._kept = self._kept[: self.kept - len(short)]
        self._file = TableFile(part_path(self._folder, self._table.name, self.kept + 1), self._table)
        for path, part in short:
            _check_unchanged(path, part)
            for rows in batches(path):
                self._file.append(rows)
        return self._file

    def close(self) -> None:
        """Write the rows that wait, and link the former parts."""
        if not self._kept and not self._file:
            self._opened()
        if self._file:
            self._file.close()
        for number, (path, _) in enumerate(self._kept, start=1):
            _link(path, part_path(self._folder, self._table.name, number))

    def discard(self) -> None:
        """Close without the rows that wait; the folder is about to be removed."""
        if self._file:
            self._file.discard()

    def seal(self) -> TableFacts:
        """Force the closed table to disk and return its parts."""
        new = (self._file.seal(),) if self._file else ()
        sync(self.path)
        return TableFacts((*(part for _, part in self._kept), *new))


def _check_unchanged(path: Path, part: Part) -> None:
    if file_sha256(path) != part.sha256:
        raise LakeDamagedError(f"{path} was changed after it was written; `python -m data check` says more.")


def _link(path: Path, target: Path) -> None:
    """Give a file a second name, or copy it where the file system has no links."""
    try:
        os.link(path, target)
    except OSError as wrong:
        if wrong.errno not in _NO_LINKS:
            raise
        shutil.copy2(path, target)
        sync(target)
