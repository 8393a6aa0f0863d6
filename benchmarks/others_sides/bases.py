"""The bases that Stayline and the others are compared on."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from precision_floor import CSV, dataset_of, telco, with_tickets

from data.lake_files.swap import open_lake
from data.simulation.history import simulate
from data.simulation.parameters import Base, Hazard, Parameters, Prices, Tickets
from data.simulation.resemblance import cohort, last_observation
from data.simulation.settings import Settings
from training.dataset.point_in_time import Dataset

SERVICE, SEED, END = "churn_v1", 7, date(2026, 11, 1)
EARLIER = pd.DateOffset(months=3)
TROUBLED = Parameters(
    base=Base(quarter_churn=0.12, gap_loss=0.05),
    hazard=replace(
        Hazard(),
        tech_ticket=0.9,
        price_rise=25.0,
        log_tenure=0.1,
        contract=(0.0, -1.0, -1.5),
        restlessness=0.3,
    ),
    prices=replace(Prices(), rise_chance=0.10),
    tickets=replace(Tickets(), tech=(0.05, 0.25, 0.45)),
)
"""A telecom that loses an eighth in a quarter, by faults and price rises more than by contract and tenure."""


def history(customers: int, parameters: Parameters, cohorts: int = 2) -> Dataset:
    """Return the latest cohorts of a simulated history, three months apart."""
    with tempfile.TemporaryDirectory(dir=Path(__file__).parents[1], prefix=".others-") as folder:
        lake = Path(folder) / "lake"
        asked = Settings(customers, 24, SEED, END)
        simulate(asked, lake, Path(folder) / "truth", parameters=parameters)
        last = pd.Timestamp(last_observation(open_lake(lake)))
        days = [last - EARLIER * back for back in reversed(range(cohorts))]
        frames = [cohort(lake, day.to_pydatetime(), 30, 90).assign(event_timestamp=day) for day in days]
    frame = pd.concat(frames).rename_axis("customerID").reset_index()
    keys, churned = frame[["customerID", "event_timestamp"]], frame["left"].to_numpy().astype("int64")
    return dataset_of(keys, frame.drop(columns=["customerID", "event_timestamp", "left"]), churned, SERVICE)


def thresholds() -> Dataset:
    """Return simulated customers whose labels are drawn anew, by a risk that jumps and never slopes.

    It jumps up at a charge of 80, in months 10 to 13, and with the third technical ticket, and down with a
    contract of two years. The first jump is three times as high before the 24th month.
    """
    dataset = history(7_043, Parameters(), cohorts=1)
    number = dataset.features[["tenure", "MonthlyCharges", "numTechTickets"]].astype(float).fillna(0.0)
    young, dear = number["tenure"] < 24, number["MonthlyCharges"] >= 80
    bound = dataset.features["Contract"] == "Two year"
    odds = -2.5 + 1.0 * dear + 2.0 * (dear & young) + 2.5 * number["tenure"].between(10, 13)
    odds += 2.5 * (number["numTechTickets"] >= 3) - 2.0 * bound
    chance = 1 / (1 + np.exp(-odds.to_numpy()))
    churned = (np.random.default_rng(SEED).random(len(dataset)) < chance).astype("int64")
    return dataset_of(dataset.keys, dataset.features, churned, SERVICE)


BASES: dict[str, Callable[[], Dataset]] = {
    "telco21": lambda: telco(CSV, SERVICE),
    "telco23": lambda: with_tickets(telco(CSV, SERVICE), SEED),
    "history": lambda: history(1_500, Parameters()),
    "troubled": lambda: history(2_500, TROUBLED),
    "thresholds": thresholds,
}
"""IBM's file; the same with two made-up columns of tickets, as in `precision_floor.py`; two simulated
histories; and labels that are drawn by thresholds."""
