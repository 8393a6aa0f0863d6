"""The lake's tables of a Telco file: one row per customer and table, both clocks at the as-of date."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from data.schema import BILLING, DEMOGRAPHICS, LABELS, SERVICES, TICKETS, TIMESTAMP, Table
from data.telco.csv_file import TelcoFile


def snapshot_tables(telco: TelcoFile, as_of: datetime) -> Mapping[str, pa.Table]:
    """Return the rows of every table that a Telco file fills.

    Parameters
    ----------
    telco : TelcoFile
        The checked file.
    as_of : datetime
        UTC; when the file was true, and when we learned it.
    """
    rows = telco.rows
    clock = pa.array([as_of], TIMESTAMP).take(pa.array([0] * rows.num_rows, pa.int64()))
    values = {name: rows[name] for name in rows.column_names}
    values |= {"event_timestamp": clock, "created_timestamp": clock, **_derived(rows)}
    tables = [DEMOGRAPHICS, SERVICES, BILLING]
    tables += ([LABELS] if telco.labelled else []) + ([TICKETS] if telco.tickets else [])
    return {table.name: _project(table, values, rows.num_rows) for table in tables}


def _derived(rows: pa.Table) -> dict[str, pa.ChunkedArray]:
    tenure, monthly = rows["tenure"], rows["MonthlyCharges"]
    billed = pc.greater(tenure, 0)
    per_month = pc.divide(rows["TotalCharges"], pc.if_else(billed, tenure, 1).cast(pa.float64()))
    average = pc.if_else(billed, per_month, monthly)
    return {"AvgMonthlyCharges": average, "MonthlyChargesVsAvg": pc.subtract(monthly, average)}


def _project(table: Table, values: Mapping[str, pa.ChunkedArray], rows: int) -> pa.Table:
    """Return the table's columns; those that need a history are null."""
    columns = {c.name: values.get(c.name, pa.nulls(rows, c.type)) for c in table.columns}
    return pa.table(columns)
