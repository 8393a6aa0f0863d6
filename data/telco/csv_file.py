"""Reading the Telco CSV: every cell checked as text first, then typed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from data.contracts.bad_rows_error import bad_rows_error
from data.lake_files.reading import to_frame
from data.progress import Progress
from data.telco.contract import LABEL, TICKET_COLUMNS, header_violations, text_contract
from data.telco.csv_text import Cells, decode, split
from data.telco.recognize import check_is_telco
from data.violations import Violation, values_text

DOLLARS = ("MonthlyCharges", "TotalCharges")


@dataclass(frozen=True)
class TelcoFile:
    """A Telco CSV of which every row is valid.

    Parameters
    ----------
    name : str
        File name without its folder.
    sha256 : str
        Of the file's bytes, as hex.
    rows : pyarrow.Table
        One row per customer in the file's order, with the file's columns; numbers typed, SeniorCitizen 0/1.
    blank_lines : tuple of int
        Lines whose TotalCharges was blank (tenure 0) and was read as 0.
    """

    name: str
    sha256: str
    rows: pa.Table
    blank_lines: tuple[int, ...]

    @property
    def tickets(self) -> bool:
        """Whether the file has the two ticket columns."""
        return TICKET_COLUMNS[0] in self.rows.column_names

    @property
    def labelled(self) -> bool:
        """Whether the file says who churned."""
        return LABEL in self.rows.column_names


def content_sha256(content: bytes) -> str:
    """Return the sha256 of a file's bytes, as hex."""
    return hashlib.sha256(content).hexdigest()


def parse(
    path: Path, content: bytes, progress: Progress | None = None, *, labelled: bool = True
) -> TelcoFile:
    """Read and check the bytes of a Telco CSV of 21 columns, or of 23 with the two ticket columns.

    Parameters
    ----------
    path : Path
        Where the bytes come from, for messages.
    content : bytes
        The file's bytes.
    progress : callable, optional
        Called as `progress("lines read", lines_read, lines)`.
    labelled : bool
        Whether `Churn` must be there; otherwise it may be.

    Raises
    ------
    InputError
        The file as a whole cannot be used.
    BadRowsError
        Header or rows break rules; every one is listed.
    """
    check_is_telco(path, content)
    header, batches = split(path, decode(path, content))
    if wrong := header_violations(header, labelled):
        raise bad_rows_error(path, wrong)
    reading = _Reading(header)
    total = content.count(b"\n")
    for cells in batches:
        reading.take(cells)
        if progress and cells.lines:
            progress("lines read", min(cells.lines[-1], total), total)
    if wrong := reading.wrong + reading.repeated_ids():
        raise bad_rows_error(path, wrong)
    rows = pa.concat_tables(reading.typed)
    return TelcoFile(path.name, content_sha256(content), rows, tuple(reading.blank_lines))


class _Reading:
    """The state of reading a file: typed rows, or what is wrong with them."""

    def __init__(self, header: tuple[str, ...]) -> None:
        self.header = header
        self.contract = text_contract(header)
        self.wrong: list[Violation] = []
        self.typed: list[pa.Table] = []
        self.blank_lines: list[int] = []
        self.ids: list[pd.Series] = []

    def take(self, cells: Cells) -> None:
        """Check a batch of rows. As long as the file has no violation, keep the rows with their types."""
        self.wrong += cells.ragged
        if not cells.rows:
            return
        columns = zip(*cells.rows, strict=True)
        text = pa.table([pa.array(column, pa.string()) for column in columns], names=list(self.header))
        frame = to_frame(text).set_axis(cells.lines)
        self.ids.append(frame["customerID"])
        self.wrong += [replace(v, line=int(v.where.split()[1])) for v in self.contract.broken(frame)]
        if not self.wrong:
            blank = frame["TotalCharges"].str.strip() == ""
            self.blank_lines += frame.index[blank.to_numpy(dtype=bool)].tolist()
            self.typed.append(_typed(text))

    def repeated_ids(self) -> list[Violation]:
        """Return the violations of rows whose customerID an earlier line has too."""
        if not self.ids:
            return []
        ids = pd.concat(self.ids)
        again = ids[ids.duplicated(keep=False).to_numpy()]
        first: dict[str, int] = {}
        found = []
        for line, customer in zip(again.index.tolist(), again.tolist(), strict=True):
            earlier = first.setdefault(customer, line)
            if earlier != line:
                rule = f"stands once; it stands on line {earlier} already"
                found.append(Violation(f"line {line}", "customerID", values_text([customer]), rule, line))
        return found


def _typed(text: pa.Table) -> pa.Table:
    typed = text
    for at, name in enumerate(text.column_names):
        typed = typed.set_column(at, name, _typed_column(name, text[name]))
    return typed


def _typed_column(name: str, cells: pa.ChunkedArray) -> pa.ChunkedArray:
    if name == "SeniorCitizen":
        return pc.is_in(cells, pa.array(["1", "Yes"])).cast(pa.int64())
    if name in DOLLARS:
        return _number(cells)
    if name in ("tenure", *TICKET_COLUMNS):
        return _number(cells).cast(pa.int64())
    return cells


def _number(cells: pa.ChunkedArray) -> pa.ChunkedArray:
    trimmed = pc.utf8_trim_whitespace(cells)
    return pc.if_else(pc.equal(trimmed, ""), "0", trimmed).cast(pa.float64())
