from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, logit

from training.modelling.calibrate import cross_calibrate, fit_calibrator


def distorted(rows: int = 20_000) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """True probabilities, labels drawn from them, and scores as a resampled classifier gives them."""
    random = np.random.default_rng(5)
    truth = expit(random.normal(-1.2, 1.0, rows))
    raw = expit(1.5 * logit(truth) + 1.0)
    return truth, (random.random(rows) < truth).astype(int), raw


def test_a_known_distortion_is_undone():
    truth, churned, raw = distorted()
    calibrator = fit_calibrator(raw, churned)
    assert calibrator.slope == pytest.approx(1 / 1.5, abs=0.03)
    assert calibrator.intercept == pytest.approx(-1 / 1.5, abs=0.05)
    assert np.abs(calibrator.apply(raw) - truth).max() < 0.03


def test_calibrated_scores_have_the_true_churn_rate_and_the_same_order():
    _, churned, raw = distorted()
    folds = np.array_split(np.arange(len(raw)), 5)
    calibrated = cross_calibrate(raw, churned, folds)
    assert raw.mean() > churned.mean() + 0.08
    assert calibrated.mean() == pytest.approx(churned.mean(), abs=0.005)
    assert np.array_equal(np.argsort(raw[folds[0]]), np.argsort(calibrated[folds[0]]))


def test_scores_that_say_certainly_are_brought_to_the_rate_behind_them():
    # One of the four at 0 churned, and four of the five at 1.
    raw = np.repeat([0.0, 1.0], [4, 5])
    churned = np.array([1, 0, 0, 0, 1, 1, 1, 1, 0])
    assert fit_calibrator(raw, churned).apply(np.array([0.0, 1.0])) == pytest.approx([1 / 4, 4 / 5], abs=1e-5)


def test_no_row_calibrates_itself():
    _, churned, raw = distorted(1000)
    folds = np.array_split(np.arange(1000), 5)
    calibrated = cross_calibrate(raw, churned, folds)
    flipped = churned.copy()
    flipped[folds[2]] = 1 - flipped[folds[2]]
    again = cross_calibrate(raw, flipped, folds)
    assert np.array_equal(calibrated[folds[2]], again[folds[2]])
    assert not np.array_equal(calibrated[folds[0]], again[folds[0]])
