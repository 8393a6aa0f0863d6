"""What offers would have done to customers, by the truth that a simulation leaves in `data/truth`."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import expit, logit

ACTS = 4
"""Months that an offer acts."""


class Truth(NamedTuple):
    """Of customers drawn, or of all of a planned campaign.

    Attributes
    ----------
    stays : ndarray, (n,)
        The chance of staying while an offer would act, without one.
    effect : ndarray, (n, k)
        What each offer adds to it.
    log_odds : ndarray, (n, k)
        What each offer adds to the log-odds of leaving in each month.
    """

    stays: np.ndarray
    effect: np.ndarray
    log_odds: np.ndarray


def truth_of(rows: pd.DataFrame, folder: Path, offers: tuple[str, ...]) -> Truth:
    """The truth of rows with `customerID`, `campaign` and `event_timestamp`, the first day of the campaign.

    A month after a customer left has the risk of the last month before.
    """
    risk = pd.read_parquet(folder / "risk.parquet").pivot(
        index="customerID", columns="month", values="risk_without_offer"
    )
    begins = risk.columns.get_indexer(rows["event_timestamp"])
    customer = risk.index.get_indexer(rows["customerID"])
    months = np.minimum(begins[:, None] + np.arange(ACTS), risk.shape[1] - 1)
    monthly = pd.DataFrame(risk.to_numpy()[customer[:, None], months]).ffill(axis=1).to_numpy()
    effects = pd.read_parquet(folder / "effects.parquet").set_index(["customerID", "campaign"])
    own = effects.loc[pd.MultiIndex.from_frame(rows[["customerID", "campaign"]])]
    log_odds = own[[f"effect_{offer}" for offer in offers]].to_numpy()
    stays = (1 - monthly).prod(axis=1)
    with_offer = (1 - expit(logit(monthly)[:, :, None] + log_odds[:, None, :])).prod(axis=1)
    return Truth(stays, with_offer - stays[:, None], log_odds)
