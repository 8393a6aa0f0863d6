from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from pathlib import Path

from data.schema import TABLES
from data.telco.csv_file import TelcoFile, parse
from data.telco.tables import snapshot_tables

Row = dict[str, str]
AS_OF = datetime(2026, 3, 1, tzinfo=UTC)


def telco(rows: list[Row]) -> TelcoFile:
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, fieldnames=list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return parse(Path("telco.csv"), stream.getvalue().encode())


def test_one_row_per_customer_with_both_clocks_at_the_as_of_date(telco_rows: list[Row]) -> None:
    tables = snapshot_tables(telco(telco_rows), AS_OF)
    assert list(tables) == ["demographics", "services", "billing", "labels"]
    for name, rows in tables.items():
        assert tuple(rows.column_names) == TABLES[name].names
        assert rows["customerID"].to_pylist() == [row["customerID"] for row in telco_rows]
        assert set(rows["event_timestamp"].to_pylist()) == {AS_OF}
        assert set(rows["created_timestamp"].to_pylist()) == {AS_OF}


def test_derived_charges_by_hand(telco_rows: list[Row]) -> None:
    billing = snapshot_tables(telco(telco_rows), AS_OF)["billing"].to_pydict()
    # 30/1, 108/2, the monthly charge itself at tenure 0, 320/16.
    assert billing["AvgMonthlyCharges"] == [30.0, 54.0, 90.25, 20.0]
    assert billing["MonthlyChargesVsAvg"] == [0.0, 1.5, 0.0, 0.0]
    assert billing["MonthlyChargesChange3m"] == [None] * 4


def test_ticket_windows_are_unknown_in_a_snapshot(telco_rows: list[Row]) -> None:
    rows = [{**row, "numAdminTickets": "2", "numTechTickets": "5"} for row in telco_rows]
    tickets = snapshot_tables(telco(rows), AS_OF)["tickets"].to_pylist()
    assert tickets[0]["numTechTickets"] == 5
    assert [tickets[0][f"num{kind}Tickets{w}"] for kind in ("Admin", "Tech") for w in ("1m", "3m")] == [
        None
    ] * 4
