from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from flipping import flipped

from serving.errors import MaterializeError
from serving.features.materialize_checks import check_customers, check_source, some


def view(path: Path | None) -> Any:
    source = SimpleNamespace() if path is None else SimpleNamespace(path=str(path))
    return SimpleNamespace(name="billing", batch_source=source)


def written(path: Path, statistics: bool = True, **columns: list[int | None]) -> Path:
    arrays = {name: pa.array(values, pa.int64()) for name, values in columns.items()}
    pq.write_table(pa.table(arrays), path, write_statistics=statistics, row_group_size=1)
    return path


@pytest.mark.parametrize("statistics", [True, False])
def test_a_column_of_nulls_is_refused_where_the_store_has_values(tmp_path: Path, statistics: bool) -> None:
    path = written(tmp_path / "b.parquet", statistics, tenure=[None, None], charge=[None, 1])
    check_source(view(path), {"charge"})
    with pytest.raises(MaterializeError, match=f"'billing': column tenure of {path} holds nulls only"):
        check_source(view(path), {"charge", "tenure"})


def test_a_table_of_several_files_is_checked_as_one(tmp_path: Path) -> None:
    for number, charge in enumerate((None, 1)):
        written(tmp_path / f"part-{number}.parquet", tenure=[None], charge=[charge])
    check_source(view(tmp_path), {"charge"})
    with pytest.raises(MaterializeError, match="column tenure of .* holds nulls only"):
        check_source(view(tmp_path), {"charge", "tenure"})


def test_an_empty_table_is_refused_where_the_store_has_values(tmp_path: Path) -> None:
    path = written(tmp_path / "b.parquet", tenure=[])
    check_source(view(path), set())
    with pytest.raises(MaterializeError, match=f"'billing': {path} has no rows"):
        check_source(view(path), {"tenure"})


def test_a_column_that_is_not_there_is_left_to_the_reader(tmp_path: Path) -> None:
    check_source(view(written(tmp_path / "b.parquet", charge=[1])), {"tenure"})


def test_a_truncated_or_missing_file_is_named(tmp_path: Path) -> None:
    path = written(tmp_path / "b.parquet", tenure=[1])
    path.write_bytes(path.read_bytes()[:-9])
    for bad in (path, tmp_path / "none.parquet"):
        with pytest.raises(MaterializeError, match=f"'billing': {bad} cannot be read"):
            check_source(view(bad), {"tenure"})


def test_a_turned_bit_anywhere_is_named_or_does_no_harm(tmp_path: Path) -> None:
    path = written(tmp_path / "b.parquet", tenure=[1, None, 3], charge=[4, 5, None])
    told = []
    for copy in flipped(path):
        try:
            check_source(view(copy), {"tenure", "charge"})
        except MaterializeError as error:
            told.append(str(error))
    assert len(told) > 100
    assert all(text.startswith(f"View 'billing': {copy} cannot be read: ") for text in told)


def test_a_source_that_is_no_file_is_not_looked_at() -> None:
    check_source(view(None), {"tenure"})


def test_missing_customers_are_counted_and_shown() -> None:
    check_customers("billing", pa.array([], pa.string()), 5)
    with pytest.raises(MaterializeError, match="'billing': 4 of 5 customers .* such as B, C, D and 1 more"):
        check_customers("billing", pa.array(list("EDCB")), 5)


def test_a_few_names_are_shown_in_order() -> None:
    assert some({"B", "A"}) == "A, B"
    assert some(set("DCBA")) == "A, B, C and 1 more"
