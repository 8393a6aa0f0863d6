from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pytest

from data.lake_files.reading import to_frame
from data.telco.contract import COLUMNS, COLUMNS_WITH_TICKETS, header_violations, text_contract

Row = dict[str, str]


def broken(row: Row, columns: tuple[str, ...] = COLUMNS) -> list[tuple[str, str, str]]:
    table = pa.table({c: pa.array([row[c]], pa.string()) for c in columns})
    frame: pd.DataFrame = to_frame(table).set_axis([17])
    found = text_contract(columns).broken(frame)
    assert all(v.where == "line 17" for v in found)
    return [(v.column, v.value, v.rule) for v in found]


def test_the_two_forms_of_the_header() -> None:
    assert len(COLUMNS) == 21
    assert len(COLUMNS_WITH_TICKETS) == 23
    assert header_violations(COLUMNS) == header_violations(COLUMNS_WITH_TICKETS) == []
    assert header_violations(tuple(reversed(COLUMNS))) == []


def test_everything_wrong_with_a_header_is_listed() -> None:
    header = [*COLUMNS[1:], "gender", "Gender", "numTechTickets"]
    assert [str(v) for v in header_violations(header)] == [
        "line 1, column 'customerID': missing; rule: a column of the Telco file",
        "line 1, column 'numAdminTickets': missing; rule: a column of the Telco file",
        "line 1, column 'Gender': not expected; rule: only columns of the Telco file",
        "line 1, column 'gender': 2 times; rule: a column stands once",
    ]


def test_a_first_file_without_churn_is_told_when_it_may_be_missing() -> None:
    (missing,) = header_violations(COLUMNS[:-1])
    assert str(missing) == (
        "line 1, column 'Churn': missing; rule: a column of the Telco file; "
        "only a later file of the same base needs no Churn"
    )
    assert header_violations(COLUMNS[:-1], labelled=False) == []


def test_good_rows_break_nothing(telco_rows: list[Row]) -> None:
    assert [broken(row) for row in telco_rows] == [[]] * 4


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("SeniorCitizen", ["0", "1", "Yes", "No"]),
        ("tenure", ["0", "34", " 34 ", "34.0", "1200"]),
        ("MonthlyCharges", ["0", "29.85", "29.", " 1.5", "0.30000000000000004"]),
        ("numAdminTickets", ["0", "5", "5.0"]),
        ("customerID", ["a", "x" * 64, "1/2:3"]),
    ],
)
def test_values_that_are_taken(telco_rows: list[Row], column: str, values: list[str]) -> None:
    row = {**telco_rows[0], "numAdminTickets": "0", "numTechTickets": "0"}
    for value in values:
        assert broken({**row, column: value}, COLUMNS_WITH_TICKETS) == []


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("customerID", ["", " ", "a b", "x" * 65, "a\n", "Zo\u00eb"]),
        ("gender", ["", "female", "Female ", "F"]),
        ("SeniorCitizen", ["", "2", "yes", "0.0"]),
        ("tenure", ["", " ", "-1", "1.5", "abc", "1201", "9999", "1e2", "nan", "\u0663"]),
        ("MonthlyCharges", ["", "-1", "nan", "inf", "1,5", "$5", "1e3", "0x10", "1_0", "9" * 16, "."]),
        ("TotalCharges", ["-0.01", "text", "inf", "1 000"]),
        ("numTechTickets", ["", "-1", "1.5", "many", "9" * 10]),
        ("Contract", ["Monthly"]),
        ("PaymentMethod", ["Cash"]),
        ("Churn", ["", "1", "True"]),
    ],
)
def test_values_that_are_refused(telco_rows: list[Row], column: str, values: list[str]) -> None:
    row = {**telco_rows[0], "numAdminTickets": "0", "numTechTickets": "0"}
    for value in values:
        found = broken({**row, column: value}, COLUMNS_WITH_TICKETS)
        assert [(c, v) for c, v, _ in found] == [(column, repr(value))], value


def test_blank_total_is_for_tenure_0_alone(telco_rows: list[Row]) -> None:
    assert broken({**telco_rows[0], "tenure": "0.0", "TotalCharges": ""}) == []
    rule = "TotalCharges is blank only at tenure 0"
    assert broken({**telco_rows[0], "TotalCharges": " "}) == [("tenure, TotalCharges", "'1', ' '", rule)]


@pytest.mark.parametrize(
    ("tenure", "monthly", "total", "taken"),
    [
        ("12", "29.85", "0", False),
        ("1", "29.85", " 0.00 ", False),
        ("0", "29.85", "0", True),
        ("12", "0.0", "0", True),
        # Any other total is taken as it stands: discounts, credits and part months are real.
        ("24", "98.40", "5.00", True),
        ("1", "29.85", "0.01", True),
    ],
)
def test_who_was_billed_was_charged(
    telco_rows: list[Row], tenure: str, monthly: str, total: str, taken: bool
) -> None:
    row = {**telco_rows[0], "tenure": tenure, "MonthlyCharges": monthly, "TotalCharges": total}
    rule = "TotalCharges is above 0 from tenure 1 on, unless MonthlyCharges is 0"
    about = "tenure, MonthlyCharges, TotalCharges"
    assert broken(row) == ([] if taken else [(about, f"{tenure!r}, {monthly!r}, {total!r}", rule)])


def test_add_ons_agree_with_their_service(telco_rows: list[Row]) -> None:
    (phone,) = broken({**telco_rows[0], "PhoneService": "Yes"})
    assert phone == (
        "PhoneService, MultipleLines",
        "'Yes', 'No phone service'",
        'MultipleLines is "No phone service" exactly where PhoneService is "No"',
    )
    found = broken({**telco_rows[3], "InternetService": "DSL", "TechSupport": "No"})
    assert [c for c, _, _ in found] == [
        f"InternetService, {add_on}"
        for add_on in ("OnlineSecurity", "OnlineBackup", "DeviceProtection", "StreamingTV", "StreamingMovies")
    ]


def test_an_unknown_category_is_reported_once(telco_rows: list[Row]) -> None:
    found = broken({**telco_rows[3], "InternetService": "Fibre"})
    assert [c for c, _, _ in found] == ["InternetService"]
