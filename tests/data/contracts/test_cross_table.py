from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from data.contracts.cross_table import DAY, NEVER, Customers, without_rows
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
        "tickets, customer B, 2026-01-21, event_timestamp, left: 2026-01-21 00:00:00+00:00, "
        "2026-01-20 00:00:00+00:00; rule: not after the customer left; who came back has a row of "
        "demographics at the date of the return",
    ]


def test_a_bill_may_come_up_to_62_days_after_leaving() -> None:
    assert broken(("B", 21), table="billing") == []
    known = customers()
    known.left[known.left != NEVER] -= 53 * DAY  # so B left on 28 November
    (late,) = broken_rows(known, "billing", rows(("B", 29), ("B", 30)), np.zeros(3, dtype=bool))
    assert "2026-01-30" in late.where
    assert late.rule.startswith("not more than 62 days after the customer left")


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


def who_came_back(*leaves: tuple[str, int]) -> Customers:
    """Return A who joined on the 5th and again on the 18th, and B who joined on the 6th."""
    known = Customers.of([rows(("A", 18), ("B", 6)), rows(("A", 5))])
    known.learn_leaving([rows(*leaves)])
    return known


def found_in(known: Customers, name: str, *pairs: tuple[str, int]) -> list[str]:
    seen = np.zeros(len(known.ids), dtype=bool)
    return [str(violation) for violation in broken_rows(known, name, rows(*pairs), seen)]


def test_a_return_is_a_new_stay() -> None:
    known = who_came_back(("A", 10), ("A", 25))
    assert found_in(known, "demographics", ("A", 5), ("A", 18), ("B", 6)) == []
    assert found_in(known, "churn_events", ("A", 10), ("A", 25)) == []
    assert found_in(known, "services", ("A", 5), ("A", 10), ("A", 18), ("A", 25), ("B", 31)) == []
    (before, between, after) = found_in(known, "services", ("A", 4), ("A", 11), ("A", 26))
    assert "not before the customer joined" in before
    assert "2026-01-11 00:00:00+00:00, 2026-01-10 00:00:00+00:00; rule: not after" in between
    assert "2026-01-26 00:00:00+00:00, 2026-01-25 00:00:00+00:00; rule: not after" in after


def test_a_return_without_a_leave_is_named_once_with_both_dates() -> None:
    rule = "a customer comes back after leaving; churn_events has the leave, between the two dates"
    expected = [
        "demographics, customer A, 2026-01-18, event_timestamp, joined: 2026-01-18 00:00:00+00:00, "
        f"2026-01-05 00:00:00+00:00; rule: {rule}"
    ]
    for leaves in ([], [("A", 25)], [("A", 18)]):
        assert found_in(who_came_back(*leaves), "demographics", ("A", 5), ("A", 18)) == expected


def test_two_leaves_of_one_stay_are_named_once_with_both_dates() -> None:
    known = who_came_back(("A", 20), ("B", 20), ("A", 12), ("A", 10))
    assert found_in(known, "churn_events", ("A", 12), ("A", 10), ("A", 20), ("B", 20)) == [
        "churn_events, customer A, 2026-01-12, event_timestamp, left: 2026-01-12 00:00:00+00:00, "
        "2026-01-10 00:00:00+00:00; rule: a customer leaves once; who came back has a row of demographics at "
        "the date of the return, between the two dates"
    ]


def test_tenure_begins_anew_with_a_return() -> None:
    known = who_came_back(("A", 10))
    bills = rows(("A", 9), ("A", 18), ("A", 31), ("A", 31), ("B", 31))
    bills["tenure"] = pd.array([60, 0, 2, 3, 60], dtype="int64[pyarrow]")
    (older,) = broken_rows(known, "billing", bills, np.zeros(3, dtype=bool))
    assert older.where == "billing, customer A, 2026-01-31"
    assert (older.column, older.value) == ("tenure, came back", "3, 2026-01-18 00:00:00+00:00")
    assert older.rule.startswith("tenure counts from the return on")


def test_every_stay_has_rows_of_its_own() -> None:
    known = who_came_back(("A", 10))
    seen = np.zeros(3, dtype=bool)
    broken_rows(known, "services", rows(("A", 5), ("B", 6)), seen)
    (lost,) = without_rows(known, seen, "services", [rows(("A", 18), ("B", 6)), rows(("A", 5))])
    assert lost.value == "'A'"
    assert lost.rule == "every customer has a row from coming back on 2026-01-18 on"


def test_a_date_of_a_snapshot_is_no_return() -> None:
    known = Customers.of([rows(("A", 5), ("A", 18))], returns=False)
    assert found_in(known, "demographics", ("A", 5), ("A", 18)) == []
    assert len(known.ids) == 1
