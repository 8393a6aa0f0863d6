"""Figures that the success criteria ask for and the headline does not have."""

from __future__ import annotations

import numpy as np

from training.metrics.bootstrap import Interval, intervals
from training.metrics.profit import contact_profit
from training.metrics.scored import Scored
from training.metrics.weighted_metrics import confusion_metrics
from training.settings.settings import Settings


def criteria_section(
    untouched: Scored, threshold: float | None, floor_threshold: float | None, settings: Settings
) -> dict[str, Interval]:
    """Figures of the contacts under the precision floor, and the gain over contacting everybody.

    Parameters
    ----------
    untouched : Scored
    threshold : float or None
        The chosen one.
    floor_threshold : float or None
        That of the precision floor; it may be another one.
    settings : Settings
        ``evaluation.draws``, ``profit``, ``seed``.

    Returns
    -------
    dict
        ``precision_at_floor`` and ``recall_at_floor``; ``profit_over_everybody``: profit per customer of
        those contacted at the chosen threshold less that of contacting everybody, in the same draws and in
        the currency of the charges.
    """
    under_floor = untouched.contacted(floor_threshold)
    gain = contact_profit(untouched.churned, untouched.value, settings.profit)
    # Leaving a customer out saves what contacting that customer would have brought.
    spared = -gain * ~untouched.contacted(threshold)

    def metrics(weights: np.ndarray) -> dict[str, np.ndarray]:
        confusion = confusion_metrics(untouched.churned, under_floor, weights)
        return {
            "precision_at_floor": confusion["precision"],
            "recall_at_floor": confusion["recall"],
            "profit_over_everybody": weights @ spared / weights.sum(axis=1),
        }

    return intervals(metrics, untouched.customers, settings.evaluation.draws, settings.seed)
