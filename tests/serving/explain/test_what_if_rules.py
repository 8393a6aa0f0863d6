from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from small_models import whole_model

from serving.errors import ImpossibleChange
from serving.explain.derived_features import DERIVED
from serving.explain.what_if_rules import ADD_ONS, MOST, WhatIfRules
from serving.language.language import Language
from serving.model.encoding import Encoder
from serving.model.signature import FeatureSpec, signature_of

INTERNET = [add_on for add_on, (service, _) in ADD_ONS.items() if service == "InternetService"]
ROW: dict[str, Any] = {
    **{"gender": "Female", "SeniorCitizen": 0, "Partner": "Yes", "Dependents": "No"},
    **{"PhoneService": "No", "MultipleLines": "No phone service", "InternetService": "DSL"},
    **dict.fromkeys(INTERNET, "No"),
    **{"Contract": "Month-to-month", "PaperlessBilling": "Yes", "PaymentMethod": "Yes"},
    **{"tenure": 10, "MonthlyCharges": 50.0, "TotalCharges": 400.0},
    **{"AvgMonthlyCharges": 40.0, "MonthlyChargesVsAvg": 10.0, "MonthlyChargesChange3m": 2.0},
    "ContractMonthsLeft": 0,
    **{"numAdminTickets": 3, "numAdminTickets3m": 2, "numAdminTickets1m": 1},
    **{"numTechTickets": 0, "numTechTickets3m": 0, "numTechTickets1m": 0},
}


@pytest.fixture(scope="module")
def rules() -> WhatIfRules:
    encoder = whole_model().encoder
    worked_by_hand = tuple(feature for feature in encoder.features if feature.name in ROW)
    return WhatIfRules(replace(encoder, features=worked_by_hand))


def changed(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in after.items() if value != before[name]}


@pytest.mark.parametrize(
    ("changes", "follow"),
    [
        ({}, {}),
        ({"Contract": "One year"}, {"ContractMonthsLeft": 12}),
        ({"Contract": "Two year"}, {"ContractMonthsLeft": 24}),
        ({"Contract": "Month-to-month"}, {}),
        ({"MonthlyCharges": 60}, {"MonthlyChargesVsAvg": 20.0, "MonthlyChargesChange3m": 12.0}),
        ({"TotalCharges": 600.0}, {"AvgMonthlyCharges": 60.0, "MonthlyChargesVsAvg": -10.0}),
        ({"tenure": 20.0}, {"AvgMonthlyCharges": 20.0, "MonthlyChargesVsAvg": 30.0}),
        (
            {"tenure": 2},
            {"AvgMonthlyCharges": 200.0, "MonthlyChargesVsAvg": -150.0, "MonthlyChargesChange3m": 0.0},
        ),
        (
            {"tenure": 0, "TotalCharges": 0},
            {"AvgMonthlyCharges": 50.0, "MonthlyChargesVsAvg": 0.0, "MonthlyChargesChange3m": 0.0},
        ),
        ({"InternetService": "No", **dict.fromkeys(INTERNET, "No internet service")}, {}),
        ({"PhoneService": "Yes", "MultipleLines": "No"}, {}),
        ({"numAdminTickets1m": 4, "numAdminTickets3m": 4, "numAdminTickets": 4}, {}),
    ],
)
def test_a_change_and_what_follows_from_it(
    changes: dict[str, Any], follow: dict[str, Any], rules: WhatIfRules
) -> None:
    expected = {name: value for name, value in changes.items() if value != ROW[name]} | follow
    assert changed(ROW, rules.apply(ROW, changes)) == expected


def test_a_whole_number_stays_one(rules: WhatIfRules) -> None:
    after = rules.apply(ROW, {"tenure": 20.0, "MonthlyCharges": 60})
    assert (type(after["tenure"]), type(after["MonthlyCharges"])) == (int, float)


@pytest.mark.parametrize(
    ("changes", "feature", "rule"),
    [
        (
            {"Contract": "Weekly"},
            "Contract",
            "Contract takes Month-to-month, One year or Two year, not 'Weekly'",
        ),
        ({"Contract": 7}, "Contract", "or Two year, not 7"),
        ({"Contract": "x" * 99}, "Contract", "not 'xxx"),
        ({"tenure": -1}, "tenure", "tenure takes a whole number from 0 to 1,200, not -1"),
        ({"tenure": 1201}, "tenure", "from 0 to 1,200"),
        ({"tenure": 5.5}, "tenure", "a whole number"),
        ({"tenure": "ten"}, "tenure", "not 'ten'"),
        ({"tenure": float("nan")}, "tenure", "not nan"),
        ({"SeniorCitizen": 2}, "SeniorCitizen", "from 0 to 1, not 2"),
        ({"MonthlyCharges": -0.01}, "MonthlyCharges", "takes a number from 0 to 1,000,000,000, not -0.01"),
        ({"MonthlyCharges": float("inf")}, "MonthlyCharges", "not inf"),
        ({"Colour": "red"}, "Colour", "the model has no feature 'Colour'; /model lists"),
        ({"AvgMonthlyCharges": 9}, "AvgMonthlyCharges", "follows from others (TotalCharges / tenure"),
        ({"MonthlyChargesChange3m": 9}, "MonthlyChargesChange3m", "change MonthlyCharges or tenure"),
        ({"ContractMonthsLeft": 9}, "ContractMonthsLeft", "change Contract"),
        (
            {"InternetService": "No"},
            "InternetService",
            "OnlineSecurity, OnlineBackup, DeviceProtection, TechSupport, StreamingTV and StreamingMovies "
            'must be "No internet service" exactly where InternetService is "No"; InternetService would be',
        ),
        (
            {"OnlineBackup": "No internet service"},
            "OnlineBackup",
            'OnlineBackup must be "No internet service" exactly where InternetService is "No"; '
            'InternetService is "DSL": change it along, or leave OnlineBackup as it is',
        ),
        ({"PhoneService": "Yes"}, "PhoneService", 'MultipleLines must be "No phone service" exactly where'),
        ({"MultipleLines": "Yes"}, "MultipleLines", 'PhoneService is "No": change it along'),
        (
            {"numAdminTickets1m": 3},
            "numAdminTickets1m",
            "numAdminTickets1m is part of numAdminTickets3m, and 3 is more than 2; change both",
        ),
        ({"numAdminTickets": 1}, "numAdminTickets", "numAdminTickets3m is part of numAdminTickets"),
        ({"tenure": 0}, "tenure", "TotalCharges is 0 before the first bill (tenure 0), not 400.00"),
        ({"TotalCharges": 0}, "TotalCharges", "TotalCharges is above 0 once a customer is billed (tenure "),
    ],
)
def test_what_cannot_be_is_refused_with_the_rule(
    changes: dict[str, Any], feature: str, rule: str, rules: WhatIfRules
) -> None:
    with pytest.raises(ImpossibleChange) as caught:
        rules.apply(ROW, changes)
    assert caught.value.field == f"changes.{feature}"
    assert rule in str(caught.value)
    assert len(str(caught.value)) < 400


def test_a_rule_of_many_add_ons_is_told_in_spanish(rules: WhatIfRules) -> None:
    with pytest.raises(ImpossibleChange) as caught:
        rules.apply(ROW, {"InternetService": "No"}, Language("es"))
    assert str(caught.value).startswith(
        '"No internet service" debe figurar en OnlineSecurity, OnlineBackup, '
    )


def test_a_rule_is_told_in_the_language_that_is_asked_for(rules: WhatIfRules) -> None:
    with pytest.raises(ImpossibleChange) as caught:
        rules.apply(ROW, {"MonthlyCharges": -5}, Language("es"))
    assert str(caught.value) == "MonthlyCharges admite un número de 0 a 1.000.000.000, no -5"


def test_missing_values_break_no_rule_and_stay_missing(rules: WhatIfRules) -> None:
    empty = dict.fromkeys(ROW)
    changes = {"InternetService": "No", "numAdminTickets1m": 5, "tenure": 0, "MonthlyCharges": 50.0}
    assert changed(empty, rules.apply(empty, changes)) == changes


def test_a_row_that_breaks_a_rule_is_left_alone_where_nothing_touches_it(rules: WhatIfRules) -> None:
    odd = {**ROW, "OnlineBackup": "No internet service", "AvgMonthlyCharges": 77.0}
    assert changed(odd, rules.apply(odd, {"PaperlessBilling": "No"})) == {"PaperlessBilling": "No"}


def test_a_customers_own_column_takes_what_the_model_knows() -> None:
    specs = (
        FeatureSpec("Region", "own", "category", "String"),
        FeatureSpec("Visits", "own", "number", "Int64"),
    )
    rules = WhatIfRules(Encoder(specs, {"Region": ("North", "South")}, {"Visits": 3.0}))
    row = {"Region": "North", "Visits": 3}
    assert rules.apply(row, {"Region": "South", "Visits": -4}) == {"Region": "South", "Visits": -4}
    for changes, rule in (
        ({"Region": "East"}, "Region takes North or South, not 'East'"),
        ({"Visits": 2 * MOST}, "Visits takes a whole number from -1,000,000,000 to"),
        ({"tenure": 3}, "the model has no feature 'tenure'"),
    ):
        with pytest.raises(ImpossibleChange, match=rule):
            rules.apply(row, changes)


def test_what_a_model_cannot_work_out_is_not_changeable() -> None:
    names = ("tenure", "MonthlyCharges", "AvgMonthlyCharges")
    specs = tuple(FeatureSpec(name, "billing", "number", "Float64") for name in names)
    rules = WhatIfRules(Encoder(specs, {}, dict.fromkeys(names, 0.0)))
    assert not rules.changeable
    with pytest.raises(ImpossibleChange, match="AvgMonthlyCharges follows from it and from features"):
        rules.apply(dict.fromkeys(names, 1.0), {"tenure": 3})


def test_every_feature_but_the_derived_ones_is_changeable() -> None:
    derived = {each.feature for each in DERIVED}
    assert derived >= {"AvgMonthlyCharges", "MonthlyChargesVsAvg", "MonthlyChargesChange3m"}
    changeable = WhatIfRules(whole_model().encoder).changeable
    assert set(changeable) == set(signature_of().names) - derived
