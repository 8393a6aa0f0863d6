from __future__ import annotations

import numpy as np
import pytest

from training.survival.follow_up import FollowUp
from training.survival.measures import deciles, integrated_brier, kaplan_meier


def rows(seen: list[int], left: list[int]) -> FollowUp:
    n = len(seen)
    return FollowUp(
        np.array([f"c{number}" for number in range(n)]),
        np.full(n, np.datetime64("2025-02-01")),
        np.array(seen),
        np.array(left),
        np.array(left) > 0,
    )


def test_kaplan_meier_by_hand():
    # Month 1: 1 of 5 leaves; one is seen no longer. Month 2: 1 of 3. Month 3: nobody of 2.
    told = rows(seen=[3, 1, 3, 3, 3], left=[1, 0, 2, 0, 0])
    np.testing.assert_allclose(kaplan_meier(told, 3), [4 / 5, 4 / 5 * 2 / 3, 4 / 5 * 2 / 3])


def test_kaplan_meier_is_that_of_lifelines():
    lifelines = pytest.importorskip("lifelines")
    random = np.random.default_rng(5)
    seen = random.integers(1, 12, 400)
    month = random.integers(1, 15, 400)
    told = rows(seen.tolist(), np.where(month <= seen, month, 0).tolist())
    fitted = lifelines.KaplanMeierFitter().fit(told.followed, told.left > 0)
    np.testing.assert_allclose(kaplan_meier(told, 11), fitted.predict(np.arange(1, 12)))


def test_the_integrated_brier_score_by_hand():
    # Month 1: both seen, (1 - 0.8)^2 and (0 - 0.5)^2. Month 2: only the first, who stays, (1 - 0.6)^2.
    told = rows(seen=[2, 1], left=[0, 1])
    curve = np.array([[0.8, 0.6], [0.5, 0.1]])
    assert integrated_brier(curve, told) == pytest.approx(((0.04 + 0.25) / 2 + 0.16) / 2)


def test_who_knows_everything_scores_zero():
    told = rows(seen=[3, 3, 3], left=[1, 3, 0])
    known = np.array([[0, 0, 0], [1, 1, 0], [1, 1, 1]], dtype=float)
    assert integrated_brier(known, told) == 0
    assert integrated_brier(np.full((3, 3), 0.5), told) == pytest.approx(0.25)


def test_deciles_are_in_the_order_of_the_prediction():
    predicted = np.arange(20)[::-1] / 20
    found = deciles(predicted, (predicted >= 0.5).astype(float))
    assert [one["rows"] for one in found] == [2] * 10
    assert found[0]["predicted"] == pytest.approx(0.025)
    assert [one["observed"] for one in found] == [0.0] * 5 + [1.0] * 5
    half = deciles(np.zeros(40), np.tile([0.0, 1.0], 20))[0]
    assert (half["observed"], half["standard_error"]) == (0.5, 0.25)
