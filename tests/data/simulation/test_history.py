from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from lake_content import content

from data.contracts.check import check_lake
from data.errors import BaseConflictError
from data.schema import TABLES
from data.simulation.history import facts_of, rehearse, simulate
from data.simulation.parameters import Base as Size
from data.simulation.parameters import Parameters
from data.simulation.resemblance import last_cohort, settings_of
from data.simulation.settings import Settings

# The fixture `base` is described in conftest.py.
Base = Any
END = date(2026, 11, 1)
EVENT, CREATED = "event_timestamp", "created_timestamp"
DAY = pd.Timedelta(days=1)
FILLED = tuple(name for name in TABLES if name != "labels")
# Of the fixture's history.
START = pd.Timestamp("2025-09-01", tz="UTC")


def silent(name: str, done: int, total: int) -> None:
    """Report no progress."""


def test_the_contracts_hold_and_the_manifest_says_what_was_asked_for(base: Base) -> None:
    manifest = check_lake(base.lake)
    assert manifest.facts == facts_of(base.settings, Parameters())
    assert settings_of(manifest) == base.settings
    assert all(manifest.tables[name].rows > 0 for name in FILLED)
    assert manifest.tables["labels"].rows == 0


@pytest.mark.parametrize(
    ("customers", "months", "seed", "gap", "horizon"),
    [
        (100, 8, 0, 30, 90),
        (137, 12, 1, 30, 90),
        (300, 10, 2, 0, 60),
        (250, 20, 3, 45, 180),
        (999, 76, 4, 30, 90),
    ],
)
def test_the_labelled_cohort_has_exactly_the_customers_asked_for(
    tmp_path: Path, customers: int, months: int, seed: int, gap: int, horizon: int
) -> None:
    settings = Settings(customers, months, seed, END, gap, horizon)
    simulate(settings, tmp_path / "lake", tmp_path / "truth")
    assert len(last_cohort(tmp_path / "lake")) == customers


@pytest.mark.parametrize("end", [date(2026, 3, 1), date(2025, 6, 1), date(2024, 2, 1)])
def test_the_share_leaving_is_met_whatever_the_end(tmp_path: Path, end: date) -> None:
    simulate(Settings(1500, 10, 5, end), tmp_path / "lake", tmp_path / "truth")
    found = last_cohort(tmp_path / "lake")
    assert len(found) == 1500
    assert found["left"].mean() == pytest.approx(0.2654, abs=0.015)


def test_a_telecom_that_came_out_too_small_is_founded_anew() -> None:
    small = Parameters(base=replace(Size(), gap_loss=0.0, spare=0.0, spare_customers=0))
    found = rehearse(Settings(300, 10, 1, END), small, silent)
    assert found.world.at_cohort > 300
    assert len(found.excluded) < 40


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(tmp_path: Path) -> None:
    folders, bills = [], "billing.parquet/0001.parquet"
    for place, seed in (("a", 1), ("b", 1), ("c", 2)):
        simulate(Settings(200, 10, seed, END), tmp_path / place / "lake", tmp_path / place / "truth")
        folders.append(content(tmp_path / place / "lake") | content(tmp_path / place / "truth"))
    assert folders[0] == folders[1]
    assert folders[0][bills] != folders[2][bills]


def test_a_longer_history_does_not_change_what_happened(tmp_path: Path) -> None:
    """Of the same telecom more is written down; only lateness and campaigns depend on the start."""
    without = replace(Parameters(), campaigns=replace(Parameters().campaigns, share=0.0))
    left = []
    for months in (8, 12):
        place = tmp_path / str(months)
        simulate(Settings(200, months, 1, END), place / "lake", place / "truth", parameters=without)
        left.append(set(last_cohort(place / "lake").index))
    assert left[0] == left[1]


def test_rows_are_learned_when_or_after_they_became_true_and_never_after_the_end(base: Base) -> None:
    end = pd.Timestamp(END, tz="UTC")
    for name in FILLED:
        table = base.tables[name]
        assert (table[CREATED] >= table[EVENT]).all(), name
        assert table[CREATED].max() <= end, name


@pytest.mark.parametrize(
    ("name", "share", "longest"),
    [
        ("billing", 0.05, 26),
        ("tickets", 0.05, 26),
        ("services", 0.035, 26),
        ("churn_events", 0.08, 11),
        ("satisfaction", 0.02, 26),
    ],
)
def test_a_share_of_the_rows_comes_late(base: Base, name: str, share: float, longest: int) -> None:
    table = base.tables[name]
    delay = (table[CREATED] - table[EVENT])[table[EVENT] >= START]
    assert (delay > DAY).mean() == pytest.approx(share, abs=0.015)
    assert 8 * DAY < delay.max() < longest * DAY


def test_nothing_of_a_customer_is_known_before_the_customer(base: Base) -> None:
    known = base.tables["demographics"].set_index("customerID")[CREATED]
    for name in FILLED:
        table = base.tables[name]
        assert (table[CREATED] >= known.reindex(table["customerID"]).to_numpy()).all(), name


def test_nothing_happens_before_joining_or_after_leaving(base: Base) -> None:
    joined = base.tables["demographics"].set_index("customerID")[EVENT]
    left = base.tables["churn_events"].set_index("customerID")[EVENT]
    for name in ("services", "billing", "tickets", "offers", "contacts", "satisfaction"):
        table = base.tables[name]
        assert (table[EVENT] >= joined.reindex(table["customerID"]).to_numpy()).all(), name
        gone = left.reindex(table["customerID"]).to_numpy()
        assert not (table[EVENT].to_numpy() >= gone).any(), name


def bills(base: Base) -> pd.DataFrame:
    """Return the rows of billing with the previous row of the customer, where no late one lies between."""
    table = base.tables["billing"].sort_values(["customerID", EVENT])
    before = table.groupby("customerID")[["tenure", "TotalCharges", EVENT]].shift(1).add_prefix("before_")
    return table.join(before).dropna(subset=["before_tenure"])


def test_tenure_grows_by_one_a_bill_and_total_charges_by_the_charge(base: Base) -> None:
    rows = bills(base)
    whole = rows[rows["tenure"] - rows["before_tenure"] == 1]
    # The others follow on a row that is learned after the end.
    assert len(whole) / len(rows) > 0.99
    assert (rows["tenure"] > rows["before_tenure"]).all()
    grown = whole["before_TotalCharges"] + whole["MonthlyCharges"]
    assert (whole["TotalCharges"] - grown).abs().max() < 1e-6


def test_total_charges_are_the_sum_of_all_charges_of_who_joined_in_the_history(base: Base) -> None:
    table = base.tables["billing"].sort_values(["customerID", EVENT])
    own = table[table["tenure"] > 0].groupby("customerID")
    first, last = own["tenure"].min(), own["tenure"].max()
    complete = (first == 1) & (last == own["tenure"].count())
    assert complete.sum() > 500
    sums, totals = own["MonthlyCharges"].sum(), own["TotalCharges"].max()
    assert (sums - totals)[complete].abs().max() < 1e-6


def test_bills_are_written_on_the_last_day_of_a_month(base: Base) -> None:
    table = base.tables["billing"]
    billed = table[table["tenure"] > 0][EVENT]
    assert ((billed + DAY).dt.day == 1).all()
    assert (billed.dt.normalize() == billed).all()


def test_the_change_of_the_charge_looks_three_bills_back(base: Base) -> None:
    table = base.tables["billing"].set_index(["customerID", "tenure"])["MonthlyCharges"]
    rows = base.tables["billing"]
    earlier = pd.MultiIndex.from_arrays([rows["customerID"], rows["tenure"] - 3])
    expected = rows["MonthlyCharges"].to_numpy() - table.reindex(earlier).to_numpy()
    change = rows["MonthlyChargesChange3m"].to_numpy()
    known = ~np.isnan(expected) & (rows["tenure"] > 3).to_numpy()
    assert known.sum() > 1000
    assert np.abs(change - expected)[known].max() < 1e-6
    assert not change[(rows["tenure"] <= 3).to_numpy()].any()


def test_tickets_of_a_month_add_up_to_the_totals(base: Base) -> None:
    table = base.tables["tickets"].sort_values(["customerID", EVENT])
    before = table.groupby("customerID")[["numTechTickets", EVENT]].shift(1)
    days = (table[EVENT] - before[EVENT]).dt.days
    # Two bills lie at most 31 days apart; more means that the one between is learned after the end.
    next_bill = days <= 31
    assert next_bill.sum() > 5000
    grown = table["numTechTickets"] - before["numTechTickets"]
    assert (grown == table["numTechTickets1m"])[next_bill].all()


def test_customers_from_before_the_history_have_their_past(base: Base) -> None:
    people = base.tables["demographics"].set_index("customerID")
    older = people.index[people[EVENT] < START]
    first = base.tables["billing"].sort_values(EVENT).drop_duplicates("customerID").set_index("customerID")
    first = first.loc[older]
    joined = people.loc[older, EVENT]
    months = (first[EVENT].dt.year - joined.dt.year) * 12 + first[EVENT].dt.month - joined.dt.month + 1
    assert (first["tenure"] == months).all()
    assert first["tenure"].max() > 50
    changes = base.tables["services"].set_index("customerID").loc[older, EVENT]
    assert (changes < START).any()
    assert changes[changes < START].index.is_unique


def test_the_draw_of_a_campaign_names_the_hold_out(base: Base) -> None:
    offers = base.tables["offers"]
    assert set(offers["campaign"]) == {"retention-2025-11", "retention-2026-03"}
    assert set(offers["offer"]) == {"none", "discount", "support_call", "contract_bonus"}
    assert (offers["offer"] == "none").mean() == pytest.approx(0.4, abs=0.06)


def test_another_base_is_not_replaced_unasked(base: Base) -> None:
    lake, truth = content(base.lake), content(base.truth)
    with pytest.raises(BaseConflictError, match="--replace"):
        simulate(Settings(100, 8, 1, END), base.lake, base.truth)
    assert (content(base.lake), content(base.truth)) == (lake, truth)


def test_progress_is_told(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    report: Callable[[str, int, int], None] = lambda *stage: told.append(stage)  # noqa: E731
    simulate(Settings(100, 8, 1, END), tmp_path / "lake", tmp_path / "truth", progress=report)
    assert ("growing", 72, 72) in told
    assert ("writing", 8, 8) in told
    assert "billing" in {name for name, _, _ in told}
