"""The decision about a customer: the best offer that pays, or none, which is the default.

`Decider.many` decides about all customers of a batch, `Decider.one` about one with less ado; the bits are the
same. What is slow, effects and main reasons, is computed only for customers who need it.
"""

from __future__ import annotations

from datetime import datetime

import numpy as np

from serving.decision.contactable import FREE, Contactable
from serving.decision.customers import Customer, Customers, Decisions
from serving.decision.offers import Offers
from serving.decision.playbook.fitting import check_fits
from serving.decision.policy import Policy
from serving.decision.suppressed import KINDS
from serving.decision.verdict import Decision, Verdicts, position
from serving.model.churn_model import ChurnModel
from serving.model.scorer import BANDS

LOW = BANDS.index("low")
_OF_KIND = np.array([position(kind) for kind in KINDS])


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
