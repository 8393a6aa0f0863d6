"""Which of the new customers share a household, and what each of them allows."""

from __future__ import annotations

import numpy as np

from data.simulation.customers import Customers
from data.simulation.dealings import Consent, Households


def share_households(rng: np.random.Generator, new: Customers, model: Households) -> None:
    """Let some customers who join in the same month share a household in twos, in place."""
    chance = model.alone + model.partner * new.partner + model.dependents * new.dependents
    sharing = rng.permutation(np.flatnonzero(rng.random(len(new)) < chance))
    pairs = sharing[: len(sharing) // 2 * 2].reshape(-1, 2)
    new.household[pairs] = new.number[pairs].min(axis=1, keepdims=True)


def give_consent(rng: np.random.Generator, new: Customers, model: Consent) -> None:
    """Draw which channels new customers allow, in place."""
    allowed = rng.random((len(new), len(model.channels))) < np.array(model.allowed)
    new.allows = allowed & (rng.random(len(new)) >= model.nothing)[:, None]
