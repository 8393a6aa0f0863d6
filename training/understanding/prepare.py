"""What preparation does: the features used, their encoding, and the balance after each sampler."""

from __future__ import annotations

from typing import Any

import numpy as np

from training.dataset.point_in_time import Dataset
from training.dataset.split import Fold
from training.errors import ArmError
from training.modelling.arms import EncodedFold, encode_fold, training_part
from training.settings.settings import Settings


def preparation_section(dataset: Dataset, holdout: Fold, settings: Settings) -> dict[str, Any]:
    """Selection, encoding and balance, as they were on the training part.

    Parameters
    ----------
    dataset : Dataset
    holdout : Fold
    settings : Settings

    Returns
    -------
    dict
        ``selection``: ``{"used": [name], "dropped": {name: reason}}``; ``cleaning``: ``{"missing":
        {feature: rows}}``, the values that the encoder fills in; ``encoding``: ``{"numbers": {feature:
        median that stands for a missing value}, "categories": {feature: [values]}, "columns": [encoded
        columns]}``; ``rows``: of the training part; ``balance``: ``[{"sampler", "stayed", "churned",
        "rows", "share"}]``, what classifiers are fitted on; ``left_out``: ``[{"sampler", "reason"}]``,
        samplers that can make nothing of these rows.
    """
    encoded = encode_fold(dataset, holdout)
    missing = {name: int(count) for name, count in dataset.features.isna().sum().items() if count}
    return {
        "selection": {"used": list(dataset.signature.names), "dropped": dict(dataset.dropped)},
        "cleaning": {"missing": missing},
        "encoding": {
            "numbers": dict(encoded.encoder.fills),
            "categories": {name: list(values) for name, values in encoded.encoder.categories.items()},
            "columns": list(encoded.encoder.columns),
        },
        "rows": len(holdout.train),
        **_balances(encoded, settings),
    }


def _balances(encoded: EncodedFold, settings: Settings) -> dict[str, Any]:
    balance, left_out = [], []
    for name in dict.fromkeys(("none", *settings.samplers)):
        try:
            balance.append({"sampler": name, **_balance(training_part(name, encoded, settings).churned)})
        except ArmError as error:
            left_out.append({"sampler": name, "reason": str(error)})
    return {"balance": balance, "left_out": left_out}


def _balance(churned: np.ndarray) -> dict[str, Any]:
    left = int(churned.sum())
    return {
        "stayed": len(churned) - left,
        "churned": left,
        "rows": len(churned),
        "share": float(churned.mean()),
    }
