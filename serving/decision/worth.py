"""What every offer of a playbook is expected to bring with a customer, and the lower bound of that."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from serving.decision.customers import Encoded
from serving.decision.playbook.schema import Playbook
from serving.decision.profit import expected_profit, lower_bound, quantile
from serving.model.churn_model import ChurnModel

CHARGES = "MonthlyCharges"


class Profits(NamedTuple):
    """What each offer brings with each customer; all are (n, k), but for `value`.

    Attributes
    ----------
    expected : ndarray
        The expected profit.
    lower : ndarray
        Its lower bound. That of an assumed effect is the profit itself; that of an offer which alone has not
        been measured is minus infinity.
    effect : ndarray
        What the offer adds to the probability of staying.
    cost : ndarray
        What contact and offer are expected to cost.
    value : ndarray, (n,)
        What keeping the customer is worth.
    """

    expected: np.ndarray
    lower: np.ndarray
    effect: np.ndarray
    cost: np.ndarray
    value: np.ndarray


class Worth:
    """Values and effects of one model under one playbook.

    Parameters
    ----------
    model : ChurnModel
    playbook : Playbook
    """

    def __init__(self, model: ChurnModel, playbook: Playbook) -> None:
        self._survival, self._effects = model.survival, model.effects
        self._assumed, self._contact_cost = playbook.assumed, playbook.contact_cost
        self._costs = [offer.cost for offer in playbook.offers.values()]
        self._z = quantile(playbook.confidence)
        known = () if model.effects is None else model.effects.offers
        offers = list(enumerate(playbook.offers))
        self._measured = {offer: known.index(name) for offer, name in offers if name in known}
        self._unmeasured = [offer for offer, name in offers if known and name not in known]
        names = model.signature.names
        self._charges = names.index(CHARGES) if CHARGES in names else None
        self._usual = model.encoder.fills.get(CHARGES, playbook.assumed.typical_charge or 0.0)

    @property
    def measured(self) -> tuple[bool, ...]:
        """Whether the effect of each offer has been measured."""
        return tuple(offer in self._measured for offer in range(len(self._costs)))

    @property
    def unmeasured(self) -> tuple[bool, ...]:
        """Whether the effect of each offer alone has not been measured."""
        return tuple(offer in self._unmeasured for offer in range(len(self._costs)))

    def one(self, row: Sequence[Any], p: float, encoded: Encoded) -> tuple[list[float], list[float]]:
        """`many` of one customer: profits and lower bounds, each of k offers."""
        charge = self._usual if self._charges is None else self._charge(row[self._charges])
        value, p = self._value_of_one(p, charge), self._leaving_of_one(p)
        profits, bounds = [], []
        for cost, (effect, error) in zip(self._costs, self._effects_of_one(p, encoded), strict=True):
            profit = expected_profit(p, effect, value, cost, self._contact_cost)
            profits.append(profit)
            bounds.append(lower_bound(profit, error, value, cost, self._z))
        for offer in self._unmeasured:
            bounds[offer] = -math.inf
        return profits, bounds

    def many(self, charges: np.ndarray, p: np.ndarray, encoded: Encoded) -> Profits:
        """Profits of customers.

        Parameters
        ----------
        charges : ndarray, (n,)
            Of `charges_of`.
        p : ndarray, (n,)
            Calibrated P(churn).
        encoded : Encoded
        """
        value, costs = self._value(p, charges)[:, None], np.array(self._costs)
        p = p if self._survival is None else self._survival.leaving(p)
        effect, error = self._effects_of(p, encoded)
        expected = expected_profit(p[:, None], effect, value, costs, self._contact_cost)
        lower = lower_bound(expected, error, value, costs, self._z)
        lower[:, self._unmeasured] = -math.inf
        return Profits(expected, lower, effect, effect * value - expected, value[:, 0])

    def charges_of(self, columns: Sequence[Any], rows: np.ndarray) -> np.ndarray:
        """The monthly charges of some of the customers; a usual one where it is not known."""
        if self._charges is None:
            return np.full(len(rows), self._usual)
        return np.fromiter(map(self._charge, np.asarray(columns[self._charges], dtype=object)[rows]), float)

    def _charge(self, value: Any) -> float:
        return self._usual if value is None or value != value else float(value)

    def _value(self, p: np.ndarray, charges: np.ndarray) -> np.ndarray:
        if self._survival is not None:
            return self._survival.value(p, charges)
        worth, typical = self._assumed.customer_value, self._assumed.typical_charge
        return np.full(len(p), worth) if typical is None else worth * charges / typical

    def _value_of_one(self, p: float, charge: float) -> float:
        if self._survival is not None:
            return float(self._survival.value(np.array([p]), np.array([charge]))[0])
        worth, typical = self._assumed.customer_value, self._assumed.typical_charge
        return worth if typical is None else worth * charge / typical

    def _leaving_of_one(self, p: float) -> float:
        """Chance of leaving until the window's end; P(churn) where no survival model says more."""
        return p if self._survival is None else float(self._survival.leaving(np.array([p]))[0])

    def _effects_of(self, p: np.ndarray, encoded: Encoded) -> tuple[np.ndarray, np.ndarray]:
        """Effects and standard errors, (n, k); nobody can be kept more often than they would leave."""
        effect = np.repeat((self._assumed.acceptance * p)[:, None], len(self._costs), axis=1)
        error = np.zeros_like(effect)
        if self._effects is not None:
            found = self._effects.of(encoded())
            for offer, column in self._measured.items():
                effect[:, offer] = np.minimum(found.mean[:, column], p)
                error[:, offer] = found.error[:, column]
        return effect, error

    def _effects_of_one(self, p: float, encoded: Encoded) -> list[tuple[float, float]]:
        found = [(self._assumed.acceptance * p, 0.0)] * len(self._costs)
        if self._effects is not None:
            mean, error = (part[0].tolist() for part in self._effects.of(encoded()))
            for offer, column in self._measured.items():
                found[offer] = min(mean[column], p), error[column]
        return found
