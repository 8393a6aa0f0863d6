"""How the telecom and its customers deal with each other: invented numbers, which change nobody's risk."""

from __future__ import annotations

from dataclasses import dataclass, field

Triple = tuple[float, float, float]
Four = tuple[float, float, float, float]


@dataclass(frozen=True)
class Households:
    """Chance that a new customer shares a household with another one who joins in the same month."""

    alone: float = 0.05
    partner: float = 0.15
    """More with a partner; likewise the next."""
    dependents: float = 0.10


@dataclass(frozen=True)
class Consent:
    """Which channels a new customer allows."""

    channels: tuple[str, str, str] = ("email", "sms", "phone")
    allowed: Triple = (0.90, 0.80, 0.70)
    nothing: float = 0.02
    """Share that wants no contact at all."""


@dataclass(frozen=True)
class Contacts:
    """How drawn customers are contacted, and what they answer."""

    by_channel: Triple = (0.55, 0.25, 0.20)
    """Channels, as far as they are allowed, of every offer but the support call, which is made by phone."""
    latest_day: int = 10
    """Days after the draw."""
    not_reached: Triple = (0.20, 0.10, 0.35)
    """By channel."""
    helps: float = -0.3
    """An effect on the log-odds of leaving at or below this is one that persuades."""
    accepted: tuple[float, float] = (0.12, 0.55)
    """Of those reached: whom the offer does not persuade, whom it does; likewise the next."""
    refused: tuple[float, float] = (0.30, 0.08)
    late: float = 0.02
    """Share of the rows that are learned late, by 1 to 25 days; likewise of surveys."""


@dataclass(frozen=True)
class Surveys:
    """Who answers a survey in a month, and with which score."""

    share: float = 0.10
    mean: float = 8.2
    per_ticket: float = -0.9
    """Per ticket of the last three months, the first four."""
    per_rise: float = -20.0
    """Per unit of relative price rise over the last three months (0.05 is a rise of 5 %)."""
    spread: float = 1.5
    late: float = 0.02


@dataclass(frozen=True)
class Reasons:
    """Chance that who leaves does not decide it: about 6 % of the leavers."""

    non_payment: Four = (0.040, 0.020, 0.010, 0.010)
    """Electronic check, mailed check, bank transfer, credit card."""
    moved: float = 0.022
    died: tuple[float, float] = (0.003, 0.012)
    """Younger than 65, senior."""


@dataclass(frozen=True)
class Dealings:
    """All of them."""

    households: Households = field(default_factory=Households)
    consent: Consent = field(default_factory=Consent)
    contacts: Contacts = field(default_factory=Contacts)
    surveys: Surveys = field(default_factory=Surveys)
    reasons: Reasons = field(default_factory=Reasons)
