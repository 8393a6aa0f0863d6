"""How each kind of goal is measured."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import NormalDist
from typing import Literal

import numpy as np
import pandas as pd

from serving.campaigns.outcome.arms import compared
from serving.campaigns.outcome.estimate import FEWEST, LEVEL, Sample, compare
from serving.campaigns.outcome.figures import Comparison, Figure
from serving.campaigns.outcome.goal_data import GoalData
from serving.campaigns.outcome.goals_file import (
    ChurnFall,
    Goal,
    KeptGain,
    KeptShare,
    ResponseGain,
    SatisfactionGain,
)
from serving.campaigns.outcome.response import acceptance, former_answers
from serving.campaigns.outcome.window import Window

Lacking = Literal["", "no_campaign", "immature", "no_before", "nobody", "too_few"]
_Z = NormalDist().inv_cdf(1 - LEVEL / 2)


@dataclass(frozen=True)
class Measure:
    """A figure in the unit of its goal, the rows of the smaller side, and why there is none.

    `lacking` names a text ``readout.goal.lacking.…`` and `values` are what it takes; empty where there is a
    figure with an interval.
    """

    figure: Figure | None = None
    rows: int = 0
    lacking: Lacking = ""
    values: dict[str, object] = field(default_factory=dict)


def measure(goal: Goal, data: GoalData) -> Measure:
    """Measure what a goal is about.

    Parameters
    ----------
    goal : Goal
    data : GoalData

    Raises
    ------
    OfflineError
        A table of the lake cannot be read.
    """
    if data.since is None:
        return Measure(lacking="no_campaign")
    if isinstance(goal, ChurnFall | SatisfactionGain):
        return _against_before(goal, data, Window.of(data.since, goal.window_days))
    day = data.first_matured(goal.window_days)
    if day is None:
        return Measure(lacking="no_campaign")
    customers = data.customers(goal.window_days)
    if customers.empty:
        return Measure(lacking="immature", values={"day": day.isoformat()})
    if isinstance(goal, KeptShare):
        return _kept_share(goal, customers)
    return _kept_gain(goal, customers) if isinstance(goal, KeptGain) else _response(goal, data, customers)


def _against_before(goal: ChurnFall | SatisfactionGain, data: GoalData, window: Window) -> Measure:
    if not window.matured(data.lake.data_until):
        return Measure(lacking="immature", values={"day": window.until.isoformat()})
    rows = data.leaving if isinstance(goal, ChurnFall) else data.scores
    sign = -1 if isinstance(goal, ChurnFall) else 1
    after = rows(window)
    if goal.baseline != "measured":
        return _against_number(after["outcome"], goal.baseline, sign)
    if not data.covers(window.before()):
        return Measure(lacking="no_before", values={"day": window.before().starts.isoformat()})
    before = rows(window.before())
    if after.empty or before.empty:
        return Measure(lacking="nobody")
    both = pd.concat([after, before], ignore_index=True)
    return _of_change(
        compare(
            Sample(
                outcome=both["outcome"].to_numpy(float),
                offered=np.arange(len(both)) < len(after),
                weight=np.ones(len(both)),
                cluster=pd.factorize(both["customerID"])[0],
                covariates=np.empty((len(both), 0)),
            )
        ),
        sign,
    )


def _kept_share(goal: KeptShare, customers: pd.DataFrame) -> Measure:
    rows = customers[customers["arm"] == "offer"]
    if goal.segments == "vulnerable":
        rows = rows[rows["vulnerable"]]
    elif goal.segments != "all":
        rows = rows[rows["segment"].isin(goal.segments)]
    return _share(~rows["left"])


def _kept_gain(goal: KeptGain, customers: pd.DataFrame) -> Measure:
    rows = customers[customers["planned_offer"].isin(goal.offers)]
    found = compared(rows, ~rows["left"]) if len(rows) else None
    return Measure(lacking="nobody") if found is None else _of_change(found, 1)


def _response(goal: ResponseGain, data: GoalData, customers: pd.DataFrame) -> Measure:
    contacted = customers[(customers["arm"] == "offer") & customers["answer"].notna()]
    if goal.baseline != "measured":
        return _against_number((contacted["answer"] == "accepted").astype(float), goal.baseline, 1)
    if data.since is None:
        return Measure(lacking="no_campaign")
    former = former_answers(data.lake, before=Window.of(data.since, 1).begin)
    found = acceptance(contacted[["customerID", "answer"]], former)
    return Measure(lacking="nobody") if found is None else _of_change(found, 1)


def _of_change(found: Comparison, sign: int) -> Measure:
    rows = min(found.rows)
    if found.change is None or found.too_few:
        return _too_few(rows)
    return Measure(found.change.times(sign), rows)


def _against_number(outcome: pd.Series, baseline: float, sign: int) -> Measure:
    """The relative change of a mean against a number that is given."""
    is_share = bool(outcome.isin([0, 1]).all())
    found = _share(outcome.astype(bool)) if is_share else _mean(outcome)
    if found.figure is None or found.figure.low is None:
        return found
    ends = {name: end / baseline - 1 for name, end in found.figure.model_dump().items()}
    return Measure(Figure(**ends).times(sign), found.rows)


def _share(yes: pd.Series) -> Measure:
    """A share with Wilson's interval."""
    n = len(yes)
    if n < FEWEST:
        return _too_few(n)
    share = float(yes.mean())
    middle = (share + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
    half = _Z / (1 + _Z**2 / n) * float(np.sqrt(share * (1 - share) / n + _Z**2 / (4 * n**2)))
    return Measure(Figure(value=share, low=middle - half, high=middle + half), n)


def _mean(outcome: pd.Series) -> Measure:
    """A mean with an interval of its standard error."""
    n = len(outcome)
    if n < FEWEST:
        return _too_few(n)
    mean, half = float(outcome.mean()), _Z * float(outcome.std(ddof=1)) / float(np.sqrt(n))
    return Measure(Figure(value=mean, low=mean - half, high=mean + half), n)


def _too_few(rows: int) -> Measure:
    return Measure(rows=rows, lacking="too_few", values={"rows": rows, "needed": FEWEST})
