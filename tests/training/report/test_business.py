from __future__ import annotations

import pytest

from training.report.chapters.business import verdict


@pytest.mark.parametrize(
    ("estimate", "low", "high", "expected"),
    [
        (0.9, 0.8, 0.95, "met"),
        (0.9, 0.79, 0.95, "open"),
        (0.79, 0.7, 0.95, "missed"),
        (0.9, None, None, "open"),
        (None, None, None, "missed"),
    ],
)
def test_a_target_is_met_by_the_whole_interval_only(estimate, low, high, expected):
    assert verdict({"estimate": estimate, "low": low, "high": high}, 0.8) == expected


@pytest.mark.parametrize(
    ("estimate", "high", "expected"), [(0.02, 0.05, "met"), (0.02, 0.06, "open"), (0.06, 0.07, "missed")]
)
def test_an_upper_limit_is_met_by_the_upper_end(estimate, high, expected):
    assert verdict({"estimate": estimate, "low": 0.01, "high": high}, 0.05, at_most=True) == expected
