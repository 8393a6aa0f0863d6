"""The fall of churn in parts of a campaign: by segment, and by planned offer."""

from __future__ import annotations

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict

from serving.campaigns.outcome.arms import compared
from serving.campaigns.outcome.estimate import LEVEL
from serving.campaigns.outcome.figures import Comparison, Verdict
from serving.campaigns.outcome.holm import holm


class Group(BaseModel):
    """A part of a campaign.

    `churn` is None where an arm has nobody. `p` is corrected for the number of parts (Holm), None where there
    is no interval; `verdict` follows from it, and not from the interval of `churn`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    customers: int
    churn: Comparison | None
    p: float | None
    verdict: Verdict


def by_group(customers: pd.DataFrame, column: str) -> list[Group]:
    """Churn of the customers of each value of a column, sorted by it.

    Parameters
    ----------
    customers : DataFrame
        Rows of a plan, with `left`.
    column : str
    """
    parts = {str(name): rows for name, rows in customers.groupby(column, sort=True)}
    found = {name: compared(rows, rows["left"]) for name, rows in parts.items()}
    judged = {name: one.p for name, one in found.items() if one is not None and one.p is not None}
    corrected = dict(zip(judged, holm(np.array(list(judged.values()))).tolist(), strict=True))
    return [
        Group(
            name=name,
            customers=len(rows),
            churn=found[name],
            p=corrected.get(name),
            verdict=_verdict(found[name], corrected.get(name)),
        )
        for name, rows in parts.items()
    ]


def _verdict(churn: Comparison | None, p: float | None) -> Verdict:
    if churn is None or p is None or p > LEVEL:
        return "not yet known"
    return "better" if churn.difference.value < 0 else "worse"
