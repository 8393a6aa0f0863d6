"""Splits out of time and out of space: later cohorts, of customers that training never saw.

A model is used on later dates than those it was fitted on. So the model of a test cohort is fitted on earlier
cohorts only, those whose label windows were over at the test cohort's observation date. It is fitted on other
customers too, so that it gains nothing from remembering a customer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from training.dataset.split import Fold
from training.errors import CohortError


@dataclass(frozen=True)
class TimeFold:
    """One test cohort with what its model may be fitted on.

    Attributes
    ----------
    date : Timestamp
        Observation date of the test cohort, UTC.
    train_dates : tuple of Timestamp
        Observation dates of the training cohorts, ascending.
    fold : Fold
        ``train``: rows of the training customers in the training cohorts; ``test``: rows of the held-out
        customers in the test cohort.
    """

    date: pd.Timestamp
    train_dates: tuple[pd.Timestamp, ...]
    fold: Fold


def out_of_time_folds(
    keys: pd.DataFrame,
    window: pd.Timedelta,
    test_cohorts: int,
    held_out: np.ndarray,
) -> list[TimeFold]:
    """Folds of the latest cohorts.

    Parameters
    ----------
    keys : DataFrame, columns customerID, event_timestamp, (n,)
        ``event_timestamp`` is the observation date (UTC).
    window : Timedelta
        Gap and horizon together: a cohort's labels are known this long after its observation date.
    test_cohorts : int
        How many of the latest cohorts are tested on.
    held_out : ndarray of str
        Customers that are tested on and never trained on.

    Raises
    ------
    CohortError
        When no cohort has an earlier one whose window was over.
    """
    dates = sorted(keys["event_timestamp"].unique())
    unseen = keys["customerID"].isin(held_out).to_numpy()
    folds = []
    for date in dates[-test_cohorts:]:
        earlier = [other for other in dates if other + window <= date]
        if not earlier:
            continue
        in_time = keys["event_timestamp"].isin(earlier).to_numpy()
        train = np.flatnonzero(in_time & ~unseen)
        test = np.flatnonzero((keys["event_timestamp"] == date).to_numpy() & unseen)
        folds.append(TimeFold(pd.Timestamp(date), tuple(map(pd.Timestamp, earlier)), Fold(train, test)))
    if not folds:
        days = ", ".join(str(pd.Timestamp(date).date()) for date in dates)
        raise CohortError(
            f"out of time: of the cohorts {days} none lies {window.days} days after another; "
            "raise evaluation.out_of_time.cohorts or every_months"
        )
    return folds
