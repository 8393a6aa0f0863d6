from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.errors import LakeDamagedError, LakeMissingError
from data.lake_files.damage import check_files

History = dict[str, list[dict[str, Any]]]


@pytest.fixture
def written(lake: Path, history: History, write_history: Callable[..., None]) -> Path:
    write_history(lake, history)
    return lake


def part(lake: Path, table: str) -> Path:
    return lake / f"{table}.parquet" / "0001.parquet"


def test_a_whole_lake_gives_its_manifest(written: Path) -> None:
    assert check_files(written).facts.base == "simulated-tiny"


def test_no_lake(tmp_path: Path) -> None:
    with pytest.raises(LakeMissingError):
        check_files(tmp_path)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(share=st.floats(0, 1, exclude_max=True))
def test_a_table_truncated_anywhere_is_named(written: Path, share: float) -> None:
    path = part(written, "billing")
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    try:
        with pytest.raises(
            LakeDamagedError, match=r"billing\.parquet/0001\.parquet is truncated or no Parquet file"
        ):
            check_files(written)
    finally:
        path.write_bytes(whole)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_flipped_byte_anywhere_is_named(written: Path, data: st.DataObject) -> None:
    path = part(written, "services")
    whole = path.read_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    path.write_bytes(whole[:at] + bytes([whole[at] ^ data.draw(st.integers(1, 255))]) + whole[at + 1 :])
    try:
        with pytest.raises(LakeDamagedError, match=r"services\.parquet/0001\.parquet "):
            check_files(written)
    finally:
        path.write_bytes(whole)


def test_a_byte_that_is_no_text_in_a_column_s_name_is_named(written: Path) -> None:
    path = part(written, "services")
    whole = path.read_bytes()
    at = whole.index(b"customerID")
    path.write_bytes(whole[:at] + b"\xc9" + whole[at + 1 :])
    with pytest.raises(
        LakeDamagedError, match=r"services\.parquet/0001\.parquet is truncated or no Parquet file"
    ):
        check_files(written)


def test_every_damaged_file_is_listed_with_its_damage(written: Path) -> None:
    shutil.rmtree(written / "tickets.parquet")
    part(written, "offers").write_bytes(b"")
    pq.write_table(pq.read_table(part(written, "billing")).slice(1), part(written, "billing"))
    pq.write_table(pq.read_table(part(written, "labels")).drop_columns(["Churn"]), part(written, "labels"))
    pq.write_table(pq.read_table(part(written, "services")), part(written, "services"), compression="none")
    with pytest.raises(LakeDamagedError) as caught:
        check_files(written)
    lines = str(caught.value).splitlines()
    assert lines[0] == "The lake of base simulated-tiny is damaged:"
    assert lines[1:-1] == [
        f"  {part(written, 'services')} was changed after it was written (its sha256 is not the manifest's)",
        f"  {written}/billing.parquet/0001.parquet has 4 rows, the manifest says 5",
        f"  {written}/tickets.parquet is missing",
        f"  {part(written, 'labels')} has other columns or types than the schema (column Churn is missing)",
        f"  {part(written, 'offers')} is truncated or no Parquet file (Parquet file size is 0 bytes)",
    ]
    assert lines[-1].endswith("with --replace.")


def test_a_column_of_another_type_is_named(written: Path) -> None:
    table = pq.read_table(part(written, "billing"))
    at = table.schema.get_field_index("tenure")
    pq.write_table(table.set_column(at, "tenure", table["tenure"].cast("int32")), part(written, "billing"))
    with pytest.raises(LakeDamagedError, match="tenure: int32 where .*tenure: int64 not null"):
        check_files(written)


def test_columns_too_many_are_damage(written: Path) -> None:
    table = pq.read_table(part(written, "offers"))
    pq.write_table(table.append_column("budget", table["offer"]), part(written, "offers"))
    with pytest.raises(LakeDamagedError, match="not expected, or another order"):
        check_files(written)


def test_a_table_that_the_manifest_does_not_know_is_damage(written: Path) -> None:
    plain = json.loads((written / "manifest.json").read_text())
    del plain["tables"]["offers"]
    (written / "manifest.json").write_text(json.dumps(plain))
    with pytest.raises(LakeDamagedError, match=r"offers\.parquet is not in the manifest"):
        check_files(written)
