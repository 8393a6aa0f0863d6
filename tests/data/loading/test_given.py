"""Tables as telecoms find them: in parts, of other widths and clocks, with bills late or not yet there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from lake_content import flatten

from data.contracts.check import check_lake
from data.errors import ContractError, InputError
from data.loading.load_tables import HowToLoad, load_tables
from data.paths import ROOT

AS_OF = datetime(2026, 4, 1, tzinfo=UTC)
CASES = ROOT.parent / "shared" / "cases" / "hist"


@pytest.fixture
def folder(tmp_path: Path, history: dict[str, object], write_history: Callable[..., None]) -> Path:
    write_history(tmp_path / "theirs", history)
    flatten(tmp_path / "theirs")
    for name in ("manifest.json", "labels.parquet", "offers.parquet"):
        (tmp_path / "theirs" / name).unlink()
    return tmp_path / "theirs"


def rewrite(path: Path, change: Callable[[pa.Table], pa.Table]) -> None:
    pq.write_table(change(pq.read_table(path)), path)


def clocks_as(kind: pa.DataType) -> Callable[[pa.Table], pa.Table]:
    def change(rows: pa.Table) -> pa.Table:
        for at in (1, 2):
            rows = rows.set_column(at, rows.column_names[at], rows.column(at).cast(kind))
        return rows

    return change


def events(lake: Path, table: str = "churn_events") -> list[datetime]:
    return list(pq.read_table(lake / f"{table}.parquet")["event_timestamp"].to_pylist())


def test_clocks_of_another_zone_are_the_same_moments(folder: Path, lake: Path) -> None:
    before = pq.read_table(folder / "churn_events.parquet")
    rewrite(folder / "churn_events.parquet", clocks_as(pa.timestamp("ms", tz="America/Lima")))
    load_tables(folder, AS_OF, lake)
    assert pq.read_table(lake / "churn_events.parquet").equals(before)


@pytest.mark.parametrize("kind", [pa.date32(), pa.timestamp("us")])
def test_clocks_without_a_zone_need_one(kind: pa.DataType, folder: Path, lake: Path) -> None:
    rewrite(folder / "churn_events.parquet", clocks_as(kind))
    with pytest.raises(
        InputError, match=r"churn_events\.parquet: event_timestamp names no time zone.*--timezone"
    ):
        load_tables(folder, AS_OF, lake)
    with pytest.raises(InputError, match="no time zone 'Madrid'"):
        load_tables(folder, AS_OF, lake, HowToLoad(timezone="Madrid"))
    assert not lake.exists()
    load_tables(folder, AS_OF, lake, HowToLoad(timezone="Europe/Madrid"))
    assert events(lake) == [datetime(2026, 3, 9, 23, tzinfo=UTC)]  # midnight of the 10th, in winter


def test_a_table_in_parts_is_one_table(folder: Path, lake: Path, tmp_path: Path) -> None:
    load_tables(folder, AS_OF, tmp_path / "whole")
    rows = pq.read_table(folder / "billing.parquet")
    (folder / "billing.parquet").unlink()
    (folder / "billing.parquet").mkdir()
    for number, start in enumerate(range(0, rows.num_rows, 2)):
        pq.write_table(rows.slice(start, 2), folder / "billing.parquet" / f"part-{number:05d}.snappy.parquet")
    (folder / "billing.parquet" / "_SUCCESS").touch()
    load_tables(folder, AS_OF, lake)
    assert pq.read_table(lake / "billing.parquet").equals(
        pq.read_table(tmp_path / "whole" / "billing.parquet")
    )
    for part in (folder / "billing.parquet").glob("*.parquet"):
        part.unlink()
    with pytest.raises(InputError, match=r"billing\.parquet holds no Parquet file"):
        load_tables(folder, AS_OF, lake)


def test_an_index_of_pandas_is_left_out(folder: Path, lake: Path) -> None:
    frame = pd.read_parquet(folder / "billing.parquet").sort_values("TotalCharges")
    frame.to_parquet(folder / "billing.parquet", index=True)
    assert "__index_level_0__" in pq.read_schema(folder / "billing.parquet").names
    load_tables(folder, AS_OF, lake)
    check_lake(lake)


def test_a_closing_bill_is_taken_for_two_months(folder: Path, lake: Path) -> None:
    def with_bill_of(day: datetime) -> Callable[[pa.Table], pa.Table]:
        def change(rows: pa.Table) -> pa.Table:
            last = rows.filter(pc.equal(rows["customerID"], "B")).slice(1, 1)
            for at in (1, 2):
                last = last.set_column(at, rows.schema.field(at), pa.array([day], rows.schema.types[at]))
            return pa.concat_tables([rows, last])

        return change

    rewrite(folder / "billing.parquet", with_bill_of(datetime(2026, 3, 31, tzinfo=UTC)))
    load_tables(folder, AS_OF, lake)
    rewrite(folder / "billing.parquet", with_bill_of(datetime(2026, 5, 12, tzinfo=UTC)))
    with pytest.raises(ContractError, match="not more than 62 days after the customer left"):
        load_tables(folder, datetime(2026, 6, 1, tzinfo=UTC), lake, HowToLoad(replace=True))


def test_a_new_customer_may_have_no_bill_yet(folder: Path, lake: Path) -> None:
    rewrite(folder / "billing.parquet", lambda rows: rows.filter(pc.equal(rows["customerID"], "A")))
    with pytest.raises(ContractError, match="billing, customerID: 'B'; rule: every customer has a row"):
        load_tables(folder, AS_OF, lake)
    early = datetime(2026, 3, 12, tzinfo=UTC)
    for name in ("billing", "tickets", "services"):
        rewrite(
            folder / f"{name}.parquet",
            lambda rows: rows.filter(pc.less_equal(rows["created_timestamp"], early)),
        )
    load_tables(folder, early, lake)


@pytest.mark.parametrize(
    ("case", "how"),
    [
        ("h02_rejoined_rows_after_leaving", HowToLoad()),
        ("h04_corrected_bill", HowToLoad()),
        ("h06_tz_madrid", HowToLoad()),
        ("h10_bool_senior", HowToLoad()),
        ("h34_new_customer_without_bill", HowToLoad()),
    ],
)
def test_extracts_that_others_had_trouble_with_are_loaded(case: str, how: HowToLoad, lake: Path) -> None:
    if not CASES.is_dir():
        pytest.skip(f"the extracts are not at {CASES}")
    load_tables(CASES / case, datetime(2026, 11, 1, tzinfo=UTC), lake, how)
    check_lake(lake)
