"""Who joins, with which attributes and first services."""

from __future__ import annotations

import numpy as np

from data.simulation.chance import pick, sigmoid
from data.simulation.customers import DSL, MONTHLY, Bools, Customers, Floats, Ints
from data.simulation.parameters import Joining, Parameters
from data.simulation.timeline import DAY_US

TERM_MONTHS = np.array([0, 12, 24], dtype=np.int8)


def joiners(
    rng: np.random.Generator,
    numbers: Ints,
    joined_day: Ints,
    known_us: Ints,
    months_open: int,
    parameters: Parameters,
) -> Customers:
    """Draw new customers.

    Parameters
    ----------
    numbers : ndarray, (n,)
        Their running numbers.
    joined_day : ndarray, (n,)
        Days since 1970 on which they join.
    known_us : ndarray, (n,)
        When that is learned, microseconds since 1970 UTC.
    months_open : int
        Months since the telecom opened.
    """
    model, n = parameters.joining, len(numbers)
    internet = pick(rng, np.tile(model.internet, (n, 1)))
    contract = _contract(rng, n, months_open, model)
    engagement = rng.standard_normal(n) + np.array(model.engagement_by_contract)[contract]
    phone = (internet != DSL) | (rng.random(n) < model.phone_with_dsl)
    senior, dependents, partner = _household(rng, internet, model)
    return Customers(
        number=numbers,
        joined_day=joined_day,
        known_us=known_us,
        male=rng.random(n) < model.male,
        senior=senior,
        partner=partner,
        dependents=dependents,
        phone=phone,
        lines=phone & _lines(rng, internet, engagement, model),
        internet=internet,
        addons=_addons(rng, internet, engagement, model),
        contract=contract,
        term_left=TERM_MONTHS[contract],
        paperless=rng.random(n) < np.array(model.paperless)[internet],
        payment=_payment(rng, internet, contract, model),
        changed_us=joined_day * DAY_US,
        price_factor=1.0 + parameters.prices.spread * rng.standard_normal(n),
        restlessness=rng.standard_normal(n).astype(np.float32),
        engagement=engagement.astype(np.float32),
        line_trouble=_line_trouble(rng, n, parameters.tickets.trouble_shape),
        thrift=rng.standard_normal(n).astype(np.float32),
        **_nothing_yet(n),
    )


def _nothing_yet(n: int) -> dict[str, np.ndarray]:
    return {
        "tenure": np.zeros(n, dtype=np.int16),
        "charge": np.zeros(n, dtype=np.int32),
        "earlier_charges": np.zeros((n, 3), dtype=np.int32),
        "total": np.zeros(n, dtype=np.int64),
        "rises": np.zeros((n, 3), dtype=np.float32),
        "admin_total": np.zeros(n, dtype=np.int32),
        "tech_total": np.zeros(n, dtype=np.int32),
        "admin_recent": np.zeros((n, 3), dtype=np.int16),
        "tech_recent": np.zeros((n, 3), dtype=np.int16),
        "offer": np.zeros(n, dtype=np.int8),
        "offer_left": np.zeros(n, dtype=np.int8),
        "offer_effect": np.zeros(n, dtype=np.float32),
        "household": np.full(n, -1, dtype=np.int64),
        "allows": np.ones((n, 3), dtype=bool),
    }


def _contract(rng: np.random.Generator, n: int, months_open: int, model: Joining) -> Ints:
    early = max(0.0, 1.0 - months_open / model.early_months)
    one_year = model.one_year_late + early * (model.one_year_early - model.one_year_late)
    two_years = model.two_years_late + early * (model.two_years_early - model.two_years_late)
    return pick(rng, np.tile([1.0 - one_year - two_years, one_year, two_years], (n, 1)))


def _household(rng: np.random.Generator, internet: Ints, model: Joining) -> tuple[Bools, Bools, Bools]:
    n = len(internet)
    senior = rng.random(n) < np.array(model.senior)[internet]
    chance = np.where(senior, model.senior_dependents, np.array(model.dependents)[internet])
    dependents = rng.random(n) < chance
    partner = rng.random(n) < np.array(model.partner)[dependents.astype(int)]
    return senior, dependents, partner


def _lines(rng: np.random.Generator, internet: Ints, engagement: Floats, model: Joining) -> Bools:
    log_odds = np.array(model.lines)[internet] + model.engagement_lines * engagement
    has_lines: Bools = rng.random(len(internet)) < sigmoid(log_odds)
    return has_lines


def _addons(rng: np.random.Generator, internet: Ints, engagement: Floats, model: Joining) -> Bools:
    by_internet = np.array([np.full(6, -np.inf), model.addons_dsl, model.addons_fibre])
    log_odds = by_internet[internet] + model.engagement_addons * engagement[:, None]
    with np.errstate(over="ignore"):
        has_addons: Bools = rng.random(log_odds.shape) < sigmoid(log_odds)
    return has_addons


def _payment(rng: np.random.Generator, internet: Ints, contract: Ints, model: Joining) -> Ints:
    tables = np.array([model.payment_monthly, model.payment_contract])
    return pick(rng, tables[(contract != MONTHLY).astype(int), internet])


def _line_trouble(rng: np.random.Generator, n: int, shape: float) -> Floats:
    return (rng.standard_gamma(shape, n) / shape).astype(np.float32)


def nobody(parameters: Parameters) -> Customers:
    """Return no customers."""
    none = np.zeros(0, dtype=np.int64)
    return joiners(np.random.default_rng(0), none, none, none, 0, parameters)
