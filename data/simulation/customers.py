"""The customers of a moment, as one array per attribute, in the order in which they joined."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.integer]
Floats = NDArray[np.floating]
Bools = NDArray[np.bool_]

# Codes of the categories; `spelling.py` spells them out.
NO_INTERNET, DSL, FIBRE = 0, 1, 2
MONTHLY, ONE_YEAR, TWO_YEARS = 0, 1, 2
ELECTRONIC_CHECK, MAILED_CHECK, BANK_TRANSFER, CREDIT_CARD = 0, 1, 2, 3
EMAIL, SMS, PHONE = range(3)
SECURITY, BACKUP, PROTECTION, SUPPORT, TV, MOVIES = range(6)
NO_OFFER = 0


@dataclass
class Customers:
    """Attributes of n customers; every array has n rows.

    The last four are traits that no table shows: the truth behind what can be observed.
    """

    number: Ints
    """Running number of joining, from which the customerID follows."""
    joined_day: Ints
    """Days since 1970."""
    known_us: Ints
    """When the telecom's data knew of the customer, microseconds since 1970 UTC."""
    male: Bools
    senior: Bools
    partner: Bools
    dependents: Bools
    phone: Bools
    lines: Bools
    """More than one line; false without phone."""
    internet: Ints
    addons: Bools
    """(n, 6): OnlineSecurity, OnlineBackup, DeviceProtection, TechSupport, StreamingTV, StreamingMovies."""
    contract: Ints
    term_left: Ints
    """Months until the term ends, this one included; 0 on month-to-month."""
    paperless: Bools
    payment: Ints
    changed_us: Ints
    """When the services in force were agreed, microseconds since 1970 UTC."""
    tenure: Ints
    """Bills so far."""
    price_factor: Floats
    """What this customer pays, relative to the price list."""
    charge: Ints
    """Monthly charge of the last bill, in cents."""
    earlier_charges: Ints
    """(n, 3): of one, two and three bills before that."""
    total: Ints
    """Charged so far, in cents."""
    rises: Floats
    """(n, 3): relative price rise of the last, last but one, and last but two months."""
    admin_total: Ints
    tech_total: Ints
    admin_recent: Ints
    """(n, 3): tickets of the last, last but one, and last but two months."""
    tech_recent: Ints
    offer: Ints
    """Offer in force, 0 when none."""
    offer_left: Ints
    """Months for which the offer still acts."""
    offer_effect: Floats
    """What the offer adds to the log-odds of leaving."""
    household: Ints
    """Running number of the first customer of the household, -1 for who shares none."""
    allows: Bools
    """(n, 3): may be contacted by email, sms, phone; false throughout: do not contact."""
    restlessness: Floats
    engagement: Floats
    line_trouble: Floats
    thrift: Floats

    def __len__(self) -> int:
        return len(self.number)

    def where(self, chosen: Bools | Ints) -> Customers:
        """Return the customers chosen by a mask or by their places, in that order."""
        # The places are found once, because a mask would be searched again for every attribute.
        places = np.flatnonzero(chosen) if chosen.dtype == bool else chosen
        return Customers(**{f.name: getattr(self, f.name).take(places, axis=0) for f in fields(self)})

    def copy(self) -> Customers:
        """Return a copy with arrays of its own."""
        return Customers(**{f.name: getattr(self, f.name).copy() for f in fields(self)})


def concat(parts: Sequence[Customers]) -> Customers:
    """Return the customers of all parts, one part after the other."""
    return Customers(
        **{f.name: np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(Customers)}
    )
