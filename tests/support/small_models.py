"""A model on the whole feature service, small enough to fit in a test."""

from __future__ import annotations

from typing import Any

import lightgbm
import numpy as np
import pandas as pd
from small_cards import small_card, small_thresholds

from serving.model.calibration import Calibrator
from serving.model.churn_model import ChurnModel
from serving.model.classifiers.classifier import wrap
from serving.model.encoding import fit_encoder
from serving.model.segments import Segments
from serving.model.signature import Signature, signature_of
from serving.registry.model_files import save_model

_ADD_ON = ("No", "No internet service", "Yes")
CATEGORIES = {
    "gender": ("Female", "Male"),
    "PaymentMethod": ("Electronic check", "Mailed check"),
    "Contract": ("Month-to-month", "One year", "Two year"),
    "MultipleLines": ("No", "No phone service", "Yes"),
    "InternetService": ("DSL", "Fiber optic", "No"),
    **dict.fromkeys(("OnlineSecurity", "OnlineBackup", "DeviceProtection"), _ADD_ON),
    **dict.fromkeys(("TechSupport", "StreamingTV", "StreamingMovies"), _ADD_ON),
}


def synthetic_features(signature: Signature, rows: int = 300, seed: int = 7) -> pd.DataFrame:
    """A frame of the signature's features, with gaps in the numbers."""
    random = np.random.default_rng(seed)
    columns: dict[str, Any] = {}
    for feature in signature.features:
        if feature.kind == "category":
            columns[feature.name] = random.choice(CATEGORIES.get(feature.name, ("No", "Yes")), rows)
        else:
            values = random.uniform(0, 1 if feature.name == "SeniorCitizen" else 70, rows).round()
            columns[feature.name] = np.where(random.random(rows) < 0.05, np.nan, values)
    return pd.DataFrame(columns)


def whole_model(estimator: Any = None) -> ChurnModel:
    """Those on month-to-month contracts of short tenure leave; by default a small LightGBM says so."""
    signature = signature_of()
    frame = synthetic_features(signature)
    encoder = fit_encoder(frame, signature.features)
    matrix = encoder.encode_frame(frame)
    at_risk = (frame["Contract"] == "Month-to-month") & (frame["tenure"].fillna(0) < 40)
    label = np.where(np.random.default_rng(1).random(len(frame)) < np.where(at_risk, 0.8, 0.2), 1, 0)
    if estimator is None:
        estimator = lightgbm.LGBMClassifier(n_estimators=20, n_jobs=1, verbose=-1)
    estimator.fit(matrix, label)
    scale = np.where(matrix.std(axis=0) > 0, matrix.std(axis=0), 1.0)
    segments = Segments(
        encoder=encoder,
        mean=matrix.mean(axis=0),
        scale=scale,
        centroids=np.vstack([np.full(matrix.shape[1], shift) for shift in (-0.3, 0.0, 0.3)]),
        names=("no internet", "new month-to-month", "loyal high value"),
        profiles=({}, {}, {}),
    )
    return ChurnModel(signature, encoder, wrap(estimator), Calibrator(0.9, 0.1), segments)


def register_whole_model(base: str, estimator: Any = None) -> str:
    """Register a model for a base; returns its exact tag."""
    model = whole_model(estimator)
    metadata = {
        "card": small_card(base, model.signature.names),
        "thresholds": small_thresholds(),
        "dataset_fingerprint": "d" * 64,
        "feature_service": model.signature.feature_service,
        "feature_service_fingerprint": model.signature.fingerprint,
        "arm": {"sampler": "none", "classifier": "lightgbm"},
        "metrics": {"cv": {"auc": 0.8}},
        "seed": 7,
        "library_versions": {"lightgbm": lightgbm.__version__},
        "provenance": {
            "git_commit": "0" * 40,
            "git_changed": False,
            "registered_by": "ann",
            "registered_at": "2026-11-01T08:00:00+00:00",
        },
    }
    return save_model(model, metadata)
