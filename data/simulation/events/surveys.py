"""Who answers a survey at a month's end, and with which score."""

from __future__ import annotations

import numpy as np

from data.simulation.customers import Bools, Customers, Ints
from data.simulation.dealings import Surveys

BEST = 10
_MOST_TICKETS = 4


def answer_surveys(
    rng: np.random.Generator, customers: Customers, asked: Bools, model: Surveys
) -> tuple[Ints, Ints]:
    """Draw who of those asked answers, and the scores.

    Returns
    -------
    rows, score : ndarray, (m,)
        Places among the customers; scores from 0 to 10.
    """
    rows = np.flatnonzero(asked & (rng.random(len(customers)) < model.share))
    c = customers.where(rows)
    tickets = np.minimum(c.admin_recent.sum(axis=1) + c.tech_recent.sum(axis=1), _MOST_TICKETS)
    mean = model.mean + model.per_ticket * tickets + model.per_rise * c.rises.sum(axis=1)
    score = np.rint(mean + model.spread * rng.standard_normal(len(rows)))
    return rows, np.clip(score, 0, BEST).astype(np.int64)
