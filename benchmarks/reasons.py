"""What reasons cost, by classifier: the scoring of one customer and of a hundred, with reasons and without.

python benchmarks/reasons.py              # half a minute
python benchmarks/reasons.py 10           # trees a model has, instead of 300

Every model is fitted on 5,000 made-up customers of the whole feature service. Times are CPU time of the work
behind an answer, without store and HTTP, the best of several rounds; an answer without reasons is 1.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))
# So that the package `serving` is found before the script serving.py beside this one.
sys.path.insert(0, str(Path(__file__).parents[1]))

from small_models import synthetic_features, whole_model

TREES = 300
ROUNDS = 7
CUSTOMERS = 5_000
Rows = Sequence[Mapping[str, object]]


def estimators(trees: int) -> dict[str, Any]:
    """One classifier of every kind, as large as training makes them."""
    from lightgbm import LGBMClassifier
    from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from xgboost import XGBClassifier

    return {
        "lightgbm": LGBMClassifier(n_estimators=trees, n_jobs=1, verbose=-1),
        "xgboost": XGBClassifier(n_estimators=trees, n_jobs=1),
        "extra trees": ExtraTreesClassifier(trees, min_samples_leaf=3, random_state=0),
        "random forest": RandomForestClassifier(trees, min_samples_leaf=3, random_state=0),
        "logistic": make_pipeline(StandardScaler(), LogisticRegression(max_iter=500)),
    }


def cpu_ms(work: Callable[[], object]) -> float:
    """CPU milliseconds of a call, the best of several rounds."""
    rounds = []
    for _ in range(ROUNDS):
        started = time.process_time()
        work()
        rounds.append(1000 * (time.process_time() - started))
    return min(rounds)


def main(trees: int) -> None:
    """Print a table of every kind."""
    from serving.decision.bands import WITHOUT_THRESHOLD
    from serving.model.classifiers.classifier import wrap
    from serving.model.scorer import Scorer
    from serving.scoring.reasons_asked import ReasonsAsked

    small = whole_model()
    frame = synthetic_features(small.signature, CUSTOMERS)
    matrix = small.encoder.encode_frame(frame)
    risk = 2.0 * (frame["Contract"] == "Month-to-month") - frame["tenure"].fillna(30) / 30
    churned = (risk + np.random.default_rng(0).logistic(size=len(frame)) > 0).astype(int)
    rows: Rows = frame.astype(object).where(frame.notna(), None).to_dict("records")[:100]
    print(f"{trees} trees      one customer: ms, with reasons   a hundred: ms, with reasons")
    for name, estimator in estimators(trees).items():
        model = replace(small, classifier=wrap(estimator.fit(matrix, churned)))
        scorer = Scorer(model, "churn:x", WITHOUT_THRESHOLD)
        told = [f"{name:15}"]
        for some in (rows[:1], rows):
            alone = cpu_ms(lambda: scorer.score_rows(some))  # noqa: B023  # called before the loop goes on
            why = cpu_ms(lambda: ReasonsAsked(3, "en").told(model, some))  # noqa: B023  # as above
            told.append(f"{alone:10.2f} {alone + why:10.2f}  x {(alone + why) / alone:5.1f}  ")
        print(" ".join(told))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else TREES)
