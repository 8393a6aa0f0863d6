"""How good the ranking by uplift is beside the simulated truth: the oracle's ranking, and ranking by risk.

python benchmarks/uplift.py                              # 7,043 and 50,000 customers, seed 7
python benchmarks/uplift.py 7043 --seed 1 --seed 2       # any size and seeds

A history with past campaigns is simulated, and the effects of its offers are measured as a run does, without
a fifth of the customers, drawn by a hash. These are then ranked, and the Qini of each ranking is taken with
their true effects: what each offer would have added to their own chance of staying four months, by
`data/truth`. A month after a customer left has the risk of the last month before.

* `oracle` ranks by the true effects themselves. Whom an offer persuades is drawn at random, so no feature
  shows it.
* `ceiling` ranks by a LightGBM that was fitted on the true effects of the other customers and the same
  features: about the best that features allow.
* `risk` ranks by the chance of leaving without an offer, by a classifier of the hold-outs.
* `ours` ranks by the effects served, which are equal within a bin; `learner` is the one chosen.
* `within` is the share of the bins whose true effect lies within two standard errors of the one served.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from datetime import date
from pathlib import Path

import click
import numpy as np
from lightgbm import LGBMRegressor

# So that the package `serving` is found before the script serving.py beside this one.
sys.path.insert(0, str(Path(__file__).parents[1]))

from campaign_sides.truth import truth_of

from data.simulation.history import simulate
from data.simulation.settings import Settings as Simulated
from serving.features.offline_features import cast
from serving.model.customers import hashes
from serving.model.effects import Effects
from training.dataset.history import HOLD_OUT
from training.dataset.pull import Pulled, load_dataset
from training.dataset.split import split_rows
from training.modelling.arms import encode_fold
from training.modelling.classifiers import make_classifier, predict
from training.settings.settings import load_settings
from training.uplift.campaigns import read_campaigns
from training.uplift.figures import qini_of
from training.uplift.fit import measure_effects

ROOT = Path(__file__).parents[1]
END, MONTHS = date(2026, 11, 1), 36
NEW = 0.2
"""Share of the customers whom nothing is fitted on."""
HEADER = "| customers | seed | offer | learner | ours / oracle | ours / ceiling | risk / ceiling | within |"


def applied(customers: int, seed: int, folder: Path) -> Pulled:
    """Simulate a history, apply the feature repository on it, and pull its dataset."""
    lake = folder / "lake"
    simulate(Simulated(customers, MONTHS, seed, END), lake, folder / "truth")
    os.environ |= {
        "STAYLINE_LAKE": str(lake),
        "STAYLINE_REGISTRY": str(folder / "registry.db"),
        "STAYLINE_ONLINE_STORE": str(folder / "online.db"),
    }
    subprocess.run(
        [sys.executable, "-m", "feature_repo", "apply"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL
    )
    return load_dataset(ROOT / "feature_repo", lake, load_settings())


def within(effects: Effects, number: int, matrix: np.ndarray, truth: np.ndarray) -> float:
    """Share of the bins whose true effect is within two standard errors of the one served."""
    offer = effects.each[number]
    bins = offer.bins(matrix)
    found = [
        abs(truth[bins == one].mean() - offer.mean[one]) <= 2 * offer.error[one] for one in np.unique(bins)
    ]
    return float(np.mean(found))


def measure(customers: int, seed: int, folder: Path) -> None:
    """Print a row for each offer, and what measuring the effects took."""
    pulled = applied(customers, seed, folder)
    dataset, settings = pulled.dataset, pulled.settings
    splits = split_rows(dataset.keys["customerID"].tolist(), dataset.churned, settings.split, settings.seed)
    encoder = encode_fold(dataset, splits.holdout).encoder
    drawn = read_campaigns(pulled.lake, pulled.history, settings.uplift.horizon_days)
    new = hashes(drawn.rows["customerID"], key="new") < np.uint64(NEW * 2.0**64)
    begin = time.process_time()
    known = replace(drawn, rows=drawn.rows[~new].reset_index(drop=True))
    effects = measure_effects(known, pulled, encoder).effects
    seconds = time.process_time() - begin
    if effects is None:
        raise click.ClickException(f"{customers} customers: no offer could be measured")
    rows = drawn.rows
    features = cast(pulled.offline.read(rows[["customerID", "event_timestamp"]]), dataset.signature.features)
    matrix = encoder.encode_frame(features)
    truth = truth_of(rows, folder / "truth", effects.offers).effect
    held_out = ~new & (rows["offer"] == HOLD_OUT).to_numpy()
    classifier = make_classifier("lightgbm", settings.uplift.stays, settings.seed)
    classifier.fit(matrix[held_out], 1 - rows["stayed"][held_out])
    risk = predict(classifier, matrix[new])
    ours = effects.of(matrix[new]).mean
    for number, offer in enumerate(effects.each):
        own = truth[:, number]
        best = LGBMRegressor(num_leaves=16, min_child_samples=50, learning_rate=0.05, n_jobs=1, verbose=-1)
        best.set_params(n_estimators=300, reg_lambda=5.0, random_state=seed)
        scores = {
            "ours": ours[:, number],
            "oracle": own[new],
            "ceiling": best.fit(matrix[~new], own[~new]).predict(matrix[new]),
            "risk": risk,
        }
        qini = {name: qini_of(score, own[new]) for name, score in scores.items()}
        covered = within(effects, number, matrix[new], own[new])
        print(
            f"| {customers:,} | {seed} | {offer.offer} | {offer.facts.learner or 'not proven'} "
            f"| {qini['ours'] / qini['oracle']:.2f} | {qini['ours'] / qini['ceiling']:.2f} "
            f"| {qini['risk'] / qini['ceiling']:.2f} | {covered:.2f} |",
            flush=True,
        )
    print(f"{customers:,} customers, seed {seed}: {int(new.sum()):,} new rows, {seconds:.0f} CPU seconds")
    print(f"one row, {len(effects.each)} offers: {microseconds(effects, matrix[:1]):.0f} µs", flush=True)


def microseconds(effects: Effects, row: np.ndarray, calls: int = 20_000) -> float:
    """CPU time of the effects of one customer."""
    effects.of_row(row)
    begin = time.process_time()
    for _ in range(calls):
        effects.of_row(row)
    return (time.process_time() - begin) / calls * 1e6


@click.command()
@click.argument("customers", nargs=-1, type=int)
@click.option("--seed", "seeds", multiple=True, type=int, default=(7,), show_default=True)
def main(customers: tuple[int, ...], seeds: tuple[int, ...]) -> None:
    """Print each ranking's Qini against the best possible ones, by size, seed and offer."""
    print(HEADER + "\n" + "| --- " * HEADER.count(" | ") + "| --- |")
    for size in customers or (7_043, 50_000):
        for seed in seeds:
            with tempfile.TemporaryDirectory(dir=ROOT / "benchmarks", prefix=".uplift-") as folder:
                measure(size, seed, Path(folder))


if __name__ == "__main__":
    main()
