"""The hold-out of a campaign: a random part of its customers, in every segment, offer and risk."""

from __future__ import annotations

from fractions import Fraction
from hashlib import blake2b

import numpy as np
import pandas as pd

from serving.model.customers import hashes

DECILES = 10


def strata(chosen: pd.DataFrame) -> np.ndarray:
    """Segment, offer and tenth of the risk of each customer, (n,) of str.

    Parameters
    ----------
    chosen : DataFrame, (n, m)
        The campaign's customers, with `segment`, `offer` and `probability`.
    """
    rank = chosen["probability"].rank(method="first").to_numpy() - 1
    tenth = (rank * DECILES // max(len(chosen), 1)).astype(int) + 1
    return np.array(
        [
            f"{segment} / {offer} / {number:02d}"
            for segment, offer, number in zip(chosen["segment"], chosen["offer"], tenth, strict=True)
        ],
        dtype=object,
    )


def draw(customers: pd.Series, stratum: np.ndarray, share: float, name: str, seed: int) -> np.ndarray:
    """Choose the hold-out, (n,) of bool.

    The customers are put in the order of their strata, at random within each, and every n-th is taken from a
    random start on. So each is held out with the chance `share`, and of each stratum there are as many as the
    share says, rounded up or down. The draw depends on the customers, their strata, the name and the seed,
    not on the order of the rows.

    Parameters
    ----------
    customers : Series of str, (n,)
    stratum : ndarray of str, (n,)
    share : float
        0 or more and below 1.
    name : str
        Of the campaign; another campaign draws others.
    seed : int
    """
    part = _exactly(share)
    digest = blake2b(f"hold-out\0{name}\0{seed}".encode(), digest_size=16)
    order = np.lexsort((hashes(customers, digest.hexdigest()), stratum.astype(str)))
    start = int.from_bytes(digest.digest(), "big") % part.denominator
    passed = (start + part.numerator * np.arange(len(customers) + 1)) // part.denominator
    held = np.zeros(len(customers), dtype=bool)
    held[order] = np.diff(passed) > 0
    return held


def surely_held(stratum: np.ndarray, last: np.ndarray, share: float) -> np.ndarray:
    """Which customers are held out if the draw falls upon those whom it is worst to hold out, (n,) of bool.

    Parameters
    ----------
    stratum : ndarray of str, (n,)
    last : ndarray, (n,)
        In each stratum, those with the least are held out.
    share : float
    """
    part = _exactly(share)
    _, numbers, sizes = np.unique(stratum.astype(str), return_inverse=True, return_counts=True)
    order = np.lexsort((last, numbers))
    rank = np.arange(len(order)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    held = np.zeros(len(order), dtype=bool)
    held[order] = rank < np.repeat(sizes * part.numerator // part.denominator, sizes)
    return held


def _exactly(share: float) -> Fraction:
    """The share as it is written: the float 0.1 is a little more than a tenth."""
    return Fraction(str(share)).limit_denominator(1_000_000)
