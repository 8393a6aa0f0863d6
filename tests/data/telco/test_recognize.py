from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from data.commands.cli import main
from data.errors import InputError
from data.telco.contract import COLUMNS
from data.telco.csv_file import parse
from data.telco.recognize import FEWEST_COLUMNS, check_is_telco

PATH = Path("notes.txt")


@pytest.mark.parametrize(
    ("content", "has", "found"),
    [
        (
            b"\nDear all, please look at the churn.\nThanks\n",
            "none",
            "'Dear all', 'please look at the churn.'",
        ),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n\0\0", "none", "'%PDF-1.7'"),
        (b"id;name;a;b;c;d;e\n1;2;3;4;5;6;7\n", "none", "'id', 'name', 'a', 'b', 'c', …"),
        (b"ChurnScore,ContractType,PartnerID\n", "none", "'ChurnScore', 'ContractType', 'PartnerID'"),
        (b"customerID,gender,age\nx,y,1\n", "2", "'customerID', 'gender', 'age'"),
        (
            "Señora".encode("latin-1") * 20,
            "none",
            "'Se\ufffdoraSe\ufffdoraSe\ufffdoraSe\ufffdoraSe\ufffdora…'",
        ),
    ],
)
def test_another_file_is_told_once_with_what_it_begins_with(content: bytes, has: str, found: str) -> None:
    with pytest.raises(InputError) as caught:
        check_is_telco(PATH, content)
    assert str(caught.value).splitlines() == [
        f"notes.txt is no Telco CSV: its first line has {has} of the 21 columns.",
        f"  found: {found}",
        f"  expected, in this spelling: {', '.join(COLUMNS)}; "
        "numAdminTickets and numTechTickets may stand before Churn",
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";"])
def test_a_header_that_has_some_is_left_to_those_who_name_the_others(encoding: str, separator: str) -> None:
    content = separator.join(COLUMNS[:FEWEST_COLUMNS]).encode(encoding)
    check_is_telco(PATH, content)
    with pytest.raises(InputError) as caught:
        parse(PATH, content)
    assert "is no Telco CSV" not in str(caught.value)


def test_the_command_lists_no_columns_as_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAYLINE_LAKE", str(tmp_path / "lake"))
    (tmp_path / "notes.txt").write_text("Dear all,\nhere is what we said.\n")
    answer = CliRunner().invoke(main, ["load", str(tmp_path / "notes.txt"), "--as-of", "today"])
    assert answer.exit_code == 1
    assert "notes.txt is no Telco CSV" in answer.stderr
    assert len(answer.stderr.splitlines()) == 3
    assert not (tmp_path / "lake").exists()


def zipped(name: str) -> bytes:
    """A ZIP archive with one file."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, ",".join(COLUMNS))
    return packed.getvalue()


CSV = ",".join(COLUMNS).encode()
UNPACK = "unpack it and load the CSV that is in it"
SAVE = "save the sheet as CSV in UTF-8, separated by commas, and load that file"


@pytest.mark.parametrize(
    ("content", "what", "cure"),
    [
        (gzip.compress(CSV), "is compressed with gzip", UNPACK),
        (bz2.compress(CSV), "is compressed with bzip2", UNPACK),
        (lzma.compress(CSV), "is compressed with xz", UNPACK),
        (zipped("telco.csv"), "is a ZIP archive", UNPACK),
        (zipped("xl/worksheets/sheet1.xml"), "is a workbook of a spreadsheet (.xlsx)", SAVE),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "is a workbook of a spreadsheet (.xls)", SAVE),
        (
            b"PAR1\x15\x04",
            "is a Parquet file",
            "give the folder of a history's tables, or write the table as CSV",
        ),
    ],
)
def test_a_file_that_is_no_text_is_told_in_one_sentence(content: bytes, what: str, cure: str) -> None:
    with pytest.raises(InputError) as caught:
        check_is_telco(PATH, content)
    assert str(caught.value) == f"notes.txt {what}, not a CSV; {cure}."


def test_a_compressed_csv_as_it_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = Path(__file__).parents[4] / "shared" / "cases" / "csv" / "13_gz.csv.gz"
    if not path.is_file():
        pytest.skip(f"there is no {path.name} beside the project")
    monkeypatch.setenv("STAYLINE_LAKE", str(tmp_path / "lake"))
    answer = CliRunner().invoke(main, ["load", str(path), "--as-of", "today"])
    assert answer.exit_code == 1
    assert answer.output == f"Error: {path} is compressed with gzip, not a CSV; {UNPACK}.\n"
    assert not (tmp_path / "lake").exists()
