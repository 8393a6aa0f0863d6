"""The list as CSV, safe to open in a spreadsheet.

A spreadsheet runs a cell that begins with ``=``, ``+``, ``-`` or ``@`` as a formula; some also run their
full-width forms. So a text that begins with one of these, a tab, a newline or a carriage return gets an
apostrophe in front (OWASP, "CSV Injection"). The file begins with a byte order mark; without it a spreadsheet
does not read it as UTF-8.
"""

from __future__ import annotations

import io
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

ROWS = 20_000
"""Rows of one piece: about a megabyte and a half."""
BYTE_ORDER_MARK = "\ufeff".encode()
_FORMULA = r"^([=+\-@\t\n\r\x{FF1D}\x{FF0B}\x{FF0D}\x{FF20}])"
"""The last four are the full-width forms of the first four."""


def csv_pieces(table: pa.Table) -> Iterator[bytes]:
    """A table as CSV in UTF-8, piece by piece: a header, then one line per row; texts are quoted."""
    yield BYTE_ORDER_MARK
    for start in range(0, max(table.num_rows, 1), ROWS):
        yield _lines(table.slice(start, ROWS), heading=start == 0)


def _lines(part: pa.Table, heading: bool) -> bytes:
    harmless = pa.table({name: _harmless(part[name]) for name in part.column_names})
    text = io.BytesIO()
    csv.write_csv(harmless, text, csv.WriteOptions(include_header=heading))
    return text.getvalue()


def _harmless(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_dictionary(column.type):
        column = column.cast(pa.string())
    if pa.types.is_string(column.type):
        return pc.replace_substring_regex(column, _FORMULA, r"'\1")
    return column
