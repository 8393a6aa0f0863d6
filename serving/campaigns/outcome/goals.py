"""Whether goals are met: passed, failed or not yet known, and what would settle it."""

from __future__ import annotations

import math
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from serving.campaigns.outcome.figures import Figure
from serving.campaigns.outcome.goal_data import GoalData
from serving.campaigns.outcome.goals_file import Goal, Goals
from serving.campaigns.outcome.measures import Measure, measure
from serving.language.catalogue import LANGUAGES, LanguageCode
from serving.language.language import Language

State = Literal["passed", "failed", "not yet known"]
_FARTHEST = 1_000
"""A figure that would need more than so many times the rows is said to be on its target."""


class GoalResult(BaseModel):
    """Where a goal stands.

    `figure` is in the unit of `target`; None where nothing can be measured yet. `rows` are those of the
    smaller side. `settles` says by language what would settle it; None where it is settled.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    goal: str
    name: dict[LanguageCode, str]
    metric: str
    target: float
    state: State
    figure: Figure | None
    rows: int
    settles: dict[LanguageCode, str] | None


def judge_goals(goals: Goals, data: GoalData) -> list[GoalResult]:
    """Judge every goal.

    Parameters
    ----------
    goals : Goals
    data : GoalData

    Raises
    ------
    OfflineError
        A table of the lake cannot be read.
    """
    return [_judge(key, goal, measure(goal, data)) for key, goal in goals.goals.items()]


def _judge(key: str, goal: Goal, found: Measure) -> GoalResult:
    state = state_of(found.figure, goal.target)
    return GoalResult(
        goal=key,
        name=goal.name,
        metric=goal.metric,
        target=goal.target,
        state=state,
        figure=found.figure,
        rows=found.rows,
        settles=_settles(found, goal.target) if state == "not yet known" else None,
    )


def state_of(figure: Figure | None, target: float) -> State:
    """Passed or failed only if the whole interval is on one side of the target."""
    if figure is None or figure.low is None or figure.high is None:
        return "not yet known"
    if figure.low >= target:
        return "passed"
    return "failed" if figure.high < target else "not yet known"


def more_rows(figure: Figure, target: float, rows: int) -> int | None:
    """How many more rows of each side bring the interval to the target; None if hardly any number does.

    The interval shrinks with the root of the rows, and the figure is taken to stay.
    """
    if figure.low is None or figure.high is None:
        return None
    gap = abs(figure.value - target)
    reach = figure.value - figure.low if figure.value > target else figure.high - figure.value
    if gap == 0 or (reach / gap) ** 2 > _FARTHEST:
        return None
    return math.ceil(round(rows * ((reach / gap) ** 2 - 1), 6))  # a float may be a hair above


def _settles(found: Measure, target: float) -> dict[LanguageCode, str]:
    if found.figure is None:
        return _said(f"readout.goal.lacking.{found.lacking}", **found.values)
    more = more_rows(found.figure, target, found.rows)
    if more is None:
        return _said("readout.goal.on_target")
    return _said("readout.goal.more_rows", more=more, rows=found.rows)


def _said(key: str, **values: Any) -> dict[LanguageCode, str]:
    return {code: Language(code).say(key, **values) for code in LANGUAGES}
