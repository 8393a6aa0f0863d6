"""What each sampler costs as rows grow, with neighbours among all rows and among a bounded number of them.

python benchmarks/samplers.py                                         # 5,000 to 160,000 rows
python benchmarks/samplers.py --rows 80000 --bounds 5000,10000,20000,40000

The rows are customers of a simulated base at two observation dates, encoded as for training. Each
measurement has a process of its own, on one thread; `all` is imbalanced-learn as it comes. Beside the cost
stand what the sampler returned, and AUC and average precision of LightGBM fitted on it, on the rows of 10,000
other customers. The CPU time grows with rows ** e; e is taken between the largest two sizes.
"""

from __future__ import annotations

import json
import math
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import click
import numpy as np
import pandas as pd

NAMES = ("smote", "adasyn", "smoteenn")
ALL = 0
TEST_CUSTOMERS = 10_000
EARLIER = pd.DateOffset(months=3)


def simulated(customers: int, seed: int, place: Path) -> None:
    """Write encoded rows and labels: `train.npy`, `train_churned.npy`, and the same of other customers."""
    from data.lake_files.swap import open_lake
    from data.simulation.history import simulate
    from data.simulation.resemblance import cohort, last_observation
    from data.simulation.settings import Settings
    from serving.features.offline_features import cast
    from serving.model.encoding import fit_encoder
    from serving.model.signature import signature_of

    lake = place / "lake"
    simulate(Settings(customers, 24, seed, date(2026, 11, 1)), lake, place / "truth")
    last = pd.Timestamp(last_observation(open_lake(lake)))
    frame = pd.concat([cohort(lake, day.to_pydatetime(), 30, 90) for day in (last - EARLIER, last)])
    specs = signature_of("churn_v1").features
    features = cast(frame.reset_index(drop=True)[[spec.name for spec in specs]], specs)
    random = np.random.default_rng(seed)
    others = random.choice(frame.index.unique().to_numpy(), TEST_CUSTOMERS, replace=False)
    test = frame.index.isin(others)
    train = random.permutation(np.flatnonzero(~test))
    encoder = fit_encoder(features.iloc[train], specs)
    for name, rows in (("train", train), ("test", np.flatnonzero(test))):
        np.save(place / f"{name}.npy", encoder.encode_frame(features.iloc[rows]))
        np.save(place / f"{name}_churned.npy", frame["left"].to_numpy()[rows].astype("int64"))


def measure(place: Path, sampler: str, rows: int, bound: int) -> dict[str, Any]:
    """Resample in this process and return its cost, what came out, and how a classifier does on it."""
    from functools import partial

    from sklearn.metrics import average_precision_score, roc_auc_score
    from sklearn.neighbors import NearestNeighbors

    from training.modelling.classifiers import make_classifier, predict
    from training.modelling.neighbours import BoundedNeighbors
    from training.modelling.resampling import SAMPLERS
    from training.settings.settings import load_settings

    settings = load_settings()
    matrix, churned = (
        np.array(np.load(place / f"{name}.npy", mmap_mode="r")[:rows]) for name in ("train", "train_churned")
    )
    search = partial(BoundedNeighbors, rows=bound, seed=settings.seed) if bound else NearestNeighbors
    made = SAMPLERS[sampler](settings.seed, search)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    wall, cpu = time.perf_counter(), time.process_time()
    resampled, labels = made.fit_resample(matrix, churned)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    fitted = make_classifier("lightgbm", settings.classifiers["lightgbm"], settings.seed)
    probability = predict(fitted.fit(resampled, labels), np.load(place / "test.npy"))
    truth = np.load(place / "test_churned.npy")
    return {
        "sampler": sampler,
        "rows": rows,
        "bound": bound,
        "cpu s": cpu,
        "wall s": wall,
        "more MB": (peak - before) / 1024,
        "rows out": len(labels),
        "churners": labels.mean(),
        "AUC": roc_auc_score(truth, probability),
        "AP": average_precision_score(truth, probability),
    }


def measured(place: Path, sizes: list[int], bounds: list[int], most: int) -> Iterator[dict[str, Any]]:
    """Yield one measurement after another: of each size all bounds side by side."""
    for rows in sizes:
        for sampler in NAMES:
            for bound in (ALL, *bounds):
                if bound == ALL and rows > most:
                    continue
                yield json.loads(run_here("--one", place, sampler, rows, bound))


def run_here(*arguments: object) -> str:
    """Run this file in a process of its own, on one thread, and return what it printed."""
    child = subprocess.run(
        [sys.executable, __file__, *map(str, arguments)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env=os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
    )
    return child.stdout


def exponents(table: pd.DataFrame) -> str:
    """Return how CPU time grows between the largest two sizes, a line per sampler and bound."""
    lines = []
    for (sampler, bound), of in table.groupby(["sampler", "bound"], sort=False):
        if len(of) > 1:
            (small, large), (less, more) = of["rows"].iloc[-2:], of["cpu s"].iloc[-2:]
            growth = math.log(more / less) / math.log(large / small)
            lines.append(f"{sampler:9} {shown(bound):>8}  rows ** {growth:.2f}, {small:,} to {large:,} rows")
    return "\n".join(lines)


def shown(bound: int) -> str:
    """Return a bound in words."""
    return f"{bound:,}" if bound else "all"


def numbers(text: str) -> list[int]:
    """Return the numbers of a list with commas."""
    return [int(part) for part in text.split(",")]


@click.command()
@click.option("--rows", default="5000,10000,20000,40000,80000,160000", show_default=True)
@click.option("--bounds", default="20000,40000", show_default=True, help="Rows that are searched at most.")
@click.option("--most", default=80_000, show_default=True, help="Above, nothing is searched among all rows.")
@click.option("--customers", default=100_000, show_default=True, help="Of the simulated base.")
@click.option("--seed", default=7, show_default=True)
def main(rows: str, bounds: str, most: int, customers: int, seed: int) -> None:
    """Print every sampler's cost and outcome, and how the cost grows."""
    # On disk beside the project: a temporary folder in memory would count as memory.
    with tempfile.TemporaryDirectory(dir=Path(__file__).parent, prefix=".samplers-") as folder:
        place = Path(folder)
        # In a process of its own: a child's peak memory starts at its parent's.
        run_here("--simulate", customers, seed, place)
        there = len(np.load(place / "train_churned.npy"))
        if max(numbers(rows)) > there:
            raise click.ClickException(f"the base gives {there:,} training rows; raise --customers")
        table = pd.DataFrame(measured(place, numbers(rows), numbers(bounds), most))
    told = table.assign(bound=table["bound"].map(shown))
    told[["AUC", "AP", "churners"]] = told[["AUC", "AP", "churners"]].map("{:.4f}".format)
    print(told.to_string(index=False, float_format="{:.1f}".format))
    print(exponents(table))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(measure(Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))))
    elif sys.argv[1:2] == ["--simulate"]:
        simulated(int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
    else:
        main()
