"""From a trained champion and its segments to a registered model in the BentoML store."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from serving.model.classifier import wrap
from serving.model.encoding import Encoder
from serving.model.model_format import ChurnModel, save_model
from training.dataset.point_in_time import Dataset
from training.evaluation.metrics import METRICS
from training.modelling.champion import Champion
from training.segments.segmentation import Segmentation
from training.settings import Settings

LIBRARIES = (
    "feast",
    "scikit-learn",
    "imbalanced-learn",
    "lightgbm",
    "xgboost",
    "bentoml",
    "pandas",
    "numpy",
    "duckdb",
)


def register(
    champion: Champion,
    encoder: Encoder,
    segmentation: Segmentation,
    dataset: Dataset,
    base: str,
    settings: Settings,
) -> str:
    """Write the model in serving's format and return its exact tag.

    Parameters
    ----------
    champion : Champion
    encoder : Encoder
        The encoder that the champion was fitted behind.
    segmentation : Segmentation
    dataset : Dataset
    base : str
        The lake's base that the dataset was built from.
    settings : Settings
    """
    model = ChurnModel(
        signature=dataset.signature,
        encoder=encoder,
        classifier=wrap(champion.estimator),
        calibrator=champion.calibrator,
        segments=segmentation.segments,
    )
    return save_model(model, metadata(champion, segmentation, dataset, base, settings))


def metadata(
    champion: Champion, segmentation: Segmentation, dataset: Dataset, base: str, settings: Settings
) -> dict[str, Any]:
    """The fields of `serving.model.metadata.ModelMetadata`."""
    return {
        "base": base,
        "dataset_fingerprint": dataset.fingerprint,
        "feature_service": dataset.signature.feature_service,
        "feature_service_fingerprint": dataset.signature.fingerprint,
        "observation_dates": [log.observation_date for log in dataset.logs],
        "gap_days": settings.cohorts.gap_days,
        "horizon_days": settings.cohorts.horizon_days,
        "arm": {"sampler": champion.arm.sampler, "classifier": champion.arm.classifier},
        "metrics": model_metrics(champion, segmentation),
        "rows": len(dataset),
        "seed": settings.seed,
        "library_versions": {name: version(name) for name in LIBRARIES},
    }


def model_metrics(champion: Champion, segmentation: Segmentation) -> dict[str, Any]:
    """What the champion reached, and how its segments were judged."""
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
