"""What customers change in a month: contracts, lines, internet, add-ons, payment."""

from __future__ import annotations

import numpy as np

from data.simulation.chance import pick
from data.simulation.customers import (
    BANK_TRANSFER,
    DSL,
    ELECTRONIC_CHECK,
    FIBRE,
    MAILED_CHECK,
    MONTHLY,
    NO_INTERNET,
    ONE_YEAR,
    TWO_YEARS,
    Bools,
    Customers,
)
from data.simulation.events.population import TERM_MONTHS
from data.simulation.parameters import Changes


def change_services(rng: np.random.Generator, customers: Customers, model: Changes) -> tuple[Bools, Bools]:
    """Change the services of `customers` in place, for one month.

    Returns
    -------
    changed, renewed : ndarray of bool, (n,)
        Who has other services than before; whose term ended and who signed again.
    """
    before = _fingerprint(customers)
    renewed = _end_terms(rng, customers, model)
    _sign(rng, customers, model)
    _change_internet(rng, customers, model)
    _change_addons(rng, customers, model)
    _change_billing(rng, customers, model)
    return _fingerprint(customers) != before, renewed


def _fingerprint(c: Customers) -> np.ndarray:
    """Return one integer a customer that changes when any service does."""
    digits = (c.addons @ (1 << np.arange(6))).astype(np.int32)
    for values, base in ((c.lines, 2), (c.internet, 3), (c.contract, 3), (c.paperless, 2), (c.payment, 4)):
        digits = digits * base + values
    return digits


def _end_terms(rng: np.random.Generator, c: Customers, model: Changes) -> Bools:
    ending = c.term_left == 1
    c.term_left = np.maximum(c.term_left - 1, 0).astype(np.int8)
    renewed = np.zeros(len(c), dtype=bool)
    rows = np.flatnonzero(ending)
    was, drawn = c.contract[rows], rng.random(len(rows))
    renew = np.where(was == ONE_YEAR, model.renew[0], model.renew[1])
    lengthen = np.where(was == ONE_YEAR, model.lengthen, 0.0)
    now = np.where(drawn < renew, was, np.where(drawn < renew + lengthen, TWO_YEARS, MONTHLY))
    c.contract[rows], c.term_left[rows] = now, TERM_MONTHS[now]
    renewed[rows] = now != MONTHLY
    return renewed


def _sign(rng: np.random.Generator, c: Customers, model: Changes) -> None:
    rows = np.flatnonzero(c.contract == MONTHLY)
    pull = np.exp(model.signing_pull * c.engagement[rows])
    drawn = rng.random(len(rows))
    two = drawn < model.to_two_years * pull
    one = ~two & (drawn < (model.to_two_years + model.to_one_year) * pull)
    for signed, contract in ((one, ONE_YEAR), (two, TWO_YEARS)):
        c.contract[rows[signed]] = contract
        c.term_left[rows[signed]] = TERM_MONTHS[contract]


def _change_internet(rng: np.random.Generator, c: Customers, model: Changes) -> None:
    drawn = rng.random(len(c))
    # A customer without a phone line keeps DSL: in the Telco file, fibre comes with a phone line.
    to_fibre = (c.internet == DSL) & c.phone & (drawn < model.to_fibre)
    to_dsl = (c.internet != DSL) & (drawn < model.to_dsl)
    c.internet[to_fibre] = FIBRE
    c.internet[to_dsl] = DSL
    c.lines |= c.phone & (rng.random(len(c)) < model.second_line)


def _change_addons(rng: np.random.Generator, c: Customers, model: Changes) -> None:
    drawn = rng.random(len(c))
    online = c.internet != NO_INTERNET
    for chosen, value in (
        (online & (drawn < model.add_addon), True),
        (online & (drawn > 1.0 - model.drop_addon), False),
    ):
        rows = np.flatnonzero(chosen)
        candidates = c.addons[rows] != value
        able = candidates.any(axis=1)
        c.addons[rows[able], pick(rng, candidates[able].astype(float))] = value


def _change_billing(rng: np.random.Generator, c: Customers, model: Changes) -> None:
    drawn = rng.random(len(c))
    by_check = (c.payment == ELECTRONIC_CHECK) | (c.payment == MAILED_CHECK)
    automatic = np.flatnonzero(by_check & (drawn < model.to_automatic))
    c.payment[automatic] = BANK_TRANSFER + rng.integers(0, 2, len(automatic))
    c.payment[(c.payment == MAILED_CHECK) & (drawn > 1.0 - model.to_electronic)] = ELECTRONIC_CHECK
    c.paperless |= rng.random(len(c)) < model.to_paperless
