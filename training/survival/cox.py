"""Cox's regression as a yardstick, by lifelines, which is an extra of its own: nothing is served by it."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pandas as pd

from training.survival.follow_up import FollowUp


def lifelines_missing() -> bool:
    """Whether the package is not installed."""
    return find_spec("lifelines") is None


def cox_curves(train: FollowUp, train_log_odds: np.ndarray, log_odds: np.ndarray, months: int) -> np.ndarray:
    """Share still there at the end of each month, (n, months), by proportional hazards in the log-odds.

    Cox (1972), "Regression models and life-tables", JRSS B 34, with Breslow's baseline.

    Parameters
    ----------
    train : FollowUp
        Fitted on.
    train_log_odds : ndarray, (m,)
        Log-odds of their calibrated P(churn).
    log_odds : ndarray, (n,)
        Of the customers to foretell.
    months : int
    """
    from lifelines import CoxPHFitter

    followed = train.followed
    frame = pd.DataFrame({"month": followed, "left": train.left > 0, "log_odds": train_log_odds})
    fitter = CoxPHFitter().fit(frame[followed > 0], "month", "left")
    curves = fitter.predict_survival_function(
        pd.DataFrame({"log_odds": log_odds}), times=np.arange(1, months + 1)
    )
    return np.asarray(curves.to_numpy().T)
