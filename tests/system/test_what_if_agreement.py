"""Serving's rules of what-if, and its words for reasons, go with the tables that a base is made of."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from data.contracts.row_rules import BILLING_RULES, SERVICE_RULES, TICKET_RULES
from data.contracts.table_contracts import MOST_MONTHS as DATA_MOST_MONTHS
from data.contracts.table_contracts import column_checks
from data.schema import TABLES, Column
from feature_repo.views import VIEWS
from serving.errors import ImpossibleChange
from serving.explain.derived_features import DERIVED
from serving.explain.what_if_rules import MOST_MONTHS, WhatIfRules
from serving.language.catalogue import catalogue
from serving.model.encoding import Encoder
from serving.model.signature import signature_of

SIGNATURE = signature_of()
COLUMNS = {field.name: TABLES[view.name].column(field.name) for view in VIEWS for field in view.features}
RULES = WhatIfRules(
    Encoder(
        SIGNATURE.features,
        {name: tuple(sorted(column.categories)) for name, column in COLUMNS.items()},
        dict.fromkeys(SIGNATURE.names, 0.0),
    )
)
FOLLOWING = {derived.feature for derived in DERIVED}


def broken(row: dict[str, Any]) -> list[str]:
    """Every rule of `data` that a row breaks."""
    frame = pd.DataFrame([row])
    checks = [rule for rule in (*SERVICE_RULES, *BILLING_RULES, *TICKET_RULES) if not rule.holds(frame).all()]
    columns = [
        check.name
        for name, column in COLUMNS.items()
        for check in column_checks(column)
        if not bool(check(frame[name]).check_passed)
    ]
    return [*(rule.name for rule in checks), *columns]


def value_of(column: Column) -> st.SearchStrategy[Any]:
    if column.categories:
        return st.sampled_from([*column.categories, "Weekly"])
    if str(column.type) == "int64":
        return st.integers(-2, 1300) | st.integers(0, 3)
    return st.integers(-1000, 100_000).map(lambda cents: cents / 100)


CHANGES = st.lists(st.sampled_from(sorted(COLUMNS)), max_size=4, unique=True).flatmap(
    lambda names: st.fixed_dictionaries({name: value_of(COLUMNS[name]) for name in names})
)


@st.composite
def rows(draw: st.DrawFn) -> dict[str, Any]:
    """A row that no rule of `data` refuses."""
    internet, phone = draw(st.sampled_from(["DSL", "No"])), draw(st.sampled_from(["Yes", "No"]))
    row = {name: column.categories[0] for name, column in COLUMNS.items() if column.categories}
    add_ons = [name for name, c in COLUMNS.items() if "No internet service" in c.categories]
    row |= dict.fromkeys(add_ons, "No internet service" if internet == "No" else "Yes")
    row |= {"InternetService": internet, "PhoneService": phone}
    row["MultipleLines"] = "No phone service" if phone == "No" else "Yes"
    tenure, charge = draw(st.integers(0, 1200)), draw(st.integers(0, 20_000)) / 100
    average = draw(st.integers(1, 20_000)) / 100 if tenure else charge
    row |= {"SeniorCitizen": 0, "tenure": tenure, "MonthlyCharges": charge, "TotalCharges": average * tenure}
    row |= {"AvgMonthlyCharges": average, "MonthlyChargesVsAvg": charge - average}
    row["MonthlyChargesChange3m"] = draw(st.integers(-500, 500)) / 100 if tenure > 3 else 0.0
    for kind in ("numAdminTickets", "numTechTickets"):
        counts = sorted(draw(st.lists(st.integers(0, 5), min_size=3, max_size=3)))
        row |= dict(zip((f"{kind}1m", f"{kind}3m", kind), counts, strict=True))
    return row | {each.feature: each.follow(row, row) for each in DERIVED if each.feature not in row}


@given(row=rows(), changes=CHANGES)
@settings(max_examples=150)
def test_what_serving_takes_data_would_take(row: dict[str, Any], changes: dict[str, Any]) -> None:
    assert broken(row) == []
    try:
        after = RULES.apply(row, changes)
    except ImpossibleChange:
        assume(False)
    assert broken(after) == []


@given(row=rows(), changes=CHANGES)
@settings(max_examples=150)
def test_what_serving_refuses_breaks_a_rule_of_data_or_changes_what_follows(
    row: dict[str, Any], changes: dict[str, Any]
) -> None:
    try:
        RULES.apply(row, changes)
    except ImpossibleChange as refused:
        # The one rule that no contract of `data` has, though its simulation and loader keep it.
        unbilled = "before the first bill" in str(refused)
        assert unbilled or FOLLOWING & set(changes) or broken({**row, **changes})


def test_ranges_and_categories_are_those_of_the_tables() -> None:
    assert MOST_MONTHS == DATA_MOST_MONTHS
    assert set(RULES.changeable) | FOLLOWING == set(COLUMNS)
    for name, feature in RULES.changeable.items():
        assert set(feature.values or ()) == set(COLUMNS[name].categories)
        if feature.whole:
            assert str(COLUMNS[name].type) == "int64"


@pytest.mark.parametrize("name", SIGNATURE.names)
def test_every_value_of_every_feature_has_words_of_its_own(name: str) -> None:
    keys = {key for key in catalogue() if key.startswith((f"reason.{name}.", f"reason.{name}="))}
    column = COLUMNS[name]
    told = {key.removeprefix(f"reason.{name}") for key in keys}
    assert ".missing" in told
    if column.categories:
        assert told == {".missing", *(f"={value}" for value in column.categories)}
    elif name == "SeniorCitizen":
        assert told == {".missing", ".zero", ".one"}
    else:
        ways = ({".zero", ".one", ".many"}, {".amount"}, {".more", ".less", ".same"})
        assert told - {".missing"} in ways
        whole = str(column.type) == "int64"
        assert (told - {".missing"} == ways[0]) == whole
