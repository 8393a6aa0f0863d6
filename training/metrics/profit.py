"""What contacting customers brings: expected profit of a contact, and the maximum profit of a ranking (EMPC).

A contact costs f. A customer who would have left takes the offer with probability gamma and then stays,
which brings the customer's value (CLV) less the offer's cost d; one who would have stayed anyway takes the
offer all the same. So a contact with somebody who leaves with probability p brings, on average,

    p (gamma (CLV - d) - f) - (1 - p) (d + f) = p (gamma (CLV - d) + d) - (d + f)

and nobody who is not contacted brings anything. Verbraken, Verbeke and Baesens (2013), IEEE TKDE 25(5),
961-973.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy.special import betainc
from sklearn.isotonic import isotonic_regression

from serving.model.survival import CHARGES, Survival
from training.dataset.point_in_time import Dataset
from training.errors import SettingsError
from training.metrics.scored import Scored
from training.metrics.weighted_metrics import Ranking
from training.settings.profit import ProfitSettings


def customer_value(dataset: Dataset, settings: ProfitSettings) -> np.ndarray:
    """What keeping each customer is worth, (n,), in the currency of the charges.

    Proportional to ``value_column`` with ``customer_value`` as its mean; a customer without a value there has
    the mean, and so has everybody where all have the same value there.

    Raises
    ------
    SettingsError
        When the column is not a feature, or is not a number, or has no positive mean.
    """
    if settings.value_column is None or settings.value_column in dataset.dropped:
        return np.full(len(dataset), settings.customer_value)
    if settings.value_column not in dataset.features:
        raise SettingsError(
            f"profit.value_column = {settings.value_column!r} is not a feature of feature service "
            f"{dataset.signature.feature_service}; name one of its numbers, or null"
        )
    column = dataset.features[settings.value_column]
    if not pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_bool_dtype(column.dtype):
        raise SettingsError(
            f"profit.value_column = {settings.value_column!r} is not a number; name one, or null"
        )
    numbers = column.to_numpy(dtype="float64", na_value=np.nan)
    mean = np.nanmean(numbers)
    if not mean > 0 or np.nanmin(numbers) < 0:
        raise SettingsError(
            f"profit.value_column = {settings.value_column!r} has mean {mean:g} and minimum "
            f"{np.nanmin(numbers):g}; a value that others are proportional to is not negative"
        )
    return np.where(np.isnan(numbers), 1.0, numbers / mean) * settings.customer_value


def kept_value(
    dataset: Dataset,
    rows: np.ndarray,
    probability: np.ndarray,
    survival: Survival | None,
    settings: ProfitSettings,
) -> np.ndarray:
    """What keeping the customers of some rows is worth, (k,), in the currency of the charges.

    By the survival model and each one's own charge; a customer without a known charge has the mean. Without a
    survival model, or where the charge is not a feature, it is the assumed :func:`customer_value`.

    Parameters
    ----------
    dataset : Dataset
    rows : ndarray of int, (k,)
        Positions in the dataset.
    probability : ndarray, (k,)
        Calibrated P(churn), by a classifier that was not fitted on these rows.
    survival : Survival or None
    settings : ProfitSettings
    """
    if survival is None or not value_is_measured(dataset, survival):
        assumed: np.ndarray = customer_value(dataset, settings)[rows]
        return assumed
    charges = dataset.features[CHARGES].to_numpy(dtype="float64", na_value=np.nan)
    charges = np.where(np.isnan(charges), np.nanmean(charges), charges)
    value: np.ndarray = survival.value(probability, charges[rows])
    return value


def value_is_measured(dataset: Dataset, survival: Survival | None) -> bool:
    """Whether values come from a survival model, and not from ``profit.customer_value``."""
    return survival is not None and CHARGES in dataset.features


def value_note(dataset: Dataset, settings: ProfitSettings) -> str | None:
    """Say why everybody has the same value although a column is named; None when values differ."""
    reason = dataset.dropped.get(settings.value_column or "")
    if reason is None:
        return None
    return (
        f"profit.value_column = {settings.value_column!r} has {reason}, "
        f"so every customer is worth {settings.customer_value:g}"
    )


def acceptance(settings: ProfitSettings) -> float:
    """Mean probability that somebody who would leave takes the offer and stays."""
    return settings.acceptance_alpha / (settings.acceptance_alpha + settings.acceptance_beta)


def break_even(value: np.ndarray, settings: ProfitSettings) -> np.ndarray:
    """Least P(churn) at which contacting a customer of this value pays, (n,); above 1 where it never does."""
    gain = acceptance(settings) * (value - settings.offer_cost) + settings.offer_cost
    cost = settings.offer_cost + settings.contact_cost
    threshold: np.ndarray = np.divide(cost, gain, out=np.full(np.shape(value), np.inf), where=gain > 0)
    return threshold


def contact_profit(churned: np.ndarray, value: np.ndarray, settings: ProfitSettings) -> np.ndarray:
    """Mean profit of contacting each customer, given who left, (n,)."""
    of_churner = acceptance(settings) * (value - settings.offer_cost) - settings.contact_cost
    return np.where(churned == 1, of_churner, -(settings.offer_cost + settings.contact_cost))


def empc(ranking: Ranking, weights: np.ndarray, settings: ProfitSettings) -> dict[str, np.ndarray]:
    """Expected maximum profit per customer, and the share contacted to reach it.

    For every acceptance probability the best threshold is a corner of the ROC curve's convex hull, and the
    sides of the hull are the blocks of an isotonic regression of the labels on the ranking: a side with
    churn rate q is contacted once gamma is above ``((d + f) / q - d) / (CLV - d)``. The integral over
    gamma, which is Beta(alpha, beta), is then a sum of incomplete beta functions. Every customer has the
    mean value.

    Parameters
    ----------
    ranking : Ranking
    weights : ndarray, (draws, n)
    settings : ProfitSettings

    Returns
    -------
    dict
        ``empc``, in the currency of the charges per customer, and ``empc_contacted_share``, both (draws,).
    """
    churners, rows = ranking.groups(weights)
    profit, share = np.empty(len(weights)), np.empty(len(weights))
    for number, (positive, weight) in enumerate(zip(churners, rows, strict=True)):
        drawn = weight > 0
        profit[number], share[number] = _of_hull(positive[drawn], weight[drawn], settings)
    return {"empc": profit, "empc_contacted_share": share}


def _of_hull(positive: np.ndarray, weight: np.ndarray, settings: ProfitSettings) -> tuple[float, float]:
    rate = isotonic_regression(positive / weight, sample_weight=weight, increasing=False)
    value, offer, contact = settings.customer_value, settings.offer_cost, settings.contact_cost
    alpha, beta = settings.acceptance_alpha, settings.acceptance_beta
    if value <= offer:
        return 0.0, 0.0
    with np.errstate(divide="ignore"):
        needed = np.clip(((offer + contact) / rate - offer) / (value - offer), 0.0, 1.0)
    likely = 1.0 - betainc(alpha, beta, needed)
    accepted = alpha / (alpha + beta) * (1.0 - betainc(alpha + 1, beta, needed))
    gain = rate * (value - offer) * accepted + (rate * offer - (offer + contact)) * likely
    total = weight.sum()
    return float(weight @ gain / total), float(weight @ likely / total)


def profit_section(
    scored: Scored, threshold: float | None, settings: ProfitSettings, points: int = 101
) -> dict[str, Any]:
    """Profit of contacting customers on rows that the model was not fitted on.

    Returns
    -------
    dict
        ``parameters``; ``break_even``: P(churn) from which on a customer of the mean value pays; ``empc``:
        ``{"profit_per_customer", "contacted_share"}``; ``curve``: ``[[share contacted, profit per
        customer], ...]`` by descending probability, with every customer's own value; ``best``: its highest
        point; ``policies``: profit per customer and share contacted ``at_threshold``, ``own_break_even``
        (every customer at the break-even of their own value), ``everybody``. Profits are per customer of
        the base, in the currency of the charges.
    """
    ones = np.ones((1, len(scored)))
    maximum = empc(Ranking.of(scored.churned, scored.probability), ones, settings)
    gain = contact_profit(scored.churned, scored.value, settings)
    order = np.argsort(-scored.probability, kind="stable")
    running = np.r_[0.0, np.cumsum(gain[order])] / len(scored)
    best = int(running.argmax())
    at = np.unique(np.linspace(0, len(scored), points).round().astype("int64"))
    own = scored.probability >= break_even(scored.value, settings)
    policies = {
        "at_threshold": scored.contacted(threshold),
        "own_break_even": own,
        "everybody": np.ones(len(scored), dtype=bool),
    }
    return {
        "parameters": settings.model_dump(mode="json"),
        "break_even": float(break_even(np.array(settings.customer_value), settings)),
        "empc": {
            "profit_per_customer": float(maximum["empc"][0]),
            "contacted_share": float(maximum["empc_contacted_share"][0]),
        },
        "curve": [[float(count / len(scored)), float(running[count])] for count in at],
        "best": {
            "contacted_share": best / len(scored),
            "profit_per_customer": float(running[best]),
            "threshold": float(scored.probability[order[best - 1]]) if best else None,
        },
        "policies": {
            name: {
                "contacted_share": float(contacted.mean()),
                "profit_per_customer": float(gain[contacted].sum() / len(scored)),
            }
            for name, contacted in policies.items()
        },
    }
