"""The list as CSV, safe to open in a spreadsheet.

A spreadsheet runs a cell that begins with ``=``, ``+``, ``-`` or ``@`` as a formula, so a text that does so,
or begins with a tab or a carriage return, gets an apostrophe before it (OWASP, "CSV Injection"). The file
begins with a byte order mark, without which a spreadsheet does not take it for UTF-8.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

import pyarrow as pa

ROWS = 5_000
"""Rows of one piece: about half a megabyte."""
BYTE_ORDER_MARK = "\ufeff"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_pieces(table: pa.Table) -> Iterator[bytes]:
    """A table as CSV in UTF-8, piece by piece: a heading, then one line a row, ended by CR LF (RFC 4180)."""
    yield (BYTE_ORDER_MARK + _lines([table.column_names])).encode()
    for part in table.to_batches(max_chunksize=ROWS):
        columns = [column.to_pylist() for column in part.columns]
        yield _lines(zip(*columns, strict=True)).encode()


def _lines(rows: Any) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([_harmless(cell) for cell in row] for row in rows)
    return text.getvalue()


def _harmless(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
