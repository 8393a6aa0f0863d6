from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from data.contracts.cross_table import DAY, Customers, without_rows
from data.contracts.whole_table import hashes
from data.lake_files.reading import to_frame
from data.schema import TIMESTAMP
from data.violations import Violation


def rows(*pairs: tuple[str, int]) -> pd.DataFrame:
    """Return rows of customers and days of January 2026."""
    clock = pa.array([datetime(2026, 1, day, tzinfo=UTC) for _, day in pairs], TIMESTAMP)
    return to_frame(
        pa.table({"customerID": pa.array([i for i, _ in pairs], pa.string()), "event_timestamp": clock})
    )


def customers() -> Customers:
    """Return A and B who joined on the 5th, and C on the 8th; B left on the 20th."""
    known = Customers.of([rows(("C", 8), ("A", 5)), rows(("B", 5))])
    known.learn_leaving([rows(("B", 20))])
    return known


def broken_rows(known: Customers, name: str, frame: pd.DataFrame, seen: NDArray[np.bool_]) -> list[Violation]:
    return list(known.broken(name, frame, hashes(frame["customerID"]), seen))


def broken(*pairs: tuple[str, int], table: str = "tickets") -> list[str]:
    known = customers()
    return [str(v) for v in broken_rows(known, table, rows(*pairs), np.zeros(3, dtype=bool))]


def test_rows_between_joining_and_leaving_are_good() -> None:
    assert broken(("A", 5), ("A", 31), ("B", 5), ("B", 20), ("C", 8)) == []


def test_rows_of_unknown_customers_before_joining_and_after_leaving() -> None:
    assert broken(("X", 10), ("C", 7), ("B", 21)) == [
        "tickets, customer X, 2026-01-10, customerID: 'X'; rule: customerID is one of demographics",
        "tickets, customer C, 2026-01-07, event_timestamp: 2026-01-07 00:00:00+00:00; "
        "rule: not before the customer joined",
        "tickets, customer B, 2026-01-21, event_timestamp: 2026-01-21 00:00:00+00:00; "
        "rule: not after the customer left",
    ]


def test_a_bill_may_come_up_to_62_days_after_leaving() -> None:
    assert broken(("B", 21), table="billing") == []
    known = customers()
    known.left[known.find(hashes(rows(("B", 5))["customerID"]))[1]] -= 53 * DAY  # so B left on 28 November
    (late,) = broken_rows(known, "billing", rows(("B", 29), ("B", 30)), np.zeros(3, dtype=bool))
    assert "2026-01-30" in late.where
    assert late.rule == "not more than 62 days after the customer left"


def test_a_churn_event_of_an_unknown_customer_does_not_stop_the_reading() -> None:
    known = Customers.of([rows(("A", 5))])
    known.learn_leaving([rows(("Z", 9))])
    found = list(broken_rows(known, "churn_events", rows(("Z", 9)), np.zeros(1, dtype=bool)))
    assert [v.rule for v in found] == ["customerID is one of demographics"]


def test_customers_without_rows_are_named() -> None:
    known = customers()
    seen = np.zeros(3, dtype=bool)
    broken_rows(known, "billing", rows(("A", 6), ("C", 9)), seen)
    demographics = [rows(("C", 8), ("A", 5)), rows(("B", 5))]
    (lost,) = without_rows(known, seen, "billing", demographics)
    assert str(lost) == "billing, customerID: 'B'; rule: every customer has a row from joining on"
    assert without_rows(known, np.ones(3, dtype=bool), "billing", demographics) == []
