"""Who may be contacted: by the suppression file, and by the playbook's conditions on features."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np

from serving.decision.eligibility import test_of
from serving.decision.playbook.schema import Suppression
from serving.decision.suppressed import KINDS, Entry, Suppressed
from serving.model.churn_model import ChurnModel

Channels = frozenset[str]
FREE = -1
"""Instead of a position in KINDS: nothing speaks against a contact."""
_NO_CHANNEL: Channels = frozenset()


class Contactable:
    """Finds why a customer is not contacted, and which channels are closed.

    Parameters
    ----------
    suppressed : Suppressed
    rules : Suppression
        Of the playbook; it fits the model.
    model : ChurnModel
    """

    def __init__(self, suppressed: Suppressed, rules: Suppression, model: ChurnModel) -> None:
        self._entries = suppressed.customers
        switches: dict[str, bool] = {
            "no_consent": rules.no_consent,
            "do_not_contact": rules.do_not_contact,
            "holdout": rules.holdout,
        }
        self._counting = [switches.get(kind, True) for kind in KINDS]
        conditions = (("open_complaint", rules.open_complaint), ("dunning", rules.dunning))
        self._tests = [(KINDS.index(kind), test_of(wanted, model)) for kind, wanted in conditions if wanted]

    def one(self, customer_id: str, row: Sequence[Any], moment: datetime) -> tuple[int, Channels]:
        """The first reason of `KINDS` that speaks against a contact, or FREE; and the closed channels."""
        entries = self._entries.get(customer_id)
        first, closed = (FREE, _NO_CHANNEL) if entries is None else self._of(entries, moment)
        for kind, test in self._tests:
            if (first == FREE or kind < first) and test.one(row):
                first = kind
        return first, closed

    def many(
        self, customer_ids: Sequence[str], columns: Sequence[Any], moment: datetime
    ) -> tuple[np.ndarray, dict[int, Channels]]:
        """`one` of each customer: reasons, (n,), and by position the closed channels where there are any."""
        first, closed = np.full(len(customer_ids), FREE), {}
        if self._entries:
            for at, entries in enumerate(map(self._entries.get, customer_ids)):
                if entries is not None:
                    first[at], closed[at] = self._of(entries, moment)
        for kind, test in self._tests:
            earlier = (first == FREE) | (kind < first)
            first[earlier & test.many(columns, len(first))] = kind
        return first, closed

    def _of(self, entries: Sequence[Entry], moment: datetime) -> tuple[int, Channels]:
        counting = [
            (KINDS.index(entry.reason), entry.channel)
            for entry in entries
            if entry.counts(moment) and self._counting[KINDS.index(entry.reason)]
        ]
        first = min((kind for kind, channel in counting if channel is None), default=FREE)
        return first, frozenset(channel for _, channel in counting if channel is not None)
