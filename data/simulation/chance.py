"""Random streams, one per month and purpose, so that the draws of one step do not change those of another."""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray


class Stream(IntEnum):
    """Purpose of a stream."""

    JOINING = 0
    LEAVING = 1
    SERVICES = 2
    PRICES = 3
    TICKETS = 4
    CAMPAIGNS = 5
    LATENESS = 6
    EXCLUSION = 7
    HOUSEHOLDS = 8
    CONSENT = 9
    CONTACTS = 10
    SURVEYS = 11
    REASONS = 12


def generator(seed: int, month: int, stream: Stream) -> np.random.Generator:
    """Return the generator of one stream in one month."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, month, int(stream)])))


def pick(rng: np.random.Generator, shares: NDArray[np.floating]) -> NDArray[np.int8]:
    """Draw one category a row.

    Parameters
    ----------
    shares : ndarray, (n, k)
        Weight of each category, at least 0; a row need not sum to one.
    """
    cumulated = np.cumsum(shares, axis=1)
    drawn = rng.random(len(shares)) * cumulated[:, -1]
    picked: NDArray[np.int8] = (drawn[:, None] >= cumulated[:, :-1]).sum(axis=1).astype(np.int8)
    return picked


def sigmoid(log_odds: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return the probabilities of log-odds."""
    chances: NDArray[np.floating] = 1.0 / (1.0 + np.exp(-log_odds))
    return chances
