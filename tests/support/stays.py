"""Random histories of customers who leave and come back, and a naive answer to who is there with what values.

Days are counted from 2025-01-01. Rows come late, and some come again with another value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import strategies as st
from small_lakes import utc

START = utc("2025-01-01")
LAST = 360
TTL = {"demographics": 7300, "services": 7300, "billing": 62, "tickets": 62}
VALUE = {
    "demographics": "SeniorCitizen",
    "services": "PaymentMethod",
    "billing": "tenure",
    "tickets": "numTechTickets",
}
"""A column of each table that tells its rows apart."""
PAYMENTS = ("Electronic check", "Mailed check", "Bank transfer (automatic)", "Credit card (automatic)")

Row = dict[str, Any]


@dataclass(frozen=True)
class Stay:
    """A stay from a day to another one, None if it lasts; and the day on which each end was learned."""

    joined: int
    left: int | None
    joined_learned: int
    left_learned: int | None


@dataclass
class Telecom:
    """Customers with their stays, and the rows of each table as (customer, event, created, value)."""

    stays: Mapping[str, Sequence[Stay]]
    rows: dict[str, list[tuple[str, int, int, Any]]] = field(default_factory=dict)

    def known(self, day: int, shuffle: int) -> dict[str, list[Row]]:
        """The tables as of a day, their rows in any order."""
        random = np.random.default_rng(shuffle)
        tables: dict[str, list[Row]] = {}
        for name, rows in self.rows.items():
            there = [row for row in rows if row[2] <= day]
            tables[name] = [_row(name, *there[at]) for at in random.permutation(len(there))]
        return tables

    def stay_of(self, customer: str, day: int) -> Stay | None:
        """The stay that a customer is in on a day, by what was known then."""
        current = None
        for stay in self.stays[customer]:
            if stay.joined <= day and stay.joined_learned <= day:
                current = stay
        if (
            current
            and current.left is not None
            and current.left <= day
            and (current.left_learned or 0) <= day
        ):
            return None
        return current

    def values(self, customer: str, day: int) -> dict[str, Any]:
        """The value of each table's newest row of the present stay that was known on a day."""
        stay = self.stay_of(customer, day)
        since = LAST if stay is None else stay.joined
        found = {}
        for name, column in VALUE.items():
            rows = [
                (event, created, value)
                for who, event, created, value in self.rows[name]
                if who == customer and max(since, day - TTL[name]) <= event <= day and created <= day
            ]
            found[column] = max(rows)[2] if rows else None
        return found


def day_of(day: int) -> pd.Timestamp:
    return START + pd.Timedelta(days=day)


def _row(name: str, customer: str, event: int, created: int, value: Any) -> Row:
    clocks = {"customerID": customer, "event_timestamp": day_of(event), "created_timestamp": day_of(created)}
    return {**clocks, **({VALUE[name]: value} if name in VALUE else {})}


@st.composite
def telecoms(draw: st.DrawFn, customers: int = 8) -> Telecom:
    """Customers with one to three stays, a few of which last."""
    stays = {f"c{number}": draw(_stays()) for number in range(customers)}
    made = Telecom(stays, {name: [] for name in (*VALUE, "churn_events")})
    random = np.random.default_rng(draw(st.integers(0, 2**16)))
    for customer, its in stays.items():
        for stay, later in zip(its, [*its[1:], None], strict=True):
            _add_rows(made, customer, stay, later, random)
    return made


@st.composite
def _stays(draw: st.DrawFn) -> list[Stay]:
    found: list[Stay] = []
    day, learned = draw(st.integers(0, 150)), 0
    for _ in range(draw(st.integers(1, 3))):
        learned = max(learned, day + draw(st.sampled_from([0, 0, 0, 3, 40])))
        left = draw(st.none() | st.integers(day, day + 120))
        told = None if left is None else max(learned, left + draw(st.sampled_from([0, 0, 0, 3, 40])))
        found.append(Stay(day, left, learned, told))
        if left is None or told is None:
            break
        day, learned = left + draw(st.integers(1, 90)), told
    return found


def _add_rows(made: Telecom, customer: str, stay: Stay, later: Stay | None, random: Any) -> None:
    """Rows of one stay: one a month, the first of them some days after joining; and a closing bill."""
    end = LAST if stay.left is None else stay.left
    made.rows["demographics"].append((customer, stay.joined, stay.joined_learned, int(random.integers(2))))
    if stay.left is not None and stay.left_learned is not None:
        made.rows["churn_events"].append((customer, stay.left, stay.left_learned, None))
    for name in ("services", "billing", "tickets"):
        days = list(range(stay.joined + int(random.integers(0, 30)), end + 1, 30))
        if name == "billing" and stay.left is not None:
            days += [
                day for day in (end + int(random.integers(1, 62)),) if later is None or day < later.joined
            ]
        for day in days:
            created = max(day, stay.joined_learned) + int(random.choice([0, 0, 0, 2, 50]))
            for again in range(1 + (random.random() < 0.2)):
                made.rows[name].append((customer, day, created + 7 * again, _value(name, random)))


def _value(name: str, random: Any) -> Any:
    return str(random.choice(PAYMENTS)) if name == "services" else int(random.integers(1000))
