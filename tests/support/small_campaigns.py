"""Planned campaigns and the lakes that they lived through, invented."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
from small_lakes import utc, write_parts

from serving.campaigns.campaign_files import Campaign, write_campaign
from serving.campaigns.outcome.doubts import Doubt
from serving.campaigns.outcome.figures import Comparison, Figure
from serving.campaigns.outcome.groups import Group
from serving.campaigns.outcome.lake_rows import columns_of
from serving.campaigns.outcome.readout import Readout
from serving.campaigns.outcome.readout_file import write_readout
from serving.campaigns.plan import ARMS, SCHEMA, Allocated, Plan

STARTS = date(2026, 1, 1)


def customer_id(number: int) -> str:
    return f"{number:04d}-TEST"


def planned(rows: Iterable[Mapping[str, Any]], name: str = "spring", **facts: Any) -> Campaign:
    """A campaign of these customers, numbered; what a row leaves out is plain."""
    plain = {
        "arm": "offer",
        "campaign": name,
        "planned_offer": "discount",
        "segment": "New",
        "probability": 0.2,
        "effect": 0.05,
        "value": 100.0,
        "cost": 10.0,
        "expected_profit": 5.0,
        "probability_of_arm": 0.5,
        "stratum": "one",
        "reasons_es": "r",
        "reasons_en": "r",
    }
    full = []
    for number, row in enumerate(rows):
        whole = {"customerID": customer_id(number), **plain, **row}
        offer = whole["planned_offer"] if whole["arm"] == "offer" else "none"
        full.append({"offer": offer, **whole})
    table = pa.Table.from_pylist(full, SCHEMA)
    arms = {arm: table["arm"].to_pylist().count(arm) for arm in ARMS}
    return Campaign(a_plan(name, arms, **facts), table)


def a_plan(name: str, arms: Mapping[Any, int], **facts: Any) -> Plan:
    starts = facts.pop("starts", STARTS)
    return Plan(
        **{
            "format": 1,
            "name": name,
            "seed": 0,
            "starts": starts,
            "ends": starts + timedelta(days=120),
            "planned_at": datetime(2025, 12, 1, tzinfo=UTC),
            "model": "churn:one",
            "effects": "measured",
            "budget": 1_000,
            "holdout": 0.5,
            "control_share": 0.02,
            "caps": {},
            "considered": 500,
            "suppressed": 0,
            "reasons": {},
            "worthwhile": 500,
            "arms": dict(arms),
            "offers": {},
            "expected_cost": 100,
            "expected_profit": 100,
            "churn": 0.2,
            "expected_fall": 0.25,
            "smallest_fall": 0.4,
            "allocation": Allocated(method="exact", profit=1, bound=1, gap=0),
            **facts,
        }
    )


def rows_at(day: str, customers: Iterable[int], **values: Any) -> list[dict[str, Any]]:
    """One row of each customer on a day."""
    moment = utc(day)
    return [
        {"customerID": customer_id(n), "event_timestamp": moment, "created_timestamp": moment, **values}
        for n in customers
    ]


def write_outcome(
    lake: Path,
    tables: Mapping[str, list[dict[str, Any]]],
    data_until: str = "2026-06-01",
    absent: Iterable[str] = (),
    kind: str = "history",
) -> Path:
    """Write a lake with the columns that a readout reads; tables that are not given are empty."""
    lake.mkdir(parents=True, exist_ok=True)
    for name, schema in columns_of().items():
        if name not in absent:
            write_parts(lake / f"{name}.parquet", pa.Table.from_pylist(tables.get(name, []), schema))
    manifest = {"base": "by-hand", "kind": kind, "data_until": f"{data_until}T00:00:00Z"}
    (lake / "manifest.json").write_text(json.dumps(manifest))
    return lake


def joined(customers: Iterable[int], day: str = "2025-01-01") -> list[dict[str, Any]]:
    """Their rows in `demographics`: even numbers are women, every fourth is 65 or older."""
    rows = rows_at(day, customers)
    for row in rows:
        number = int(row["customerID"][:4])
        row |= {"gender": "Male" if number % 2 else "Female", "SeniorCitizen": int(number % 4 == 0)}
    return rows


def as_frame(campaign: Campaign) -> pd.DataFrame:
    return campaign.customers.to_pandas()


def a_readout(name: str = "spring", **facts: Any) -> Readout:
    """A readout of a campaign that worked, of 1,000 offered and 500 held out; one offer is too small."""
    churn = Comparison(
        offered=0.10, held_out=0.15, difference=Figure(value=-0.05, low=-0.08, high=-0.02), rows=(1000, 500)
    )
    small = Comparison(offered=0.25, held_out=0.5, difference=Figure(value=-0.25), rows=(4, 2), too_few=True)
    kept, profit = Figure(value=50, low=20, high=80), Figure(value=900, low=-100, high=1900)
    parts = {"model": "churn:one", "effects": "measured", "starts": STARTS, "until": date(2026, 5, 1)}
    plain = {
        **parts,
        "name": name,
        "data_until": datetime(2026, 6, 1, tzinfo=UTC),
        "arms": {"offer": 1000, "holdout": 500, "control": 30},
        "verdict": "better",
        "churn": churn,
        "gone": churn,
        "against_control": None,
        "revenue": None,
        "satisfaction": None,
        "profit": None,
        "cost": 700.0,
        "kept": kept,
        "kept_per_1000": kept,
        "total_profit": profit,
        "profit_per_1000": profit,
        "segments": [Group(name="New", customers=1530, churn=churn, p=0.001, verdict="better")],
        "offers": [
            Group(name="discount", customers=1524, churn=churn, p=0.001, verdict="better"),
            Group(name="no_more_made", customers=6, churn=small, p=None, verdict="not yet known"),
            Group(name="nobody_held_out", customers=3, churn=None, p=None, verdict="not yet known"),
        ],
        "response": None,
        "fairness": [],
        "doubts": [Doubt(name="no_reasons", numbers={}, text={"en": "no reasons", "es": "sin motivos"})],
    }
    return Readout(**plain | facts)


def write_every_state(folder: Path, today: date) -> None:
    """Campaigns that are planned, running, over and read out on a day, and two that cannot be read whole."""
    begun = {"ahead": -10, "running": 10, "over": 200, "spring": 300, "torn_readout": 400, "torn_plan": 500}
    for name, days in begun.items():
        starts = today - timedelta(days=days)
        facts = {"starts": starts, "offers": {"discount": 1, "no_more_made": 0}}
        write_campaign(folder, planned([{"arm": arm} for arm in ARMS], name, **facts))
    write_readout(folder, a_readout("spring", starts=today - timedelta(days=300)))
    (folder / "torn_readout" / "readout.json").write_text("{")
    (folder / "torn_plan" / "plan.json").write_text("{")
