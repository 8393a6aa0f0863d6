"""Reading the Telco CSV: every cell checked as text first, then typed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from data.bad_rows import bad_rows
from data.csv_text import Cells, decode, read_content, split
from data.table_file import to_frame
from data.telco_contract import TICKET_COLUMNS, header_violations, text_contract
from data.violations import Violation, shown

DOLLARS = ("MonthlyCharges", "TotalCharges")


@dataclass(frozen=True)
class TelcoFile:
    """A Telco CSV whose every row was found good.

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


def content_sha256(content: bytes) -> str:
    """Return the sha256 of a file's bytes, as hex."""
    return hashlib.sha256(content).hexdigest()


def read_telco(path: Path) -> TelcoFile:
    """Read and check a Telco CSV of 21 columns, or of 23 with the two ticket columns.

    Raises
    ------
    InputError
        The file as a whole cannot be used.
    BadRowsError
        Header or rows break rules; every one is listed.
    """
    content = read_content(path)
    return parse(path, content)


def parse(path: Path, content: bytes) -> TelcoFile:
    """Read and check the bytes of a Telco CSV; see `read_telco`."""
    cells = split(path, decode(path, content))
    wrong = header_violations(cells.header)
    if wrong:
        raise bad_rows(path, wrong)
    text = _text_table(cells)
    frame = to_frame(text).set_axis(cells.lines)
    wrong = [*cells.ragged, *_lined(frame)]
    if wrong:
        raise bad_rows(path, wrong)
    blank = pc.equal(pc.utf8_trim_whitespace(text["TotalCharges"]), "").to_pylist()
    blank_lines = tuple(line for line, is_blank in zip(cells.lines, blank, strict=True) if is_blank)
    return TelcoFile(path.name, content_sha256(content), _typed(text), blank_lines)


def _text_table(cells: Cells) -> pa.Table:
    columns = zip(*cells.rows, strict=True) if cells.rows else [()] * len(cells.header)
    arrays = [pa.array(column, pa.string()) for column in columns]
    return pa.Table.from_arrays(arrays, names=list(cells.header))


def _lined(frame: pd.DataFrame) -> list[Violation]:
    broken = text_contract(list(frame.columns)).broken(frame)
    numbered = [Violation(v.where, v.column, v.value, v.rule, int(v.where.split()[1])) for v in broken]
    return [*numbered, *_repeated_ids(frame)]


def _repeated_ids(frame: pd.DataFrame) -> list[Violation]:
    ids = frame["customerID"]
    if ids.is_unique:
        return []
    first: dict[str, int] = {}
    found = []
    for line, customer in zip(frame.index.tolist(), ids.tolist(), strict=True):
        earlier = first.setdefault(customer, line)
        if earlier != line:
            rule = f"stands once; it stands on line {earlier} already"
            found.append(Violation(f"line {line}", "customerID", shown([customer]), rule, line))
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
