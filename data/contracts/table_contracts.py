"""The pandera contract of every table: rules for each column, and rules between the columns of a row.

`data.contracts.check` checks types first, against the Parquet file's schema. Rules that need more than one
row are in `data.contracts.whole_table` (unique keys, row counts) and `data.contracts.cross_table` (rules
between tables).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import numpy as np
import pandas as pd
import pandera.pandas as pa
import pyarrow.types as arrow_types

from data.contracts.row_rules import RowRule, row_rules
from data.errors import TableShapeError
from data.lake_files.manifest import Facts
from data.schema import TABLES, Column
from data.violations import Violation, values_text

MOST_MONTHS = 1200
MONTHS = ("tenure", "ContractMonthsLeft")
BEST_SCORE = 10
ID_PATTERN = "[!-~]{1,64}"
ID_RULE = "1 to 64 visible ASCII characters without a space"
MONTHS_RULE = f"a whole number of months from 0 to {MOST_MONTHS:,}"
DOLLARS_RULE = "a finite number, at least 0"
SIGNED_DOLLARS = ("MonthlyChargesVsAvg", "MonthlyChargesChange3m")


@dataclass(frozen=True)
class Contract:
    """The contract of one table, or of one kind of input file.

    Parameters
    ----------
    schema : pandera.DataFrameSchema
        Its columns and checks.
    rules : dict of str to RowRule
        The row rules among the checks, by name.
    places : callable
        Takes n rows and returns n texts: the place of each row.
    """

    schema: pa.DataFrameSchema
    rules: dict[str, RowRule]
    places: Callable[[pd.DataFrame], list[str]]

    def broken(self, frame: pd.DataFrame) -> list[Violation]:
        """Return every broken rule of some rows; empty when the contract holds.

        Parameters
        ----------
        frame : pandas.DataFrame
            Arrow-backed rows, as `data.lake_files.table_file.to_frame` gives them.

        Raises
        ------
        TableShapeError
            The columns are not the contract's, or null where the schema allows none; the Parquet schema
            rules both out.
        """
        try:
            self.schema.validate(frame, lazy=True)
        except pa.errors.SchemaErrors as errors:
            return [v for error in errors.schema_errors for v in self._violations(frame, error)]
        return []

    def _violations(self, frame: pd.DataFrame, error: pa.errors.SchemaError) -> list[Violation]:
        if not isinstance(error.check, pa.Check):
            raise TableShapeError(str(error)) from error
        name = str(error.check.name)
        columns = self.rules[name].columns if name in self.rules else (error.schema.name,)
        # Of a column with nulls, pandera checks the other rows only.
        passed = error.check_output.fillna(False).reindex(frame.index, fill_value=True)
        bad = frame[~np.asarray(passed, dtype=np.bool_)]
        return violations_of(bad, self.places(bad), columns, name)


def violations_of(
    rows: pd.DataFrame, places: Sequence[str], columns: Sequence[str], rule: str
) -> list[Violation]:
    """Return one violation of `rule` per row, with the row's values in `columns`."""
    values = zip(*(rows[column].tolist() for column in columns), strict=True)
    about = ", ".join(columns)
    return [
        Violation(where, about, values_text(row), rule) for where, row in zip(places, values, strict=True)
    ]


def places(table: str, rows: pd.DataFrame) -> list[str]:
    """Return the place of each row of a table, as messages name it."""
    dates = rows["event_timestamp"].dt.strftime("%Y-%m-%d")
    return [f"{table}, customer {c}, {d}" for c, d in zip(rows["customerID"], dates, strict=True)]


def contract_of(name: str, facts: Facts, dates: Sequence[datetime] = ()) -> Contract:
    """Return the contract of the table called `name` in a base with these facts.

    Parameters
    ----------
    name : str
    facts : Facts
    dates : sequence of datetime
        UTC; the as-of dates of all editions, by default the latest one alone.
    """
    rules = row_rules(name, facts, dates or [facts.data_until])
    columns = {
        column.name: pa.Column(None, checks=list(column_checks(column)), nullable=column.nullable)
        for column in TABLES[name].columns
    }
    return contract(columns, rules, partial(places, name))


def contract(
    columns: Mapping[str, pa.Column],
    rules: Sequence[RowRule],
    places: Callable[[pd.DataFrame], list[str]],
) -> Contract:
    """Return the contract made of checked columns, in this order and no others, and rules between them."""
    checks = [rule.check() for rule in rules]
    schema = pa.DataFrameSchema(dict(columns), checks=checks, strict=True, ordered=True)
    return Contract(schema, {rule.name: rule for rule in rules}, places)


def column_checks(column: Column) -> Iterator[pa.Check]:
    """Yield the checks of a column's own values."""
    if column.categories:
        yield pa.Check.isin(column.categories, name=category_rule(column))
    elif column.name == "SeniorCitizen":
        yield pa.Check.isin([0, 1], name="0 or 1")
    elif column.name == "score":
        yield pa.Check.in_range(0, BEST_SCORE, name=f"a whole number from 0 to {BEST_SCORE}")
    elif column.name == "probability":
        yield pa.Check(lambda s: (s > 0) & (s <= 1), name="a chance above 0, at most 1")
    elif column.name in MONTHS:
        yield pa.Check.in_range(0, MOST_MONTHS, name=MONTHS_RULE)
    elif column.name in SIGNED_DOLLARS:
        yield pa.Check(lambda s: s.abs() < np.inf, name="a finite number")
    elif arrow_types.is_string(column.type):
        yield pa.Check(lambda s: s.str.fullmatch(ID_PATTERN), name=ID_RULE)
    elif arrow_types.is_integer(column.type):
        yield pa.Check.ge(0, name="at least 0")
    elif arrow_types.is_floating(column.type):
        yield pa.Check(lambda s: (s >= 0) & (s < np.inf), name=DOLLARS_RULE)


def category_rule(column: Column) -> str:
    """Return the rule of a closed category, as the user reads it."""
    return f"one of {', '.join(column.categories)}"
