"""Rules between the columns of one row, and between a row and the facts of its base."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import pandas as pd
import pandera.pandas as pa

from data.lake_files.manifest import Facts
from data.schema import INTERNET_ADD_ONS, NO_INTERNET, NO_PHONE, SERVICES, TABLES

CENT = 0.01
CLOCKS = ("event_timestamp", "created_timestamp")

RowCheck = Callable[[pd.DataFrame], "pd.Series[bool]"]


@dataclass(frozen=True)
class RowRule:
    """A rule between the columns of one row.

    Parameters
    ----------
    name : str
        The rule as the user reads it.
    columns : tuple of str
        The columns it compares; the message of a broken rule has their values.
    holds : callable
        Takes a frame of n rows and returns n booleans.
    """

    name: str
    columns: tuple[str, ...]
    holds: RowCheck

    def check(self) -> pa.Check:
        """Return the rule as a pandera check on the frame."""
        return pa.Check(self.holds, name=self.name, ignore_na=False)


def row_rules(name: str, facts: Facts, dates: Sequence[datetime]) -> tuple[RowRule, ...]:
    """Return every row rule of the table called `name` in a base with these facts and as-of dates."""
    fixed = {"services": SERVICE_RULES, "billing": BILLING_RULES, "tickets": TICKET_RULES}
    return (*_clock_rules(facts, dates), *fixed.get(name, ()), *_null_rules(name, facts))


def _clock_rules(facts: Facts, dates: Sequence[datetime]) -> tuple[RowRule, ...]:
    event, created = CLOCKS
    until = pd.Timestamp(facts.data_until)
    if facts.kind == "snapshot":
        days = ", ".join(f"{date:%Y-%m-%d}" for date in dates)
        name = f"both clocks of a snapshot stand at its as-of date ({days})"
        return (RowRule(name, CLOCKS, lambda f: f[event].isin(list(dates)) & (f[created] == f[event])),)
    learned = f"nothing was learned after data_until ({until:%Y-%m-%d %H:%M} UTC)"
    return (
        RowRule("created_timestamp is not before event_timestamp", CLOCKS, lambda f: f[created] >= f[event]),
        RowRule(learned, (created,), lambda f: f[created] <= until),
    )


def _null_rules(name: str, facts: Facts) -> tuple[RowRule, ...]:
    """Return that the columns which need a history are null in a snapshot and known in a history.

    An optional one may be null in a history too: an earlier edition can have lacked it.
    """
    nullable = (column for column in TABLES[name].columns if column.nullable)
    if facts.kind == "snapshot":
        return tuple(_unknown(column.name) for column in nullable)
    return tuple(_known(column.name) for column in nullable if not column.optional)


def _unknown(column: str) -> RowRule:
    name = f"{column} is null in a snapshot, which does not know it"
    return RowRule(name, (column,), lambda f: f[column].isna())


def _known(column: str) -> RowRule:
    return RowRule(f"{column} is not null in a history", (column,), lambda f: f[column].notna())


def same_answer(service: str, add_on: str, marker: str) -> RowRule:
    """Return the rule that an add-on says `marker` exactly where its service is absent."""
    known = {column: SERVICES.column(column).categories for column in (service, add_on)}

    def holds(frame: pd.DataFrame) -> pd.Series[bool]:
        # A value outside its categories is reported as such, not a second time here.
        agree = (frame[service] == "No") == (frame[add_on] == marker)
        return agree | ~frame[service].isin(known[service]) | ~frame[add_on].isin(known[add_on])

    return RowRule(f'{add_on} is "{marker}" exactly where {service} is "No"', (service, add_on), holds)


SERVICE_RULES = (
    same_answer("PhoneService", "MultipleLines", NO_PHONE),
    *(same_answer("InternetService", add_on, NO_INTERNET) for add_on in INTERNET_ADD_ONS),
)


def _near(left: pd.Series[float], right: pd.Series[float]) -> pd.Series[bool]:
    # One cent, and a relative part for currencies with very large amounts.
    return (left - right).abs() <= CENT + 1e-9 * right.abs()


def _average_holds(frame: pd.DataFrame) -> pd.Series[bool]:
    billed = frame["tenure"] > 0
    average = frame["TotalCharges"] / frame["tenure"].where(billed, 1)
    return _near(frame["AvgMonthlyCharges"], average.where(billed, frame["MonthlyCharges"]))


def _charged_holds(frame: pd.DataFrame) -> pd.Series[bool]:
    return ~((frame["tenure"] > 0) & (frame["MonthlyCharges"] > 0) & (frame["TotalCharges"] == 0))


def _difference_holds(frame: pd.DataFrame) -> pd.Series[bool]:
    return _near(frame["MonthlyChargesVsAvg"], frame["MonthlyCharges"] - frame["AvgMonthlyCharges"])


CHARGED_RULE = "TotalCharges is above 0 from tenure 1 on, unless MonthlyCharges is 0"
CHARGED_COLUMNS = ("tenure", "MonthlyCharges", "TotalCharges")

BILLING_RULES = (
    RowRule(CHARGED_RULE, CHARGED_COLUMNS, _charged_holds),
    RowRule(
        "AvgMonthlyCharges is TotalCharges / tenure, and MonthlyCharges at tenure 0",
        ("tenure", "MonthlyCharges", "TotalCharges", "AvgMonthlyCharges"),
        _average_holds,
    ),
    RowRule(
        "MonthlyChargesVsAvg is MonthlyCharges - AvgMonthlyCharges",
        ("MonthlyCharges", "AvgMonthlyCharges", "MonthlyChargesVsAvg"),
        _difference_holds,
    ),
)


def _not_more(less: str, more: str) -> RowRule:
    return RowRule(
        f"{less} is not more than {more}",
        (less, more),
        lambda f: f[less].isna() | f[more].isna() | (f[less] <= f[more]).fillna(False),
    )


TICKET_RULES = tuple(
    rule
    for total in ("numAdminTickets", "numTechTickets")
    for rule in (_not_more(f"{total}1m", f"{total}3m"), _not_more(f"{total}3m", total))
)
