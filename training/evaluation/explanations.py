"""What the champion goes by: importance, dependence, stability across folds, reasons of customers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import spearmanr
from sklearn.metrics import roc_auc_score

from serving.explain.contributions import contributions, feature_of_column, unit_of
from serving.explain.reasons import reasons
from serving.model.churn_model import ChurnModel
from serving.model.classifiers.classifier import Classifier, wrap
from serving.model.encoding import Encoder
from training.evaluation.scored_run import ScoredRun
from training.modelling.arms import encode_fold, fit_arm, training_part
from training.progress import Advance

STRONGEST = 5
BINS = 20
METHODS = {"lightgbm": "tree_shap", "xgboost": "tree_shap", "forest": "permutation", "logistic": "linear"}
"""How the importance of features is found, by the kind of classifier."""
QUANTILES = (0.98, 0.6, 0.1)
"""Quantiles of the probability of three example customers: high, middle and low risk."""


def explanations_section(run: ScoredRun, advance: Advance = lambda _: None) -> dict[str, Any]:
    """Explain the registered model on the untouched part, and its arm on every fold.

    Parameters
    ----------
    run : ScoredRun
    advance : callable
        Called after the champion and after each fold.

    Returns
    -------
    dict
        ``method``: ``tree_shap``, ``linear`` or ``permutation``; ``unit``: of ``value``, ``log_odds`` (mean
        size of the contributions) or ``auc_loss`` (AUC lost when the feature is shuffled); ``importance``:
        ``[{"feature", "value", "folds_mean", "folds_std"}]``, the strongest first; ``dependence``:
        ``{feature: {"kind": "number" or "category", "points": [{"value", "effect", "low", "high"}]}}`` of
        the strongest five, ``effect`` the mean contribution (log-odds, of a forest probability) and ``low``
        to ``high`` its middle half; ``stability``: ``{"rank_correlation": mean Spearman correlation between
        folds, None where no two have an order, "strongest_shared": features among the strongest five of every
        fold}``; ``examples``:
        ``[{"probability", "reasons": [{"feature", "value", "points"}]}]``, as the service gives them, and
        nobody's id.
    """
    model, dataset = run.model, run.dataset
    frame = dataset.features.iloc[run.splits.holdout.test].reset_index(drop=True)
    encoded = model.encoder.encode_frame(frame)
    names = [feature.name for feature in model.encoder.features]
    importance = _importance(model.classifier, model.encoder, encoded, run.untouched.churned, run)
    advance("champion")
    folds = np.array([_of_fold(number, run, advance) for number in range(len(run.splits.folds))])
    order = np.argsort(-importance, kind="stable")
    return {
        "method": METHODS[model.classifier.kind],
        "unit": "auc_loss" if model.classifier.kind == "forest" else "log_odds",
        "importance": [
            {
                "feature": names[place],
                "value": float(importance[place]),
                "folds_mean": float(folds[:, place].mean()),
                "folds_std": float(folds[:, place].std(ddof=1)),
            }
            for place in order
        ],
        "dependence": _dependence(model, frame, encoded, order[:STRONGEST]),
        "effect_unit": unit_of(model),
        "stability": _stability(folds, names),
        "examples": _examples(model, frame, encoded, run.untouched.probability),
    }


def _of_fold(number: int, run: ScoredRun, advance: Advance) -> np.ndarray:
    fold, settings = run.splits.folds[number], run.settings
    encoded = encode_fold(run.dataset, fold)
    part = training_part(run.champion.sampler, encoded, settings)
    classifier = wrap(fit_arm(run.champion, part, settings))
    rows = encoded.matrix[fold.test]
    advance(f"fold {number + 1}")
    return _importance(classifier, encoded.encoder, rows, run.dataset.churned[fold.test], run)


def _importance(
    classifier: Classifier, encoder: Encoder, rows: np.ndarray, churned: np.ndarray, run: ScoredRun
) -> np.ndarray:
    """Importance of every feature of an encoder, (features,)."""
    owners = feature_of_column(encoder)
    count = len(encoder.features)
    if classifier.kind == "forest":
        repeats, seed = run.settings.evaluation.permutation_repeats, run.settings.seed
        return permutation_importance(classifier, rows, churned, owners, count, repeats, seed)
    parts = np.zeros((len(rows), count))
    np.add.at(parts.T, owners, classifier.contributions(rows)[:, :-1].T)
    mean: np.ndarray = np.abs(parts).mean(axis=0)
    return mean


def permutation_importance(
    classifier: Classifier,
    rows: np.ndarray,
    churned: np.ndarray,
    owners: np.ndarray,
    features: int,
    repeats: int,
    seed: int,
) -> np.ndarray:
    """AUC lost when the columns of a feature are shuffled together, (features,).

    Breiman (2001), "Random forests", section 10; the columns of one category move as one.
    """
    random = np.random.default_rng(seed)
    unshuffled = roc_auc_score(churned, classifier.predict(rows))
    lost = np.zeros(features)
    for feature in range(features):
        columns = np.flatnonzero(owners == feature)
        for _ in range(repeats):
            shuffled = rows.copy()
            shuffled[:, columns] = rows[random.permutation(len(rows))][:, columns]
            lost[feature] += unshuffled - roc_auc_score(churned, classifier.predict(shuffled))
    return lost / repeats


def _dependence(
    model: ChurnModel, frame: pd.DataFrame, encoded: np.ndarray, strongest: np.ndarray
) -> dict[str, Any]:
    parts = contributions(model, encoded)
    dependence = {}
    for place in strongest:
        spec = model.encoder.features[place]
        effect = pd.Series(parts[:, place])
        by_kind = _of_number if spec.kind == "number" else _of_category
        dependence[spec.name] = {"kind": spec.kind, "points": by_kind(frame[spec.name], effect)}
    return dependence


def _of_number(column: pd.Series, effect: pd.Series) -> list[dict[str, Any]]:
    values = pd.Series(column.to_numpy(dtype="float64", na_value=np.nan))
    bins = pd.qcut(values, BINS, duplicates="drop") if values.nunique() > BINS else values
    points = []
    for _, rows in values.dropna().groupby(bins, observed=True):
        points.append({"value": float(rows.mean()), **_spread(effect[rows.index])})
    return points


def _of_category(column: pd.Series, effect: pd.Series) -> list[dict[str, Any]]:
    labels = column.astype("object").where(column.notna(), "missing").astype(str)
    return [{"value": str(label), **_spread(effect[rows.index])} for label, rows in labels.groupby(labels)]


def _spread(effect: pd.Series) -> dict[str, float]:
    low, high = effect.quantile([0.25, 0.75])
    return {"effect": float(effect.mean()), "low": float(low), "high": float(high)}


def _stability(folds: np.ndarray, names: list[str]) -> dict[str, Any]:
    pairs = [(one, other) for one in range(len(folds)) for other in range(one)]
    # A constant model has no order of features.
    ordered = [fold.std() > 0 for fold in folds]
    correlations = [
        spearmanr(folds[one], folds[other]).statistic
        for one, other in pairs
        if ordered[one] and ordered[other]
    ]
    strongest = [set(np.argsort(-fold, kind="stable")[:STRONGEST].tolist()) for fold in folds]
    shared = set.intersection(*strongest)
    return {
        "rank_correlation": float(np.mean(correlations)) if correlations else None,
        "strongest_shared": [name for place, name in enumerate(names) if place in shared],
    }


def _examples(
    model: ChurnModel, frame: pd.DataFrame, encoded: np.ndarray, probability: np.ndarray
) -> list[dict[str, Any]]:
    order = np.argsort(probability, kind="stable")
    examples = []
    for quantile in QUANTILES:
        row = int(order[round(quantile * (len(order) - 1))])
        found = reasons(
            model,
            {str(name): value for name, value in frame.iloc[row].items()},
            encoded[row : row + 1],
            top=4,
        )
        examples.append(
            {
                "probability": float(probability[row]),
                "reasons": [
                    {"feature": one.feature, "value": one.value, "points": one.points} for one in found
                ],
            }
        )
    return examples
