"""Why customers leave: most decide it, some do not."""

from __future__ import annotations

import numpy as np

from data.schema import REASONS
from data.simulation.chance import pick
from data.simulation.customers import Customers, Ints
from data.simulation.dealings import Reasons


def reasons(rng: np.random.Generator, leavers: Customers, model: Reasons) -> Ints:
    """Draw the reasons of leavers, as codes of `data.schema.REASONS`."""
    n = len(leavers)
    chances = {
        "non-payment": np.array(model.non_payment)[leavers.payment],
        "moved": np.full(n, model.moved),
        "died": np.array(model.died)[leavers.senior.astype(int)],
    }
    voluntary = 1.0 - np.sum(list(chances.values()), axis=0)
    return pick(rng, np.column_stack([voluntary, *(chances[reason] for reason in REASONS[1:])]))
