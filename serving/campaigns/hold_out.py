"""The hold-out of a campaign: a random part of its customers, in every segment, offer and risk."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from hashlib import blake2b

import numpy as np
import pandas as pd

from serving.model.customers import hashes

DECILES = 10
PARTS = 1_000
"""A share is so many parts of so many."""


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


@dataclass(frozen=True)
class Draw:
    """How a campaign's hold-out is drawn.

    The customers are put in the order of their strata, at random within each. From a random start on, every
    n-th is taken. So each is held out with the chance `share`, even one who is alone in a stratum, and of
    each stratum there are as many as the share says, rounded up or down. The draw depends on the customers,
    their strata, name and seed, not on the order of the rows.

    Attributes
    ----------
    share : float
        0 or more and below 1, in thousandths.
    name : str
        Of the campaign; another campaign draws others.
    seed : int
    """

    share: float
    name: str
    seed: int

    def held_out(self, customers: pd.Series, stratum: np.ndarray) -> np.ndarray:
        """Whom the draw holds out, (n,) of bool.

        Parameters
        ----------
        customers : Series of str, (n,)
        stratum : ndarray of str, (n,)
        """
        start = int.from_bytes(self._digest(), "big") % self._part.denominator
        held = np.zeros(len(customers), dtype=bool)
        held[self._order(customers, stratum)] = self._taken(len(customers), start)
        return held

    def most_contacted(self, customers: pd.Series, stratum: np.ndarray, amounts: np.ndarray) -> np.ndarray:
        """The largest sum of each amount over those who are not held out, whatever the start, (m,).

        Parameters
        ----------
        customers : Series of str, (n,)
        stratum : ndarray of str, (n,)
        amounts : ndarray, (n, m)
        """
        ordered = amounts[self._order(customers, stratum)]
        starts = range(self._part.denominator)
        held = [ordered[self._taken(len(ordered), start)].sum(axis=0) for start in starts]
        return np.asarray(amounts.sum(axis=0) - np.min(held, axis=0))

    @property
    def _part(self) -> Fraction:
        """The share as it is written: the float 0.1 is a little more than a tenth."""
        return Fraction(round(self.share * PARTS), PARTS)

    def _digest(self) -> bytes:
        return blake2b(f"hold-out\0{self.name}\0{self.seed}".encode(), digest_size=16).digest()

    def _order(self, customers: pd.Series, stratum: np.ndarray) -> np.ndarray:
        return np.lexsort((hashes(customers, self._digest().hex()), stratum.astype(str)))

    def _taken(self, customers: int, start: int) -> np.ndarray:
        passed = (start + self._part.numerator * np.arange(customers + 1)) // self._part.denominator
        return np.diff(passed) > 0
