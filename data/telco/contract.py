"""What a Telco CSV must have: its columns, and the pandera contract of its cells as text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pandas as pd
import pandera.pandas as pa

from data.contracts.row_rules import CHARGED_COLUMNS, CHARGED_RULE, SERVICE_RULES, RowRule
from data.contracts.table_contracts import MOST_MONTHS, Contract, column_checks, contract
from data.schema import DEMOGRAPHICS, LABELS, SERVICES, YES_NO
from data.violations import Violation

LABEL = "Churn"
TICKET_COLUMNS = ("numAdminTickets", "numTechTickets")
COLUMNS = (
    "customerID",
    *(column.name for column in DEMOGRAPHICS.values if not column.optional),
    "tenure",
    *(column.name for column in SERVICES.values),
    "MonthlyCharges",
    "TotalCharges",
    "Churn",
)
COLUMNS_WITH_TICKETS = (*COLUMNS[:-1], *TICKET_COLUMNS, "Churn")

# Spaces around a number are allowed; thousands separators, decimal commas and exponents are not.
MONTHS = r"\s*[0-9]{1,4}(\.0*)?\s*"
DOLLARS = r"\s*[0-9]{1,15}(\.[0-9]*)?\s*"
COUNT = r"\s*[0-9]{1,9}(\.0*)?\s*"
BLANK = r"\s*"
ZERO = r"\s*0+(\.0*)?\s*"


def header_violations(header: Sequence[str], labelled: bool = True) -> list[Violation]:
    """Return what is wrong with a header: columns missing, unexpected or twice. Their order is free.

    Parameters
    ----------
    header : sequence of str
    labelled : bool
        Whether `Churn` must be there; otherwise it may be.
    """
    expected = COLUMNS_WITH_TICKETS if set(header) & set(TICKET_COLUMNS) else COLUMNS
    counts = Counter(header)
    if LABEL not in counts and not labelled:
        expected = tuple(column for column in expected if column != LABEL)
    missing = [_header(c, "missing", _why_needed(c)) for c in expected if c not in counts]
    extra = [
        _header(c, "not expected", "only columns of the Telco file") for c in counts if c not in expected
    ]
    twice = [_header(c, f"{n} times", "a column stands once") for c, n in counts.items() if n > 1]
    return [*missing, *extra, *twice]


def _why_needed(column: str) -> str:
    later = "; only a later file of the same base needs no Churn" if column == LABEL else ""
    return f"a column of the Telco file{later}"


def _header(column: str, value: str, rule: str) -> Violation:
    return Violation("line 1", f"column {column!r}", value, rule, 1)


def text_contract(columns: Sequence[str]) -> Contract:
    """Return the contract of a Telco file's cells as text, the line numbers being the frame's index.

    Parameters
    ----------
    columns : sequence of str
        The file's header, already checked.
    """
    return contract(
        {c: pa.Column(None, checks=_checks(c)) for c in columns}, (*SERVICE_RULES, *CHARGES_RULES), _places
    )


def _places(rows: pd.DataFrame) -> list[str]:
    return [f"line {line}" for line in rows.index]


def _checks(column: str) -> list[pa.Check]:
    if column in SPECIAL:
        return [SPECIAL[column]]
    table = DEMOGRAPHICS if column in DEMOGRAPHICS.names else SERVICES
    table = LABELS if column == "Churn" else table
    return list(column_checks(table.column(column)))


def _text(pattern: str, name: str) -> pa.Check:
    return pa.Check(lambda cells: cells.str.fullmatch(pattern), name=name)


def _months_hold(cells: pd.Series[str]) -> pd.Series[bool]:
    fits = cells.str.fullmatch(MONTHS)
    return fits & (cells.where(fits, "0").str.strip().astype("double[pyarrow]") <= MOST_MONTHS)


SPECIAL = {
    "SeniorCitizen": pa.Check.isin(["0", "1", *YES_NO], name="0, 1, Yes or No"),
    "tenure": pa.Check(_months_hold, name=f"a whole number of months from 0 to {MOST_MONTHS:,}"),
    "MonthlyCharges": _text(DOLLARS, "a number of at least 0, such as 29.85"),
    "TotalCharges": _text(
        f"{DOLLARS}|{BLANK}", "a number of at least 0, such as 29.85, or blank at tenure 0"
    ),
    **{column: _text(COUNT, "a whole number of at least 0") for column in TICKET_COLUMNS},
}


def _charged_holds(rows: pd.DataFrame) -> pd.Series[bool]:
    """Whether a customer who has been billed was charged; cells that are no numbers are reported as such."""
    billed = _above_0(rows["tenure"], MONTHS) & _above_0(rows["MonthlyCharges"], DOLLARS)
    return ~(billed & rows["TotalCharges"].str.fullmatch(ZERO))


def _above_0(cells: pd.Series[str], number: str) -> pd.Series[bool]:
    return cells.str.fullmatch(number) & ~cells.str.fullmatch(ZERO)


CHARGES_RULES = (
    RowRule(
        "TotalCharges is blank only at tenure 0",
        ("tenure", "TotalCharges"),
        lambda f: ~f["TotalCharges"].str.fullmatch(BLANK) | f["tenure"].str.fullmatch(ZERO),
    ),
    RowRule(CHARGED_RULE, CHARGED_COLUMNS, _charged_holds),
)
