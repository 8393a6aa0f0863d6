"""The decision about a customer: the best offer that pays, or none, which is the default.

`Decider.many` decides about all customers of a batch, `Decider.one` about one with less ado; the bits are the
same. What is slow, effects and main reasons, is computed only for customers who need it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

import numpy as np

from serving.decision.contactable import FREE, Channels, Contactable
from serving.decision.customers import Customer, Customers, Decisions
from serving.decision.offers import Offers
from serving.decision.playbook.fitting import check_fits
from serving.decision.policy import Policy
from serving.decision.suppressed import KINDS
from serving.decision.verdict import Decision, Verdicts, position
from serving.decision.worth import Profits
from serving.errors import PlaybookError
from serving.model.churn_model import ChurnModel
from serving.model.scorer import BANDS

LOW = BANDS.index("low")
_OF_KIND = np.array([position(kind) for kind in KINDS])


class Possible(NamedTuple):
    """What m customers, those who are not in band low, may be offered.

    Attributes
    ----------
    rows : ndarray of int, (m,)
        Their positions.
    suppressed : ndarray of int, (m,)
        Position in `serving.decision.suppressed.KINDS` of why each is not contacted, or FREE.
    closed : mapping of int to frozenset of str
        By position the closed channels, where there are any.
    eligible, is_open : ndarray of bool, (m, k)
        Whether each may get each offer, and whether it has an open channel for that.
    brings : Profits
        What it would bring.
    """

    rows: np.ndarray
    suppressed: np.ndarray
    closed: Mapping[int, Channels]
    eligible: np.ndarray
    is_open: np.ndarray
    brings: Profits


class Decider:
    """Decides by a model, a playbook and the suppressed customers.

    Parameters
    ----------
    model : ChurnModel
    policy : Policy
        Without a playbook nobody is contacted.
    threshold : float or None
        The probability from which training's rule contacts a customer; answers hold it.

    Raises
    ------
    PlaybookError
        If the playbook does not fit the model.
    """

    def __init__(self, model: ChurnModel, policy: Policy, threshold: float | None) -> None:
        self.policy = policy
        self._parts: tuple[Contactable, Offers] | None = None
        self.verdicts = Verdicts({}, (), model.effects is not None, threshold)
        if policy.playbook is not None:
            check_fits(policy.playbook, model, policy.protected)
            content = policy.playbook.content
            offers = Offers(model, content, threshold)
            self._parts = Contactable(policy.suppressed, content.suppression, model), offers
            self.verdicts = offers.verdicts

    @property
    def offers(self) -> Offers:
        """The offers of the playbook. Raises PlaybookError if there is none."""
        return self._usable()[1]

    def _usable(self) -> tuple[Contactable, Offers]:
        if self._parts is None:
            raise PlaybookError("there is no playbook, so nothing can be offered; see docs/decisions.md")
        return self._parts

    def one(self, customer: Customer, moment: datetime) -> Decision:
        """The decision about one customer.

        Parameters
        ----------
        customer : Customer
        moment : datetime
            With a time zone; offers that are valid then count.
        """
        if self._parts is None:
            return self.verdicts.without_contact("no_playbook")
        contactable, offers = self._parts
        first, closed = contactable.one(customer.customer_id, customer.row, moment)
        if first != FREE:
            return self.verdicts.without_contact(KINDS[first])
        if customer.band == LOW:
            return self.verdicts.without_contact("low_risk")
        return offers.one(customer, closed, moment)

    def many(self, customers: Customers, moment: datetime) -> Decisions:
        """The decision about each customer, the same as of `one`."""
        profit = np.zeros(len(customers.ids))
        if self._parts is None:
            at = np.full(len(profit), position("no_playbook"))
            return Decisions(self.verdicts.all, at, profit)
        contactable, offers = self._parts
        first, closed = contactable.many(customers.ids, customers.columns, moment)
        at = np.where(first == FREE, position("low_risk"), _OF_KIND[first])
        rows = np.flatnonzero((first == FREE) & (customers.band != LOW))
        at[rows], profit[rows] = offers.many(customers, rows, closed, moment)
        return Decisions(self.verdicts.all, at, profit)

    def possible(self, customers: Customers, moment: datetime) -> Possible:
        """Every offer that each customer may get, whoever is suppressed, and what it would bring.

        Parameters
        ----------
        customers : Customers
        moment : datetime
            With a time zone; offers that are valid then count.

        Raises
        ------
        PlaybookError
            There is no playbook.
        """
        contactable, offers = self._usable()
        first, closed = contactable.many(customers.ids, customers.columns, moment)
        rows = np.flatnonzero(customers.band != LOW)
        eligible, is_open, brings = offers.possible(customers, rows, closed, moment)
        return Possible(rows, first[rows], closed, eligible, is_open, brings)
