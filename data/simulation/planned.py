"""A campaign that somebody planned, as the simulation lives through it."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from data.simulation.customers import Floats, Ints


@dataclass(frozen=True)
class Planned:
    """A campaign that somebody planned, to be lived through.

    Parameters
    ----------
    name : str
    customers : pyarrow.Array of string, (m,)
        CustomerIDs, each once.
    offer : ndarray, (m,)
        Code of the offer; 0 is the hold-out.
    probability : ndarray, (m,)
        The chance with which each customer got this arm.
    """

    name: str
    customers: pa.Array
    offer: Ints
    probability: Floats
