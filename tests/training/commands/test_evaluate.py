from __future__ import annotations

from rich.console import Console

from training.commands.evaluate import protocols_view

FIGURES = {"precision": 0.5, "recall": 0.25, "f1": 0.333, "auc": 0.75}


def test_a_published_arm_that_was_not_cross_validated_has_no_honest_figures():
    lightgbm, xgboost = ({"sampler": "none", "classifier": name} for name in ("lightgbm", "xgboost"))
    section = {
        "honest": [{"arm": lightgbm, "cross_validation": FIGURES}],
        "published": [{"arm": arm, "metrics": FIGURES} for arm in (lightgbm, xgboost)],
    }
    console = Console(width=120)
    with console.capture() as captured:
        console.print(protocols_view(section))
    rows = [line.rsplit(maxsplit=8)[1:] for line in captured.get().splitlines() if "0.750" in line]
    figures = ["0.500", "0.250", "0.333", "0.750"]
    assert rows == [figures * 2, ["-"] * 4 + figures]
