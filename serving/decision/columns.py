"""Decisions as the columns of the scores file."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from serving.decision.customers import Customers
from serving.decision.decider import Decider
from serving.decision.verdict import position
from serving.model.churn_model import ChurnModel
from serving.model.scorer import BANDS


def customers_of(
    ids: list[str], features: pd.DataFrame, scores: pd.DataFrame, model: ChurnModel
) -> Customers:
    """Scored customers, for a decider.

    Parameters
    ----------
    ids : list of str, length n
    features : DataFrame, (n, m)
        With the columns of the model's signature.
    scores : DataFrame, (n, 4)
        Of `serving.model.scorer.Scorer.score_frame`.
    model : ChurnModel
    """
    return Customers(
        ids,
        [features[name] for name in model.signature.names],
        scores["probability"].to_numpy(),
        pd.Index(BANDS).get_indexer(pd.Index(scores["band"])),
        scores["segment_id"].to_numpy(),
        lambda at: model.encoder.encode_frame(features.iloc[at]),
    )


def decision_columns(
    decider: Decider, customers: Customers, moment: datetime, unscored: np.ndarray
) -> dict[str, np.ndarray]:
    """The decision about each customer, as columns of n values.

    Parameters
    ----------
    decider : Decider
    customers : Customers
    moment : datetime
    unscored : ndarray of bool, (n,)
        Who has no score; nobody decides about them.
    """
    decisions = decider.many(customers, moment)
    at = np.where(unscored, position("unscored"), decisions.at)
    verdicts = decisions.verdicts
    of_verdicts: dict[str, list[Any]] = {
        "contact": [verdict.contact for verdict in verdicts],
        "offer": [verdict.offer for verdict in verdicts],
        "why": [verdict.why for verdict in verdicts],
        "effect": [verdict.effect for verdict in verdicts],
    }
    columns = {
        name: np.array(values, dtype=bool if name == "contact" else object)[at]
        for name, values in of_verdicts.items()
    }
    profit = np.where(unscored, np.nan, decisions.expected_profit)
    threshold = verdicts[0].threshold  # the same of all
    thresholds = np.full(len(at), np.nan if threshold is None else threshold)
    return {**columns, "expected_profit": profit, "threshold": thresholds}
