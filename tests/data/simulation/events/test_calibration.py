from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.simulation.chance import sigmoid
from data.simulation.events.calibration import Piece, intercept, pieces
from data.simulation.timeline import day_number, first_day, month_number

JULY = month_number(date(2026, 7, 1))


def test_a_gap_of_30_days_leaves_the_31st_of_july_to_the_window() -> None:
    found = pieces(JULY, day_number(first_day(JULY)), 30, 90)
    # 1 day of July, 31 of August, 30 of September, 28 of October.
    assert [piece.gap for piece in found] == [30 / 31, 0, 0, 0]
    assert [piece.window for piece in found] == pytest.approx([1 / 31, 1, 1, 28 / 31])


def test_later_months_see_what_is_left() -> None:
    observed = day_number(first_day(JULY))
    assert pieces(JULY + 2, observed, 30, 90) == pieces(JULY, observed, 30, 90)[2:]
    assert pieces(JULY + 4, observed, 30, 90) == []


def test_without_gap_and_relief_one_month_needs_the_log_odds_of_the_share() -> None:
    found = intercept(np.zeros(10), np.zeros(10), [Piece(0.0, 1.0)], 0.2)
    assert found == pytest.approx(np.log(0.2 / 0.8), abs=1e-5)


def test_two_months_compound() -> None:
    found = intercept(np.zeros(10), np.zeros(10), [Piece(0.0, 1.0), Piece(0.0, 1.0)], 0.19)
    assert sigmoid(np.array(found)) == pytest.approx(0.1, abs=1e-5)


def test_who_left_in_the_window_already_counts() -> None:
    # 2 of 10 left, 8 are there: 1.2 of them more make 3.2 of 10.
    found = intercept(np.zeros(8), np.zeros(8), [Piece(0.0, 1.0)], 0.32, left=2)
    assert sigmoid(np.array(found)) == pytest.approx(1.2 / 8, abs=1e-5)


def test_relief_acts_this_month_only() -> None:
    relief = np.array([-50.0, -50.0])
    found = intercept(np.zeros(2), relief, [Piece(0.0, 1.0), Piece(0.0, 1.0)], 0.3)
    assert sigmoid(np.array(found)) == pytest.approx(0.3, abs=1e-5)


@given(
    st.lists(st.floats(-6, 6), min_size=1, max_size=30),
    st.floats(0.01, 0.9),
    st.floats(0, 1),
    st.floats(-2, 0),
)
def test_the_share_is_met_whatever_the_customers(
    odds: list[float], share: float, gap: float, shift: float
) -> None:
    own = np.round(np.array(odds), 2)
    relief = np.where(np.arange(len(own)) % 2 == 0, shift, 0.0)
    found = intercept(own, relief, [Piece(gap, 1.0 - gap), Piece(0.0, 1.0)], share)
    now, later = sigmoid(own + relief + found), sigmoid(own + found)
    in_window = now * (1 - gap) + (1 - now) * later
    assert in_window.sum() / (1 - now * gap).sum() == pytest.approx(share, abs=1e-4)
