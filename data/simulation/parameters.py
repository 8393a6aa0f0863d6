"""Every number of the model, in one place. All of it is invented but where a source is named.

Shares marked "Telco" were read off IBM's public Telco Customer Churn sample (7,043 customers); no row of it
is used.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from typing import Any

Triple = tuple[float, float, float]
Four = tuple[float, float, float, float]
Six = tuple[float, float, float, float, float, float]


@dataclass(frozen=True)
class Base:
    """How large the customer base is and how fast it turns over."""

    quarter_churn: float = 0.2654
    """Share of the customers there at the end of the gap who leave within 90 days (Telco: churn rate)."""
    months_to_full_churn: int = 24
    """The share leaving grows from the founding on, linearly, for so many months."""
    first_churn: float = 0.25
    """Share of the full rate with which the telecom starts."""
    first_month: float = 0.10
    """Customers at the end of the first month, relative to the last observation date."""
    peak: float = 1.22
    """Largest customer base, relative to the last observation date; it shrinks linearly since."""
    peak_month: int = 26
    """Months from the founding to the peak."""
    gap_loss: float = 0.12
    """About the share that leaves within 30 days."""
    spare: float = 0.02
    """More customers than asked for; who is over is struck out at random, as if they had never joined."""
    spare_customers: int = 12


@dataclass(frozen=True)
class Hazard:
    """Log-odds of leaving in a month. The intercept is found every month, from the share that leaves.

    The hazard is a discrete-time logistic one (Allison 1982): one Bernoulli draw per customer and month.
    """

    contract: Triple = (0.0, -2.3, -3.6)
    """Month-to-month, one year, two years, while the term runs."""
    term_ends: float = 1.6
    """The term of a contract ends this month."""
    log_tenure: float = -0.50
    """Per unit of log(1 + tenure in months)."""
    welcome: float = -1.0
    """In the first whole month."""
    internet: Triple = (-0.75, 0.0, 0.65)
    """None, DSL, fibre."""
    payment: Four = (0.45, 0.0, -0.20, -0.20)
    """Electronic check, mailed check, bank transfer, credit card."""
    senior: float = 0.20
    dependents: float = -0.20
    partner: float = -0.05
    paperless: float = 0.15
    no_security: float = 0.20
    """Internet without OnlineSecurity; likewise the next."""
    no_support: float = 0.20
    price_rise: float = 7.0
    """Per unit of relative price rise over the last three months (0.05 is a rise of 5 %)."""
    tech_ticket: float = 0.35
    """Per technical ticket of the last three months, the first four."""
    admin_ticket: float = 0.08
    """Per administrative ticket of the last three months, the first four."""
    thrift: float = 0.25
    """Per standard deviation of the hidden price sensitivity."""
    restlessness: float = 0.75
    """Per standard deviation of the hidden wish for change, which nothing observed explains."""


@dataclass(frozen=True)
class Joining:
    """Who joins, with which services."""

    early_months: int = 28
    """For so many months after the founding, contracts are pushed; the push fades linearly."""
    male: float = 0.505
    internet: Triple = (0.205, 0.325, 0.47)
    """None, DSL, fibre."""
    phone_with_dsl: float = 0.72
    """Telco: 71.8 %; everyone else has a phone line."""
    senior: Triple = (0.034, 0.105, 0.25)
    """By internet service (Telco: 3.4, 10.7, 26.8 %)."""
    dependents: Triple = (0.42, 0.32, 0.20)
    """By internet service, for those who are not senior."""
    senior_dependents: float = 0.08
    """Telco: 8.0 %."""
    partner: tuple[float, float] = (0.28, 0.83)
    """Without, with dependents."""
    paperless: Triple = (0.30, 0.55, 0.77)
    """By internet service (Telco: 29.2, 54.9, 77.4 %)."""
    one_year_late: float = 0.07
    """Share choosing a one-year contract once the push is over; likewise the next."""
    two_years_late: float = 0.05
    one_year_early: float = 0.25
    two_years_early: float = 0.50
    payment_monthly: tuple[Four, Four, Four] = (
        (0.13, 0.62, 0.13, 0.12),
        (0.40, 0.29, 0.16, 0.15),
        (0.62, 0.09, 0.15, 0.14),
    )
    """Month-to-month customers, by internet service (as Telco): electronic, mailed, bank, card."""
    payment_contract: tuple[Four, Four, Four] = (
        (0.06, 0.43, 0.26, 0.25),
        (0.14, 0.20, 0.33, 0.33),
        (0.28, 0.06, 0.33, 0.33),
    )
    lines: Triple = (-1.10, -1.20, 0.45)
    """Log-odds of a second line, by internet service."""
    addons_dsl: Six = (-0.45, -0.40, -0.60, -0.45, -0.85, -0.80)
    """Log-odds: OnlineSecurity, OnlineBackup, DeviceProtection, TechSupport, StreamingTV, StreamingMovies."""
    addons_fibre: Six = (-1.25, -0.35, -0.40, -1.20, 0.25, 0.25)
    engagement_addons: float = 1.0
    """Log-odds of an add-on per standard deviation of the hidden engagement with the telecom's services."""
    engagement_lines: float = 0.5
    engagement_by_contract: Triple = (-0.20, 0.60, 1.20)
    """Mean of the hidden engagement, by contract at joining."""


@dataclass(frozen=True)
class Changes:
    """Chance of a change in a month."""

    to_one_year: float = 0.007
    """Month-to-month customers signing for a year, times exp(engagement)."""
    to_two_years: float = 0.003
    signing_pull: float = 0.5
    """Factor exp(pull x engagement) on both."""
    renew: tuple[float, float] = (0.62, 0.80)
    """At the end of a one-year, two-year term: the same contract again."""
    lengthen: float = 0.20
    """At the end of a one-year term: on to two years. The rest goes month-to-month."""
    add_addon: float = 0.018
    drop_addon: float = 0.010
    second_line: float = 0.004
    to_fibre: float = 0.004
    to_dsl: float = 0.001
    """Fibre to DSL, and none to DSL."""
    to_automatic: float = 0.006
    """Electronic or mailed check to bank transfer or credit card, half each."""
    to_electronic: float = 0.002
    """Mailed to electronic check."""
    to_paperless: float = 0.004


@dataclass(frozen=True)
class Prices:
    """The price list in cents a month (Telco: what the file's charges add up to) and what is put on it."""

    phone: int = 2000
    second_line: int = 500
    internet: tuple[int, int, int] = (0, 2500, 5000)
    addons: tuple[int, int, int, int, int, int] = (500, 500, 500, 500, 1000, 1000)
    spread: float = 0.012
    """Standard deviation of the individual factor at joining."""
    rise_chance: float = 0.035
    """Month-to-month customers: a price rise in a month."""
    renewal_rise_chance: float = 0.40
    """Contract customers, when their term ends and they stay."""
    smallest_rise: float = 0.03
    largest_rise: float = 0.10
    highest_factor: float = 1.06
    """No rise beyond this."""


@dataclass(frozen=True)
class Tickets:
    """Mean number of tickets a month (Poisson)."""

    tech: Triple = (0.02, 0.12, 0.20)
    """By internet service: none, DSL, fibre."""
    tech_with_support: float = 0.7
    """Factor for customers with TechSupport."""
    trouble_shape: float = 1.0
    """Shape of the gamma-distributed quality of a customer's line (mean 1)."""
    admin: float = 0.05
    admin_per_change: float = 0.30
    """More in a month with a change of services."""
    admin_per_rise: float = 0.35
    """More in a month with a price rise."""


@dataclass(frozen=True)
class Campaigns:
    """Past retention campaigns: who is drawn, what they are offered, what it does to them (log-odds)."""

    every_months: int = 4
    share: float = 0.35
    """Share of the active customers drawn, at random."""
    offers: tuple[str, ...] = ("none", "discount", "support_call", "contract_bonus")
    odds: Four = (0.40, 0.20, 0.20, 0.20)
    """Chance of each offer for a drawn customer; "none" is the hold-out."""
    lasts_months: int = 4
    """An offer acts in the month of the draw and the three after it."""
    discount: float = -1.1
    """Mean effect on those whom it persuades; likewise the next two."""
    support_call: float = -1.2
    contract_bonus: float = -1.0
    discount_persuades: Triple = (0.05, 0.35, 0.25)
    """Chance that it persuades: at least; more on month-to-month; more after a price rise."""
    support_persuades: Triple = (0.03, 0.12, 0.45)
    """At least; more with one technical ticket in three months; more with two."""
    bonus_persuades: Triple = (0.03, 0.0, 0.35)
    """At least; (unused); more on month-to-month from the sixth month on."""
    wakes: float = 0.8
    """Mean effect on a sleeping dog, whatever the offer."""
    wake_chance: tuple[float, float] = (0.03, 0.35)
    """Any customer; a contented one: two years there, on a contract, no recent technical ticket or rise."""
    noise: float = 0.03
    """Standard deviation of what everyone else feels."""


@dataclass(frozen=True)
class Late:
    """Which rows are learned late, and how late."""

    joining: float = 0.02
    """A new customer, with all the first rows."""
    services: float = 0.05
    billing: float = 0.05
    tickets: float = 0.05
    churn_events: float = 0.08
    offers: float = 0.02
    longest_days: int = 25
    churn_longest_days: int = 10
    """Leaving is learned after days, not weeks: the bills stop."""
    usual_hours: tuple[float, float] = (1.0, 20.0)
    """Everything else is learned within hours."""


@dataclass(frozen=True)
class Parameters:
    """All of the model."""

    base: Base = field(default_factory=Base)
    hazard: Hazard = field(default_factory=Hazard)
    joining: Joining = field(default_factory=Joining)
    changes: Changes = field(default_factory=Changes)
    prices: Prices = field(default_factory=Prices)
    tickets: Tickets = field(default_factory=Tickets)
    campaigns: Campaigns = field(default_factory=Campaigns)
    late: Late = field(default_factory=Late)


def to_plain(parameters: Parameters) -> dict[str, Any]:
    """Return the parameters as plain JSON types."""
    plain: dict[str, Any] = json.loads(json.dumps(asdict(parameters)))
    return plain


def fingerprint(parameters: Parameters) -> str:
    """Return twelve hexadecimal digits that change when any parameter does."""
    text = json.dumps(to_plain(parameters), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]
