"""Doubly robust scores: their mean over any customers is unbiased for the mean effect of an offer on them.

Robins, Rotnitzky and Zhao (1994); the rows are weighted by one over the known chance of their offer, so arms
of any size compare. A wrong P(stay) makes the scores noisy, not biased.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.dataset.history import HOLD_OUT
from training.uplift.sample import Sample


@dataclass(frozen=True, eq=False)
class OfferScores:
    """What each row says about an offer.

    Attributes
    ----------
    with_offer, without : ndarray of float64, (n,)
        P(stay) by the classifiers.
    effect : ndarray of float64, (n,)
        Score of what the offer adds to P(stay).
    stays : ndarray of float64, (n,)
        Score of P(stay) with the offer.
    """

    with_offer: np.ndarray
    without: np.ndarray
    effect: np.ndarray
    stays: np.ndarray


def offer_scores(sample: Sample, offer: str, with_offer: np.ndarray, without: np.ndarray) -> OfferScores:
    """Doubly robust scores of every row.

    Parameters
    ----------
    sample : Sample
    offer : str
    with_offer, without : ndarray, (n,)
        P(stay) of each row with the offer and with none, by models that have not seen the row's customer.
    """
    stays = with_offer + _surprise(sample, offer, with_offer)
    return OfferScores(with_offer, without, stays - without - _surprise(sample, HOLD_OUT, without), stays)


def _surprise(sample: Sample, arm: str, expected: np.ndarray) -> np.ndarray:
    """How far the rows of an arm lie from what was expected, weighted; zero for other rows."""
    weighted: np.ndarray = (sample.offer == arm) * (sample.stayed - expected) / sample.probability
    return weighted
