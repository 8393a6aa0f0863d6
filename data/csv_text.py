"""From the bytes of a CSV file to its header and rows of text, each with the line it starts on."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from data.bad_rows import bad_rows
from data.errors import InputError
from data.violations import Violation

CURE = "Save it as CSV in UTF-8, separated by commas."


@dataclass(frozen=True)
class Cells:
    """A CSV file as text.

    Parameters
    ----------
    header : tuple of str
        The fields of the first line.
    lines : list of int
        Line on which each row starts, counted from 1.
    rows : list of list of str
        The fields of every row, as many as the header has.
    ragged : list of Violation
        Rows left out because they have more or fewer fields.
    """

    header: tuple[str, ...]
    lines: list[int]
    rows: list[list[str]]
    ragged: list[Violation]


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
        raise InputError(f"There is no file {path}.") from None
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
        raise bad_rows(path, list(_not_utf8(content)), CURE) from None


def _not_utf8(content: bytes) -> Iterator[Violation]:
    for number, line in enumerate(content.splitlines(), start=1):
        try:
            line.decode("utf-8")
        except UnicodeDecodeError as wrong:
            value = repr(line[wrong.start : wrong.end])[1:]
            yield Violation(f"line {number}", f"byte {wrong.start + 1}", value, "UTF-8 text", number)


def split(path: Path, text: str) -> Cells:
    """Return the header and rows of a CSV text; empty lines are skipped.

    Raises
    ------
    InputError
        It is separated by something else, its quotes do not close, or it has no row.
    """
    records = _records(path, text)
    first = next(records, None)
    if first is None:
        raise InputError(f"{path} is empty.")
    header = tuple(first[1])
    _refuse_other_separator(path, header)
    lines: list[int] = []
    rows: list[list[str]] = []
    ragged: list[Violation] = []
    for line, fields in records:
        if len(fields) == len(header):
            lines.append(line)
            rows.append(fields)
        else:
            ragged.append(_ragged(line, len(fields), len(header)))
    if not rows and not ragged:
        raise InputError(f"{path} holds a header and no customer.")
    return Cells(header, lines, rows, ragged)


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


def _ragged(line: int, given: int, expected: int) -> Violation:
    return Violation(
        f"line {line}", "whole line", f"{given} fields", f"{expected} fields as the header", line
    )


def _refuse_other_separator(path: Path, header: tuple[str, ...]) -> None:
    for separator, name in ((";", "semicolons"), ("\t", "tabs"), ("|", "vertical bars")):
        if len(header) == 1 and separator in header[0]:
            raise InputError(f"{path} is separated by {name}. {CURE}")
