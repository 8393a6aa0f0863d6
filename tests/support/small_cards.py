"""A model card and thresholds as a registered model holds them, written by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

FIGURES = {
    "auc": (0.84, 0.81, 0.87),
    "average_precision": (0.66, 0.6, 0.72),
    "lift_top_decile": (2.9, 2.6, 3.2),
    "brier": (0.13, 0.12, 0.14),
    "precision": (0.5, 0.45, 0.55),
    "recall": (0.8, 0.75, 0.85),
    "f1": (0.62, 0.58, 0.66),
    "contact_share": (0.4, 0.37, 0.43),
    "profit_per_customer": (8.5, 7.25, 9.75),
}
BINS = [
    {"low": 0.0, "high": 0.1, "rows": 120, "mean_probability": 0.05, "churn_rate": 0.04},
    {"low": 0.3, "high": 0.4, "rows": 80, "mean_probability": 0.35, "churn_rate": 0.4},
    {"low": 0.7, "high": 0.8, "rows": 40, "mean_probability": 0.75, "churn_rate": 0.7},
]


def small_card(base: str, features: Sequence[str]) -> dict[str, Any]:
    """A card of a simulated base, in plain JSON types."""
    return {
        "intended_use": [
            said("card.intended_use.rank"),
            said("card.intended_use.window", horizon_days=90, gap_days=30),
        ],
        "out_of_scope": [said("card.out_of_scope.other_base", base=base)],
        "people": said("card.people.window", base=base, gap_days=30),
        "data": {
            "base": base,
            "kind": "simulated",
            "data_until": "2026-11-01T00:00:00+00:00",
            "observation_dates": ["2026-06-01T00:00:00+00:00", "2026-07-01T00:00:00+00:00"],
            "gap_days": 30,
            "horizon_days": 90,
            "rows": 1200,
            "customers": 700,
            "churn_rate": 0.265,
            "under_offer": 0,
            "left_involuntarily": 0,
            "features": list(features),
        },
        "judged": said(
            "card.judged.arms",
            arms=17,
            metric="auc",
            folds=5,
            train_rows=960,
            rows=240,
            customers=140,
            churned=64,
            draws=1000,
        ),
        "figures": {
            name: {"estimate": estimate, "low": low, "high": high, "fold_mean": estimate, "fold_std": 0.01}
            for name, (estimate, low, high) in FIGURES.items()
        },
        "calibration": {
            "ece_before": 0.08,
            "ece_after": 0.02,
            "brier_before": 0.15,
            "brier_after": 0.13,
            "bins": BINS,
        },
        "against_champion": said(
            "card.against_champion.too_few",
            champion="churn:before",
            customers=40,
            churned=3,
            least=5,
            day="2026-07-01T00:00:00+00:00",
        ),
        "time_to_churn": said(
            "card.time_to_churn.fitted",
            customers=40,
            left=9,
            day="2026-07-01T00:00:00+00:00",
            share=0.71,
            months=12,
        ),
        "limits": [
            said("card.limits.personal", features=["gender", "Partner"]),
            said("card.limits.period", first="2026-06-01T00:00:00+00:00", last="2026-07-01T00:00:00+00:00"),
        ],
        "renewal": [said("card.renewal.again")],
    }


def small_thresholds() -> dict[str, Any]:
    """By profit from 0.25 on; nothing holds the precision floor."""
    return {
        "rule": "profit",
        "chosen": 0.25,
        "profit": {
            "threshold": 0.25,
            "untouched": {
                "precision": 0.5,
                "recall": 0.8,
                "contact_share": 0.4,
                "profit_per_customer": 8.5,
            },
        },
        "precision_floor": {
            "threshold": None,
            "untouched": {
                "precision": None,
                "recall": 0.0,
                "contact_share": 0.0,
                "profit_per_customer": 0.0,
            },
            "floor": 0.8,
            "confidence": 0.9,
            "lower_bound": 0.74,
            "next_time": None,
        },
    }


def said(key: str, **values: Any) -> dict[str, Any]:
    """A statement in plain JSON types."""
    return {"key": key, "values": values}
