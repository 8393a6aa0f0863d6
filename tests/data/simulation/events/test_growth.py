from __future__ import annotations

import pytest

from data.simulation.events.growth import churn_within, planned_at_cohort, quarter_churn, relative_size
from data.simulation.parameters import Base


def test_the_base_peaks_and_is_back_at_one_at_the_last_observation_date() -> None:
    base = Base()
    assert relative_size(1, base) == pytest.approx(base.first_month)
    assert relative_size(base.peak_month, base) == pytest.approx(base.peak)
    assert relative_size(72, base) == pytest.approx(1.0)


def test_churn_grows_to_its_full_share() -> None:
    base = Base()
    assert quarter_churn(0, base) == pytest.approx(base.first_churn * base.quarter_churn)
    assert quarter_churn(500, base) == base.quarter_churn


def test_two_quarters_compound() -> None:
    assert 1 - churn_within(180, Base()) == pytest.approx((1 - 0.2654) ** 2)


def test_more_are_planned_than_must_stay() -> None:
    base = Base(gap_loss=0.2, spare=0.02, spare_customers=12)
    assert planned_at_cohort(1000, 0, base) == 1000 + 20 + 12
    assert planned_at_cohort(1000, 30, base) == 1032 / 0.8
