from __future__ import annotations

import codecs
from pathlib import Path

import pytest

from data.errors import BadRowsError, InputError
from data.telco.csv_text import decode, read_content, split

PATH = Path("telco.csv")


@pytest.mark.parametrize("content", [b"", b" \n\r\n\t"])
def test_an_empty_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "telco.csv").write_bytes(content)
    with pytest.raises(InputError, match=r"telco\.csv is empty"):
        read_content(tmp_path / "telco.csv")


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is no file .*nowhere.csv"):
        read_content(tmp_path / "nowhere.csv")
    with pytest.raises(InputError, match="is a folder"):
        read_content(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be read: Not a directory"):
        read_content(tmp_path / "file" / "telco.csv")


def test_utf8_is_read_with_and_without_byte_order_mark() -> None:
    assert decode(PATH, codecs.BOM_UTF8 + b"a,b\n") == decode(PATH, b"a,b\n") == "a,b\n"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32"])
def test_utf16_is_named(encoding: str) -> None:
    with pytest.raises(InputError, match="UTF-16 .* Save it as CSV in UTF-8"):
        decode(PATH, "customerID,gender\n1,Female\n".encode(encoding))


def test_every_line_that_is_not_utf8_is_listed() -> None:
    content = "a\nJos\u00e9\nb\nM\u00fcller,\u00e4\n".encode("latin-1")
    with pytest.raises(BadRowsError) as caught:
        decode(PATH, content)
    assert [(v.line, v.column, v.value) for v in caught.value.violations] == [
        (2, "byte 4", r"'\xe9'"),
        (4, "byte 2", r"'\xfc'"),
    ]


def test_lines_are_counted_through_quoted_line_breaks_and_empty_lines() -> None:
    header, (cells,) = split(PATH, 'a,b\n1,2\n"x\ny",3\n\n4,5\n')
    assert header == ("a", "b")
    assert cells.lines == [2, 3, 6]
    assert cells.rows == [["1", "2"], ["x\ny", "3"], ["4", "5"]]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_every_line_ending_is_read(ending: str) -> None:
    _, (cells,) = split(PATH, ending.join(["a,b", "1,2", "3,4"]))
    assert cells.rows == [["1", "2"], ["3", "4"]]


def test_rows_come_in_batches() -> None:
    _, batches = split(PATH, "a,b\n1,2\n3\n3,4\n5,6\n", most=2)
    assert [(cells.lines, len(cells.ragged)) for cells in batches] == [([2], 1), ([4, 5], 0)]


def test_ragged_rows_are_told_apart() -> None:
    _, (cells,) = split(PATH, "a,b\n1\n1,2\n1,2,3\n")
    assert cells.rows == [["1", "2"]]
    assert [str(v) for v in cells.ragged] == [
        "line 2, whole line: 1 field; rule: 2 fields, as in the header",
        "line 4, whole line: 3 fields; rule: 2 fields, as in the header",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a;b\n1;2\n", "separated by semicolons"),
        ("a\tb\n1\t2\n", "separated by tabs"),
        ("a|b\n", "separated by vertical bars"),
        ("a,b\n", "a header and no customer"),
        ("\n\n", "is empty"),
        ('a,b\n"1,2\n', "line 2: the CSV is broken"),
        ('a,b\n"1"2,3\n', "line 2: the CSV is broken"),
    ],
)
def test_a_text_that_is_no_table_is_refused(text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        list(split(PATH, text)[1])
