"""Consent, contacts, surveys, reasons and households: what they follow, and that they change nothing else."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from data.schema import LATER_TABLES, TABLES
from data.simulation.dealings import Consent, Contacts, Households, Reasons, Surveys
from data.simulation.history import simulate
from data.simulation.parameters import Parameters
from data.simulation.settings import Settings

# The fixture `base` is described in conftest.py.
Base = Any
END = date(2026, 11, 1)
EVENT = "event_timestamp"
BEFORE_THEM = {
    "demographics": "0f1ff5bf3221346b",
    "services": "982d8d9f9f6f5440",
    "billing": "e03b489691bab5d8",
    "tickets": "b66715b4d5812fce",
    "churn_events": "58d2433db3f95bd2",
    "labels": "e6f80f428e54a208",
    "offers": "752ebdfff58e5fc5",
}
"""Sums of the values of 300 customers and 12 months of seed 7, as they were before there were dealings."""


def sums(lake: Path) -> dict[str, str]:
    """A sum of the former values of each former table."""
    found = {}
    for name in BEFORE_THEM:
        rows = pq.read_table(lake / f"{name}.parquet")
        values = rows.drop_columns([column.name for column in TABLES[name].optional]).to_pydict()
        found[name] = hashlib.sha256(str(values).encode()).hexdigest()[:16]
    return found


def test_the_values_that_were_there_before_are_the_same(tmp_path: Path) -> None:
    simulate(Settings(300, 12, 7, END), tmp_path / "lake", tmp_path / "truth")
    assert sums(tmp_path / "lake") == BEFORE_THEM


def test_other_dealings_change_no_other_value(tmp_path: Path) -> None:
    usual = Parameters()
    other = replace(
        usual.dealings,
        households=Households(alone=0.0, partner=0.0, dependents=0.0),
        consent=Consent(allowed=(0.1, 0.1, 0.1)),
        contacts=Contacts(latest_day=1),
        surveys=Surveys(share=0.5),
        reasons=Reasons(moved=0.5),
    )
    simulate(
        Settings(300, 12, 7, END),
        tmp_path / "lake",
        tmp_path / "truth",
        parameters=replace(usual, dealings=other),
    )
    assert sums(tmp_path / "lake") == BEFORE_THEM
    assert pq.read_table(tmp_path / "lake" / "demographics.parquet")["household"].null_count == 925


def test_every_later_table_has_rows(base: Base) -> None:
    assert all(len(base.tables[name]) for name in LATER_TABLES)


def test_everybody_says_once_what_is_allowed(base: Base) -> None:
    consent = base.tables["consent"]
    channels = consent.groupby("customerID")["channel"].agg(lambda found: ",".join(sorted(found)))
    assert set(channels) == {"all", "email,phone,sms"}
    assert set(channels.index) == set(base.tables["demographics"]["customerID"])
    assert (channels == "all").mean() == pytest.approx(0.026, abs=0.012)
    assert (consent.loc[consent["channel"] == "all", "allowed"] == "No").all()
    allowed = (consent["allowed"] == "Yes").groupby(consent["channel"]).mean()
    assert allowed["email"] > allowed["sms"] > allowed["phone"] > 0.6


def test_only_who_was_offered_something_is_contacted_by_what_they_allow(base: Base) -> None:
    contacts = base.tables["contacts"]
    drawn = contacts.merge(base.tables["offers"], on=["customerID", "campaign"], suffixes=("", "_drawn"))
    assert len(drawn) > 0.98 * len(contacts)  # an offer that is learned late may be learned after the end
    assert not (drawn["offer"] == "none").any()
    days = (drawn[EVENT] - drawn[f"{EVENT}_drawn"]).dt.days
    assert (days.min(), days.max()) == (1, 10)
    asked = contacts.merge(base.tables["consent"], on=["customerID", "channel"], suffixes=("", "_given"))
    assert len(asked) == len(contacts)
    assert (asked["allowed"] == "Yes").all()
    calls = drawn.loc[drawn["offer"] == "support_call", "channel"]
    assert (calls == "phone").mean() > 0.6


def test_the_chance_of_an_offer_is_that_of_its_arm(base: Base) -> None:
    offers = base.tables["offers"]
    assert offers["probability"].tolist() == np.where(offers["offer"] == "none", 0.4, 0.2).tolist()


@pytest.mark.slow
def test_who_is_persuaded_accepts_more_often(default_base: Base) -> None:
    effects = pq.read_table(default_base.truth / "effects.parquet").to_pandas()
    answers = default_base.tables["contacts"].merge(effects, on=["customerID", "campaign"])
    own = [row[f"effect_{row['offer']}"] for row in answers.to_dict("records")]
    accepted = (answers["outcome"] == "accepted").groupby(np.array(own) <= -0.3).mean()
    assert accepted[True] > 3 * accepted[False] > 0.2


def test_about_one_in_ten_answers_a_month_and_tickets_lower_the_score(base: Base) -> None:
    surveys, tickets = base.tables["satisfaction"], base.tables["tickets"]
    bills = base.tables["billing"]
    assert len(surveys) / (bills["tenure"] > 0).sum() == pytest.approx(0.1, abs=0.015)
    recent = tickets.assign(
        recent=tickets["numAdminTickets3m"] + tickets["numTechTickets3m"], day=tickets[EVENT].dt.date
    )[["customerID", "day", "recent"]]
    scored = surveys.assign(day=surveys[EVENT].dt.date).merge(recent, on=["customerID", "day"])
    means = scored.groupby(np.minimum(scored["recent"], 2))["score"].mean()
    assert means[0] > means[1] + 0.4
    assert means[1] > means[2] + 0.4
    assert surveys["score"].between(0, 10).all()


@pytest.mark.slow
def test_about_six_percent_do_not_decide_to_leave(default_base: Base) -> None:
    events, services = default_base.tables["churn_events"], default_base.tables["services"]
    assert (events["reason"] != "voluntary").mean() == pytest.approx(0.06, abs=0.01)
    last = services.sort_values(EVENT).drop_duplicates("customerID", keep="last").set_index("customerID")
    by_check = last["PaymentMethod"].reindex(events["customerID"]).to_numpy() == "Electronic check"
    unpaid = (events["reason"] == "non-payment").groupby(by_check).mean()
    assert unpaid[True] > 1.5 * unpaid[False]


def test_households_are_pairs_who_joined_in_the_same_month(base: Base) -> None:
    people = base.tables["demographics"]
    shared = people.dropna(subset=["household"])
    assert len(shared) / len(people) == pytest.approx(0.14, abs=0.04)
    sizes = shared.groupby("household").size()
    assert set(sizes) <= {1, 2}  # the other one may have left before the history
    assert (sizes == 2).sum() > 10
    months = shared[EVENT].dt.tz_localize(None).dt.to_period("M").groupby(shared["household"]).nunique()
    assert (months == 1).all()
    with_partner = people["household"].notna().groupby(people["Partner"]).mean()
    assert with_partner["Yes"] > with_partner["No"]


def test_a_term_counts_down_and_nothing_is_left_month_to_month(base: Base) -> None:
    bills = base.tables["billing"].sort_values(EVENT)
    services = base.tables["services"].sort_values(EVENT)
    named = pd.merge_asof(bills, services[["customerID", EVENT, "Contract"]], on=EVENT, by="customerID")
    monthly = named["Contract"] == "Month-to-month"
    # A change whose row is learned after the end is in the bill already.
    assert ((named["ContractMonthsLeft"] == 0) == monthly).mean() > 0.995
    bills = base.tables["billing"].sort_values(["customerID", EVENT])
    before = bills.groupby("customerID")[["ContractMonthsLeft", "tenure"]].shift(1)
    # In the month of joining the term has not begun to count down.
    next_bill = (bills["tenure"] == before["tenure"] + 1) & (before["tenure"] > 0)
    next_bill &= before["ContractMonthsLeft"] > 1
    fell = before["ContractMonthsLeft"] - bills["ContractMonthsLeft"]
    assert next_bill.sum() > 1000
    assert (fell[next_bill] == 1).all()
