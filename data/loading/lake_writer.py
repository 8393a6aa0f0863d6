"""Writing a lake, Parquet parts per table and a manifest, beside its place; then it is swapped in.

The next edition of a base has the former one's parts, by hard links, and a new part for what is new.

>>> with LakeWriter(lake_path(), facts) as writer:  # doctest: +SKIP
...     for month in months:
...         writer.append("billing", rows_of(month))
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

import pyarrow as pa

from data.contracts.check import Checked, check_contracts
from data.errors import BaseConflictError, LakeDamagedError, LakeError, LakeMissingError, TableShapeError
from data.lake_files.manifest import FILE_NAME, Edition, Facts, Manifest, TableFacts, read_manifest
from data.lake_files.parts import PART_NAME
from data.lake_files.private import private_file, private_folder
from data.lake_files.swap import heal, locked, new_folder, swap_in
from data.lake_files.table_file import sync
from data.lake_files.table_writer import TableWriter
from data.progress import Progress
from data.schema import TABLES


class LakeWriter:
    """Write a base, table by table, in bounded memory. The lake changes only if everything succeeds.

    On a clean exit every table of the schema exists (empty when nothing was appended), the contracts are
    checked on what is new, the files are forced to disk, and the folder takes the lake's place. On an
    exception the lake is as it was.

    Parameters
    ----------
    target : Path
        The lake's folder, usually `lake_path()`.
    facts : Facts
        What the manifest says of the base.
    replace : bool
        Whether a base that already lies there may be replaced.
    progress : callable, optional
        Called as `progress(table, rows_checked, rows)` while the contracts are checked.
    earlier : Manifest, optional
        Of the base that lies there, whose next edition this is; `facts` names the same base.
    loaded_by : str, optional
        Who loads it, for the manifest.

    Raises
    ------
    BaseConflictError
        On entering: a base lies there and `replace` is false.
    LakeLockedError
        On entering: another process is writing this lake.
    ContractError
        On a clean exit: the tables break their contracts.
    """

    def __init__(
        self,
        target: Path,
        facts: Facts,
        replace: bool = False,
        progress: Progress | None = None,
        *,
        earlier: Manifest | None = None,
        loaded_by: str | None = None,
    ) -> None:
        self.target = target.resolve()
        self.facts = facts
        self._replace = replace
        self._progress = progress
        self._earlier = earlier
        self._loaded_by = loaded_by
        self._tables: dict[str, TableWriter] = {}
        self._held = ExitStack()

    def __enter__(self) -> LakeWriter:
        with ExitStack() as stack:
            stack.enter_context(locked(self.target))
            heal(self.target)
            self._refuse_conflict()
            folder = new_folder(self.target)
            private_folder(folder)
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
            self._tables = {name: self._table(folder, name) for name in TABLES}
            self._held = stack.pop_all()
        return self

    def _refuse_conflict(self) -> None:
        if self._earlier is None:
            refuse_conflict(self.target, self.facts.base, self._replace)
        elif read_manifest(self.target) != self._earlier:
            raise LakeError(f"The lake {self.target} was written meanwhile by another process; try again.")

    def _table(self, folder: Path, name: str) -> TableWriter:
        former = self._earlier.tables[name] if self._earlier else None
        return TableWriter(folder, TABLES[name], self.target, former)

    def append(self, name: str, rows: pa.Table) -> None:
        """Append rows to a table.

        Parameters
        ----------
        name : str
            A table of `data.schema.TABLES`.
        rows : pyarrow.Table
            All its columns in any order; dictionary-encoded strings, narrower integers and other units of UTC
            timestamps are taken.

        Raises
        ------
        TableShapeError
            The table is unknown, or the columns or types are not its own.
        """
        if name not in self._tables:
            raise TableShapeError(f"there is no table {name!r}; the lake has {', '.join(TABLES)}")
        self._tables[name].append(rows)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._held:
            if kind is None:
                self._finish()
            else:
                self._discard()

    def _finish(self) -> None:
        for table in self._tables.values():
            table.close()
        tables = {name: table.seal() for name, table in self._tables.items()}
        manifest = Manifest(self.facts, tables, self._editions(tables))
        folder = new_folder(self.target)
        check_contracts(folder, manifest, self._progress, self._checked())
        private_file(folder / FILE_NAME)
        (folder / FILE_NAME).write_text(manifest.to_json(), encoding="utf-8")
        sync(folder / FILE_NAME)
        sync(folder)
        swap_in(self.target)

    def _checked(self) -> Checked | None:
        if self._earlier is None:
            return None
        kept = {name: table.kept for name, table in self._tables.items()}
        return Checked(kept, self._earlier.facts.data_until)

    def _editions(self, tables: Mapping[str, TableFacts]) -> tuple[Edition, ...]:
        before = {name: table.rows for name, table in self._earlier.tables.items()} if self._earlier else {}
        added = {name: table.rows - before.get(name, 0) for name, table in tables.items()}
        edition = Edition(self.facts.data_until, self.facts.source, added, self._loaded_by)
        return (*(self._earlier.editions if self._earlier else ()), edition)

    def _discard(self) -> None:
        for table in self._tables.values():
            table.discard()


def refuse_conflict(lake: Path, base: str, replace: bool) -> None:
    """Refuse to write `base` to `lake` if that would destroy something that nobody asked to replace.

    Raises
    ------
    BaseConflictError
        A base lies there and `replace` is false.
    LakeError
        The folder holds something that is not a lake; `replace` does not remove it.
    LakeDamagedError
        The lake there has no readable manifest and `replace` is false.
    """
    _refuse_foreign(lake)
    try:
        existing = read_manifest(lake).facts.base
    except LakeMissingError:
        return
    except LakeDamagedError:
        if replace:
            return
        raise
    if not replace:
        same = "it already" if existing == base else f"{base} would not mix with it, and it"
        raise BaseConflictError(
            f"The lake {lake} holds the base {existing}; {same} stays. "
            "To replace it as a whole, add --replace."
        )


def _refuse_foreign(lake: Path) -> None:
    if not lake.exists():
        return
    if not lake.is_dir():
        raise LakeError(f"{lake} is a file; the lake must be a folder. Set STAYLINE_LAKE to another place.")
    inside = (path.relative_to(lake) for path in lake.rglob("*"))
    foreign = sorted(str(path) for path in inside if not _is_of_a_lake(path))
    if foreign:
        raise LakeError(
            f"{lake} holds {foreign[0]!r}, which is no part of a lake, so it is not replaced. "
            "Move it away or set STAYLINE_LAKE to another place."
        )


def _is_of_a_lake(path: Path) -> bool:
    """Whether a file or folder, by its path in a lake, is the manifest, a table, or a part of one."""
    place, *part = path.parts
    if not part:
        return place == FILE_NAME or place in {f"{name}.parquet" for name in TABLES}
    return PART_NAME.fullmatch("/".join(part)) is not None
