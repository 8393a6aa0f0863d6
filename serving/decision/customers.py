"""What a decision needs to know of customers, and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from serving.decision.verdict import Decision, Verdict


class Customer(NamedTuple):
    """One scored customer.

    Attributes
    ----------
    customer_id : str
    row : sequence
        The values of the features, in the signature's order; None is missing.
    probability : float
    band : int
        Position in `serving.model.scorer.BANDS`.
    segment_id : int
    """

    customer_id: str
    row: Sequence[Any]
    probability: float
    band: int
    segment_id: int


class Customers(NamedTuple):
    """Several scored customers.

    Attributes
    ----------
    ids : sequence of str, (n,)
    columns : sequence of sequences
        One sequence of n values per feature, in the signature's order; None or NaN is missing.
    probability : ndarray, (n,)
    band : ndarray of int, (n,)
    segment_id : ndarray of int, (n,)
    encode : callable
        Encodes the customers at some positions with the model's encoder.
    """

    ids: Sequence[str]
    columns: Sequence[Any]
    probability: np.ndarray
    band: np.ndarray
    segment_id: np.ndarray
    encode: Callable[[np.ndarray], np.ndarray]


class Decisions(NamedTuple):
    """Decisions about several customers, in order.

    Attributes
    ----------
    verdicts : sequence of Verdict
        All that there can be.
    at : ndarray of int, (n,)
        Position of each customer's verdict.
    expected_profit : ndarray, (n,)
    """

    verdicts: Sequence[Verdict]
    at: np.ndarray
    expected_profit: np.ndarray

    def each(self) -> list[Decision]:
        """The decisions one by one."""
        pairs = zip(self.at.tolist(), self.expected_profit.tolist(), strict=True)
        return [Decision(self.verdicts[at], profit) for at, profit in pairs]


class Encoded:
    """Customers as the model's encoder encodes them, once and only when somebody asks.

    Parameters
    ----------
    encode : callable
    """

    def __init__(self, encode: Callable[[], np.ndarray]) -> None:
        self._encode = encode
        self._found: np.ndarray | None = None

    def __call__(self) -> np.ndarray:
        """The encoded customers, (n, m)."""
        if self._found is None:
            self._found = self._encode()
        return self._found
