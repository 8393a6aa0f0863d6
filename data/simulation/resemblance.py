"""How much a simulated base looks like the published one, measured on the lake as a model would see it.

The targets were read off IBM's public Telco Customer Churn sample (7,043 customers, 21 columns).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pandas as pd
import pyarrow.dataset as ds

from data.lake_files.manifest import Manifest
from data.lake_files.swap import open_lake
from data.schema import TABLES
from data.simulation.settings import Settings
from data.simulation.timeline import first_day


@dataclass(frozen=True)
class Target:
    """A figure of the published base, and how near to it the simulated one must be."""

    value: float
    tolerance: float


TARGETS: Mapping[str, Target] = MappingProxyType(
    {
        "share leaving": Target(0.2654, 0.015),
        "skew of tenure": Target(0.24, 0.15),
        "skew of MonthlyCharges": Target(-0.22, 0.15),
        "skew of TotalCharges": Target(0.96, 0.15),
        "correlation tenure, TotalCharges": Target(0.83, 0.06),
        "correlation MonthlyCharges, TotalCharges": Target(0.65, 0.06),
    }
)

SHARES: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "gender": {"Female": 0.495, "Male": 0.505},
        "SeniorCitizen": {"0": 0.838, "1": 0.162},
        "Partner": {"No": 0.517, "Yes": 0.483},
        "Dependents": {"No": 0.700, "Yes": 0.300},
        "PhoneService": {"No": 0.097, "Yes": 0.903},
        "MultipleLines": {"No": 0.481, "No phone service": 0.097, "Yes": 0.422},
        "InternetService": {"DSL": 0.344, "Fiber optic": 0.440, "No": 0.217},
        "OnlineSecurity": {"No": 0.497, "No internet service": 0.217, "Yes": 0.287},
        "OnlineBackup": {"No": 0.438, "No internet service": 0.217, "Yes": 0.345},
        "DeviceProtection": {"No": 0.439, "No internet service": 0.217, "Yes": 0.344},
        "TechSupport": {"No": 0.493, "No internet service": 0.217, "Yes": 0.290},
        "StreamingTV": {"No": 0.399, "No internet service": 0.217, "Yes": 0.384},
        "StreamingMovies": {"No": 0.395, "No internet service": 0.217, "Yes": 0.388},
        "Contract": {"Month-to-month": 0.550, "One year": 0.209, "Two year": 0.241},
        "PaperlessBilling": {"No": 0.408, "Yes": 0.592},
        "PaymentMethod": {
            "Bank transfer (automatic)": 0.219,
            "Credit card (automatic)": 0.216,
            "Electronic check": 0.336,
            "Mailed check": 0.229,
        },
    }
)
"""Share of every category in the published base."""
SHARE_TOLERANCE = 0.08

_MONTHLY_TABLES = ("billing", "tickets")
_LOOK_BACK = timedelta(days=100)
"""A monthly row older than this is never the latest known one: three bills in a row would have to be late."""


def last_observation(manifest: Manifest) -> datetime:
    """Return the last observation date of a simulated base, at 00:00 UTC."""
    day = first_day(settings_of(manifest).timeline.cohort_month)
    return datetime(day.year, day.month, day.day, tzinfo=manifest.facts.data_until.tzinfo)


def settings_of(manifest: Manifest) -> Settings:
    """Return what was asked for when a simulated base was made."""
    source = manifest.facts.source
    arguments = {
        name: int(source[name]) for name in ("customers", "months", "seed", "gap_days", "horizon_days")
    }
    return Settings(end=date.fromisoformat(source["end"]), **arguments)


def cohort(lake: Path, observed: datetime, gap_days: int, horizon_days: int) -> pd.DataFrame:
    """Return the labelled cohort of an observation date with its point-in-time features.

    Parameters
    ----------
    lake : Path
        A lake with labels from events.
    observed : datetime
        The observation date, UTC.
    gap_days, horizon_days : int
        Of the label.

    Returns
    -------
    cohort : DataFrame, (n, columns of the four feature tables + `left`)
        Indexed by customerID; the latest rows with both clocks at or before `observed`; `left` is the label.
    """
    begin = observed + timedelta(days=gap_days)
    events = ds.dataset(lake / "churn_events.parquet").to_table(["customerID", "event_timestamp"]).to_pandas()
    left = events.set_index("customerID")["event_timestamp"]
    frame: pd.DataFrame = _latest(lake, "demographics", observed)
    day = left.reindex(frame.index)
    frame = frame[~(day <= begin)]
    for name in ("services", *_MONTHLY_TABLES):
        frame = frame.join(_latest(lake, name, observed), how="left")
    frame["left"] = left.reindex(frame.index) <= begin + timedelta(days=horizon_days)
    return frame


def _latest(lake: Path, name: str, observed: datetime) -> pd.DataFrame:
    """Return the latest row per customer that is known at `observed`."""
    known = (ds.field("event_timestamp") <= observed) & (ds.field("created_timestamp") <= observed)
    if name in _MONTHLY_TABLES:
        known &= ds.field("event_timestamp") > observed - _LOOK_BACK
    rows: pd.DataFrame = ds.dataset(lake / f"{name}.parquet").to_table(filter=known).to_pandas()
    rows = rows.sort_values(["event_timestamp", "created_timestamp"]).drop_duplicates(
        "customerID", keep="last"
    )
    names = [column.name for column in TABLES[name].values if not column.optional]
    return rows.set_index("customerID")[names]


def measure(frame: pd.DataFrame) -> dict[str, float]:
    """Return the figures of `TARGETS` for a cohort."""
    tenure, monthly, total = frame["tenure"], frame["MonthlyCharges"], frame["TotalCharges"]
    return {
        "share leaving": float(frame["left"].mean()),
        "skew of tenure": _skew(tenure),
        "skew of MonthlyCharges": _skew(monthly),
        "skew of TotalCharges": _skew(total),
        "correlation tenure, TotalCharges": float(tenure.corr(total)),
        "correlation MonthlyCharges, TotalCharges": float(monthly.corr(total)),
    }


def _skew(values: pd.Series[float]) -> float:
    """Return the moment coefficient of skewness, m3 / m2 ** 1.5."""
    off = values.to_numpy(np.float64) - values.mean()
    return float((off**3).mean() / (off**2).mean() ** 1.5)


def shares(frame: pd.DataFrame) -> dict[tuple[str, str], float]:
    """Return the share of every category of `SHARES` in a cohort; 0 where it is absent."""
    return {
        (column, category): float((frame[column].astype(str) == category).mean())
        for column, categories in SHARES.items()
        for category in categories
    }


def last_cohort(lake: Path) -> pd.DataFrame:
    """Return the cohort of the last observation date of the simulated base in a lake."""
    manifest = open_lake(lake)
    settings = settings_of(manifest)
    return cohort(lake, last_observation(manifest), settings.gap_days, settings.horizon_days)
