"""The rows of all campaigns with their features encoded, which every step of uplift works on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from serving.model.customers import hashes
from training.dataset.history import HOLD_OUT
from training.uplift.campaigns import CampaignRows


@dataclass(frozen=True, eq=False)
class Sample:
    """One row per customer and campaign.

    Attributes
    ----------
    matrix : ndarray of float64, (n, m)
        Features at the draw, encoded.
    offer, campaign : ndarray of str, (n,)
    probability : ndarray of float64, (n,)
        The chance of the row's offer when it was drawn.
    stayed : ndarray of float64, (n,)
        1 or 0.
    cluster : ndarray of str, (n,)
        Customer or household; rows of one are not independent.
    fold : ndarray of int, (n,)
        All rows of a cluster are in the same.
    value : ndarray of float64, (n,)
        What keeping the customer is worth, in the currency of the charges.
    """

    matrix: np.ndarray
    offer: np.ndarray
    campaign: np.ndarray
    probability: np.ndarray
    stayed: np.ndarray
    cluster: np.ndarray
    fold: np.ndarray
    value: np.ndarray

    def __len__(self) -> int:
        return len(self.offer)

    def where(self, rows: np.ndarray) -> Sample:
        """The same with these rows only, a mask or positions."""
        return Sample(**{name: part[rows] for name, part in vars(self).items()})

    def with_offer(self, offer: str) -> Sample:
        """The rows of all campaigns that made this offer to some and none to others."""
        made = np.unique(self.campaign[self.offer == offer])
        held_out = np.unique(self.campaign[self.offer == HOLD_OUT])
        return self.where(np.isin(self.campaign, np.intersect1d(made, held_out)))


def sample_of(drawn: CampaignRows, matrix: np.ndarray, value: np.ndarray, folds: int, seed: int) -> Sample:
    """Put campaign rows, their encoded features and values together, and divide them into folds."""
    rows = drawn.rows
    cluster = rows["cluster"].to_numpy(dtype=str)
    return Sample(
        matrix=matrix,
        offer=rows["offer"].to_numpy(dtype=str),
        campaign=rows["campaign"].to_numpy(dtype=str),
        probability=rows["probability"].to_numpy(dtype="float64"),
        stayed=rows["stayed"].to_numpy(dtype="float64"),
        cluster=cluster,
        fold=(hashes(cluster, key=str(seed)) % np.uint64(folds)).astype("int64"),
        value=value,
    )
