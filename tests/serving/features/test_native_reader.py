from __future__ import annotations

import gc
import os
import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from house import House, at, everyone
from resealing import reseal

from serving.errors import DamagedFeatures, StoreError
from serving.features.native_reader import NativeReader
from serving.features.read_connections import ReadConnections
from serving.model.signature import FeatureSpec, Signature, signature_of


@pytest.fixture
def filled(house: House) -> House:
    """A store in which each customer's tenure is the position of its letter."""
    house.write(everyone("ABC"))
    feast = house.apply()
    feast.materialize(at("2025-12-01"), at("2026-01-01"))
    feast.provider.online_store.checkpoint(feast.config)
    return house


def reader(path: Path, base: str | None = None, signature: Signature | None = None) -> NativeReader:
    return NativeReader(
        ReadConnections(path), "stayline", signature or signature_of(names=["tenure", "Contract"]), base
    )


def tenures(native: NativeReader, *customers: str) -> list[object]:
    return list(native.read(customers).values[1])


def test_rows_come_in_the_order_asked_for(filled: House) -> None:
    assert tenures(reader(filled.database), "C", "A", "nobody", "C") == [2, 0, None, 2]
    assert tenures(reader(filled.database), "B") == [1]


def test_one_customer_is_read_as_among_others(filled: House) -> None:
    native = reader(filled.database, "base-a")
    asked = ["B", "nobody", "A", "é", "B\0"]
    together = native.read(asked)
    assert [native.read_one(each) for each in asked] == [together.row(at) for at in range(len(asked))]


def test_rows_that_sqlite_gives_in_another_order_are_put_in_order(filled: House) -> None:
    native = reader(filled.database)
    native._many += " ORDER BY ids.key DESC"
    assert tenures(native, "C", "A", "nobody", "C") == [2, 0, None, 2]


def test_a_missing_store_is_named_and_not_made(filled: House, tmp_path: Path) -> None:
    path = tmp_path / "nowhere" / "online.db"
    with pytest.raises(StoreError, match=f"no online store at {path}; run `feast -c feature_repo apply`"):
        reader(path).read(["A"])
    with pytest.raises(StoreError, match="STAYLINE_ONLINE_STORE"):
        reader(path).base()
    assert not path.parent.exists()


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "online.db"
    path.write_text("not a database " * 100)
    with pytest.raises(StoreError, match=f"{path} cannot be read: file is not a database"):
        reader(path).read(["A"])


def test_nothing_can_be_written_through_it(filled: House) -> None:
    native = reader(filled.database)
    with (
        pytest.raises(StoreError, match="attempt to write a readonly database"),
        native._connection() as connection,
    ):
        connection.execute("DELETE FROM stayline_billing")
    assert tenures(native, "B") == [1]


def test_the_expected_base_is_held_to_at_every_read(filled: House) -> None:
    native = reader(filled.database, "base-a")
    assert native.base() == "base-a"
    assert tenures(native, "B") == [1]
    with pytest.raises(StoreError, match="model is of base base-b, and .*online.db holds base-a"):
        reader(filled.database, "base-b").read(["B"])

    filled.write(everyone("B"), base="base-b")
    filled.apply()
    with pytest.raises(StoreError, match="model is of base base-a, and .*online.db holds base-b"):
        native.read(["A", "B"])


def test_views_of_two_bases_have_no_base_and_are_refused(filled: House) -> None:
    connection = sqlite3.connect(filled.database)
    with connection:
        connection.execute("UPDATE view_meta SET base = NULL WHERE view = 'stayline_billing'")
        reseal(connection, "view_meta")
    connection.close()
    assert reader(filled.database).base() is None
    with pytest.raises(StoreError, match="holds None, base-a"):
        reader(filled.database, "base-a").read(["B"])


def test_a_feature_the_store_has_not_is_named(filled: House) -> None:
    wealth = Signature("s", "f", (FeatureSpec("wealth", "billing", "number", "Int64"),), {"billing": 0})
    with pytest.raises(StoreError, match="needs billing:wealth as Int64, and .* holds no such column"):
        reader(filled.database, signature=wealth).base()
    with pytest.raises(StoreError, match="no such column"):
        reader(filled.database, signature=wealth).read(["A"])


def test_a_feature_of_another_type_is_named(filled: House) -> None:
    text = Signature("s", "f", (FeatureSpec("tenure", "billing", "category", "String"),), {"billing": 0})
    with pytest.raises(StoreError, match="needs billing:tenure as String, and .* holds INTEGER"):
        reader(filled.database, signature=text).base()


def test_a_store_without_the_view_says_to_apply(tmp_path: Path) -> None:
    path = tmp_path / "online.db"
    sqlite3.connect(path).close()
    path.touch()
    with pytest.raises(StoreError, match="no table for view 'services'; run `feast -c feature_repo apply`"):
        reader(path).base()


def test_a_store_put_in_the_place_of_the_old_one_is_read(filled: House, tmp_path: Path) -> None:
    native = reader(filled.database)
    assert tenures(native, "B") == [1]
    other = tmp_path / "other.db"
    shutil.copy(filled.database, other)
    connection = sqlite3.connect(other)
    with connection:
        connection.execute("UPDATE stayline_billing SET tenure = 41 WHERE customerID = 'B'")
        reseal(connection, "stayline_billing")
    connection.close()
    for path in filled.database.parent.glob("online.db*"):
        path.unlink()
    with pytest.raises(StoreError, match="no online store"):
        native.read(["B"])
    other.rename(filled.database)
    assert tenures(native, "B") == [41]


def test_what_a_writer_commits_is_seen_at_once(filled: House) -> None:
    native = reader(filled.database)
    assert tenures(native, "B") == [1]
    connection = sqlite3.connect(filled.database)
    with connection:
        connection.execute("UPDATE stayline_billing SET tenure = 41 WHERE customerID = 'B'")
        reseal(connection, "stayline_billing")
    assert tenures(native, "B") == [41]
    connection.close()


def test_all_views_of_all_customers_are_read_at_one_moment(filled: House) -> None:
    """A writer moves tenure and TotalCharges together; no reader sees one without the other."""
    signature = signature_of(names=["tenure", "numTechTickets"])
    native = reader(filled.database, signature=signature)
    connection = sqlite3.connect(filled.database, isolation_level=None, check_same_thread=False)

    def write(_: int) -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE stayline_billing SET tenure = tenure + 1")
        connection.execute("UPDATE stayline_tickets SET numTechTickets = numTechTickets + 1")
        reseal(connection, "stayline_billing")
        reseal(connection, "stayline_tickets")
        connection.execute("COMMIT")

    def look(_: int) -> None:
        tenures, tickets = native.read("ABC").values
        assert [tenure - position for position, tenure in enumerate(tenures)] == [tickets[0]] * 3

    with ThreadPoolExecutor(1) as writers, ThreadPoolExecutor(4) as readers:
        written = writers.map(write, range(200))
        assert len(list(readers.map(look, range(400)))) == 400
        assert len(list(written)) == 200
    connection.close()


def test_after_an_error_a_thread_opens_another_connection(filled: House) -> None:
    native = reader(filled.database)
    assert tenures(native, "B") == [1]
    first = native._connections.current()
    writer = sqlite3.connect(filled.database)
    writer.execute("ALTER TABLE stayline_billing RENAME TO away")
    for _ in range(2):
        with pytest.raises(StoreError, match="no such table"):
            native.read(["B"])
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        first.execute("SELECT 1")
    writer.execute("ALTER TABLE away RENAME TO stayline_billing")
    writer.close()
    assert tenures(native, "B") == [1]


def test_a_copy_in_a_folder_that_cannot_be_written_is_read(
    filled: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "copy" / "online.db"
    copy.parent.mkdir()
    shutil.copy(filled.database, copy)
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert tenures(reader(copy), "B") == [1]
    assert [path.name for path in copy.parent.iterdir()] == ["online.db"]


def test_readers_that_come_and_go_leave_no_file_open(filled: House) -> None:
    """Without the garbage collector: a connection of sqlite3 refers to itself."""
    connections = ReadConnections(filled.database)
    gc.collect()
    gc.disable()
    try:
        counts = []
        for _ in range(3):
            native = NativeReader(connections, "stayline", signature_of(names=["tenure"]), None)
            assert list(native.read(["B"]).values[0]) == [1]
            counts.append(len(list(Path("/proc/self/fd").iterdir())))
    finally:
        gc.enable()
    assert counts[0] == counts[-1]


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE stayline_billing SET tenure = 41 WHERE customerID = 'B'",
        "UPDATE stayline_billing SET TotalCharges = NULL WHERE customerID = 'B'",
        "UPDATE stayline_billing SET event_ts = event_ts + 1 WHERE customerID = 'B'",
        "UPDATE stayline_billing SET row_check = 1 WHERE customerID = 'B'",
        "UPDATE stayline_services SET Contract = CAST(x'ff' AS TEXT) WHERE customerID = 'B'",
        "UPDATE stayline_billing SET customerID = 'b' WHERE customerID = 'B'",
        "DELETE FROM stayline_billing WHERE customerID = 'B'",
        "UPDATE stored_rows SET views = views - (SELECT bit FROM view_meta WHERE view = 'stayline_billing') "
        "WHERE key = 'B'",
        "UPDATE stored_rows SET key = 'b' WHERE key = 'B'",
        "UPDATE stored_rows SET views = 'text' WHERE key = 'B'",
    ],
)
def test_a_damaged_row_is_an_error_that_names_the_view_and_the_cure(filled: House, damage: str) -> None:
    native = reader(filled.database, "base-a")
    assert tenures(native, "B") == [1]
    connection = sqlite3.connect(filled.database)
    with connection:
        assert connection.execute(damage).rowcount == 1
    connection.close()
    view = "billing" if "billing" in damage else "services"
    for customers in (["B"], ["A", "B", "nobody"], ["b"] if "= 'b'" in damage else ["B", "B"]):
        with pytest.raises(DamagedFeatures, match=f"View '{view}': .*run `python -m serving materialize`"):
            native.read(customers)
        with pytest.raises(DamagedFeatures, match=f"View '{view}'"):
            native.read_one(customers[0] if len(customers) < 3 else "B")
    assert tenures(native, "A", "nobody", "C") == [0, None, 2], "others can be read"


def test_a_damaged_description_is_an_error_with_the_cure(filled: House) -> None:
    connection = sqlite3.connect(filled.database)
    with connection:
        connection.execute("UPDATE view_meta SET base = 'base-c' WHERE view = 'stayline_billing'")
    connection.close()
    for read in (lambda native: native.base(), lambda native: native.read(["A"])):
        with pytest.raises(StoreError, match="its table 'stayline_billing' is damaged; remove its file"):
            read(reader(filled.database, "base-a"))


def test_a_model_of_some_views_reads_them_alone(filled: House) -> None:
    native = reader(filled.database, signature=signature_of(names=["tenure"]))
    connection = sqlite3.connect(filled.database)
    with connection:
        connection.execute("DELETE FROM stayline_services")
    connection.close()
    assert list(native.read(["B", "nobody"]).values[0]) == [1, None]


def test_a_reader_follows_tables_that_were_applied_again(filled: House) -> None:
    """Fewer features, as many others in another order, and more."""
    native = reader(filled.database)
    definitions = filled.definitions()
    full = list(definitions.billing.features)
    for features in (full[:3], [full[1], full[0], full[3]], full):
        definitions.billing.features = features
        definitions.churn_v1.feature_view_projections[2].features = features
        filled.apply(definitions)
        assert tenures(native, "C", "A", "nobody") == [2, 0, None]


def test_a_store_that_was_never_filled_knows_nobody_and_says_so(house: House) -> None:
    house.write(everyone("ABC"))
    feast = house.apply()
    native = reader(house.database)
    for ask in (lambda: native.base(), lambda: native.read(["A"])):
        with pytest.raises(StoreError, match="holds no customer; run `python -m serving materialize`"):
            ask()
    feast.materialize(at("2025-12-01"), at("2026-01-01"))
    assert native.base() == "base-a"
    assert tenures(native, "nobody") == [None]


def test_a_store_of_a_former_format_says_what_to_do(filled: House) -> None:
    connection = sqlite3.connect(filled.database)
    with connection:
        for view in ("billing", "demographics", "services", "tickets"):
            connection.execute(f"ALTER TABLE stayline_{view} DROP COLUMN row_check")
        connection.execute("DROP TABLE stored_rows")
        connection.execute("ALTER TABLE view_meta DROP COLUMN row_check")
        connection.execute("ALTER TABLE view_meta DROP COLUMN bit")
    connection.close()
    for read in (lambda native: native.base(), lambda native: native.read(["A"])):
        with pytest.raises(StoreError, match="no such .*; run `feast -c feature_repo apply` and materialize"):
            read(reader(filled.database))
    filled.apply()
    with pytest.raises(StoreError, match="holds no customer"):  # it was emptied, to be filled again
        tenures(reader(filled.database), "A")


def test_a_damaged_schema_is_an_error_with_the_cure_and_leaves_no_file_open(filled: House) -> None:
    """SQLite quotes the schema in its error, whose text may then be no UTF-8."""
    content = filled.database.read_bytes()
    for damaged in (
        content.replace(b"CREATE TABLE", b"CREATE TAB\xc5E"),
        content.replace(b"CREATE", b"CR\xffATE"),
    ):
        filled.database.write_bytes(damaged)
        native = reader(filled.database)
        counts = []
        for _ in range(3):
            with pytest.raises(StoreError, match="cannot be read: .*; remove its file"):
                native.read(["B"])
            counts.append(len(list(Path("/proc/self/fd").iterdir())))
        assert counts[0] == counts[-1]
