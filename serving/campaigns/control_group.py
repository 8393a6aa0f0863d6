"""The global control group: customers whom no campaign ever offers anything."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from serving.model.customers import hashes


def in_control(customers: Iterable[str], key: str, share: float) -> np.ndarray:
    """Whether each customer is in the control group, (n,) of bool.

    It depends on the customerID and the key alone, so a customer stays in or out for good. Who is in a group
    is also in every larger one of the same key.

    Parameters
    ----------
    customers : iterable of str, (n,)
    key : str
        Another key draws another group.
    share : float
        0..1.
    """
    return hashes(customers, f"control:{key}") < np.float64(share * 2**64)
