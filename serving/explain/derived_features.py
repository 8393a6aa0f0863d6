"""Features that are computed from others, which a what-if recomputes after a change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Row = Mapping[str, Any]


TERM_MONTHS: Mapping[str, int] = {"Month-to-month": 0, "One year": 12, "Two year": 24}


@dataclass(frozen=True)
class Derived:
    """A feature that is computed from others.

    Attributes
    ----------
    feature : str
    rule : str
        Its formula, for people.
    needs : tuple of str
        The features that it is computed from.
    follow : callable
        Computes its value from the rows before and after the change, which must have every needed value.
    """

    feature: str
    rule: str
    needs: tuple[str, ...]
    follow: Callable[[Row, Row], float]


def _average(before: Row, after: Row) -> float:
    months = after["tenure"]
    return float(after["TotalCharges"] / months if months else after["MonthlyCharges"])


def _over_average(before: Row, after: Row) -> float:
    return float(after["MonthlyCharges"] - after["AvgMonthlyCharges"])


def _change(before: Row, after: Row) -> float:
    if after["tenure"] <= 3:
        return 0.0
    moved = after["MonthlyCharges"] - before["MonthlyCharges"]
    return float(before["MonthlyChargesChange3m"] + moved)


def _months_left(before: Row, after: Row) -> int:
    term = TERM_MONTHS.get(after["Contract"])
    # A contract of a company's own says nothing of its term.
    return int(before["ContractMonthsLeft"]) if term is None else term


DERIVED = (
    Derived(
        "AvgMonthlyCharges",
        "TotalCharges / tenure, and MonthlyCharges at tenure 0",
        ("TotalCharges", "tenure", "MonthlyCharges"),
        _average,
    ),
    Derived(
        "MonthlyChargesVsAvg",
        "MonthlyCharges - AvgMonthlyCharges",
        ("MonthlyCharges", "AvgMonthlyCharges"),
        _over_average,
    ),
    Derived(
        "MonthlyChargesChange3m",
        "MonthlyCharges less that of three bills earlier, and 0 up to the third bill",
        ("MonthlyCharges", "tenure"),
        _change,
    ),
    Derived(
        "ContractMonthsLeft",
        "0 on month-to-month, and the whole term of a contract that is signed",
        ("Contract",),
        _months_left,
    ),
)
"""In the order of computing: a feature comes after the derived features that it needs."""
