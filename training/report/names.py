"""What metrics, samplers and classifiers are called in a report."""

from __future__ import annotations

from training.modelling.classifiers import LABELS
from training.report.language import Language

SAMPLERS = {"none": "none", "smote": "SMOTE", "adasyn": "ADASYN", "smoteenn": "SMOTEENN"}


def metric_names(language: Language) -> dict[str, str]:
    """Names of all metrics, by their key in a run."""
    say = language.say
    return {
        "accuracy": say("Accuracy"),
        "precision": say("Precision"),
        "recall": say("Recall"),
        "f1": "F1",
        "auc": "AUC",
        "average_precision": say("Average precision"),
        "kappa": say("Cohen's kappa"),
        "mcc": "MCC",
        "brier": "Brier",
        "brier_calibrated": say("Brier, calibrated"),
        "ece": say("Calibration error (ECE)"),
        "log_loss": say("Log loss"),
        "lift_top_decile": say("Lift of the top tenth"),
        "empc": say("EMPC, per customer"),
        "empc_contacted_share": say("Share contacted at EMPC"),
        "contact_share": say("Share contacted"),
        "profit_per_customer": say("Profit per customer"),
        "false_positive_rate": say("False positive rate"),
        "false_negative_rate": say("False negative rate"),
        "calibration_gap": say("Mean probability less churn rate"),
    }


def classifier_name(name: str, language: Language) -> str:
    """Such as LightGBM."""
    return language.say("logistic regression") if name == "logistic_regression" else LABELS[name]


def arm_name(arm: dict[str, str], language: Language) -> str:
    """Such as SMOTE + LightGBM."""
    classifier = classifier_name(arm["classifier"], language)
    if arm["sampler"] == "none":
        return language.say("%(classifier)s, not resampled", classifier=classifier)
    return f"{SAMPLERS[arm['sampler']]} + {classifier}"
