"""Does the survival model hold on later dates? Champion and hazards as of a day, judged on what came after.

python -m data simulate --customers 50000 --end 2026-11-01 && python -m feature_repo apply
python benchmarks/time_to_churn.py

The history is cut at an observation date. The champion is trained and the hazards are fitted on what was
known by then. Both then foretell, for customers they have not seen, who leaves by the end of the window. That
is repeated for earlier cuts, three months apart. Half of the customers are untouched, so that a tenth of them
is large enough to tell two points from chance. The champion is one arm, LightGBM without a sampler.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import click
import numpy as np
import pandas as pd

# So that the package `serving` is found before the script serving.py beside this one.
sys.path.insert(0, str(Path(__file__).parents[1]))

from feature_repo.paths import REPO, lake_dir
from serving.features.offline_features import OfflineFeatures, cast
from serving.model.churn_model import ChurnModel
from serving.model.signature import signature_of
from training.dataset.cohorts import build_cohorts, observation_dates
from training.dataset.history import History, read_history
from training.dataset.point_in_time import build_dataset
from training.dataset.pull import Pulled
from training.dataset.split import Splits, split_rows
from training.modelling.arms import cross_validate, encode_fold
from training.modelling.champion import fit_champion
from training.registration.register import churn_model
from training.segments.segmentation import fit_segments
from training.settings.settings import Settings, load_settings
from training.survival.follow_up import follow, unseen_customers
from training.survival.measures import deciles
from training.survival.time_to_churn import time_to_churn


def one_arm() -> Settings:
    """Return the default settings with one arm, and half of the customers untouched."""
    settings = load_settings()
    chosen = {
        "samplers": ("none",),
        "classifiers": {"lightgbm": settings.classifiers["lightgbm"]},
        "split": settings.split.model_copy(update={"test_share": 0.5}),
    }
    return settings.model_copy(update=chosen)


def until(history: History, day: pd.Timestamp) -> History:
    """Return what of a history was known on a day."""
    known = {
        name: rows[(rows[["event_timestamp", "created_timestamp"]] <= day).all(axis=1)]
        for name, rows in (("joined", history.joined), ("left", history.left), ("offers", history.offers))
    }
    return replace(history, data_until=day, **known)


def trained(pulled: Pulled) -> tuple[ChurnModel, Splits]:
    """Return the champion of one arm with its survival model, and the split it was fitted on."""
    dataset, settings = pulled.dataset, pulled.settings
    splits = split_rows(dataset.keys["customerID"].tolist(), dataset.churned, settings.split, settings.seed)
    results = cross_validate(dataset, splits.folds, settings)
    encoded, train = encode_fold(dataset, splits.holdout), splits.holdout.train
    champion = fit_champion(results, encoded, settings)
    rows, churned = dataset.features.iloc[train], dataset.churned[train]
    segmentation = fit_segments(rows, churned, encoded.encoder, settings.segments, settings.seed)
    model = churn_model(champion, encoded.encoder, segmentation, dataset)
    return replace(model, survival=time_to_churn(pulled, splits, model).model), splits


def foretold(
    history: History, day: pd.Timestamp, offline: OfflineFeatures, settings: Settings
) -> tuple[np.ndarray, np.ndarray]:
    """Return foretold chances of having left by the end of the window, and who had, as of a day."""
    known = until(history, day)
    dataset = build_dataset(
        offline, build_cohorts(known, settings.cohorts), signature_of(settings.feature_service)
    )
    model, splits = trained(Pulled(known, dataset, settings, offline))
    if model.survival is None:
        raise click.ClickException(f"no survival model as of {day.date()}: the history is too short")
    rows = follow(history, [day], unseen_customers(history, dataset.keys, splits))
    entity_rows = pd.DataFrame({"customerID": rows.customers}).assign(event_timestamp=day)
    features = cast(offline.read(entity_rows), model.signature.features)
    probability = model.predict(model.encoder.encode_frame(features))
    window = model.survival.window
    return 1 - model.survival.curve(probability, window)[:, -1], (rows.left > 0) & (rows.left <= window)


@click.command(help=__doc__)
@click.option("--cuts", default=3, show_default=True)
def main(cuts: int) -> None:
    """Foretell as of every cut, and print each table and that of all together."""
    history, settings = read_history(lake_dir()), one_arm()
    offline = OfflineFeatures(settings.feature_service, history.base, REPO)
    last = observation_dates(history, settings.cohorts)[-1]
    every: list[tuple[np.ndarray, np.ndarray]] = []
    for step in range(cuts):
        day = last - pd.DateOffset(months=3 * step)
        every.append(foretold(history, day, offline, settings))
        table(f"as of {day.date()}", *every[-1])
    table("together", *(np.concatenate(side) for side in zip(*every, strict=True)))


def table(heading: str, predicted: np.ndarray, observed: np.ndarray) -> None:
    """Print the tenths of the customers, in percent."""
    found = deciles(predicted, observed)
    print(f"\n{heading}: {len(predicted)} rows, foretold {predicted.mean():.1%}, left {observed.mean():.1%}")
    print("| tenth | foretold | left | difference | standard error |\n| --- | --- | --- | --- | --- |")
    for number, one in enumerate(found, 1):
        away = one["predicted"] - one["observed"]
        print(
            f"| {number} | {one['predicted']:.1%} | {one['observed']:.1%} | {100 * away:+.1f} "
            f"| {100 * one['standard_error']:.1f} |"
        )
    largest = max(abs(one["predicted"] - one["observed"]) for one in found)
    print(f"largest difference: {100 * largest:.1f} points")


if __name__ == "__main__":
    main()
