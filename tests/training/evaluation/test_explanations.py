from __future__ import annotations

from serving.model.classifiers.classifier import KINDS
from training.evaluation.explanations import METHODS
from training.report.chapters.evaluation import method
from training.report.language import load_language


def test_every_kind_of_classifier_says_how_it_is_explained():
    assert set(METHODS) == set(KINDS)
    for code in ("en", "es"):
        assert all(method(name, load_language(code)) for name in METHODS.values())
