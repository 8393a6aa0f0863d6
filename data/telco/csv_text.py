"""From the bytes of a CSV file to its header and rows of text, each with the line it starts on."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path

from data.contracts.bad_rows_error import bad_rows_error
from data.errors import InputError
from data.violations import Violation, counted

BATCH_ROWS = 50_000
CURE = "Save it as CSV in UTF-8, separated by commas."


@dataclass
class Cells:
    """Some rows of a CSV file as text.

    Parameters
    ----------
    lines : list of int
        Line on which each row starts, counted from 1.
    rows : list of list of str
        The fields of every row, as many as the header has.
    ragged : list of Violation
        Rows left out because they have more or fewer fields.
    """

    lines: list[int] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    ragged: list[Violation] = field(default_factory=list)

    def add(self, line: int, fields: list[str], expected: int) -> None:
        """Add a row, or record that it is ragged."""
        if len(fields) == expected:
            self.lines.append(line)
            self.rows.append(fields)
            return
        given = counted(len(fields), "field")
        rule = f"{counted(expected, 'field')}, as in the header"
        self.ragged.append(Violation(f"line {line}", "whole line", given, rule, line))


def read_content(path: Path) -> bytes:
    """Return a file's bytes.

    Raises
    ------
    InputError
        There is no such file, it is a folder, cannot be read, or is empty.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise InputError(f"There is no file or folder {path}.") from None
    except IsADirectoryError:
        raise InputError(f"{path} is a folder; give the CSV file itself.") from None
    except OSError as wrong:
        raise InputError(f"{path} cannot be read: {wrong.strerror}.") from wrong
    if not content.strip():
        raise InputError(f"{path} is empty.")
    return content


def decode(path: Path, content: bytes) -> str:
    """Return the text of a file in UTF-8, with or without a byte order mark.

    Raises
    ------
    InputError
        It is UTF-16 or no text at all.
    BadRowsError
        Some lines are not UTF-8; every one of them is listed.
    """
    if b"\0" in content:
        raise InputError(f"{path} is not UTF-8 text: it is UTF-16 or no text file at all. {CURE}")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise bad_rows_error(path, list(_not_utf8(content)), CURE) from None


def _not_utf8(content: bytes) -> Iterator[Violation]:
    for number, line in enumerate(content.splitlines(), start=1):
        try:
            line.decode("utf-8")
        except UnicodeDecodeError as wrong:
            value = repr(line[wrong.start : wrong.end])[1:]
            yield Violation(f"line {number}", f"byte {wrong.start + 1}", value, "UTF-8 text", number)


def split(path: Path, text: str, most: int = BATCH_ROWS) -> tuple[tuple[str, ...], Iterator[Cells]]:
    """Return the header of a CSV text and its rows in batches of at most `most`; empty lines are skipped.

    Raises
    ------
    InputError
        It is separated by something else, or has no row. While the batches are read: a quote is not closed.
    """
    records = _records(path, text)
    first = next(records, None)
    if first is None:
        raise InputError(f"{path} is empty.")
    header = tuple(first[1])
    _refuse_other_separator(path, header)
    second = next(records, None)
    if second is None:
        raise InputError(f"{path} holds a header and no customer.")
    return header, _batches(chain([second], records), len(header), most)


def _batches(records: Iterable[tuple[int, list[str]]], fields: int, most: int) -> Iterator[Cells]:
    records = iter(records)
    while batch := list(islice(records, most)):
        cells = Cells()
        for line, row in batch:
            cells.add(line, row, fields)
        yield cells


def _records(path: Path, text: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            fields = next(reader, None)
        except csv.Error as wrong:
            raise InputError(f"{path}, line {line}: the CSV is broken ({wrong}). {CURE}") from wrong
        if fields is None:
            return
        if fields:
            yield line, fields


def _refuse_other_separator(path: Path, header: tuple[str, ...]) -> None:
    for separator, name in ((";", "semicolons"), ("\t", "tabs"), ("|", "vertical bars")):
        if len(header) == 1 and separator in header[0]:
            raise InputError(f"{path} is separated by {name}. {CURE}")
