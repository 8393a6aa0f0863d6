"""The offers of a playbook: who is eligible for which, and which of them is made."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import NamedTuple

import numpy as np

from serving.decision.choice import Choosing
from serving.decision.customers import Customer, Customers, Encoded
from serving.decision.eligibility import Rule
from serving.decision.lot import Lot
from serving.decision.main_reasons import raising
from serving.decision.playbook.schema import Playbook
from serving.decision.verdict import Decision, Verdicts, position, position_of_offer
from serving.decision.worth import Profits, Worth
from serving.model.churn_model import ChurnModel

Channels = frozenset[str]


class _Day(NamedTuple):
    """What is the same for all decisions of a day."""

    date: date
    lot: Lot
    valid: list[bool]


class Offers:
    """Chooses an offer for customers who may be contacted.

    Parameters
    ----------
    model : ChurnModel
    playbook : Playbook
        It fits the model.
    threshold : float or None
        For the verdicts.
    """

    def __init__(self, model: ChurnModel, playbook: Playbook, threshold: float | None) -> None:
        self._model, self._share = model, playbook.exploration.share
        self._all = list(playbook.offers.values())
        self._channels = [frozenset(offer.channels) for offer in self._all]
        self._rules = [Rule(offer.eligible, model) for offer in self._all]
        self._worth = Worth(model, playbook)
        explored = [name in playbook.exploration.offers for name in playbook.offers]
        self._choosing = Choosing(explored, self._worth.unmeasured)
        measured, any_measured = self._worth.measured, model.effects is not None
        self.verdicts = Verdicts(playbook.offers, measured, any_measured, threshold)
        self._encoder = model.encoder.row_encoder(model.signature.names)
        self._day: _Day | None = None

    def one(self, customer: Customer, closed: Channels, moment: datetime) -> Decision:
        """The decision about a customer, some of whose channels may be closed."""
        day = self._today(moment)
        encoded = Encoded(lambda: self._encoder.encode_row(customer.row))
        eligible = self._eligible(customer, day, encoded)
        if True not in eligible:
            return self.verdicts.without_contact("not_eligible")
        if closed:
            eligible = [may and self._is_open(offer, closed) for offer, may in enumerate(eligible)]
            if True not in eligible:
                return self.verdicts.without_contact("no_consent")
        profits, bounds = self._worth.one(customer.row, customer.probability, encoded)
        drawn = day.lot.draw(customer.customer_id)
        by_lot = None if drawn is None else self._choosing.by_lot(eligible, drawn)
        if by_lot is not None:
            return self.verdicts.offering(by_lot, profits[by_lot], by_lot=True)
        best = self._choosing.best(eligible, profits, bounds)
        if best < 0:
            return self.verdicts.without_contact(self._choosing.why_none(eligible, profits))
        return self.verdicts.offering(best, profits[best])

    def many(
        self, customers: Customers, rows: np.ndarray, closed: Mapping[int, Channels], moment: datetime
    ) -> tuple[np.ndarray, np.ndarray]:
        """`one` of some of the customers.

        Parameters
        ----------
        customers : Customers
        rows : ndarray of int, (m,)
            Positions of those who may be contacted, sorted.
        closed : mapping of int to frozenset of str
            By position the closed channels, where there are any.
        moment : datetime

        Returns
        -------
        tuple of ndarray
            Positions of verdicts and expected profits, both (m,).
        """
        day = self._today(moment)
        eligible = self._all_eligible(customers, rows, day)
        at = np.where(eligible.any(axis=1), position("no_consent"), position("not_eligible"))
        self._close(eligible, rows, closed)
        some = np.flatnonzero(eligible.any(axis=1))
        profit = np.zeros(len(rows))
        if len(some):
            at[some], profit[some] = self._choose(customers, rows[some], eligible[some], day)
        return at, profit

    def possible(
        self, customers: Customers, rows: np.ndarray, closed: Mapping[int, Channels], moment: datetime
    ) -> tuple[np.ndarray, np.ndarray, Profits]:
        """What each offer would bring; parameters as of `many`.

        Returns
        -------
        eligible, is_open : ndarray of bool, (m, k)
            Whether each customer may get each offer, and whether it has an open channel for that.
        brings : Profits
        """
        eligible = self._all_eligible(customers, rows, self._today(moment))
        is_open = np.ones_like(eligible)
        self._close(is_open, rows, closed)
        charges = self._worth.charges_of(customers.columns, rows)
        encoded = Encoded(lambda: customers.encode(rows))
        return eligible, is_open, self._worth.many(charges, customers.probability[rows], encoded)

    def channel(self, offer: int, closed: Channels) -> str:
        """The first of an offer's channels that is open."""
        return next(channel for channel in self._all[offer].channels if channel not in closed)

    def _close(self, eligible: np.ndarray, rows: np.ndarray, closed: Mapping[int, Channels]) -> None:
        """Take away the offers whose channels are all closed, in place."""
        for place in np.flatnonzero(np.isin(rows, list(closed))) if closed else ():
            eligible[place] &= [
                self._is_open(offer, closed[int(rows[place])]) for offer in range(len(self._all))
            ]

    def _choose(
        self, customers: Customers, rows: np.ndarray, eligible: np.ndarray, day: _Day
    ) -> tuple[np.ndarray, np.ndarray]:
        """Verdicts and profits of customers who have an eligible offer."""
        charges = self._worth.charges_of(customers.columns, rows)
        encoded = Encoded(lambda: customers.encode(rows))
        brings = self._worth.many(charges, customers.probability[rows], encoded)
        expected = brings.expected
        at, profit = self._choosing.many(eligible, expected, brings.lower)
        draw = day.lot.draw
        for place, row in enumerate(rows.tolist()):
            drawn = draw(customers.ids[row])
            by_lot = None if drawn is None else self._choosing.by_lot(eligible[place], drawn)
            if by_lot is not None:
                at[place] = position_of_offer(by_lot, by_lot=True)
                profit[place] = expected[place, by_lot]
        return at, profit

    def _eligible(self, customer: Customer, day: _Day, encoded: Encoded) -> list[bool]:
        return [
            valid and rule.one(customer, lambda: raising(self._model, encoded()))
            for rule, valid in zip(self._rules, day.valid, strict=True)
        ]

    def _all_eligible(self, customers: Customers, rows: np.ndarray, day: _Day) -> np.ndarray:
        reasons = Encoded(lambda: raising(self._model, customers.encode(rows)))
        found = np.zeros((len(rows), len(self._rules)), dtype=bool)
        for offer, (rule, valid) in enumerate(zip(self._rules, day.valid, strict=True)):
            if valid:
                found[:, offer] = rule.many(customers, rows, reasons)
        return found

    def _is_open(self, offer: int, closed: Channels) -> bool:
        return not self._channels[offer] <= closed

    def _today(self, moment: datetime) -> _Day:
        """What holds on a moment's day, UTC; made once a day."""
        today, day = moment.astimezone(UTC).date(), self._day
        if day is None or day.date != today:
            valid = [offer.is_valid(today) for offer in self._all]
            self._day = day = _Day(today, Lot(today, self._share), valid)
        return day
