"""A readout that can be worked out by hand, and what speaks against one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_campaigns import customer_id, joined, planned, rows_at, write_outcome

from serving.campaigns.campaign_files import Campaign
from serving.campaigns.outcome.lake_rows import LakeRows
from serving.campaigns.outcome.readout import Readout, read_out
from serving.campaigns.power import smallest_fall
from serving.errors import CampaignError

DAYS = 120
Tables = dict[str, list[dict[str, Any]]]
OFFERED, HELD_OUT, CONTROL = range(0, 100), range(100, 200), range(200, 230)


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Readout]:
    """Read a campaign out of a lake of these tables."""

    def make(campaign: Campaign, tables: Tables, **lake: Any) -> Readout:
        monkeypatch.setenv("STAYLINE_LAKE", str(write_outcome(tmp_path / "lake", tables, **lake)))
        return read_out(campaign, DAYS, LakeRows.open())

    return make


@pytest.fixture
def campaign() -> Campaign:
    """100 offered, 100 held out and 30 in the control group, alike in all that was known before."""
    arms = ["offer"] * 100 + ["holdout"] * 100 + ["control"] * 30
    return planned([{"arm": arm, "value": 200.0} for arm in arms])


@pytest.fixture
def tables() -> Tables:
    """10 offered and 20 held out leave; who stays is billed twice, and a leaver once, 50 each."""
    left = [*range(0, 10), *range(100, 120), 200, 201]
    everybody = [*OFFERED, *HELD_OUT, *CONTROL]
    return {
        "demographics": joined(everybody),
        "churn_events": rows_at("2026-03-01", left, reason="voluntary"),
        "billing": [
            *rows_at("2025-12-31", everybody, tenure=24, MonthlyCharges=50.0),
            *rows_at("2026-01-31", everybody, tenure=25, MonthlyCharges=50.0),
            *rows_at("2026-03-31", sorted(set(everybody) - set(left)), tenure=26, MonthlyCharges=50.0),
        ],
        "offers": rows_at("2025-06-01", OFFERED, campaign="summer", offer="discount"),
        "contacts": [
            *rows_at("2025-06-02", OFFERED[:20], campaign="summer", outcome="accepted"),
            *rows_at("2025-06-02", OFFERED[20:], campaign="summer", outcome="refused"),
            *rows_at("2026-01-05", OFFERED[:30], campaign="spring", outcome="accepted"),
            *rows_at("2026-01-05", OFFERED[30:40], campaign="spring", outcome="refused"),
            *rows_at("2026-01-05", OFFERED[40:50], campaign="spring", outcome="reached"),
            *rows_at("2026-01-05", OFFERED[50:60], campaign="spring", outcome="not reached"),
        ],
        "satisfaction": [
            *rows_at("2026-02-01", OFFERED[:20], score=8),
            *rows_at("2026-02-01", HELD_OUT[:20], score=6),
        ],
    }


def test_a_readout_by_hand(read: Callable[..., Readout], campaign: Campaign, tables: Tables) -> None:
    found = read(campaign, tables)
    assert found.arms == {"offer": 100, "holdout": 100, "control": 30}
    assert (found.starts, found.until) == (date(2026, 1, 1), date(2026, 5, 1))
    assert found.churn is not None
    assert (found.churn.offered, found.churn.held_out) == pytest.approx((0.1, 0.2))
    assert found.churn.change is not None
    assert found.churn.change.value == pytest.approx(-0.5)
    # Welch's interval: the variances are 0.09 / 99 and 0.16 / 99, the degrees of freedom 183.5.
    half = 1.973 * np.sqrt(0.25 / 99)
    assert found.churn.difference.low == pytest.approx(-0.1 - half, abs=1e-4)
    assert found.churn.difference.high == pytest.approx(-0.1 + half, abs=1e-4)
    assert found.verdict == "better"
    assert found.kept is not None
    assert found.kept.value == pytest.approx(10)
    assert found.kept_per_1000 is not None
    assert found.kept_per_1000.value == pytest.approx(100)


def test_money_by_hand(read: Callable[..., Readout], campaign: Campaign, tables: Tables) -> None:
    """Offered: 0.9 x 200 - 10 = 170 each; held out: 0.8 x 200 = 160. Revenue: 95 and 90."""
    found = read(campaign, tables)
    assert found.profit is not None
    assert (found.profit.offered, found.profit.held_out) == pytest.approx((170, 160))
    assert found.total_profit is not None
    assert found.total_profit.value == pytest.approx(1_000)
    assert found.profit_per_1000 is not None
    assert found.profit_per_1000.value == pytest.approx(10_000)
    assert found.cost == pytest.approx(1_000)
    assert found.revenue is not None
    assert (found.revenue.offered, found.revenue.held_out) == pytest.approx((95, 90))


def test_answers_by_hand(read: Callable[..., Readout], campaign: Campaign, tables: Tables) -> None:
    """30 of 60 contacted accepted, and 20 of 100 before: two and a half times as many."""
    found = read(campaign, tables)
    assert found.satisfaction is not None
    assert (found.satisfaction.offered, found.satisfaction.held_out) == pytest.approx((8, 6))
    assert found.satisfaction.rows == (20, 20)
    response = found.response
    assert response is not None
    counts = response.offered, response.contacted, response.reached, response.accepted, response.refused
    assert counts == (100, 60, 50, 30, 10)
    assert response.acceptance is not None
    assert response.acceptance.change is not None
    assert response.acceptance.change.value == pytest.approx(1.5)
    assert response.acceptance.verdict() == "better"


def test_control_group_and_parts(read: Callable[..., Readout], campaign: Campaign, tables: Tables) -> None:
    found = read(campaign, tables)
    assert found.against_control is not None
    assert found.against_control.held_out == pytest.approx(2 / 30)
    assert (found.against_control.too_few, found.against_control.events) == (True, (10, 2))
    (segment,) = found.segments
    assert (segment.name, segment.customers, segment.verdict) == ("New", 230, "better")
    assert found.churn is not None
    assert segment.p == pytest.approx(found.churn.p)  # of one part, nothing is corrected


def test_two_parts_are_corrected_after_holm(read: Callable[..., Readout], tables: Tables) -> None:
    rows = [{"arm": "offer" if n < 100 else "holdout", "segment": "AB"[n % 2]} for n in range(200)]
    tables["churn_events"] = rows_at("2026-03-01", [*range(0, 22), 23, 25, *range(100, 140)])
    found = read(planned(rows), tables)
    low, high = sorted(one.churn.p for one in found.segments if one.churn and one.churn.p is not None)
    corrected = sorted(one.p for one in found.segments if one.p is not None)
    assert corrected == pytest.approx([2 * low, max(2 * low, high)])


def test_reasons_of_leaving_are_told_apart(
    read: Callable[..., Readout], campaign: Campaign, tables: Tables
) -> None:
    tables["churn_events"] += rows_at("2026-02-01", range(10, 30), reason="moved")
    found = read(campaign, tables)
    assert found.churn is not None
    assert found.churn.offered == pytest.approx(0.1)
    assert found.gone is not None
    assert found.gone.offered == pytest.approx(0.3)
    assert "no_reasons" not in names(found)
    for row in tables["churn_events"]:
        row["reason"] = None
    found = read(campaign, tables)
    assert found.churn == found.gone
    assert "no_reasons" in names(found)


@pytest.mark.parametrize(
    ("moment", "customers", "leavers"),
    [("2025-12-31", 99, 20), ("2026-01-01", 99, 20), ("2026-05-01", 100, 21), ("2026-05-02", 100, 20)],
)
def test_only_leaving_within_the_window_counts(
    moment: str,
    customers: int,
    leavers: int,
    read: Callable[..., Readout],
    campaign: Campaign,
    tables: Tables,
) -> None:
    """Who left up to midnight of the first day was no customer; who left after the window had stayed."""
    tables["churn_events"] += rows_at(moment, [150], reason="voluntary")
    found = read(campaign, tables, data_until="2026-05-02")
    assert found.churn is not None
    assert found.churn.events == (10, leavers)
    assert found.arms["holdout"] == customers
    assert numbers(found).get("already_gone") == ({"customers": 1} if customers == 99 else None)


def test_who_came_back_before_the_first_day_is_a_customer(
    read: Callable[..., Readout], campaign: Campaign, tables: Tables
) -> None:
    tables["churn_events"] += rows_at("2025-06-01", [150])
    tables["demographics"] += joined([150], "2025-09-01")
    assert read(campaign, tables).arms["holdout"] == 100


def test_a_correction_counts_once(read: Callable[..., Readout], campaign: Campaign, tables: Tables) -> None:
    corrected = [{**row, "MonthlyCharges": 60.0} for row in tables["billing"]]
    for row in corrected:
        row["created_timestamp"] = row["event_timestamp"].replace(hour=9)
    tables["billing"] = [*corrected, *tables["billing"]]
    found = read(campaign, tables)
    assert found.revenue is not None
    assert found.revenue.offered == pytest.approx(95 * 1.2)


def test_an_immature_window_says_from_when_on(
    read: Callable[..., Readout], campaign: Campaign, tables: Tables
) -> None:
    with pytest.raises(CampaignError, match=r"can be judged from 2026-05-01 on: .* end on 2026-04-30"):
        read(campaign, tables, data_until="2026-04-30")
    assert read(campaign, tables, data_until="2026-05-01").until == date(2026, 5, 1)


def test_who_is_in_a_later_file_no_more_has_left(
    read: Callable[..., Readout], campaign: Campaign, tables: Tables
) -> None:
    """The files of 1 January, 1 March and 1 May; who came back until then has not left."""
    everybody, left = {*OFFERED, *HELD_OUT, *CONTROL}, {*range(0, 10), *range(100, 120), 200, 201}
    away = {50, 51}
    files = {"2026-01-01": everybody, "2026-03-01": everybody - left - away, "2026-05-01": everybody - left}
    rows = [row for day, customers in files.items() for row in joined(sorted(customers), day)]
    found = read(campaign, {"demographics": rows, "billing": tables["billing"]}, kind="snapshot")
    whole = read(campaign, tables)
    assert (found.churn.offered, found.churn.held_out) == (whole.churn.offered, whole.churn.held_out)
    assert found.churn.difference == whole.churn.difference
    assert found.revenue is None


def test_an_earlier_lake_without_contacts_and_surveys(
    read: Callable[..., Readout], campaign: Campaign, tables: Tables
) -> None:
    found = read(campaign, tables, absent=["contacts", "satisfaction"])
    assert found.response is None
    assert found.satisfaction is None
    assert found.churn is not None
    assert "no_contacts" in names(found)
    assert all(row.contact_rate is None for row in found.fairness)


def test_forty_customers_are_too_few(read: Callable[..., Readout], tables: Tables) -> None:
    arms = ["offer"] * 36 + ["holdout"] * 4
    found = read(planned([{"arm": arm} for arm in arms]), tables)
    assert found.verdict == "not yet known"
    assert found.churn is not None
    assert (found.churn.too_few, found.churn.rows) == (True, (36, 4))
    assert found.kept is not None
    assert found.kept.low is None


def test_without_a_hold_out_nothing_is_compared(read: Callable[..., Readout], tables: Tables) -> None:
    found = read(planned([{} for _ in range(100)]), tables)
    assert (found.churn, found.profit, found.kept, found.verdict) == (None, None, None, "not yet known")
    assert "sees_nothing" in names(found)


def test_each_doubt_has_its_numbers(read: Callable[..., Readout], campaign: Campaign, tables: Tables) -> None:
    tables["contacts"] += [
        *rows_at("2026-01-05", [150, 151, 201], campaign="spring", outcome="reached"),
        *rows_at("2026-01-05", [152], campaign="spring", outcome="not reached"),
        *rows_at("2026-01-09", [30], campaign="spring", outcome="accepted"),
        *rows_at("2025-12-30", [60], campaign="spring", outcome="refused"),
        *rows_at("2026-01-05", [999], campaign="spring", outcome="refused"),
        *rows_at("2026-02-05", [170], campaign="summer", outcome="reached"),
        *rows_at("2026-02-05", [171], campaign="a survey", outcome="reached"),
    ]
    tables["offers"] += rows_at("2026-02-01", [172, 173], campaign="winter", offer="discount")
    tables["offers"] += rows_at("2026-02-01", [174], campaign="winter", offer="none")
    tables["demographics"] = joined([n for n in range(230) if n not in (198, 199)])
    found = read(campaign, tables)
    assert numbers(found) == {
        "unknown": {"customers": 2},
        "elsewhere": {"customers": 3},
        "held_out_contacted": {"customers": 3, "of": 128},
        "never_contacted": {"customers": 39, "of": 100},
        "not_of_the_campaign": {"customers": 1, "of": 228},
        "before_the_offer": {"customers": 1, "of": 67},
        "answered_twice": {"customers": 1, "of": 67},
        "too_small": {"held_out": 98, "expected": 0.25, "smallest": smallest_fall(20 / 98, 100, 98)},
    }
    told = {one.name: one.text for one in found.doubts}
    assert told["held_out_contacted"]["en"].startswith("3 of 128 held out were contacted")
    assert told["held_out_contacted"]["es"].startswith("se contactó con 3 de 128")


def test_an_offer_to_the_hold_out_counts_without_contacts_too(
    read: Callable[..., Readout], campaign: Campaign, tables: Tables
) -> None:
    tables["offers"] += [
        *rows_at("2026-01-01", OFFERED, campaign="spring", offer="discount"),
        *rows_at("2026-01-01", [100, 101], campaign="spring", offer="discount"),
        *rows_at("2026-01-01", HELD_OUT[2:], campaign="spring", offer="none"),
    ]
    found = read(campaign, tables, absent=["contacts"])
    assert numbers(found)["held_out_contacted"] == {"customers": 2, "of": 130}
    assert "never_contacted" not in names(found)


def test_fairness_by_hand(read: Callable[..., Readout], tables: Tables) -> None:
    """Of 30 seniors 5 are offered something, of 70 others 35: a third of their rate."""
    arms = ["offer" if n < 40 else "holdout" for n in range(100)]
    tables["demographics"] = joined(range(100))
    for number, row in enumerate(tables["demographics"]):
        row["SeniorCitizen"] = int(number < 5 or number >= 75)
    tables["billing"] = [
        *rows_at("2025-12-31", range(50), tenure=3, MonthlyCharges=50.0),
        *rows_at("2025-12-31", range(50, 85), tenure=40, MonthlyCharges=50.0),
    ]
    rows = {(one.kind, one.group): one for one in read(planned([{"arm": a} for a in arms]), tables).fairness}
    senior, other = rows["age", "from_65"], rows["age", "under_65"]
    assert (senior.customers, senior.offered, other.customers, other.offered) == (30, 5, 70, 35)
    assert senior.offer_ratio == pytest.approx(1 / 3)
    assert (senior.flagged, other.flagged) == (True, False)
    assert (rows["gender", "Male"].offer_rate, rows["gender", "Female"].offer_rate) == (0.4, 0.4)
    loyal, new = rows["tenure", "loyal"], rows["tenure", "new"]
    assert (new.offer_rate, loyal.offer_rate) == (0.8, 0.0)
    assert (loyal.flagged, loyal.expected_profit, new.expected_profit) == (True, None, 5.0)
    unknown = rows["tenure", "not_known"]  # without a bill, as who has just joined
    assert (unknown.customers, unknown.offer_rate, unknown.flagged) == (15, 0.0, False)
    assert other.contact_rate == pytest.approx(55 / 70)  # 60 were, and held out or not does not matter


def names(readout: Readout) -> set[str]:
    return {one.name for one in readout.doubts}


def numbers(readout: Readout) -> dict[str, dict[str, float]]:
    return {one.name: one.numbers for one in readout.doubts}


def test_the_first_customer_is_number_0() -> None:
    assert planned([{}]).customers["customerID"].to_pylist() == [customer_id(0)]
