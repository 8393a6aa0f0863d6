"""Whose label an offer has changed: who was offered something is no witness of what happens without it.

An offer acts from its draw on for ``offer_days``. A customer is under an offer in a window if one that was
drawn before the window's end still acts after its start; ``none`` is the hold-out, which was offered nothing.
"""

from __future__ import annotations

import pandas as pd

from training.dataset.history import HOLD_OUT
from training.settings.cohorts import CohortSettings


def clean_customers(
    offers: pd.DataFrame,
    customers: pd.Series,
    window: tuple[pd.Timestamp, pd.Timestamp],
    settings: CohortSettings,
) -> pd.Series:
    """The customers whose window shows what they do without an offer.

    Parameters
    ----------
    offers : DataFrame, columns customerID, event_timestamp, created_timestamp, campaign, offer
    customers : Series of str, (n,)
    window : tuple of Timestamp
        Observation date and end of the window, UTC.
    settings : CohortSettings
        ``treated``: ``exclude`` leaves out who was under an offer; ``controls`` also who was in no hold-out,
        where there was one; ``keep`` nobody. And ``offer_days``.

    Returns
    -------
    Series of str, (m,)
    """
    if settings.treated == "keep":
        return customers
    acting = _acting(offers, window, settings.offer_days)
    held_out = acting["offer"].eq(HOLD_OUT)
    clean = customers[~customers.isin(acting.loc[~held_out, "customerID"])]
    if settings.treated == "controls" and held_out.any():
        clean = clean[clean.isin(acting.loc[held_out, "customerID"])]
    return clean


def _acting(offers: pd.DataFrame, window: tuple[pd.Timestamp, pd.Timestamp], offer_days: int) -> pd.DataFrame:
    """The draws that act in a window; of one that was corrected, what was learned last."""
    start, end = window
    drawn = offers["event_timestamp"]
    acting = offers[(drawn <= end) & (drawn + pd.Timedelta(days=offer_days) > start)]
    return acting.sort_values("created_timestamp").drop_duplicates(["customerID", "campaign"], keep="last")
