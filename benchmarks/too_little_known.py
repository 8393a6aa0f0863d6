"""How much may be missing before a score is worth little? Views and features blanked on untouched rows.

python benchmarks/too_little_known.py training/runs/RUN

The run's champion scores its untouched part again and again, each time with some features blanked as the
service blanks them: every set of feature views, and random sets of features. A set has a share of the
model's weight (`unknown_share`), and an AUC. The bound is stated against chance: a model of AUC 0.85 is 0.35
better than chance, and keeps three quarters of that at 0.7625. Shares are cut into bins of a tenth. The
largest share is printed up to which nine of ten random sets keep the bound in every bin; `max_unknown_share`
in serving/settings.yaml is the smallest of the bases that were measured.

The lake must hold the run's base. The weights are those that a registration of today gives.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import click
import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

# So that the package `serving` is found before the script serving.py beside this one.
sys.path.insert(0, str(Path(__file__).parents[1]))

from serving.model.churn_model import ChurnModel
from serving.model.unknown_share import unknown_share
from serving.registry.model_files import load_model
from training.dataset.pull import pull_dataset
from training.dataset.split import split_rows
from training.registration.weights import feature_weights
from training.run_folder import read_run
from training.settings.settings import Settings

ROOT = Path(__file__).parents[1]
KEPT = 0.75
"""Part of what the model is better than chance that a score must keep."""
DRAWS = 1_000


def model_and_rows(folder: Path, lake: Path) -> tuple[ChurnModel, pd.DataFrame, np.ndarray]:
    """The run's model with weights, and the features and labels of its untouched part."""
    summary = read_run(folder)
    if summary is None:
        raise click.ClickException(f"{folder} holds no run; name the folder of one")
    settings = Settings.model_validate(summary["settings"])
    dataset = pull_dataset(ROOT / "feature_repo", lake, settings, None).dataset
    if dataset.fingerprint != summary["dataset_fingerprint"]:
        raise click.ClickException(f"{lake} does not hold the base of {folder}")
    splits = split_rows(dataset.keys["customerID"].tolist(), dataset.churned, settings.split, settings.seed)
    rows = splits.holdout.test
    model = load_model(summary["model"])
    features = dataset.features.iloc[rows].reset_index(drop=True)
    weights = feature_weights(model, features, settings.seed)
    weighted = replace(model, signature=replace(model.signature, weights=weights))
    return weighted, features, dataset.churned[rows]


def sets_of_views(model: ChurnModel) -> Iterator[tuple[str, list[str]]]:
    """Every set of views, with its features."""
    views = model.signature.views
    for count in range(len(views) + 1):
        for chosen in combinations(views, count):
            yield ", ".join(chosen), [each.name for each in model.signature.features if each.view in chosen]


def drawn_sets(model: ChurnModel, draws: int, seed: int) -> Iterator[list[str]]:
    """Random sets of features, of every size."""
    random = np.random.default_rng(seed)
    names = np.array(model.signature.names)
    for _ in range(draws):
        yield random.choice(names, random.integers(1, len(names) + 1), replace=False).tolist()


def auc_without(model: ChurnModel, features: pd.DataFrame, churned: np.ndarray, blank: list[str]) -> float:
    """AUC of the rows with some features blanked."""
    blanked = features.copy()
    for name in blank:
        blanked[name] = pd.Series([None] * len(blanked), dtype=features[name].dtype)
    return float(roc_auc_score(churned, model.predict(model.encoder.encode_frame(blanked))))


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--lake", type=click.Path(path_type=Path), default=ROOT / "data" / "lake", envvar="STAYLINE_LAKE"
)
@click.option("--draws", type=click.IntRange(1), default=DRAWS, show_default=True, help="Random sets.")
@click.option("--kept", type=float, default=KEPT, show_default=True, help="Part above chance to keep.")
@click.option("--seed", type=int, default=42, show_default=True)
def main(folder: Path, lake: Path, draws: int, kept: float, seed: int) -> None:
    """Print share of weight against AUC, and up to which share scores keep the bound."""
    model, features, churned = model_and_rows(folder, lake)
    whole = auc_without(model, features, churned, [])
    bound = 0.5 + kept * (whole - 0.5)
    print(f"{len(features)} untouched rows, AUC {whole:.3f}; {kept:g} of what is above chance: {bound:.3f}\n")
    print("| blanked views | share of weight | AUC |\n| --- | --- | --- |")
    for views, blank in sets_of_views(model):
        share = unknown_share(model.signature, blank)
        print(f"| {views or 'none'} | {share:.3f} | {auc_without(model, features, churned, blank):.3f} |")
    table = pd.DataFrame(
        (unknown_share(model.signature, blank), auc_without(model, features, churned, blank))
        for blank in drawn_sets(model, draws, seed)
    ).set_axis(["share", "auc"], axis=1)
    print(f"\n{draws} random sets of features\n")
    print("| share of weight | sets | lowest AUC | tenth | median |\n| --- | --- | --- | --- | --- |")
    fits = 0.0
    for at in range(10):
        auc = table["auc"][(table["share"] >= at / 10) & (table["share"] < (at + 1) / 10 + (at == 9))]
        if len(auc):
            figures = " | ".join(f"{one:.3f}" for one in (auc.min(), auc.quantile(0.1), auc.median()))
            print(f"| {at / 10:.1f} to {(at + 1) / 10:.1f} | {len(auc)} | {figures} |")
            fits = (at + 1) / 10 if auc.quantile(0.1) >= bound and fits == at / 10 else fits
    print(f"\nNine of ten sets keep the bound up to a share of {fits:.1f}.")


if __name__ == "__main__":
    main()
