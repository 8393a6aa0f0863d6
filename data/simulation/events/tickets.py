"""Administrative and technical tickets of a month. They do not depend on who will leave."""

from __future__ import annotations

import numpy as np

from data.simulation.customers import SUPPORT, Bools, Customers
from data.simulation.events.billing import newest_first
from data.simulation.parameters import Tickets


def open_tickets(
    rng: np.random.Generator, customers: Customers, changed: Bools, raised: Bools, model: Tickets
) -> None:
    """Count one month's tickets into `customers`, in place.

    Parameters
    ----------
    changed, raised : ndarray of bool, (n,)
        Whose services changed, whose price rose this month: both make for questions.
    """
    tech_mean = np.array(model.tech)[customers.internet] * customers.line_trouble
    tech_mean = tech_mean * np.where(customers.addons[:, SUPPORT], model.tech_with_support, 1.0)
    admin_mean = model.admin + model.admin_per_change * changed + model.admin_per_rise * raised
    tech, admin = rng.poisson(tech_mean), rng.poisson(admin_mean)
    customers.tech_total = (customers.tech_total + tech).astype(np.int32)
    customers.admin_total = (customers.admin_total + admin).astype(np.int32)
    customers.tech_recent = newest_first(customers.tech_recent, tech)
    customers.admin_recent = newest_first(customers.admin_recent, admin)
