"""Attributes of customers as the value columns of the lake's tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from data.schema import ALL_CHANNELS, INTERNET_ADD_ONS, NO_INTERNET, NO_PHONE
from data.simulation import customers as codes
from data.simulation.customers import Customers, Ints
from data.simulation.events.billing import change_over_three_bills
from data.simulation.identities import customer_ids

Columns = dict[str, pa.Array]

# In the order of the codes in `customers.py`.
_NO_YES = ("No", "Yes")
_INTERNET = ("No", "DSL", "Fiber optic")
_CONTRACT = ("Month-to-month", "One year", "Two year")
_PAYMENT = (
    "Electronic check",
    "Mailed check",
    "Bank transfer (automatic)",
    "Credit card (automatic)",
)
_CENTS = 100.0


def demographics(c: Customers, seed: int) -> Columns:
    """Return the value columns of the table demographics; a household has the id of its first customer."""
    shares = c.household >= 0
    first = customer_ids(np.where(shares, c.household, 0), seed)
    household = pc.if_else(pa.array(shares), pc.binary_join_element_wise("H", first, "-"), None)
    return {
        "gender": spell(c.male, ("Female", "Male")),
        "SeniorCitizen": pa.array(c.senior.astype(np.int64)),
        "Partner": spell(c.partner, _NO_YES),
        "Dependents": spell(c.dependents, _NO_YES),
        "household": household,
    }


def services(c: Customers) -> Columns:
    """Return the value columns of the table services."""
    offline = c.internet == codes.NO_INTERNET
    add_ons = {
        name: spell(np.where(offline, 2, c.addons[:, place]), (*_NO_YES, NO_INTERNET))
        for place, name in enumerate(INTERNET_ADD_ONS)
    }
    return {
        "PhoneService": spell(c.phone, _NO_YES),
        "MultipleLines": spell(np.where(c.phone, c.lines, 2), (*_NO_YES, NO_PHONE)),
        "InternetService": spell(c.internet, _INTERNET),
        **add_ons,
        "Contract": spell(c.contract, _CONTRACT),
        "PaperlessBilling": spell(c.paperless, _NO_YES),
        "PaymentMethod": spell(c.payment, _PAYMENT),
    }


def billing(c: Customers) -> Columns:
    """Return the value columns of the table billing, after the last bill."""
    return _billing(c, c.tenure, c.charge, c.total, change_over_three_bills(c))


def billing_at_joining(c: Customers, charge: Ints) -> Columns:
    """Return the value columns of the table billing, before the first bill; `charge` in cents is agreed."""
    nothing = np.zeros(len(c), dtype=np.int64)
    return _billing(c, nothing, charge, nothing, nothing)


def _billing(c: Customers, tenure: Ints, charge: Ints, total: Ints, change: Ints) -> Columns:
    monthly, so_far = charge / _CENTS, total / _CENTS
    average = np.where(tenure > 0, so_far / np.maximum(tenure, 1), monthly)
    return {
        "tenure": pa.array(tenure.astype(np.int64)),
        "MonthlyCharges": pa.array(monthly),
        "TotalCharges": pa.array(so_far),
        "AvgMonthlyCharges": pa.array(average),
        "MonthlyChargesVsAvg": pa.array(monthly - average),
        "MonthlyChargesChange3m": pa.array(change / _CENTS),
        "ContractMonthsLeft": pa.array(c.term_left.astype(np.int64)),
    }


def tickets(c: Customers) -> Columns:
    """Return the value columns of the table tickets, at a month's end."""
    return _tickets(c.admin_total, c.tech_total, c.admin_recent, c.tech_recent)


def tickets_at_joining(c: Customers) -> Columns:
    """Return the value columns of the table tickets on the day of joining: none yet."""
    total, recent = np.zeros(len(c), dtype=np.int64), np.zeros((len(c), 3), dtype=np.int64)
    return _tickets(total, total, recent, recent)


def _tickets(admin: Ints, tech: Ints, admin_recent: Ints, tech_recent: Ints) -> Columns:
    columns = {
        "numAdminTickets": admin,
        "numTechTickets": tech,
        "numAdminTickets1m": admin_recent[:, 0],
        "numTechTickets1m": tech_recent[:, 0],
        "numAdminTickets3m": admin_recent.sum(axis=1),
        "numTechTickets3m": tech_recent.sum(axis=1),
    }
    return {name: pa.array(values.astype(np.int64)) for name, values in columns.items()}


def consent(c: Customers, channels: Sequence[str]) -> Iterator[tuple[Customers, Columns]]:
    """Yield customers and the value columns of the table consent, channel by channel."""
    nothing = c.allows.sum(axis=1) == 0
    silent, others = c.where(nothing), c.where(~nothing)
    yield silent, {"channel": same(ALL_CHANNELS, len(silent)), "allowed": same("No", len(silent))}
    for place, channel in enumerate(channels):
        allowed = spell(others.allows[:, place], _NO_YES)
        yield others, {"channel": same(channel, len(others)), "allowed": allowed}


def same(word: str, n: int) -> pa.Array:
    """Return n times a word, dictionary-encoded."""
    return spell(np.zeros(n), [word])


def spell(values: NDArray[np.generic], words: Sequence[str]) -> pa.Array:
    """Return the words of codes, dictionary-encoded; code 0 is the first word."""
    return pa.DictionaryArray.from_arrays(pa.array(values.astype(np.int8)), pa.array(words))
