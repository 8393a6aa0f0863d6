"""What the grid of arms costs beside the bare fits and resamplings in it.

python benchmarks/grid_cost.py                     # 16 arms + logistic, 5 folds, 7,043 rows; 2 rounds
python benchmarks/grid_cost.py --threads 2

`grid` is `cross_validate`: encodings, the guard, resampling, fits, predictions, calibration and all metrics.
`bare` is the plain library calls on the same encoded matrices, folds side by side on as many threads: each
sampler's `fit_resample` once a fold, and `fit` of every arm. They take turns, and who begins changes, so that
other work on the machine meets both. CPU time is what to go by there; wall time needs an idle machine.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click
import pandas as pd
from imblearn.combine import SMOTEENN
from imblearn.over_sampling import ADASYN, SMOTE
from precision_floor import CSV, telco
from sklearn.model_selection import StratifiedKFold

from training.dataset.split import Fold
from training.modelling.arms import EncodedFold, arms_of, cross_validate, encode_fold
from training.modelling.classifiers import make_classifier
from training.settings.settings import Settings, load_settings

PLAIN = {"smote": SMOTE, "adasyn": ADASYN, "smoteenn": SMOTEENN}
TARGET = 1.15
CLOCKS = ("CPU", "wall")


def bare(encoded: list[EncodedFold], settings: Settings) -> None:
    """Resample and fit everything that the grid resamples and fits, and nothing else."""

    def fit(one: EncodedFold) -> None:
        matrix, churned = one.matrix[one.fold.train], one.churned[one.fold.train]
        parts = {
            name: PLAIN[name](random_state=settings.seed).fit_resample(matrix, churned)
            for name in settings.samplers
            if name != "none"
        }
        parts["none"] = matrix, churned
        for arm in arms_of(settings):
            parameters = settings.classifiers[arm.classifier]
            make_classifier(arm.classifier, parameters, settings.seed).fit(*parts[arm.sampler])

    with ThreadPoolExecutor(settings.threads) as pool:
        list(pool.map(fit, encoded))


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Return the CPU and the wall seconds of some work."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.process_time() - cpu, time.perf_counter() - wall


@click.command()
@click.option("--csv", default=CSV, show_default=True, type=click.Path(path_type=Path, exists=True))
@click.option("--rounds", default=2, show_default=True)
@click.option("--threads", default=1, show_default=True, help="Folds side by side.")
def main(csv: Path, rounds: int, threads: int) -> None:
    """Print both costs, round by round, and their ratio."""
    settings = load_settings().model_copy(update={"threads": threads})
    dataset = telco(csv, settings.feature_service)
    # All rows are in the folds here; a run sets a fifth of them aside first.
    splitter = StratifiedKFold(settings.split.folds, shuffle=True, random_state=settings.seed)
    folds = [Fold(train, test) for train, test in splitter.split(dataset.features, dataset.churned)]
    encoded = [encode_fold(dataset, fold) for fold in folds]
    works: dict[str, Callable[[], object]] = {
        "grid": lambda: cross_validate(dataset, folds, settings),
        "bare": lambda: bare(encoded, settings),
    }
    bare(encoded[:1], settings)  # The libraries' first calls are slower.
    rows = []
    for number in range(rounds):
        order = list(works) if number % 2 == 0 else list(works)[::-1]
        found = {name: timed(works[name]) for name in order}
        rows.append(
            {f"{name} {clock} s": found[name][at] for name in works for at, clock in enumerate(CLOCKS)}
        )
    table = pd.DataFrame(rows)
    print(table.to_string(index=False, float_format="{:.1f}".format))
    for clock in CLOCKS:
        grid, plain = table[f"grid {clock} s"].sum(), table[f"bare {clock} s"].sum()
        print(f"grid / bare, {clock} time: {grid / plain:.3f} (at most {TARGET} is wanted)")


if __name__ == "__main__":
    main()
