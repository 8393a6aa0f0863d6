"""Does the precision floor hold on customers that nothing has touched? Split by split.

python benchmarks/precision_floor.py                                  # 20 seeds, 21 columns and 23
python benchmarks/precision_floor.py --seeds 100-139 --columns 21 --classifier xgboost

For every seed the file is split anew, one arm is cross-validated and fitted as `python -m training run` does
it, the threshold is chosen on the validation folds, and precision and recall are taken on the untouched
fifth. Beside the rule stands the naive threshold, the laxest one that has the floor's precision on the
validation rows themselves.

The 23 columns are a stand-in: the file that is read has no ticket columns, so two are made up here. The
administrative tickets are honest: they know nothing. The technical ones are made from the label, as those of
a well-known file evidently are: of those who stay 5 to 8 % have some, whatever their service; of those who
left the share climbs with tenure to 97 %, from where a precision of exactly 0.80 reaches about the recall
that is known of that file, 0.64. Figures with them say how the rule does with a much better ranking, and
nothing about any real tickets.

A rule that was tried on some seeds should be measured on others: `--seeds 100-139`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click
import numpy as np
import pandas as pd

# So that the package `serving` is found before the script serving.py beside this one.
sys.path.insert(0, str(Path(__file__).parents[1]))

from data.telco.csv_file import parse
from data.telco.csv_text import read_content
from data.telco.tables import snapshot_tables
from serving.features.offline_features import cast
from serving.model.signature import signature_of
from training.dataset.point_in_time import Dataset, fingerprint, uninformative
from training.dataset.split import Splits, split_rows
from training.evaluation.thresholds import by_precision_floor
from training.metrics.profit import customer_value
from training.metrics.scored import Scored
from training.modelling.arms import ArmResult, cross_validate, encode_fold
from training.modelling.champion import fit_champion
from training.modelling.classifiers import predict
from training.settings.settings import Settings, load_settings

CSV = Path(__file__).parents[2] / "shared" / "data" / "telco_customer_churn.csv"
AS_OF = pd.Timestamp("2026-01-01", tz="UTC")
STAYERS, LEAVERS_FROM, LEAVERS_TO, LONGEST = (0.05, 0.08), 0.35, 0.97, 72
WANTED_RECALL = {"21": 0.10, "23": 0.50}
TICKETS = ("numAdminTickets", "numTechTickets")


def telco(csv: Path, service: str) -> Dataset:
    """Return the file's customers as one cohort, with the features that a load of it gives."""
    snapshot = snapshot_tables(parse(csv, read_content(csv)), AS_OF)
    tables = {name: table.to_pandas() for name, table in snapshot.items()}
    labels = tables.pop("labels").set_index("customerID")
    whole = signature_of(service)
    joined = pd.concat([t.set_index("customerID") for t in tables.values()], axis=1).loc[labels.index]
    features = (
        joined.loc[:, ~joined.columns.duplicated()].reindex(columns=list(whole.names)).reset_index(drop=True)
    )
    keys = pd.DataFrame({"customerID": labels.index, "event_timestamp": AS_OF})
    return dataset_of(keys, features, (labels["Churn"] == "Yes").to_numpy().astype("int64"), service)


def dataset_of(keys: pd.DataFrame, features: pd.DataFrame, churned: np.ndarray, service: str) -> Dataset:
    """Return features and labels as a dataset, without the columns that say nothing."""
    features = cast(features, signature_of(service, list(map(str, features))).features)
    dropped = uninformative(features)
    kept = signature_of(service, [str(name) for name in features if name not in dropped])
    features = features[list(kept.names)]
    return Dataset(keys, features, churned, kept, dropped, (), fingerprint(keys, features, churned))


def with_tickets(dataset: Dataset, seed: int) -> Dataset:
    """Add the two made-up columns, see the module."""
    random = np.random.default_rng(seed)
    tenure = dataset.features["tenure"].to_numpy(dtype="float64")
    leavers = LEAVERS_FROM + (LEAVERS_TO - LEAVERS_FROM) * tenure / LONGEST
    chance = np.where(dataset.churned == 1, leavers, random.uniform(*STAYERS, len(dataset)))
    technical = (random.random(len(dataset)) < chance) * random.integers(1, 10, len(dataset))
    honest = random.poisson(0.5, len(dataset))
    features = dataset.features.assign(**dict(zip(TICKETS, (honest, technical), strict=True)))
    return dataset_of(dataset.keys, features, dataset.churned, dataset.signature.feature_service)


def judged(dataset: Dataset, settings: Settings) -> tuple[Scored, Scored, float]:
    """Return the validation rows, the untouched ones and the cross-validated AUC of one split."""
    names = dataset.keys["customerID"].tolist()
    splits = split_rows(names, dataset.churned, settings.split, settings.seed)
    [result] = cross_validate(dataset, splits.folds, settings)
    validation = scored(dataset, splits.holdout.train, result.raw, result.calibrated, settings)
    return validation, untouched(dataset, splits, result, settings), result.mean("auc")


def untouched(dataset: Dataset, splits: Splits, result: ArmResult, settings: Settings) -> Scored:
    """Return the untouched rows, scored by the arm fitted and calibrated on the training part."""
    encoded = encode_fold(dataset, splits.holdout)
    champion = fit_champion([result], encoded, settings)
    raw = predict(champion.estimator, encoded.matrix[splits.holdout.test])
    return scored(dataset, splits.holdout.test, raw, champion.calibrator.apply(raw), settings)


def scored(
    dataset: Dataset, rows: np.ndarray, raw: np.ndarray, probability: np.ndarray, settings: Settings
) -> Scored:
    """Return some rows of the dataset with what the model says of them."""
    value = customer_value(dataset, settings.profit)
    customers = dataset.keys["customerID"].to_numpy()
    return Scored(customers[rows], dataset.churned[rows], raw, probability, value[rows])


def naive(validation: Scored, floor: float) -> float | None:
    """Return the laxest threshold that has the floor's precision on the validation rows themselves."""
    order = np.argsort(-validation.probability, kind="stable")
    running = np.cumsum(validation.churned[order]) / np.arange(1, len(order) + 1)
    holds = np.flatnonzero(running >= floor)
    return float(validation.probability[order[holds[-1]]]) if len(holds) else None


def outcome(rows: Scored, threshold: float | None) -> tuple[float, float, int]:
    """Return precision (NaN when nobody is contacted), recall and how many are contacted."""
    chosen = rows.contacted(threshold)
    hits, count = int(rows.churned[chosen].sum()), int(chosen.sum())
    return hits / count if count else float("nan"), hits / int(rows.churned.sum()), count


def measure(dataset: Dataset, settings: Settings, seeds: range) -> Iterator[dict[str, float]]:
    """Yield one row of figures per seed."""
    for seed in seeds:
        chosen = settings.model_copy(update={"seed": seed})
        validation, new, auc = judged(dataset, chosen)
        floor = settings.decision
        row = {"seed": float(seed), "auc": auc}
        thresholds = {
            "rule": by_precision_floor(validation, len(new), floor).threshold,
            "naive": naive(validation, floor.precision_floor),
        }
        for name, threshold in thresholds.items():
            row[f"{name} precision"], row[f"{name} recall"], row[f"{name} contacted"] = outcome(
                new, threshold
            )
        yield row


def told(table: pd.DataFrame, floor: float, wanted_recall: float) -> str:
    """Return how often each threshold held the floor, how often with the recall, and at which recall."""
    lines = [f"AUC on the folds {table['auc'].mean():.3f}"]
    for name in ("rule", "naive"):
        precision, recall = table[f"{name} precision"], table[f"{name} recall"]
        held = precision >= floor
        reached = held & (recall >= wanted_recall)
        lines.append(
            f"{name:5}  precision >= {floor:g} in {held.sum()} of {len(table)}, with recall >= "
            f"{wanted_recall:g} in {reached.sum()}, no threshold in {precision.isna().sum()}; precision mean "
            f"{precision.mean():.3f} least {precision.min():.3f}; recall mean {recall.mean():.3f} least "
            f"{recall.min():.3f}"
        )
    return "\n".join(lines)


@click.command()
@click.option("--csv", default=CSV, show_default=True, type=click.Path(path_type=Path, exists=True))
@click.option("--seeds", default="0-19", show_default=True, help="One seed, or a range as 0-19.")
@click.option("--columns", type=click.Choice(["21", "23", "both"]), default="both", show_default=True)
@click.option("--classifier", default="lightgbm", show_default=True, help="Fitted without resampling.")
def main(csv: Path, seeds: str, columns: str, classifier: str) -> None:
    """Print precision and recall on the untouched fifth, seed by seed."""
    first, _, last = seeds.partition("-")
    chosen = range(int(first), int(last or first) + 1)
    settings = load_settings()
    only = {name: v for name, v in settings.classifiers.items() if name == classifier}
    if not only:
        raise click.ClickException(f"{classifier!r} is not among {', '.join(settings.classifiers)}")
    settings = settings.model_copy(update={"samplers": ("none",), "classifiers": only})
    plain = telco(csv, settings.feature_service)
    datasets = {"21": plain, "23": with_tickets(plain, settings.seed)}
    for name, dataset in datasets.items():
        if columns in (name, "both"):
            title = "21 columns" if name == "21" else "23 columns, two of them made up (a stand-in)"
            table = pd.DataFrame(measure(dataset, settings, chosen))
            click.echo(f"\n{title}; none+{classifier}, confidence {settings.decision.confidence:g}")
            click.echo(table.to_string(index=False, float_format="{:.3f}".format))
            click.echo(told(table, settings.decision.precision_floor, WANTED_RECALL[name]))


if __name__ == "__main__":
    main()
