"""Probability calibration on rows that no classifier was fitted on.

Every score used here is out of fold: its classifier has not seen the row, resampled or not. Resampling makes
raw probabilities far too high; the calibrator brings them back to the real churn rate.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import logit
from sklearn.linear_model import LogisticRegression

from serving.model.calibration import CLIP, Calibrator


def fit_calibrator(raw: np.ndarray, churned: np.ndarray) -> Calibrator:
    """Fit sigmoid calibration on the log-odds of out-of-fold scores.

    Platt (1999), "Probabilistic outputs for support vector machines", on the log-odds, by maximum likelihood.

    Parameters
    ----------
    raw : ndarray, (n,)
        Out-of-fold P(churn) of a classifier.
    churned : ndarray of int, (n,)
        Labels of the same rows.
    """
    log_odds = logit(np.clip(raw, CLIP, 1 - CLIP)).reshape(-1, 1)
    # C is so large that the fit is unpenalised in effect.
    model = LogisticRegression(C=1e9, solver="newton-cholesky").fit(log_odds, churned)
    return Calibrator(slope=float(model.coef_[0, 0]), intercept=float(model.intercept_[0]))


def cross_calibrate(raw: np.ndarray, churned: np.ndarray, folds: Sequence[np.ndarray]) -> np.ndarray:
    """Calibrated probabilities; no row is calibrated by a calibrator that was fitted on it.

    Parameters
    ----------
    raw : ndarray, (n,)
        Out-of-fold scores.
    churned : ndarray of int, (n,)
    folds : sequence of ndarray of int
        Positions of every fold's test rows; together they cover the n rows once.

    Returns
    -------
    ndarray, (n,)
        Each fold's rows calibrated by a calibrator fitted on the other folds.
    """
    calibrated = np.empty_like(raw)
    for number, rows in enumerate(folds):
        others = np.concatenate([fold for other, fold in enumerate(folds) if other != number])
        calibrated[rows] = fit_calibrator(raw[others], churned[others]).apply(raw[rows])
    return calibrated
