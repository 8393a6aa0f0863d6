"""Many simulated campaigns, held out as planning does it: intervals hold the truth in 95 of 100."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from serving.campaigns.hold_out import Draw, strata
from serving.campaigns.outcome.arms import compared

CUSTOMERS, HOLD_OUT, TIMES = 4_000, 0.1, 200
PAIRS = CUSTOMERS // 3
HOUSEHOLD = np.where(np.arange(CUSTOMERS) < PAIRS, np.arange(CUSTOMERS) // 2, np.arange(CUSTOMERS))


def drawn(risk: np.ndarray, name: str, draw: np.random.Generator) -> pd.DataFrame:
    """A campaign whose model knows the risk roughly; a third of the customers live in pairs."""
    rows = pd.DataFrame(
        {
            "customerID": [f"{number:05d}" for number in range(CUSTOMERS)],
            "household": [f"h{one}" if n < PAIRS else None for n, one in enumerate(HOUSEHOLD)],
            "segment": np.where(draw.random(CUSTOMERS) < 3 * risk, "A", draw.choice(["B", "C"], CUSTOMERS)),
            "offer": draw.choice(["discount", "support_call"], CUSTOMERS),
            "probability": np.clip(risk * draw.lognormal(0, 0.3, CUSTOMERS), 0, 1),
        }
    )
    held = Draw(HOLD_OUT, name, 0).held_out(rows["customerID"], strata(rows))
    return rows.assign(
        arm=np.where(held, "holdout", "offer"), probability_of_arm=np.where(held, HOLD_OUT, 1 - HOLD_OUT)
    )


def outcomes(effect: float, seed: int) -> tuple[float, float, float]:
    """Shares of campaigns whose interval holds the truth, that see a difference, and that "worked".

    15 % leave on average, and who lives in a pair leaves with the other. An offer takes the share `effect`
    of the risk away, from those above 10 %. The truth is the mean effect on the chances of these customers.
    """
    draw = np.random.default_rng(seed)
    found = np.zeros(3)
    for number in range(TIMES):
        risk = draw.beta(1.5, 8.5, CUSTOMERS)
        rows = drawn(risk, f"campaign-{number}", draw)
        chance = np.clip(risk + 0.1 * draw.choice([-1, 1], CUSTOMERS)[HOUSEHOLD], 0, 1)
        fallen = chance * (1 - effect * (risk > 0.1))
        left = draw.random(CUSTOMERS)[HOUSEHOLD] < np.where(rows["arm"] == "offer", fallen, chance)
        churn = compared(rows, pd.Series(left))
        assert churn is not None
        assert churn.difference.low is not None
        assert churn.difference.high is not None
        verdict = churn.verdict(less_is_better=True)
        covered = churn.difference.low <= (fallen - chance).mean() <= churn.difference.high
        found += [covered, verdict != "not yet known", verdict == "better"]
    return tuple(found / TIMES)  # type: ignore[return-value]


@pytest.mark.slow
def test_the_interval_holds_the_truth() -> None:
    covered, seen, worked = outcomes(effect=0.4, seed=5)
    assert 0.93 <= covered <= 0.97
    assert seen == worked
    assert worked > 0.7


@pytest.mark.slow
def test_what_did_nothing_hardly_ever_worked() -> None:
    """Two-sided at 5 %, with two standard errors of 200 campaigns; in the good direction half of it."""
    covered, seen, worked = outcomes(effect=0.0, seed=6)
    assert 0.93 <= covered <= 0.97
    assert seen <= 0.05 + 2 * np.sqrt(0.05 * 0.95 / TIMES)
    assert worked <= 0.05
