from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from training.evaluation.criteria import criteria_section
from training.metrics.profit import contact_profit
from training.metrics.scored import Scored
from training.settings.settings import Settings


@pytest.fixture(scope="module")
def settings(quick_settings: Settings) -> Settings:
    evaluation = quick_settings.evaluation.model_copy(update={"draws": 200})
    return quick_settings.model_copy(update={"evaluation": evaluation})


@pytest.fixture(scope="module")
def rows() -> Scored:
    """Ten customers, two of the three with the highest probability churned, and one of the others."""
    probability = np.linspace(0.95, 0.05, 10)
    churned = np.array([1, 1, 0, 0, 1, 0, 0, 0, 0, 0])
    return Scored(np.arange(10).astype(str), churned, probability, probability, np.full(10, 200.0))


def test_figures_are_those_of_the_rows(rows, settings):
    found = criteria_section(rows, 0.5, 0.75, settings)
    assert found["precision_at_floor"]["estimate"] == pytest.approx(2 / 3)
    assert found["recall_at_floor"]["estimate"] == pytest.approx(2 / 3)
    gain = contact_profit(rows.churned, rows.value, settings.profit)
    # Five are contacted at 0.5, and the other five stayed.
    expected = (gain[:5].sum() - gain.sum()) / 10
    assert found["profit_over_everybody"]["estimate"] == pytest.approx(expected)
    assert expected > 0
    for figure in found.values():
        assert figure["low"] <= figure["estimate"] <= figure["high"]


def test_contacting_everybody_earns_no_more_than_contacting_everybody(rows, settings):
    found = criteria_section(rows, 0.0, 0.75, settings)
    assert found["profit_over_everybody"] == {"estimate": 0, "low": 0, "high": 0}


def test_without_a_threshold_of_the_floor_there_is_no_precision(rows, settings):
    found = criteria_section(rows, 0.5, None, settings)
    assert found["precision_at_floor"] == {"estimate": None, "low": None, "high": None}
    assert found["recall_at_floor"]["estimate"] == 0


def test_rows_of_one_customer_are_drawn_together(rows, settings):
    alone = criteria_section(rows, 0.5, 0.75, settings)["profit_over_everybody"]
    twice = Scored(
        *(
            np.repeat(getattr(rows, name), 2)
            for name in ("customers", "churned", "raw", "probability", "value")
        )
    )
    together = criteria_section(twice, 0.5, 0.75, settings)["profit_over_everybody"]
    assert together == pytest.approx(alone)
    apart = criteria_section(replace(twice, customers=np.arange(20).astype(str)), 0.5, 0.75, settings)
    width = apart["profit_over_everybody"]["high"] - apart["profit_over_everybody"]["low"]
    assert width < together["high"] - together["low"]
