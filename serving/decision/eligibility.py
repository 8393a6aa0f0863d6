"""Which offers a customer is eligible for, by the rules of the playbook."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from serving.decision.customers import Customer, Customers
from serving.decision.playbook.conditions import Condition, Test
from serving.decision.playbook.schema import Eligible
from serving.model.churn_model import ChurnModel
from serving.model.scorer import BANDS

Raising = Callable[[], np.ndarray]
"""Gives the features among the main reasons of each customer's risk, (n, features) of bool; slow."""


def test_of(conditions: dict[str, Condition], model: ChurnModel) -> Test:
    """Conditions for rows in the order of a model's signature."""
    names = model.signature.names
    return Test([(names.index(name), condition) for name, condition in conditions.items()])


class Rule:
    """The rules of one offer.

    Parameters
    ----------
    eligible : Eligible
        It fits the model.
    model : ChurnModel
    """

    def __init__(self, eligible: Eligible, model: ChurnModel) -> None:
        of_encoder = [feature.name for feature in model.encoder.features]
        self._bands = np.array([eligible.bands is None or band in eligible.bands for band in BANDS])
        wanted = eligible.segments
        self._segments = np.array([wanted is None or name in wanted for name in model.segments.names])
        self._band_list, self._segment_list = self._bands.tolist(), self._segments.tolist()
        self._test = test_of(eligible.features, model)
        self._reasons: list[int] | None = None
        if eligible.reasons is not None:
            self._reasons = [of_encoder.index(name) for name in eligible.reasons if name in of_encoder]

    def one(self, customer: Customer, raising: Raising) -> bool:
        """Whether a customer is eligible."""
        met = (
            self._band_list[customer.band]
            and self._segment_list[customer.segment_id]
            and self._test.one(customer.row)
        )
        if met and self._reasons is not None:
            return bool(raising()[0, self._reasons].any())
        return bool(met)

    def many(self, customers: Customers, rows: np.ndarray, raising: Raising) -> np.ndarray:
        """`one` of the customers at some positions, (m,); `raising` is about the same ones."""
        met = self._test.many(customers.columns, len(customers.ids))
        met &= self._bands[customers.band] & self._segments[customers.segment_id]
        here: np.ndarray = met[rows]
        if self._reasons is not None and here.any():
            here &= raising()[:, self._reasons].any(axis=1)
        return here
