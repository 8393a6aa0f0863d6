"""The monthly risk of leaving: a logistic hazard, its intercept, and the draw of who leaves."""

from __future__ import annotations

import numpy as np

from data.simulation.customers import NO_INTERNET, SECURITY, SUPPORT, Bools, Customers, Floats
from data.simulation.parameters import Hazard

_MOST_TICKETS = 4


def log_odds(customers: Customers, h: Hazard) -> Floats:
    """Return each customer's log-odds of leaving this month, without intercept and without offer.

    Everything in it was true at the start of the month.
    """
    c = customers
    online = c.internet != NO_INTERNET
    total = np.array(h.contract, dtype=np.float32)[c.contract]
    total += np.array(h.internet, dtype=np.float32)[c.internet]
    total += np.array(h.payment, dtype=np.float32)[c.payment]
    total += np.float32(h.log_tenure) * np.log1p(c.tenure.astype(np.float32))
    for flag, coefficient in (
        (c.term_left == 1, h.term_ends),
        (c.senior, h.senior),
        (c.partner, h.partner),
        (c.dependents, h.dependents),
        (c.paperless, h.paperless),
        (online & ~c.addons[:, SECURITY], h.no_security),
        (online & ~c.addons[:, SUPPORT], h.no_support),
    ):
        total += np.float32(coefficient) * flag
    for amount, coefficient in (
        (c.rises.sum(axis=1), h.price_rise),
        (np.minimum(c.tech_recent.sum(axis=1), _MOST_TICKETS), h.tech_ticket),
        (np.minimum(c.admin_recent.sum(axis=1), _MOST_TICKETS), h.admin_ticket),
        (c.thrift, h.thrift),
        (c.restlessness, h.restlessness),
    ):
        total += np.float32(coefficient) * amount.astype(np.float32)
    return total


def welcome(customers: Customers, h: Hazard) -> Floats:
    """Return by how much the log-odds of those who just joined are lower in this month only."""
    return np.where(customers.tenure <= 1, np.float32(h.welcome), np.float32(0.0))


def draw_leavers(rng: np.random.Generator, risk: Floats) -> Bools:
    """Draw who leaves, each with its own risk; the total is the sum of the risks, give or take one.

    Systematic sampling in random order (Madow 1949): without the chance of a total that is far off, a small
    base meets its churn rate as well as a large one.
    """
    order = rng.permutation(len(risk))
    passed = np.floor(np.cumsum(risk[order], dtype=np.float64) + rng.random())
    leaves = np.zeros(len(risk), dtype=bool)
    leaves[order] = np.diff(passed, prepend=0.0) > 0
    return leaves
