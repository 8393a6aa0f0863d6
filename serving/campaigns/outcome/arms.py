"""A campaign's customers as two arms to compare."""

from __future__ import annotations

import numpy as np
import pandas as pd

from serving.campaigns.outcome.estimate import FEWEST, Sample, compare
from serving.campaigns.outcome.figures import Comparison
from serving.campaigns.plan import Arm


def compared(customers: pd.DataFrame, outcome: pd.Series, against: Arm = "holdout") -> Comparison | None:
    """All who were offered something, contacted or not, against another arm; None if one of them is empty.

    Parameters
    ----------
    customers : DataFrame, (n, m)
        Rows of a plan.
    outcome : Series, (n,)
        Yes or no, or an amount; null leaves the customer out.
    against : {"holdout", "control"}
    """
    usable = customers["arm"].isin(["offer", against]) & outcome.notna()
    rows = customers[usable]
    offered = (rows["arm"] == "offer").to_numpy(bool)
    if offered.all() or not offered.any():
        return None
    return compare(
        Sample(
            outcome=outcome[usable].to_numpy(float),
            offered=offered,
            weight=1 / rows["probability_of_arm"].to_numpy(float),
            cluster=households(rows),
            covariates=_known_before(rows, offered),
        )
    )


def households(customers: pd.DataFrame) -> np.ndarray:
    """A number for each customer's household, or the customer where there is none, (n,) from 0."""
    alone = "customer " + customers["customerID"].astype(str)
    return pd.factorize(("household " + customers["household"]).fillna(alone))[0]


def _known_before(rows: pd.DataFrame, offered: np.ndarray) -> np.ndarray:
    """Planned probability of leaving, and a column for each segment but the largest and the very small."""
    segment = rows["segment"].fillna("").astype(str)
    largest_first = segment.value_counts(sort=True).index[1:]
    columns = [(segment == name).to_numpy(float) for name in largest_first]
    columns = [one for one in columns if min(one[offered].sum(), one[~offered].sum()) >= FEWEST]
    return np.column_stack([rows["probability"].to_numpy(float), *columns])
