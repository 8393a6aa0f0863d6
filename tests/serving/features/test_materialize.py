from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from house import VIEWS, House, at, everyone, row
from other_stores import repo_on

from feature_repo.configuration import SQLITE_STORE
from feature_repo.file_lock import file_lock
from feature_repo.sqlite_store.arrow_rows import ViewRows, Written
from feature_repo.sqlite_store.rows import to_micros
from feature_repo.sqlite_store.store import WideRowSqliteOnlineStore
from serving.errors import MaterializeBusy, MaterializeError
from serving.features.materialize import MaterializeReport, materialize
from serving.features.materialize_members import Members
from serving.features.writers import parts as writers_parts

NOW = at("2026-06-01")
UNTIL = at("2026-01-01")


def fill(end: datetime | None = None, **options: Any) -> MaterializeReport:
    return materialize(end=end, now=lambda: NOW, **options)


def stored(house: House, view: str = "billing", columns: str = "customerID, tenure") -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(house.database)
    rows = connection.execute(f"SELECT {columns} FROM stayline_{view} ORDER BY customerID").fetchall()
    connection.close()
    return rows


def bills(*lines: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Everyone billed has a row in the other views as well."""
    customers = list(dict.fromkeys(line["customerID"] for line in lines))
    return {**everyone(customers), "billing": list(lines)}


def test_a_first_run_fills_every_view_within_its_ttl_up_to_the_lakes_end(house: House) -> None:
    rows = bills(
        row("A", "2025-11-30", tenure=1),
        row("A", "2025-12-31", tenure=2),
        row("A", "2026-01-31", tenure=3),
        row("old", "2025-10-01", tenure=9),
    )
    house.write(rows)
    house.apply()
    report = fill()
    assert report.base == "base-a"
    assert report.end == UNTIL
    assert report.customers == {"billing": 1, "demographics": 2, "services": 2, "tickets": 2}
    assert stored(house) == [("A", 2)]
    starts = {view.view: view.start for view in report.views}
    assert starts["billing"] == UNTIL - timedelta(days=62)
    assert starts["demographics"] == UNTIL - timedelta(days=7300)
    assert str(report) == (
        "The online store of base base-a is up to 2026-01-01 00:00 UTC: "
        "billing 1, demographics 2, services 2, tickets 2 customers."
    )


def test_it_leaves_what_feasts_own_materialize_leaves(house: House) -> None:
    house.write(bills(row("A", "2025-12-31", tenure=2, MonthlyChargesChange3m=None), row("B", "2025-12-31")))
    house.apply()
    fill()
    ours = {view: stored(house, view, "*") for view in VIEWS}
    house.database.unlink()
    house.apply().materialize(UNTIL - timedelta(days=7300), UNTIL)
    assert {view: stored(house, view, "*") for view in VIEWS} == ours


def test_feasts_own_incremental_goes_on_where_it_ended(house: House) -> None:
    house.write(everyone(["A"]))
    house.apply()
    fill()
    assert {view.most_recent_end_time for view in house.store().list_feature_views()} == {UNTIL}


def test_a_second_run_sees_the_rows_that_came_late_however_late(house: House) -> None:
    first = [row("A", "2025-12-31", tenure=1), row("B", "2025-12-31", tenure=1)]
    services = [row("A", "2020-01-01"), row("B", "2020-01-01")]
    house.write({**bills(*first), "services": services})
    house.apply()
    fill()
    late = [row("A", "2026-01-15", tenure=2), row("C", "2025-12-01", "2026-01-20", tenure=7)]
    years_late = [
        row("B", "2024-05-05", "2026-01-20", Contract="Two year"),
        row("C", "2023-03-03", "2026-01-20"),
    ]
    house.write(
        {**bills(*first, *late), "services": [*services, *years_late]},
        data_until="2026-02-01",
    )
    report = fill()
    assert stored(house) == [("A", 2), ("B", 1), ("C", 7)]
    assert stored(house, "services", "customerID, Contract") == [
        ("A", "Month-to-month"),
        ("B", "Two year"),
        ("C", "Month-to-month"),
    ]
    starts = {view.view: view.start for view in report.views}
    assert starts["services"] == at("2023-03-03")
    assert starts["billing"] == at("2025-12-01")


def test_late_rows_are_seen_though_feasts_own_incremental_went_further(house: House) -> None:
    house.write({**everyone(["A"]), "services": [row("A", "2020-01-01")]})
    house.apply()
    fill()
    house.store().materialize(UNTIL, NOW)
    late = row("A", "2024-05-05", "2026-01-20", Contract="Two year")
    house.write({**everyone(["A"]), "services": [row("A", "2020-01-01"), late]}, data_until="2026-02-01")
    fill()
    assert stored(house, "services", "Contract") == [("Two year",)]


def test_whoever_is_missing_from_the_store_is_filled_in_again(house: House) -> None:
    house.write({**everyone(["A"]), "services": [row("A", "2020-01-01")]})
    house.apply()
    fill()
    connection = sqlite3.connect(house.database, isolation_level=None)
    connection.execute("DELETE FROM stayline_services")
    connection.execute(
        "UPDATE stored_rows SET views = views & ~(SELECT bit FROM view_meta WHERE view = 'stayline_services')"
    )
    connection.close()
    assert fill().customers["services"] == 1


def test_a_full_run_reads_the_whole_ttl_again(house: House) -> None:
    house.write(everyone(["A"]))
    house.apply()
    fill()
    starts = {full: {view.view: view.start for view in fill(full=full).views} for full in (False, True)}
    assert starts[False] == dict.fromkeys(VIEWS, UNTIL + timedelta(microseconds=1))
    assert starts[True]["billing"] == UNTIL - timedelta(days=62)


def test_a_run_with_nothing_new_reads_and_writes_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.write({**everyone(["A", "B", "left"]), "churn_events": [row("left", "2025-12-31")]})
    house.apply()
    fill()
    before = {view: stored(house, view, "*") for view in VIEWS}
    monkeypatch.setattr(writers_parts, "parts", lambda views, size: _nothing(views))
    monkeypatch.setattr(Members, "known", property(lambda _: pytest.fail("the whole table was read")))
    report = fill()
    assert {view: stored(house, view, "*") for view in VIEWS} == before
    assert report.customers == dict.fromkeys(VIEWS, 2)


def _nothing(views: Sequence[ViewRows]) -> list[Any]:
    assert [view.rows.num_rows + len(view.gone) for view in views] == [0] * len(VIEWS)
    return []


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE stayline_services SET Contract = 'One year' WHERE customerID = 'A'",
        "UPDATE stayline_services SET event_ts = event_ts * 2 WHERE customerID = 'A'",
        "UPDATE stayline_services SET Contract = CAST(x'ff' AS TEXT) WHERE customerID = 'A'",
        "UPDATE stayline_services SET customerID = CAST(x'ff' AS TEXT) WHERE customerID = 'A'",
        "DELETE FROM stayline_services WHERE customerID = 'A'",
        "UPDATE stored_rows SET key = 'a' WHERE key = 'A'",
        "UPDATE stored_rows SET views = 0 WHERE key = 'A'",
        "UPDATE left_customers SET key = 'a' WHERE key = 'left'",
    ],
)
def test_a_plain_run_writes_a_damaged_view_anew(house: House, damage: str) -> None:
    """Rows of years ago too, which it reads only where a view is filled from the beginning."""
    there = {**everyone(["A", "B"]), "services": [row("A", "2020-01-01"), row("B", "2020-01-01")]}
    house.write({**there, "churn_events": [row("left", "2025-12-01")]})
    house.apply()
    fill()
    tables = [*(f"stayline_{view}" for view in VIEWS), "stored_rows", "left_customers", "view_meta"]

    def everything(damage: str = "") -> list[list[tuple[Any, ...]]]:
        connection = sqlite3.connect(house.database, isolation_level=None)
        assert not damage or connection.execute(damage).rowcount == 1
        held = [
            connection.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall()
            for table in tables
            if not damage
        ]
        connection.close()
        return held

    whole = everything()
    everything(damage)
    fill()
    assert everything() == whole


def test_a_damaged_view_is_whole_for_a_reader_throughout(house: House, tmp_path: Path) -> None:
    repo = repo_on(
        tmp_path / "repo",
        {"type": SQLITE_STORE, "path": str(house.database)},
        online_write_batch_size=1,
    )
    house.write(everyone(["A", "B", "C"]))
    house.apply(repo=repo)
    fill(repo=repo)
    connection = sqlite3.connect(house.database, isolation_level=None)
    connection.execute("UPDATE stayline_billing SET tenure = 9 WHERE customerID = 'B'")
    seen = []
    fill(repo=repo, progress=lambda done, total: seen.append(len(stored(house))))
    connection.close()
    assert seen == [3, 3]
    assert stored(house) == [("A", 0), ("B", 1), ("C", 2)]


def test_an_old_end_overwrites_nothing_newer_and_takes_nobody_out_or_back_in(house: House) -> None:
    rows = bills(
        row("A", "2025-11-15", tenure=1),
        row("A", "2025-12-31", tenure=2),
        row("joined later", "2025-12-31", tenure=0),
        row("left later", "2025-11-15", tenure=9),
    )
    house.write({**rows, "churn_events": [row("left later", "2025-12-31")]})
    house.apply()
    fill()
    fill(at("2025-12-01"))
    assert stored(house) == [("A", 2), ("joined later", 0)]


def test_feasts_own_materialize_of_an_old_window_brings_nobody_back_who_left(house: House) -> None:
    rows = everyone(["A", "left"], "2025-11-15")
    house.write({**rows, "churn_events": [row("left", "2025-12-20")]})
    house.apply()
    fill()
    house.store().materialize(at("2025-11-01"), at("2025-12-01"))
    for view in VIEWS:
        assert stored(house, view, "customerID") == [("A",)]
    # A corrected lake has another base, and its customers are all that counts.
    house.write(everyone(["A", "left"]), base="base-b")
    house.apply()
    house.store().materialize(at("2025-12-01"), UNTIL)
    assert stored(house, columns="customerID") == [("A",), ("left",)]


@pytest.mark.parametrize("between", [True, False], ids=["run while away", "run after the return"])
def test_who_came_back_is_stored_with_rows_of_the_new_stay_only(house: House, between: bool) -> None:
    rows = everyone(["A", "back"], "2025-11-15")
    left = {"churn_events": [row("back", "2025-12-01")]}
    house.write(rows, data_until="2025-11-20")
    house.apply()
    fill()
    if between:
        house.write({**rows, **left}, data_until="2025-12-02")
        fill()
        assert stored(house) == [("A", 0)]
    new = {name: [*rows[name], row("back", "2025-12-10")] for name in ("demographics", "services")}
    house.write({**rows, **left, **new}, data_until="2025-12-20")
    fill()
    assert stored(house, "services", "customerID") == [("A",), ("back",)]
    for view in ("billing", "tickets"):  # the bill of the former stay is not two months old
        assert stored(house, view, "customerID") == [("A",)]
    bills = [*rows["billing"], row("back", "2025-12-20", "2025-12-21", tenure=0)]
    house.write({**rows, **left, **new, "billing": bills}, data_until="2026-01-01")
    fill()
    assert stored(house) == [("A", 0), ("back", 0)]
    assert fill(full=True).removed == 1  # of tickets, in which there is none yet
    assert stored(house) == [("A", 0), ("back", 0)]


def test_an_end_in_the_future_is_refused(house: House) -> None:
    house.write(everyone(["A"]))
    house.apply()
    with pytest.raises(MaterializeError, match="lies in the future"):
        fill(NOW + timedelta(days=1))


def test_who_left_and_who_is_no_longer_in_the_lake_is_removed_from_every_view(house: House) -> None:
    house.write(everyone(["A", "gone", "leaves later", "erased"]))
    house.apply()
    assert fill().removed == 0
    house.write(
        {
            **everyone(["A", "gone", "leaves later"]),
            "churn_events": [row("gone", "2025-12-31"), row("leaves later", "2026-01-02")],
        }
    )
    report = fill()
    assert report.removed == 2
    assert all(view.removed == 2 for view in report.views)
    for view in VIEWS:
        assert stored(house, view, "customerID") == [("A",), ("leaves later",)]
    assert "; 2 who left or are no longer in the lake are not kept." in str(report)


def test_a_view_without_rows_is_filled_with_nothing(house: House) -> None:
    """A file without ticket columns leaves the table of tickets empty."""
    house.write({**everyone(["A"]), "tickets": []})
    house.apply()
    assert fill().customers["tickets"] == 0
    assert fill().customers["tickets"] == 0


def test_a_source_that_lost_its_rows_or_values_is_refused_and_the_store_stays(house: House) -> None:
    house.write(everyone(["A", "B"]))
    house.apply()
    fill()
    before = stored(house, columns="*")
    house.write({**everyone(["A", "B"]), "billing": []})
    with pytest.raises(MaterializeError, match=r"'billing': .*billing.parquet has no rows"):
        fill()
    lost = [row(customer, "2025-12-31", MonthlyChargesChange3m=None) for customer in "AB"]
    house.write({**everyone(["A", "B"]), "billing": lost})
    with pytest.raises(MaterializeError, match=r"column MonthlyChargesChange3m of .* holds nulls only"):
        fill()
    assert stored(house, columns="*") == before


def test_rows_that_did_not_arrive_are_noticed(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.write(everyone(["A", "B"]))
    house.apply()
    write = WideRowSqliteOnlineStore.write_customers

    def lose_one(store: Any, config: Any, parts: Any, anew: Any) -> None:
        write(store, config, [part._replace(rows=part.rows.slice(1)) for part in parts], anew)

    monkeypatch.setattr(WideRowSqliteOnlineStore, "write_customers", lose_one)
    with pytest.raises(MaterializeError, match="View 'billing': 1 of 2 customers are not in"):
        fill()
    monkeypatch.undo()
    house = House(house.folder, monkeypatch)
    assert fill().customers["billing"] == 2, "a run that was not whole is done again in full"


def test_a_run_beside_another_is_refused_and_says_whose(house: House) -> None:
    house.write(everyone(["A"]))
    house.apply()
    lock = house.database.with_name("materialize-tickets.lock")
    with (
        file_lock(lock, wait=False),
        pytest.raises(MaterializeBusy, match="View 'tickets' is being materialized by process"),
    ):
        fill()
    assert stored(house) == [], "nothing was begun"
    assert lock.exists()
    assert fill().customers["tickets"] == 1, "a lock that a dead process left is no obstacle"


def test_another_base_is_filled_only_after_it_was_applied_and_then_whole(house: House) -> None:
    house.write(everyone(["A"]), base="base-a")
    house.apply()
    fill()
    house.write(everyone(["B"], "2025-11-30"), base="base-b")
    with pytest.raises(MaterializeError, match="lake holds base base-b.*applied for base-a; run"):
        fill()
    assert stored(house) == [("A", 0)]
    house.apply()
    assert stored(house) == []
    report = fill()
    assert report.base == "base-b"
    assert stored(house) == [("B", 0)]
    assert {view.view: view.start for view in report.views}["services"] == UNTIL - timedelta(days=7300)


def test_a_store_that_was_deleted_is_filled_whole_again(house: House) -> None:
    house.write({**everyone(["A"]), "services": [row("A", "2020-01-01")]})
    house.apply()
    fill()
    for path in house.database.parent.glob("online.db*"):
        path.unlink()
    with pytest.raises(MaterializeError, match="no table for view 'billing'; run `feast apply`"):
        fill()
    house.apply()
    assert fill().customers == dict.fromkeys(VIEWS, 1)


def test_a_run_that_failed_half_way_leaves_whole_customers_and_is_finished_by_the_next(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.write(everyone(["A"]))
    house.apply()

    add = Written.add

    def fail_at_tickets(written: Any, table: Any, rows: Any) -> None:
        if table.view == "tickets":
            raise OSError("No space left on device")
        add(written, table, rows)

    with monkeypatch.context() as broken:
        broken.setattr(Written, "add", fail_at_tickets)
        with pytest.raises(MaterializeError, match="No space left on device"):
            fill()
    assert {view: stored(house, view, "customerID") for view in VIEWS} == {view: [] for view in VIEWS}
    assert fill().customers == dict.fromkeys(VIEWS, 1)


def test_every_batch_of_customers_is_whole_for_a_reader(house: House, tmp_path: Path) -> None:
    store = {"type": SQLITE_STORE, "path": str(house.database)}
    repo = repo_on(tmp_path / "repo", store, online_write_batch_size=2)
    everybody = [f"customer {number}" for number in range(5)]
    house.write(everyone(everybody, "2025-12-30"))
    house.apply(repo=repo)
    fill(at("2025-12-30"), repo=repo)
    house.write({**everyone(everybody[:4]), "churn_events": [row(everybody[0], "2025-12-31")]})
    seen = []

    def look(done: int, total: int) -> None:
        held: dict[str, set[Any]] = {}
        for view in VIEWS:
            for customer, event in stored(house, view, "customerID, event_ts"):
                held.setdefault(customer, set()).add((view, event))
        assert all(len(rows) == 4 and len({event for _, event in rows}) == 1 for rows in held.values())
        seen.append(len(held))

    fill(repo=repo, progress=look)
    assert seen == [5, 4, 4, 3], "who left and who was erased go with the batch of their neighbours"


def test_a_view_that_asks_for_more_is_left_to_feast(house: House) -> None:
    house.write(everyone(["A"]))
    definitions = house.definitions()
    definitions.billing.enable_validation = True
    house.apply(definitions)
    with pytest.raises(MaterializeError, match="'billing' asks Feast to do more .*; fill it with `feast"):
        fill()


def test_who_is_not_in_the_latest_file_of_a_snapshot_is_removed_and_may_come_back(house: House) -> None:
    files = [everyone(["A", "back", "gone"], "2025-10-01"), everyone(["A"], "2025-11-01")]
    files.append(everyone(["A", "back"], "2025-12-01"))
    expected = [["A", "back", "gone"], ["A"], ["A", "back"]]
    for number, customers in enumerate(expected, start=1):
        until = files[number - 1]["billing"][0]["event_timestamp"]
        rows = {view: [row for file in files[:number] for row in file[view]] for view in VIEWS}
        house.write(rows, data_until=f"{until:%Y-%m-%d}", kind="snapshot")
        house.apply()
        fill()
        for view in VIEWS:
            assert stored(house, view, "customerID") == [(customer,) for customer in customers]


def test_a_lake_that_went_back_is_refused_until_the_store_is_emptied(house: House) -> None:
    house.write(everyone(["A"], "2025-11-15"), data_until="2025-12-01")
    house.apply()
    fill()
    house.write(everyone(["A"], "2025-10-15"), data_until="2025-11-01")
    with pytest.raises(
        MaterializeError, match="ends on 2025-11-01 00:00 UTC, .* up to 2025-12-01 .*teardown"
    ):
        fill()
    assert stored(house, "billing", "event_ts") == [(to_micros(at("2025-11-15")),)]
    house.store().teardown()
    house.apply()
    fill()
    assert stored(house, "billing", "event_ts") == [(to_micros(at("2025-10-15")),)]


def test_progress_runs_up_to_the_rows_of_all_views(house: House) -> None:
    house.write(everyone(["A", "B"]))
    house.apply()
    seen: list[tuple[int, int]] = []
    fill(progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (8, 8)
    assert seen == sorted(seen)
    assert all(done <= total for done, total in seen)


def test_without_a_lake_or_an_apply_it_says_what_to_do(house: House) -> None:
    with pytest.raises(MaterializeError, match="there is no lake in"):
        fill()
    house.write(everyone(["A"]))
    with pytest.raises(MaterializeError, match="no feature view; run `feast -c feature_repo apply`"):
        fill()


def test_another_store_is_filled_and_its_customers_are_counted(house: House, tmp_path: Path) -> None:
    house.write({**everyone(["A"]), "churn_events": []})
    repo = repo_on(tmp_path / "repo", {"type": "sqlite", "path": str(tmp_path / "other.db")})
    house.apply(repo=repo)
    report = fill(repo=repo)
    assert report.customers == dict.fromkeys(VIEWS, 1)
    answer = house.store(repo).get_online_features(["billing:tenure"], [{"customerID": "A"}]).to_dict()
    assert answer["tenure"] == [0]
