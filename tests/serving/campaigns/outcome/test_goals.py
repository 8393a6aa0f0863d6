"""Goals: each kind passed, failed and not yet known, what settles it, and a wrong file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_campaigns import joined, planned, rows_at, write_outcome

from serving.campaigns.campaign_files import Campaign
from serving.campaigns.outcome.figures import Figure
from serving.campaigns.outcome.goal_data import GoalData
from serving.campaigns.outcome.goals import GoalResult, judge_goals, more_rows, state_of
from serving.campaigns.outcome.goals_file import DEFAULT_FILE, Goals, read_goals
from serving.campaigns.outcome.lake_rows import LakeRows
from serving.errors import GoalsError

Tables = dict[str, list[dict[str, Any]]]
NAME = {"en": "x", "es": "x"}


def goals(since: str | None = None, **goal: Any) -> Goals:
    return Goals.model_validate(
        {"since": since, "goals": {"one": {"name": NAME, "window_days": 120, **goal}}}
    )


@pytest.fixture
def judge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., GoalResult]:
    """Judge one goal on a lake of these tables and some campaigns."""

    def make(wanted: Goals, tables: Tables, *campaigns: Campaign, **lake: Any) -> GoalResult:
        monkeypatch.setenv("STAYLINE_LAKE", str(write_outcome(tmp_path / "lake", tables, **lake)))
        (result,) = judge_goals(wanted, GoalData.of(LakeRows.open(), campaigns, wanted.since))
        return result

    return make


def halves(**more: Any) -> Campaign:
    """1,000 customers: the first half offered something, the other held out."""
    return planned([{"arm": "offer" if n < 500 else "holdout", **more} for n in range(1_000)])


def lived(offered: int, held_out: int) -> Tables:
    """The lake of `halves`, of whom so many leave after the first day."""
    left = [*range(offered), *range(500, 500 + held_out)]
    return {
        "demographics": joined(range(1_000)),
        "churn_events": rows_at("2026-02-01", left, reason="voluntary"),
    }


@pytest.mark.parametrize(
    ("low", "high", "state"), [(0.2, 0.4, "passed"), (-0.1, 0.19, "failed"), (0.1, 0.3, "not yet known")]
)
def test_only_a_whole_interval_settles_a_goal(low: float, high: float, state: str) -> None:
    assert state_of(Figure(value=(low + high) / 2, low=low, high=high), 0.2) == state
    assert state_of(Figure(value=0.9), 0.2) == "not yet known"
    assert state_of(None, 0.2) == "not yet known"


def test_more_rows_by_hand() -> None:
    """Half an interval of 0.2 has to shrink to 0.1, the way to the target: four times the rows."""
    assert more_rows(Figure(value=0.3, low=0.1, high=0.5), 0.2, rows=100) == 300
    assert more_rows(Figure(value=0.1, low=-0.1, high=0.3), 0.2, rows=100) == 300
    assert more_rows(Figure(value=0.2, low=0.1, high=0.3), 0.2, rows=100) is None
    assert more_rows(Figure(value=0.201, low=0.1, high=0.3), 0.2, rows=100) is None


@pytest.mark.parametrize(
    ("offered", "held_out", "target", "state"),
    [(50, 200, 0.1, "passed"), (200, 50, 0.1, "failed"), (100, 150, 0.1, "not yet known")],
)
def test_gain_of_those_kept(
    offered: int, held_out: int, target: float, state: str, judge: Callable[..., GoalResult]
) -> None:
    wanted = goals(metric="kept_gain", target=target, offers=["discount"])
    result = judge(wanted, lived(offered, held_out), halves())
    assert result.state == state
    assert result.figure is not None
    assert result.figure.value == pytest.approx((500 - offered) / (500 - held_out) - 1)
    assert result.rows == 500
    assert (result.settles is None) == (state != "not yet known")
    if result.settles is not None:
        assert result.settles["en"].endswith("more customers on each side, beside the 500 of the smaller one")


def test_an_offer_that_nobody_got_cannot_be_judged(judge: Callable[..., GoalResult]) -> None:
    result = judge(goals(metric="kept_gain", target=0.1, offers=["router"]), lived(50, 200), halves())
    assert (result.state, result.figure) == ("not yet known", None)
    assert result.settles is not None
    assert "nobody to compare with" in result.settles["en"]


@pytest.mark.parametrize(
    ("left", "state"), [(20, "passed"), (100, "failed"), (45, "not yet known"), (0, "passed")]
)
def test_share_kept_in_vulnerable_segments(left: int, state: str, judge: Callable[..., GoalResult]) -> None:
    """250 offered customers are of the segment with more risk; 45 of them leaving is 82 % kept."""
    rows = [
        {
            "arm": "offer" if n < 500 else "holdout",
            "segment": "AB"[n % 2],
            "probability": (0.4, 0.1)[n % 2],
        }
        for n in range(1_000)
    ]
    tables = lived(0, 0) | {"churn_events": rows_at("2026-02-01", range(0, 2 * left, 2), reason="voluntary")}
    result = judge(goals(metric="kept_share", target=0.8, segments="vulnerable"), tables, planned(rows))
    assert result.figure is not None
    assert (result.state, result.rows) == (state, 250)
    assert result.figure.value == pytest.approx(1 - left / 250)
    named = judge(goals(metric="kept_share", target=0.8, segments=["B"]), tables, planned(rows))
    assert (named.figure.value if named.figure else None, named.state) == (1.0, "passed")
    every = judge(goals(metric="kept_share", target=0.8, segments="all"), tables, planned(rows))
    assert every.rows == 500


def two_windows(before: int, after: int, customers: int = 1_000) -> Tables:
    """Who leaves in the 120 days before 2026 and after; bills since the summer of 2025."""
    return {
        "demographics": joined(range(customers)),
        "billing": rows_at("2025-08-31", range(customers), tenure=1, MonthlyCharges=50.0),
        "churn_events": [
            *rows_at("2025-10-01", range(before), reason="voluntary"),
            *rows_at("2026-02-01", range(before, before + after), reason="voluntary"),
        ],
    }


@pytest.mark.parametrize(
    ("before", "after", "state"), [(300, 70, "passed"), (300, 200, "failed"), (300, 150, "not yet known")]
)
def test_fall_of_churn_against_the_window_before(
    before: int, after: int, state: str, judge: Callable[..., GoalResult]
) -> None:
    """Of 1,000 customers `before` leave, and of those who are left `after`."""
    wanted = goals(since="2026-01-01", metric="churn_fall", target=0.2, baseline="measured")
    result = judge(wanted, two_windows(before, after), data_until="2026-05-01")
    assert result.figure is not None
    assert result.figure.value == pytest.approx(1 - after / (1_000 - before) / (before / 1_000))
    assert (result.state, result.rows) == (state, 1_000 - before)


def test_fall_of_churn_against_a_number(judge: Callable[..., GoalResult]) -> None:
    """70 of 700 leave: a third less than 0.15. Wilson's interval of the share is 0.0799 to 0.1245."""
    wanted = goals(since="2026-01-01", metric="churn_fall", target=0.1, baseline=0.15)
    result = judge(wanted, two_windows(300, 70))
    assert result.figure is not None
    assert result.figure.value == pytest.approx(1 / 3)
    ends = (result.figure.low, result.figure.high)
    assert ends == pytest.approx((1 - 0.1245 / 0.15, 1 - 0.0799 / 0.15), abs=2e-3)


def test_a_window_that_is_not_over_is_not_yet_known(judge: Callable[..., GoalResult]) -> None:
    wanted = goals(since="2026-01-01", metric="churn_fall", target=0.2, baseline="measured")
    result = judge(wanted, two_windows(300, 300), data_until="2026-04-30")
    assert (result.state, result.figure) == ("not yet known", None)
    assert result.settles is not None
    assert result.settles["en"] == "the window is over on May 1, 2026; load the data up to then"
    result = judge(
        goals(metric="kept_gain", target=0.1, offers=["discount"]),
        lived(50, 200),
        halves(),
        data_until="2026-04-30",
    )
    assert result.settles is not None
    assert "el plazo acaba el 1 may 2026" in result.settles["es"]


def test_a_history_that_does_not_reach_back_has_no_baseline(judge: Callable[..., GoalResult]) -> None:
    tables = two_windows(300, 70) | {"billing": rows_at("2025-11-30", range(1_000), tenure=1)}
    wanted = goals(since="2026-01-01", metric="churn_fall", target=0.2, baseline="measured")
    result = judge(wanted, tables)
    assert result.settles is not None
    assert "does not reach back to Sep 3, 2025; give a number as baseline" in result.settles["en"]


def test_without_a_campaign_nothing_is_known(judge: Callable[..., GoalResult]) -> None:
    for goal in (
        {"metric": "churn_fall", "target": 0.2, "baseline": "measured"},
        {"metric": "response_gain", "target": 0.2, "baseline": 0.1},
    ):
        result = judge(goals(**goal), lived(50, 200))
        assert result.settles is not None
        assert result.settles["en"] == "no campaign has begun since the first day"


@pytest.mark.parametrize(("accepted", "state"), [(300, "passed"), (150, "failed"), (200, "not yet known")])
def test_response_against_former_campaigns(
    accepted: int, state: str, judge: Callable[..., GoalResult]
) -> None:
    """150 of 500 accepted in the summer."""
    tables = lived(50, 100) | {
        "offers": rows_at("2025-06-01", range(500), campaign="summer", offer="discount"),
        "contacts": [
            *rows_at("2025-06-02", range(150), campaign="summer", outcome="accepted"),
            *rows_at("2025-06-02", range(150, 500), campaign="summer", outcome="refused"),
            *rows_at("2026-01-05", range(accepted), campaign="spring", outcome="accepted"),
            *rows_at("2026-01-05", range(accepted, 500), campaign="spring", outcome="reached"),
        ],
    }
    result = judge(goals(metric="response_gain", target=0.25, baseline="measured"), tables, halves())
    assert result.figure is not None
    assert result.figure.value == pytest.approx(accepted / 150 - 1)
    assert result.state == state
    number = judge(goals(metric="response_gain", target=0.25, baseline=0.3), tables, halves())
    assert number.figure is not None
    assert number.figure.value == pytest.approx(accepted / 150 - 1)


def test_response_without_contacts_is_not_yet_known(judge: Callable[..., GoalResult]) -> None:
    wanted = goals(metric="response_gain", target=0.25, baseline="measured")
    result = judge(wanted, lived(50, 100), halves(), absent=["contacts"])
    assert result.settles is not None
    assert "nobody to compare with, or nobody who answered" in result.settles["en"]


@pytest.mark.parametrize(("score", "state"), [(9, "passed"), (6, "failed")])
def test_satisfaction_against_the_window_before(
    score: int, state: str, judge: Callable[..., GoalResult]
) -> None:
    draw = np.random.default_rng(0)
    tables = two_windows(0, 0) | {
        "satisfaction": [
            *(rows_at("2025-10-01", [n], score=int(draw.integers(5, 8)))[0] for n in range(200)),
            *(
                rows_at("2026-02-01", [n], score=int(draw.integers(score - 1, score + 2)))[0]
                for n in range(200)
            ),
        ]
    }
    wanted = goals(since="2026-01-01", metric="satisfaction_gain", target=0.15, baseline="measured")
    result = judge(wanted, tables)
    assert result.figure is not None
    assert result.figure.value == pytest.approx(score / 6 - 1, abs=0.03)
    assert (result.state, result.rows) == (state, 200)
    wanted = goals(since="2026-01-01", metric="satisfaction_gain", target=0.15, baseline=6.0)
    assert judge(wanted, tables).state == state
    few = tables | {"satisfaction": rows_at("2026-02-01", range(9), score=9)}
    result = judge(wanted, few)
    assert result.settles is not None
    assert result.settles["en"].startswith("the smaller side has 9 customers; 10 of each kind")


def test_the_shipped_goals_are_the_five_of_the_study() -> None:
    wanted = read_goals()
    assert [(goal.metric, goal.target) for goal in wanted.goals.values()] == [
        ("churn_fall", 0.2),
        ("kept_share", 0.8),
        ("kept_gain", 0.1),
        ("response_gain", 0.25),
        ("satisfaction_gain", 0.15),
    ]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "target: 0.2\n",
            "target: big\n",
            "line 11: goals.less_churn.target 'big': should be a valid number",
        ),
        ("target: 0.2\n", "target: 0\n", "line 11: goals.less_churn.target 0: should be greater than 0"),
        ("    target: 0.2\n", "", "line 6: goals.less_churn.target is missing; write it"),
        (
            "baseline: measured  ",
            "baseline: guessed  ",
            "goals.less_churn.baseline 'guessed': should be 'meas",
        ),
        ("metric: kept_share", "metric: kept", "goals.vulnerable_kept: input tag 'kept' found"),
        ("offers: [discount, contract_bonus]", "offers: []", "goals.pricing_keeps.offers: tuple should have"),
        ("      es: Un 15 % más de satisfacción\n", "", "goals.satisfaction.name: dictionary should have at"),
        ("since: null", "since: soon", "line 3: since 'soon': should be a valid date"),
        ("since: null", "sinse: null", "since is missing; write it"),
    ],
)
def test_a_wrong_goal_is_named(old: str, new: str, message: str, tmp_path: Path) -> None:
    text = DEFAULT_FILE.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "goals.yaml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(GoalsError) as caught:
        read_goals(path)
    assert message in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_file_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(GoalsError, match="cannot be read: No such file"):
        read_goals(tmp_path / "nowhere.yaml")
    (tmp_path / "goals.yaml").write_text("goals: [")
    with pytest.raises(GoalsError, match="is no file of goals"):
        read_goals(tmp_path / "goals.yaml")
