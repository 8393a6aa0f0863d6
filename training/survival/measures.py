"""How good survival curves are: the integrated Brier score, Kaplan-Meier beside it, and calibration."""

from __future__ import annotations

from typing import Any

import numpy as np

from training.survival.follow_up import FollowUp


def integrated_brier(curve: np.ndarray, rows: FollowUp) -> float:
    """Mean over the months of the Brier score of still being there, 0 the best.

    Graf et al. (1999), "Assessment and comparison of prognostic classification schemes for survival data",
    Statistics in Medicine 18. Only the end of the lake censors, and for everybody it is known when. So the
    weight of who is seen for k months is one over their share, and the weighted mean of a month is the mean
    over those who are seen for as long.

    Parameters
    ----------
    curve : ndarray, (n, months)
        Share still there at the end of each month.
    rows : FollowUp
        Somebody has been seen for as many months.
    """
    scores = []
    for month in range(1, curve.shape[1] + 1):
        seen = rows.seen >= month
        there = (rows.left == 0) | (rows.left > month)
        scores.append(np.mean((there[seen] - curve[seen, month - 1]) ** 2))
    return float(np.mean(scores))


def kaplan_meier(rows: FollowUp, months: int) -> np.ndarray:
    """Share still there at the end of each month, (months,).

    Kaplan and Meier (1958), "Nonparametric estimation from incomplete observations", JASA 53.
    """
    followed = rows.followed
    at_risk = np.array([(followed >= month).sum() for month in range(1, months + 1)])
    leaves = np.bincount(rows.left[rows.left > 0], minlength=months + 1)[1 : months + 1]
    share = np.divide(leaves, at_risk, out=np.zeros(months), where=at_risk > 0)
    return np.asarray(np.cumprod(1 - share))


def deciles(predicted: np.ndarray, observed: np.ndarray) -> list[dict[str, Any]]:
    """Rows by ascending prediction in ten parts of equal size.

    Returns
    -------
    list of dict
        ``rows``, ``predicted`` and ``observed`` (means), and ``standard_error`` of the latter.
    """
    order = np.argsort(predicted, kind="stable")
    found = []
    for part in np.array_split(order, 10):
        share = float(observed[part].mean())
        found.append(
            {
                "rows": len(part),
                "predicted": float(predicted[part].mean()),
                "observed": share,
                "standard_error": float(np.sqrt(share * (1 - share) / len(part))),
            }
        )
    return found
