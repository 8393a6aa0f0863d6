"""From a trained champion and its segments to a registered model in the BentoML store."""

from __future__ import annotations

from dataclasses import replace
from importlib.metadata import version
from typing import Any

from serving.card.card import Statement
from serving.card.metadata import Arm as ModelArm
from serving.card.metadata import ModelMetadata
from serving.model.churn_model import ChurnModel
from serving.model.classifiers.classifier import wrap
from serving.model.encoding import Encoder
from serving.registry.model_files import save_model
from training.dataset.history import History
from training.dataset.point_in_time import Dataset
from training.evaluation.scored_run import ScoredRun
from training.metrics.metrics import METRICS
from training.modelling.champion import Champion
from training.registration.model_card import model_card, thresholds_of
from training.registration.provenance import provenance
from training.registration.weights import feature_weights
from training.segments.segmentation import Segmentation

LIBRARIES = (
    "feast",
    "scikit-learn",
    "imbalanced-learn",
    "lightgbm",
    "xgboost",
    "skops",
    "bentoml",
    "pandas",
    "numpy",
    "duckdb",
)


def churn_model(
    champion: Champion, encoder: Encoder, segmentation: Segmentation, dataset: Dataset
) -> ChurnModel:
    """The model in serving's format; ``encoder`` encoded the champion's training rows."""
    return ChurnModel(
        signature=dataset.signature,
        encoder=encoder,
        classifier=wrap(champion.estimator),
        calibrator=champion.calibrator,
        segments=segmentation.segments,
    )


def register(
    run: ScoredRun,
    metrics: dict[str, Any],
    history: History,
    against_champion: Statement | None = None,
    time_to_churn: Statement | None = None,
) -> str:
    """Write the judged model with its card in serving's format and return its exact tag.

    Parameters
    ----------
    run : ScoredRun
        The run with its champion.
    metrics : dict
        Of :func:`model_metrics`.
    history : History
        Of the base that the dataset was built from.
    against_champion : Statement, optional
        What the card says of the champion that the run found.
    time_to_churn : Statement, optional
        What the card says of how long customers stay.
    """
    said = metadata(run, metrics, history, against_champion, time_to_churn)
    return save_model(weighted(run), said.model_dump(mode="json"), run.splits.customers)


def weighted(run: ScoredRun) -> ChurnModel:
    """The run's model, with the weights that its features have on the untouched part."""
    rows = run.dataset.features.iloc[run.splits.holdout.test]
    weights = feature_weights(run.model, rows, run.settings.seed)
    return replace(run.model, signature=replace(run.model.signature, weights=weights))


def metadata(
    run: ScoredRun,
    metrics: dict[str, Any],
    history: History,
    against_champion: Statement | None = None,
    time_to_churn: Statement | None = None,
) -> ModelMetadata:
    """Metadata of the model: where it comes from, its figures and its card."""
    dataset, thresholds = run.dataset, thresholds_of(run)
    return ModelMetadata(
        card=model_card(run, thresholds, history, against_champion, time_to_churn),
        thresholds=thresholds,
        dataset_fingerprint=dataset.fingerprint,
        feature_service=dataset.signature.feature_service,
        feature_service_fingerprint=dataset.signature.fingerprint,
        arm=ModelArm(sampler=run.champion.sampler, classifier=run.champion.classifier),
        metrics=metrics,
        seed=run.settings.seed,
        library_versions={name: version(name) for name in LIBRARIES},
        provenance=provenance(),
    )


def model_metrics(champion: Champion, segmentation: Segmentation) -> dict[str, Any]:
    """Metrics of the champion, and the measures of its segments."""
    names = (*METRICS, "brier_calibrated")
    return {
        "cross_validation": {
            name: {"mean": champion.result.mean(name), "std": champion.result.std(name)} for name in names
        },
        "untouched": champion.untouched,
        "segments": {
            "counts": [count.to_json() for count in segmentation.counts],
            "preferred": segmentation.preferred,
        },
    }
