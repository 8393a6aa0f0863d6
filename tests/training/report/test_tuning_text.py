from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from serving.language.catalogue import LanguageCode
from training.report.chapters import modelling
from training.report.language import load_language
from training.report.render import environment
from training.report.source import ReportSource
from training.run_folder import read_evaluation

ARM = {"sampler": "none", "classifier": "logistic_regression"}
RUN = {
    "arm": ARM,
    "arms": [{"arm": "none+logistic_regression", "folds": [{"auc": 0.84}, {"auc": 0.85}]}],
    "settings": {
        "split": {"test_share": 0.2},
        "classifiers": {"logistic_regression": {"C": 0.1}},
        "seed": 42,
        "resampling": {"neighbour_rows": 20000},
    },
}


def figures(mean: float) -> dict[str, Any]:
    return {"cross_validation": {"auc": {"mean": mean, "std": 0.01}, "brier_calibrated": {"mean": 0.14}}}


def tuning(**changed: Any) -> dict[str, Any]:
    gain = {"estimate": -0.0006, "low": -0.0037, "high": 0.0027}
    arm = {
        "arm": ARM,
        "default": {"parameters": {"C": 0.1}, **figures(0.8486)},
        "tuned": {"parameters": {"C": 1.23456789, "class_weight": None}, **figures(0.8498)},
        "untouched": {
            "auc": {"first": 0.8499, "second": 0.8505, "difference": gain},
            "brier": {"first": 0.1321, "second": 0.1327, "difference": gain},
        },
    }
    comparison = {
        "metric": "auc",
        "trials": {"complete": 1200, "pruned": 34, "failed": 1},
        "seconds": 61.4,
        "folds": 5,
        "budget": {"trials": 60, "minutes": None},
        "champion_uses": "tuned",
        "arms": [arm],
    }
    return comparison | changed


def page(code: LanguageCode, comparison: dict[str, Any] | None) -> str:
    language, source = load_language(code), ReportSource(RUN, {"tuning": comparison})
    template = environment(language).get_template("modelling.html")
    return " ".join(template.render(source=source, **modelling.content(source, language)).split())


def test_the_chapter_has_default_and_tuned_parameters():
    english = page("en", tuning())
    assert "1,234 sets of parameters were tried in 61 seconds, 34 of them stopped early" in english
    assert "alone. Searched for: AUC. The budget was 60 trials for each arm." in english
    assert "minutes for all arms" not in english
    for figure in ("0.8486", "0.8498", "0.8505", "0.8499", "-0.0006 [-0.0037; 0.0027]"):
        assert f"<td>{figure}</td>" in english
    assert english.index(">0.8505<") < english.index(">0.8499<")
    assert "C = 1.235, class_weight = null" in english
    assert "was fitted with the tuned parameters" in english
    spanish = page("es", tuning(budget={"trials": None, "minutes": 2.5}))
    assert "0,8498" in spanish
    assert "2,50 minutos" in spanish
    assert "<dt>Regresión logística, sin remuestreo</dt>" in spanish
    assert "Se buscaba: AUC." in spanish


@pytest.mark.parametrize(
    ("uses", "text"),
    [("default", "with the default parameters"), ("both", "No trial beat"), ("neither", "are not those of")],
)
def test_the_chapter_says_what_the_champion_uses(uses, text):
    assert text in page("en", tuning(champion_uses=uses))


def test_a_search_for_the_calibrated_brier_is_judged_by_the_untouched_brier():
    assert "<td>0.1327</td> <td>0.1321</td>".replace(" ", "") in page(
        "en", tuning(metric="brier_calibrated")
    ).replace(" ", "")


def test_a_run_without_tuning_says_how_to_tune():
    assert "python -m training tune" in page("en", None)


@pytest.mark.slow
def test_an_evaluation_without_a_search_says_why(evaluated: Path) -> None:
    found = read_evaluation(evaluated)
    assert found is not None
    assert found["tuning"] is None
    assert found["tuning_missing"] == "no finished search on this dataset and this split"
