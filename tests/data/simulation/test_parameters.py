from __future__ import annotations

import inspect
import json
from dataclasses import fields, replace

import pytest

from data.simulation import parameters
from data.simulation.parameters import Hazard, Parameters, fingerprint, to_plain


def test_parameters_are_plain_json() -> None:
    plain = to_plain(Parameters())
    assert json.loads(json.dumps(plain)) == plain
    assert plain["hazard"]["contract"] == list(Hazard().contract)


def test_the_fingerprint_changes_with_any_parameter() -> None:
    other = Parameters(hazard=replace(Hazard(), senior=0.21))
    assert fingerprint(other) != fingerprint(Parameters())
    assert fingerprint(Parameters()) == fingerprint(Parameters())


@pytest.mark.parametrize("group", [f.name for f in fields(Parameters)])
def test_shares_and_chances_are_between_nought_and_one(group: str) -> None:
    model = getattr(Parameters(), group)
    for name in ("share", "quarter_churn", "rise_chance", "senior_dependents", "lengthen", "billing", "odds"):
        values = getattr(model, name, ())
        for value in values if isinstance(values, tuple) else (values,):
            assert 0 <= value <= 1


def test_odds_that_share_out_everybody_sum_to_one() -> None:
    model = Parameters()
    assert sum(model.campaigns.odds) == pytest.approx(1)
    assert sum(model.joining.internet) == pytest.approx(1)
    for row in (*model.joining.payment_monthly, *model.joining.payment_contract):
        assert sum(row) == pytest.approx(1, abs=0.005)


def test_every_class_of_parameters_says_what_it_is() -> None:
    classes = [
        c for _, c in inspect.getmembers(parameters, inspect.isclass) if c.__module__ == parameters.__name__
    ]
    assert classes
    assert all(c.__doc__ and not c.__doc__.startswith(f"{c.__name__}(") for c in classes)
