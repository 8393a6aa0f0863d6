"""Prices and bills: the list price of the services, the rises, the month's charge, the sums."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from data.simulation.customers import MONTHLY, Bools, Customers, Ints
from data.simulation.parameters import Prices

Recent = TypeVar("Recent", bound=NDArray[np.number])


def list_price(customers: Customers, prices: Prices) -> Ints:
    """Return what the services cost by the price list, in cents a month."""
    cents: Ints = (
        prices.phone * customers.phone
        + prices.second_line * customers.lines
        + np.array(prices.internet)[customers.internet]
        + customers.addons @ np.array(prices.addons)
    )
    return cents


def monthly_charge(customers: Customers, prices: Prices) -> Ints:
    """Return what each customer pays for a month, in cents."""
    return np.rint(list_price(customers, prices) * customers.price_factor).astype(np.int32)


def raise_prices(rng: np.random.Generator, customers: Customers, renewed: Bools, prices: Prices) -> Bools:
    """Raise some customers' prices in place, for one month, and return a mask of them.

    Prices are fixed while a term runs: month-to-month customers, and those who sign again, can meet a rise.
    """
    n = len(customers)
    chance = np.where(customers.contract == MONTHLY, prices.rise_chance, 0.0)
    chance[renewed] = prices.renewal_rise_chance
    size = rng.uniform(prices.smallest_rise, prices.largest_rise, n)
    factor = np.minimum(customers.price_factor * (1.0 + size), prices.highest_factor)
    rises = (rng.random(n) < chance) & (factor > customers.price_factor * (1.0 + prices.smallest_rise))
    change = np.where(rises, factor / customers.price_factor - 1.0, 0.0)
    customers.price_factor = np.where(rises, factor, customers.price_factor)
    customers.rises = newest_first(customers.rises, change)
    return rises


def bill(customers: Customers, billed: Bools, prices: Prices) -> None:
    """Charge the billed customers for the month, in place."""
    charge = np.where(billed, monthly_charge(customers, prices), customers.charge)
    earlier = newest_first(customers.earlier_charges, customers.charge)
    customers.earlier_charges = np.where(billed[:, None], earlier, customers.earlier_charges)
    customers.charge = charge.astype(np.int32)
    customers.total = customers.total + np.where(billed, charge, 0)
    customers.tenure = (customers.tenure + billed).astype(np.int16)


def change_over_three_bills(customers: Customers) -> Ints:
    """Return the charge minus that of three bills earlier, in cents; 0 up to the third bill."""
    return np.where(customers.tenure > 3, customers.charge - customers.earlier_charges[:, 2], 0)


def newest_first(recent: Recent, newest: NDArray[np.number]) -> Recent:
    """Return (n, 3) recent values with the newest in front and the oldest gone, of the same type."""
    moved: Recent = np.empty_like(recent)
    moved[:, 0], moved[:, 1:] = newest, recent[:, :2]
    return moved
