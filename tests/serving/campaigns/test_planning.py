"""A campaign from candidates to its folder: who is in which arm, and what is refused."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from small_candidates import invented, invented_frame, words

from feature_repo.file_lock import file_lock
from serving.campaigns.campaign_files import Campaign, names, read_campaign
from serving.campaigns.candidates import Candidates
from serving.campaigns.control_group import in_control
from serving.campaigns.planning import Request, plan_campaign
from serving.campaigns.running import kept_apart
from serving.campaigns.selection import Limits
from serving.errors import CampaignError
from serving.settings import CampaignSettings

SETTINGS = CampaignSettings(control_share=0.05, control_key="test", days=120, window_days=120, fall=0.2)
NOBODY = pd.DataFrame({"customerID": [], "reason": []}, dtype=object)
DAY = date(2026, 11, 1)


def request(name: str = "spring", budget: float = 1_000, holdout: float = 0.1, **more: object) -> Request:
    caps = more.pop("caps", {})
    return Request(name, DAY, Limits(budget, caps), holdout, **more)  # type: ignore[arg-type]


def planned(
    folder: Path,
    asked: Request | None = None,
    candidates: Candidates | None = None,
    suppressed: pd.DataFrame = NOBODY,
) -> Campaign:
    return plan_campaign(asked or request(), candidates or invented(), suppressed, SETTINGS, folder)


def rows(campaign: Campaign) -> pd.DataFrame:
    return campaign.customers.to_pandas()


def test_the_arms_and_what_they_are_told(tmp_path: Path) -> None:
    campaign = planned(tmp_path)
    found = rows(campaign)
    assert campaign.plan.arms == found["arm"].value_counts().to_dict()
    assert all(count > 0 for count in campaign.plan.arms.values())
    offered, others = found[found["arm"] == "offer"], found[found["arm"] != "offer"]
    assert (offered["message_en"] == "EN " + offered["customerID"] + " " + offered["offer"]).all()
    assert (offered["offer"] == offered["planned_offer"]).all()
    assert (others["offer"] == "none").all()
    assert others[["message_es", "message_en", "channel"]].isna().all(axis=None)
    assert (found["reasons_en"] == "=reason " + found["customerID"]).all()
    assert (found["stratum"].str.split(" / ").str[1] == found["planned_offer"]).all()


def test_the_chance_of_the_arm_is_that_of_the_draw(tmp_path: Path) -> None:
    """Of who is not in the control group; these are drawn for good, and not by the campaign."""
    chances = rows(planned(tmp_path)).groupby("arm")["probability_of_arm"].unique()
    assert {arm: list(chance) for arm, chance in chances.items()} == {
        "control": [0.05],
        "holdout": [0.1],
        "offer": [0.9],
    }


def test_what_is_spent_is_within_the_budget_and_near_it(tmp_path: Path) -> None:
    for number, holdout in enumerate((0.0, 0.1, 0.5)):
        campaign = planned(tmp_path, request(f"c{number}", holdout=holdout), invented(2_000, seed=number))
        found = rows(campaign)
        paid = found.loc[found["arm"] == "offer", "cost"].sum()
        assert paid == pytest.approx(campaign.plan.expected_cost)
        assert 940 < paid <= 1_000


def test_a_cap_holds_for_those_contacted(tmp_path: Path) -> None:
    free = planned(tmp_path, request("free", budget=400)).plan
    capped = planned(tmp_path, request("capped", budget=400, caps={"support_call": 5}), invented(seed=9)).plan
    assert free.offers["support_call"] > 5
    assert capped.offers["support_call"] <= 5


def test_one_of_a_household_is_chosen(tmp_path: Path) -> None:
    households = rows(planned(tmp_path, candidates=invented(households=True)))["household"].dropna()
    assert len(households) > 10
    assert households.is_unique


def test_only_what_is_expected_to_pay_for_sure_is_offered(tmp_path: Path) -> None:
    frame = invented_frame()
    frame["lower"] = frame["lower"].where(frame["offer"] == "support_call", -0.01)
    campaign = planned(tmp_path, candidates=Candidates(frame, words, "measured", "churn:one"))
    assert set(campaign.plan.offers) == {"support_call"}
    assumed = Candidates(frame.assign(lower=float("nan")), words, "assumed", "churn:one")
    other = planned(tmp_path, request("assumed", budget=1e9), assumed)
    assert len(other.plan.offers) == 3
    assert other.plan.effects == "assumed"


def test_the_control_group_is_chosen_and_never_offered(tmp_path: Path) -> None:
    found = rows(planned(tmp_path))
    assert (in_control(found["customerID"], "test", 0.05) == (found["arm"] == "control")).all()


def test_who_lives_with_a_control_customer_is_not_contacted(tmp_path: Path) -> None:
    frame = invented_frame(households=True)
    group = frame.drop_duplicates("customerID")
    controlled = set(group.loc[in_control(group["customerID"], "test", 0.05), "household"].dropna())
    campaign = planned(tmp_path, request(budget=1e9), Candidates(frame, words, "measured", "churn:one"))
    found = rows(campaign)
    assert controlled
    assert set(found.loc[found["household"].isin(controlled), "arm"]) <= {"control"}
    assert campaign.plan.reasons["household of: control group"] >= 1


def test_the_suppressed_are_left_out_and_each_reason_is_counted(tmp_path: Path) -> None:
    told = pd.DataFrame(
        [
            ("000001-TEST", "dunning"),
            ("000001-TEST", "dunning"),
            ("000001-TEST", "no consent"),
            ("000002-TEST", "dunning"),
            ("x", "dunning"),
        ],
        columns=["customerID", "reason"],
    )
    campaign = planned(tmp_path, request(budget=1e9), suppressed=told)
    assert not rows(campaign)["customerID"].isin(told["customerID"]).any()
    assert campaign.plan.reasons == {"dunning": 2, "no consent": 1}
    assert (campaign.plan.considered, campaign.plan.suppressed) == (400, 2)


def test_nobody_of_a_running_campaign_is_in_another(tmp_path: Path) -> None:
    first = rows(planned(tmp_path, request(budget=2_000)))
    second = planned(tmp_path, request("summer", budget=1e9))
    taken = first[first["arm"] != "control"]
    assert not rows(second)["customerID"].isin(taken["customerID"]).any()
    assert second.plan.reasons["hold-out of spring"] == (first["arm"] == "holdout").sum()
    assert second.plan.reasons["offered by spring"] == (first["arm"] == "offer").sum()


def test_a_housemate_of_a_hold_out_is_not_contacted_either(tmp_path: Path) -> None:
    first = rows(planned(tmp_path, request(budget=500), invented(households=True)))
    second = rows(planned(tmp_path, request("summer", budget=1e9), invented(households=True)))
    taken = first.loc[first["arm"] != "control", "household"].dropna()
    assert len(taken) > 5
    assert not second["household"].isin(taken).any()


def test_a_campaign_that_is_over_keeps_nobody_apart(tmp_path: Path) -> None:
    campaign = planned(tmp_path)
    assert campaign.plan.ends == date(2027, 3, 1)
    assert len(kept_apart(tmp_path, date(2027, 2, 28))) > 0
    assert len(kept_apart(tmp_path, date(2027, 3, 1))) == 0
    assert len(kept_apart(tmp_path, date(2026, 1, 1))) > 0


def test_the_same_seed_gives_the_same_customers_in_any_order_of_rows(tmp_path: Path) -> None:
    mixed = Candidates(invented_frame().sample(frac=1, random_state=3), words, "measured", "churn:one")
    first, second = planned(tmp_path / "a"), planned(tmp_path / "b", candidates=mixed)
    assert first.customers.equals(second.customers)
    other = planned(tmp_path / "c", request(seed=1))
    assert not first.customers["arm"].equals(other.customers["arm"])


def test_what_is_read_is_what_was_planned(tmp_path: Path) -> None:
    campaign = planned(tmp_path)
    read = read_campaign(tmp_path, "spring")
    assert read.plan == campaign.plan
    assert read.customers.equals(campaign.customers)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".lock", "spring"]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (request(budget=0), "--budget 0: give an amount above 0"),
        (request(budget=-5), "--budget -5"),
        (request(budget=float("nan")), "--budget nan"),
        (request(holdout=-0.1), "--holdout -0.1: give a share from 0 to 0.5"),
        (request(holdout=0.51), "--holdout 0.51"),
        (request(holdout=float("nan")), "--holdout nan"),
        (request(holdout=0.1234), "--holdout 0.1234: give at most three decimals"),
        (
            request(caps={"dicount": 5}),
            "--cap dicount=5: there is no such offer; there is contract_bonus, disc",
        ),
        (request(caps={"discount": -1}), "--cap discount=-1"),
        (request(name="../x"), "--name '../x': use at most 64 letters"),
        (request(name=""), "--name ''"),
        (request(budget=0.5), "budget and caps are too small for one customer"),
    ],
)
def test_what_cannot_be_planned_is_named_and_nothing_is_written(
    asked: Request, message: str, tmp_path: Path
) -> None:
    with pytest.raises(CampaignError, match=message):
        planned(tmp_path, asked)
    assert names(tmp_path) == []


@pytest.mark.parametrize("name", ["spring", "Spring", "SPRING"])
def test_a_name_that_is_taken_is_refused(name: str, tmp_path: Path) -> None:
    before = planned(tmp_path).customers
    with pytest.raises(CampaignError, match="there is a campaign spring already; choose another name"):
        planned(tmp_path, request(name))
    assert read_campaign(tmp_path, "spring").customers.equals(before)


def test_nobody_left_is_said_with_the_reasons(tmp_path: Path) -> None:
    everybody = invented_frame()[["customerID"]].drop_duplicates().assign(reason="no consent")
    with pytest.raises(
        CampaignError, match="nobody is left to be offered anything, so nothing is written"
    ) as told:
        planned(tmp_path, suppressed=everybody)
    assert "no consent 400" in str(told.value)
    assert names(tmp_path) == []


def test_nothing_pays(tmp_path: Path) -> None:
    poor = Candidates(invented_frame().assign(expected_profit=-1.0), words, "measured", "churn:one")
    with pytest.raises(CampaignError, match="0 of 400 customers have an offer that is expected to pay"):
        planned(tmp_path, candidates=poor)


def test_two_do_not_plan_at_a_time(tmp_path: Path) -> None:
    with (
        file_lock(tmp_path / ".lock", wait=False),
        pytest.raises(CampaignError, match=r"a campaign is being planned by process \d+; wait"),
    ):
        planned(tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"customerID": None}, "no customerID"),
        ({"probability": 1.5}, "customer 000007-TEST, offer discount: probability is outside 0..1"),
        ({"cost": float("inf")}, "cost is missing or no finite number"),
        ({"cost": -1.0}, "cost is below 0"),
        ({"value": None}, "value is missing"),
        ({"offer": "none"}, "'none' is the name of the arm without an offer"),
        ({"customerID": "000006-TEST"}, "is there twice"),
    ],
)
def test_candidates_that_cannot_be_planned_with_are_named(change: dict[str, object], message: str) -> None:
    frame = invented_frame(10).astype({"customerID": object, "offer": object})
    for name, value in change.items():
        frame.loc[7, name] = value
    with pytest.raises(CampaignError, match=message):
        Candidates(frame, words, "measured", "churn:one")


def test_a_column_that_is_missing_is_named() -> None:
    with pytest.raises(CampaignError, match="the candidates lack lower, household"):
        Candidates(invented_frame(3).drop(columns=["lower", "household"]), words, "measured", "churn:one")


def test_words_for_fewer_customers_are_refused(tmp_path: Path) -> None:
    short = Candidates(invented_frame(), lambda rows: words(rows).head(3), "measured", "churn:one")
    with pytest.raises(CampaignError, match="were asked words for, and 3 came"):
        planned(tmp_path, candidates=short)
    assert names(tmp_path) == []
