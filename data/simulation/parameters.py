"""Every number of the model, in one place. All of it is invented but where a source is named.

Figures marked "Telco" were read off IBM's public Telco Customer Churn sample (7,043 customers); no row of it
is used. Shares of those who join are not the shares of a cohort, in which the quick leavers are rare: they
were chosen so that the last cohort resembles the published base (`resemblance.py`).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from typing import Any

from data.simulation.dealings import Dealings

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
    first_month: float = 0.40
    """Customers at the end of the first month, relative to the last observation date."""
    peak: float = 1.80
    """Largest customer base, relative to the last observation date; it shrinks linearly since."""
    peak_month: int = 8
    """Months from the founding to the peak."""
    gap_loss: float = 0.127
    """About the share that leaves within 30 days."""
    spare: float = 0.015
    """Planned surplus over the customers asked for, as a share; the tables leave surplus customers out."""
    spare_customers: int = 12


@dataclass(frozen=True)
class Hazard:
    """Log-odds of leaving in a month: a discrete-time logistic hazard (Allison 1982).

    Every coefficient is added to an intercept, which `calibration.py` finds anew every month.
    """

    contract: Triple = (0.0, -3.1, -3.5)
    """Month-to-month, one year, two years, while the term runs."""
    term_ends: float = 0.90
    """Added in the month in which the term of a contract ends."""
    log_tenure: float = -0.28
    """Per unit of log(1 + tenure in months)."""
    welcome: float = -1.8
    """Added in the first whole month: few leave at once."""
    internet: Triple = (-0.40, 0.0, 0.45)
    """None, DSL, fibre."""
    payment: Four = (0.45, 0.0, -0.05, -0.05)
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
    thrift: float = 0.30
    """Per standard deviation of the hidden price sensitivity."""
    restlessness: float = 0.70
    """Per standard deviation of the hidden wish for change, which nothing observed explains."""


@dataclass(frozen=True)
class Joining:
    """Who joins, with which services."""

    early_months: int = 19
    """For so many months after the founding, contracts are pushed; the push fades linearly."""
    male: float = 0.505
    internet: Triple = (0.070, 0.270, 0.66)
    """None, DSL, fibre."""
    phone_with_dsl: float = 0.72
    """Telco: 71.8 %; everyone else has a phone line."""
    senior: Triple = (0.034, 0.105, 0.25)
    """By internet service (Telco: 3.4, 10.7, 26.8 %)."""
    dependents: Triple = (0.42, 0.32, 0.20)
    """By internet service, for those who are not senior."""
    senior_dependents: float = 0.08
    """Telco: 8.0 %."""
    partner: tuple[float, float] = (0.31, 0.86)
    """Without, with dependents."""
    paperless: Triple = (0.30, 0.55, 0.77)
    """By internet service (Telco: 29.2, 54.9, 77.4 %)."""
    one_year_late: float = 0.015
    """Share choosing a one-year contract once the push is over; likewise the next."""
    two_years_late: float = 0.003
    one_year_early: float = 0.45
    two_years_early: float = 0.215
    payment_monthly: tuple[Four, Four, Four] = (
        (0.190, 0.600, 0.110, 0.100),
        (0.520, 0.255, 0.115, 0.110),
        (0.735, 0.075, 0.100, 0.090),
    )
    """Month-to-month customers, by internet service: electronic check, mailed check, bank, card."""
    payment_contract: tuple[Four, Four, Four] = (
        (0.087, 0.454, 0.234, 0.225),
        (0.202, 0.210, 0.294, 0.294),
        (0.382, 0.060, 0.279, 0.279),
    )
    lines: Triple = (-1.55, -1.55, 0.15)
    """Log-odds of a second line, by internet service."""
    addons_dsl: Six = (-1.45, -1.04, -1.20, -1.45, -1.00, -0.95)
    """Log-odds: OnlineSecurity, OnlineBackup, DeviceProtection, TechSupport, StreamingTV, StreamingMovies."""
    addons_fibre: Six = (-2.15, -0.92, -0.97, -2.10, 0.13, 0.13)
    engagement_addons: float = 1.35
    """Log-odds of an add-on per standard deviation of the hidden engagement with the telecom's services."""
    engagement_lines: float = 0.5
    engagement_by_contract: Triple = (-0.60, 0.35, 2.40)
    """Mean of the hidden engagement, by contract at joining."""


@dataclass(frozen=True)
class Changes:
    """Chance of a change in a month."""

    to_one_year: float = 0.005
    """Month-to-month customers signing for a year; likewise the next."""
    to_two_years: float = 0.001
    signing_pull: float = 0.5
    """Both times exp(pull x hidden engagement)."""
    renew: tuple[float, float] = (0.69, 0.815)
    """At the end of a one-year, two-year term: the same contract again."""
    lengthen: float = 0.02
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
    """Month-to-month customers, each month."""
    renewal_rise_chance: float = 0.40
    """Contract customers, when their term ends and they stay."""
    smallest_rise: float = 0.03
    largest_rise: float = 0.10
    highest_factor: float = 1.06
    """A price never rises above this, relative to the price list."""


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
    support_persuades: Triple = (0.03, 0.27, 0.30)
    """At least; more with one technical ticket in three months; more with two."""
    bonus_persuades: tuple[float, float] = (0.03, 0.40)
    """At least; more on month-to-month from the third month on."""
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
    dealings: Dealings = field(default_factory=Dealings)


def to_plain(parameters: Parameters) -> dict[str, Any]:
    """Return the parameters as plain JSON types."""
    plain: dict[str, Any] = json.loads(json.dumps(asdict(parameters)))
    return plain


def fingerprint(parameters: Parameters) -> str:
    """Return twelve hexadecimal digits that change when any parameter does."""
    text = json.dumps(to_plain(parameters), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]
