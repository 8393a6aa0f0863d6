from __future__ import annotations

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from feast import FeatureStore, FeatureView
from feast.feature_view import FeatureViewState
from feast.protos.feast.types.EntityKey_pb2 import EntityKey
from feast.protos.feast.types.Value_pb2 import Value
from house import House, at, everyone

from feature_repo.errors import BaseMismatch, OnlineStoreError
from feature_repo.lake import AHEAD
from feature_repo.sqlite_store.arrow_rows import ViewRows, native_table
from feature_repo.sqlite_store.rows import FeastRow
from feature_repo.sqlite_store.store import WideRowSqliteOnlineStore
from feature_repo.views import VIEWS

READER = """
import sqlite3, sys, time
connection = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True, timeout=0, isolation_level=None)
read = lambda: connection.execute("SELECT count(*), count(DISTINCT tenure) FROM stayline_billing").fetchone()
read()
print("ready", flush=True)
slowest, seen = 0.0, set()
while "done" not in seen:
    start = time.perf_counter()
    seen.add(read())
    slowest = max(slowest, time.perf_counter() - start)
    if connection.execute("SELECT 1 FROM stayline_billing WHERE customerID = 'the last'").fetchone():
        seen.add("done")
print(slowest, flush=True)
"""


def key(customer: str) -> EntityKey:
    return EntityKey(join_keys=["customerID"], entity_values=[Value(string_val=customer)])


def billed(customer: str, day: str, **values: Value) -> FeastRow:
    return key(customer), values, at(day), at(day)


class Applied:
    """The feature repository applied in a house, and its online store."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.feast: FeatureStore = house.apply()
        self.config = self.feast.config
        self.online: WideRowSqliteOnlineStore = self.feast.provider.online_store

    @property
    def billing(self) -> FeatureView:
        return self.feast.get_feature_view("billing")

    def write(self, *rows: FeastRow) -> None:
        self.online.online_write_batch(self.config, self.billing, list(rows), None)

    def read(self, *customers: str, features: list[str] | None = None) -> list[Any]:
        keys = [key(customer) for customer in customers]
        return self.online.online_read(self.config, self.billing, keys, features)


@pytest.fixture
def applied(house: House) -> Applied:
    house.write(everyone(["A"]))
    return Applied(house)


def test_what_feast_writes_it_reads_back(applied: Applied) -> None:
    values = {"tenure": Value(int64_val=3), "MonthlyCharges": Value(double_val=20.5)}
    applied.write(billed("A", "2026-01-01", **values))
    ((event, read),) = applied.read("A", features=["MonthlyCharges", "tenure"])
    assert event == at("2026-01-01")
    assert read == values


def test_null_is_an_empty_value_and_absent_is_no_row(applied: Applied) -> None:
    applied.write(billed("A", "2026-01-01", tenure=Value()))
    assert applied.read("A", "B", "A", features=["tenure"]) == [
        (at("2026-01-01"), {"tenure": Value()}),
        (None, None),
        (at("2026-01-01"), {"tenure": Value()}),
    ]


def test_all_features_are_read_when_none_are_named(applied: Applied) -> None:
    applied.write(billed("A", "2026-01-01", tenure=Value(int64_val=3)))
    ((_, read),) = applied.read("A")
    assert list(read) == [field.name for field in applied.billing.features]


def test_progress_counts_the_rows(applied: Applied) -> None:
    counted: list[int] = []
    rows = [billed(customer, "2026-01-01", tenure=Value(int64_val=1)) for customer in "ABC"]
    applied.online.online_write_batch(applied.config, applied.billing, rows, counted.append)
    assert sum(counted) == 3


def test_a_row_of_the_future_is_refused_and_the_batch_with_it(applied: Applied) -> None:
    bad = key("B"), {"tenure": Value(int64_val=2)}, at("2127-03-01"), at("2026-01-01")
    refused = "View 'billing': the row of customer B is dated 2127-03-01T00:00:00 UTC, which lies in the f"
    with pytest.raises(OnlineStoreError, match=refused):
        applied.write(billed("A", "2026-01-01", tenure=Value(int64_val=1)), bad)
    table = pa.table(
        {"customerID": ["A", "B"], "tenure": [1, 2]}
        | {name: [at("2026-01-01"), at("2127-03-01")] for name in ("event_timestamp", "created_timestamp")}
    )
    rows = table_of(applied.billing, table)
    with pytest.raises(OnlineStoreError, match=refused):
        applied.online.write_arrow(applied.config, applied.billing, rows)
    part = ViewRows(applied.billing, native_table(applied.billing, rows), [])
    with pytest.raises(OnlineStoreError, match=refused):
        applied.online.write_customers(applied.config, [part])
    assert applied.read("A", "B") == [(None, None)] * 2


def table_of(view: FeatureView, rows: pa.Table) -> pa.Table:
    """Rows with a column of nulls for every feature that they lack."""
    for field in view.features:
        if field.name not in rows.column_names:
            rows = rows.append_column(field.name, pa.nulls(len(rows), pa.float64()))
    return rows


def test_a_row_a_little_ahead_of_the_clock_is_taken(applied: Applied) -> None:
    soon = datetime.now(UTC) + AHEAD / 2
    applied.write((key("A"), {"tenure": Value(int64_val=1)}, soon, soon))
    assert applied.read("A", features=["tenure"]) == [(soon, {"tenure": Value(int64_val=1)})]


def test_a_value_of_another_type_is_refused_and_the_batch_with_it(applied: Applied) -> None:
    bad = billed("B", "2026-01-01", tenure=Value(string_val="three"))
    with pytest.raises(OnlineStoreError, match="View 'billing': the online store says: cannot store TEXT"):
        applied.write(billed("A", "2026-01-01", tenure=Value(int64_val=1)), bad)
    assert applied.read("A") == [(None, None)]


def rows_of(view: FeatureView, *customers: str) -> pa.Table:
    """A row of 2026-01-01 for each customer, with 1 in every number and no text."""
    day = pa.array([at("2026-01-01")] * len(customers), pa.timestamp("us", tz="UTC"))
    plain = {
        field.name: pa.nulls(len(customers))
        if str(field.dtype) == "String"
        else pa.array([1] * len(customers))
        for field in view.features
    }
    clocks = {"event_timestamp": day, "created_timestamp": day}
    return native_table(view, pa.table({"customerID": pa.array(customers, pa.string()), **clocks, **plain}))


def held(applied: Applied, view: FeatureView | None = None) -> set[str]:
    """Customers in a view, of billing by default."""
    view = view or applied.billing
    return set(applied.online.customers(applied.config, [view])[view.name].to_pylist())


def test_all_views_change_together_or_not_at_all(applied: Applied) -> None:
    online, config, services = applied.online, applied.config, applied.feast.get_feature_view("services")
    applied.write(*(billed(customer, "2026-01-01", tenure=Value(int64_val=1)) for customer in "AB"))
    billing = ViewRows(applied.billing, rows_of(applied.billing, "C"), ["A"])
    unknown = rows_of(services, "C").append_column("nothing", pa.nulls(1, pa.string()))
    broken = ViewRows(services, unknown, [])
    with pytest.raises(
        OnlineStoreError, match=r"^View 'services': the online store has other columns; run `feast apply`\.$"
    ):
        online.write_customers(config, [billing, broken])
    assert held(applied) == {"A", "B"}
    online.write_customers(config, [billing, ViewRows(services, rows_of(services, "C"), [])])
    assert held(applied) == {"B", "C"}
    assert held(applied, services) == {"C"}
    assert online.filled(config, services) == set()
    assert online.filled(config, applied.billing) == {field.name for field in applied.billing.features}


def test_a_store_is_complete_up_to_the_moment_that_was_marked(applied: Applied) -> None:
    online, config, services = applied.online, applied.config, applied.feast.get_feature_view("services")
    assert online.complete_until(config, applied.billing) is None
    online.mark_complete(config, [applied.billing], at("2026-01-01"))
    assert online.complete_until(config, applied.billing) == at("2026-01-01")
    assert online.complete_until(config, services) is None
    online.update(config, [services], [], [], [], partial=False)
    assert online.complete_until(config, services) is None
    with pytest.raises(OnlineStoreError, match="no table for view 'services'"):
        online.mark_complete(config, [services], at("2026-01-01"))


def test_who_left_gets_no_row_until_they_are_back(applied: Applied) -> None:
    rows = [billed(customer, "2026-01-01", tenure=Value(int64_val=1)) for customer in "AB"]
    for left, there in ((["A"], {"B"}), (["B"], {"A", "B"}), ([], {"A", "B"})):
        applied.online.record_left(applied.config, applied.billing, left)
        applied.write(*rows)
        assert held(applied) == there


def test_after_a_checkpoint_the_file_alone_is_whole(applied: Applied) -> None:
    applied.write(billed("A", "2026-01-01", tenure=Value(int64_val=1)))
    log = applied.house.database.with_name(f"{applied.house.database.name}-wal")
    assert log.stat().st_size > 0
    applied.online.checkpoint(applied.config)
    assert log.stat().st_size == 0


def test_an_unknown_feature_says_to_apply(applied: Applied) -> None:
    with pytest.raises(OnlineStoreError, match=r"no column named nothing.*run `feast apply`"):
        applied.write(billed("A", "2026-01-01", nothing=Value(int64_val=1)))


def test_a_view_that_was_not_applied_says_to_apply(house: House) -> None:
    house.write(everyone(["A"]))
    feast = house.store()
    online = feast.provider.online_store
    with pytest.raises(OnlineStoreError, match="no table for view 'billing'; run `feast apply`"):
        online.online_read(feast.config, house.definitions().billing, [key("A")])


def test_a_removed_view_is_dropped_and_teardown_leaves_no_file(applied: Applied) -> None:
    applied.online.update(applied.config, [applied.billing], [], [], [], partial=False)
    assert applied.online.state(applied.config, applied.billing) is None
    applied.online.teardown(applied.config, [], [])
    assert list(applied.house.database.parent.glob("online.db*")) == []
    applied.online.teardown(applied.config, [], [])


def test_nothing_is_planned_for_feast_to_make(applied: Applied) -> None:
    assert applied.online.plan(applied.config, applied.feast.registry.proto()) == []


def test_applying_another_base_empties_the_store_and_forgets_what_was_materialized(house: House) -> None:
    house.write(everyone(["A"]), base="base-a")
    before = Applied(house)
    before.feast.materialize(at("2025-12-01"), at("2026-01-01"))
    assert before.read("A")[0][0] == at("2025-12-31")
    house.write(everyone(["B"]), base="base-b")
    after = Applied(house)
    assert after.read("A", "B") == [(None, None), (None, None)]
    assert after.billing.materialization_intervals == []
    assert after.online.state(after.config, after.billing).base == "base-b"


def test_applying_the_same_base_again_keeps_rows_and_intervals(house: House) -> None:
    house.write(everyone(["A"]))
    before = Applied(house)
    before.feast.materialize(at("2025-12-01"), at("2026-01-01"))
    after = Applied(house)
    assert after.read("A") == before.read("A")
    assert len(after.billing.materialization_intervals) == 1


def test_applying_where_no_lake_lies_keeps_the_rows(house: House, tmp_path: Path) -> None:
    house.write(everyone(["A"]))
    before = Applied(house)
    before.feast.materialize(at("2025-12-01"), at("2026-01-01"))
    house.monkeypatch.setenv("STAYLINE_LAKE", str(tmp_path / "none"))
    after = Applied(house)
    assert after.billing.tags == {}
    assert after.read("A") == before.read("A")


def test_a_lake_of_another_base_is_not_written_before_it_is_applied(house: House) -> None:
    house.write(everyone(["A"]), base="base-a")
    applied = Applied(house)
    house.write(everyone(["A"]), base="base-b")
    with pytest.raises(BaseMismatch, match=r"lake holds base base-b.*applied for base-a; run `feast apply`"):
        applied.feast.materialize(at("2025-12-01"), at("2026-01-01"))
    assert applied.read("A") == [(None, None)]


def test_views_applied_without_a_lake_are_not_written_from_one(house: House) -> None:
    applied = Applied(house)
    house.write(everyone(["A"]), base="base-a")
    with pytest.raises(BaseMismatch, match=r"lake holds base base-a.*applied for no base; run `feast apply`"):
        applied.feast.materialize(at("2025-12-01"), at("2026-01-01"))
    with pytest.raises(BaseMismatch, match="applied for no base"):
        applied.write(billed("A", "2026-01-01", tenure=Value(int64_val=1)))
    assert applied.read("A") == [(None, None)]


def test_a_registry_of_another_base_than_the_store_is_refused(house: House) -> None:
    house.write(everyone(["A"]), base="base-a")
    stale = Applied(house)
    view = stale.billing
    house.write(everyone(["A"]), base="base-b")
    Applied(house)
    with pytest.raises(BaseMismatch, match=r"holds base base-b for view 'billing', the registry base-a"):
        stale.online.online_read(stale.config, view, [key("A")])


def test_many_threads_read_while_one_writes(applied: Applied) -> None:
    def write(number: int) -> None:
        applied.write(billed("A", "2026-01-01", tenure=Value(int64_val=number)))

    def read(_: int) -> None:
        ((_, values),) = applied.read("A", features=["tenure"])
        assert values["tenure"].int64_val in range(50)

    write(0)
    with ThreadPoolExecutor(8) as pool:
        done = [*pool.map(read, range(100)), *pool.map(write, range(50)), *pool.map(read, range(100))]
    assert len(done) == 250


@pytest.mark.slow
def test_a_reading_process_never_waits_for_a_writer(applied: Applied) -> None:
    applied.write(billed("A", "2026-01-01", tenure=Value(int64_val=0)))
    with subprocess.Popen(
        [sys.executable, "-c", READER, str(applied.house.database)], stdout=subprocess.PIPE, text=True
    ) as reader:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "ready\n"
        # Its own timeout is 0, so any lock that kept it out would end it with an error.
        for number in range(20):
            rows = [billed(f"{n}", "2026-01-02", tenure=Value(int64_val=number)) for n in range(2_000)]
            applied.write(*rows)
        applied.write(billed("the last", "2026-01-02", tenure=Value(int64_val=1)))
        slowest = float(reader.stdout.readline())
    assert reader.returncode == 0
    assert slowest < 2.0


def test_the_file_is_in_wal_mode_and_holds_one_row_a_customer(applied: Applied) -> None:
    applied.feast.materialize(at("2025-12-01"), at("2026-01-01"))
    connection = sqlite3.connect(applied.house.database)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    for view in ("demographics", "services", "billing", "tickets"):
        assert connection.execute(f"SELECT count(*) FROM stayline_{view}").fetchone() == (1,)
    connection.close()


def test_feasts_own_reader_works_through_it(applied: Applied) -> None:
    applied.feast.materialize(at("2025-12-01"), at("2026-01-01"))
    service = applied.feast.get_feature_service("churn_v1")
    answer = applied.feast.get_online_features(
        service, [{"customerID": "A"}, {"customerID": "nobody"}]
    ).to_dict()
    assert answer["tenure"] == [0, None]
    assert answer["Contract"] == ["Month-to-month", None]
    assert set(answer) == {"customerID", *(field.name for view in VIEWS for field in view.features)}


def test_an_added_feature_is_served_after_the_next_materialization(house: House) -> None:
    house.write(everyone(["A"]))
    definitions = house.definitions()
    full = list(definitions.billing.features)
    definitions.billing.features = full[:2]
    definitions.churn_v1.feature_view_projections[2].features = full[:2]
    small = house.apply(definitions)
    small.materialize(at("2025-12-01"), at("2026-01-01"))
    grown = Applied(house)
    assert grown.read("A", features=["tenure", "TotalCharges"])[0][1]["TotalCharges"] == Value()
    grown.feast.materialize(at("2025-12-01"), at("2026-01-01"))
    assert grown.read("A", features=["TotalCharges"])[0][1]["TotalCharges"] == Value(double_val=0.0)


def test_a_view_that_a_crash_left_as_materializing_is_still_served(applied: Applied) -> None:
    applied.feast.materialize(at("2025-12-01"), at("2026-01-01"))
    view = applied.billing
    view.state = FeatureViewState.MATERIALIZING
    applied.feast.registry.apply_feature_view(view, "stayline")
    answer = applied.house.store().get_online_features(["billing:tenure"], [{"customerID": "A"}]).to_dict()
    assert answer["tenure"] == [0]
