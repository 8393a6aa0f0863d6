"""How good the champion is beside EBM and CatBoost as they come, paired on the same folds.

python benchmarks/against_others.py                              # five bases; about an hour on one core
python benchmarks/against_others.py --base telco21 --base thresholds
python benchmarks/against_others.py --python PYTHON              # another interpreter, that has both
python benchmarks/against_others.py --settings FILE              # other settings of training

Every base (`others_sides/bases.py`) is cut into five folds by customer. Each fold is predicted from the other
four. Ours does there what a training run does: it cross-validates every arm, chooses the champion, fits and
calibrates it. EBM (`interpret`) and CatBoost run with their defaults in an environment of their own, made in
`benchmarks/.others` unless `--python` names one. They read the folds as Parquet; what they predict is kept
there and used again.

A difference is ours minus the better of the two, by their mean over the folds; its standard error is that of
the folds' paired differences. The verdict is "within noise" where ours is worse by less than two standard
errors or by less than 0.002, "ahead" where it is better by both, and else "behind".
"""

from __future__ import annotations

import subprocess
import sys
import zlib
from collections.abc import Sequence
from pathlib import Path

import click
import numpy as np
import pandas as pd

# So that the package `serving` is found before the script serving.py beside this one.
sys.path.insert(0, str(Path(__file__).parents[1]))

from others_sides.bases import BASES

from serving.card.metric_direction import LOWER_IS_BETTER
from training.dataset.point_in_time import Dataset
from training.dataset.split import Fold, folds_of
from training.metrics.metrics import score_metrics
from training.modelling.arms import cross_validate, encode_fold
from training.modelling.champion import fit_champion
from training.modelling.classifiers import predict
from training.settings.settings import DEFAULT_FILE, Settings, load_settings

HERE = Path(__file__).parent
PINNED = (
    "catboost==1.2.10",
    "interpret-core==0.7.8",
    "numpy==2.4.6",
    "pandas==3.1.1",
    "pyarrow==26.0.1",
    "scikit-learn==1.7.2",
)
METRICS = ("auc", "average_precision", "brier", "ece")
OURS = "Stayline"
ERRORS, MARGIN = 2.0, 0.002


def environment(place: Path) -> Path:
    """Return the interpreter of the others' environment; make it if it is not there."""
    python = place / "environment" / "bin" / "python"
    installed = place / "environment" / "installed.txt"
    if not installed.exists() or installed.read_text() != "\n".join(PINNED):
        subprocess.run([sys.executable, "-m", "venv", "--clear", python.parents[1]], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PINNED], check=True)
        installed.write_text("\n".join(PINNED))
    return python


def others(dataset: Dataset, folds: Sequence[Fold], python: Path, place: Path, threads: int) -> pd.DataFrame:
    """Return P(churn) of every row by EBM and by CatBoost, kept from an earlier run if it is there."""
    number = np.empty(len(dataset), dtype="int64")
    for at, fold in enumerate(folds):
        number[fold.test] = at
    name = f"{dataset.fingerprint[:12]}-{zlib.crc32(number.tobytes()):08x}"
    base, predictions = place / f"{name}.parquet", place / f"{name}.predictions.parquet"
    if not predictions.exists():
        dataset.features.assign(churned=dataset.churned, fold=number).to_parquet(base)
        fit = HERE / "others_sides" / "fit_others.py"
        subprocess.run([python, fit, base, predictions, str(threads)], check=True)
    return pd.read_parquet(predictions)


def ours(dataset: Dataset, folds: Sequence[Fold], settings: Settings) -> tuple[np.ndarray, list[str]]:
    """Return P(churn) of every row by a champion of the other folds, and the champions."""
    found, champions = np.empty(len(dataset)), []
    customers = dataset.keys["customerID"].to_numpy()
    for fold in folds:
        inner = folds_of(fold.train, customers, dataset.churned, settings.split.folds, settings.seed)
        encoded = encode_fold(dataset, fold)
        champion = fit_champion(cross_validate(dataset, inner, settings), encoded, settings)
        found[fold.test] = champion.calibrator.apply(predict(champion.estimator, encoded.matrix[fold.test]))
        champions.append(champion.arm.name)
    return found, champions


def by_fold(dataset: Dataset, folds: Sequence[Fold], predictions: pd.DataFrame) -> pd.DataFrame:
    """Return the metrics of every side, a row per fold and columns (metric, side)."""
    rows = {}
    for number, fold in enumerate(folds, 1):
        churned = dataset.churned[fold.test]
        for side, probability in predictions.items():
            rows[number, side] = score_metrics(churned, probability.to_numpy()[fold.test])
    table = pd.DataFrame(rows).T[list(METRICS)].rename_axis(["fold", "side"])
    return table.unstack("side")


def compared(table: pd.DataFrame) -> pd.DataFrame:
    """Return means, the better of the others, the paired difference, its standard error and the verdict."""
    rows = {}
    for name in METRICS:
        means = table[name].mean()
        lower = name in LOWER_IS_BETTER
        rivals = means.drop(OURS)
        best = str(rivals.idxmin() if lower else rivals.idxmax())
        difference = table[name][OURS] - table[name][best]
        mean, error = difference.mean(), difference.std(ddof=1) / np.sqrt(len(table))
        verdict = verdict_of(-mean if lower else mean, error)
        rows[name] = {
            **means,
            "best other": best,
            "difference": mean,
            "standard error": error,
            "verdict": verdict,
        }
    return pd.DataFrame(rows).T


def verdict_of(gain: float, error: float) -> str:
    """Return the verdict on a mean paired gain over the better other."""
    if abs(gain) < max(ERRORS * error, MARGIN):
        return "within noise"
    return "ahead" if gain > 0 else "behind"


@click.command()
@click.option("--base", "names", multiple=True, type=click.Choice(list(BASES)), help="By default all.")
@click.option(
    "--python", type=click.Path(path_type=Path, exists=True), help="It has both others and pyarrow."
)
@click.option("--place", default=HERE / ".others", type=click.Path(path_type=Path), help="A folder to keep.")
@click.option("--settings", "file", default=DEFAULT_FILE, type=click.Path(path_type=Path, exists=True))
@click.option("--folds", "count", default=5, show_default=True)
@click.option("--threads", default=1, show_default=True)
def main(
    names: tuple[str, ...], python: Path | None, place: Path, file: Path, count: int, threads: int
) -> None:
    """Print every base's metrics fold by fold, the paired differences, and the verdicts."""
    place.mkdir(parents=True, exist_ok=True)
    interpreter = python.absolute() if python else environment(place)
    settings = load_settings(file).model_copy(update={"threads": threads})
    for name in names or BASES:
        dataset = BASES[name]()
        rows, customers = np.arange(len(dataset)), dataset.keys["customerID"].to_numpy()
        folds = folds_of(rows, customers, dataset.churned, count, settings.seed)
        probability, champions = ours(dataset, folds, settings)
        predictions = others(dataset, folds, interpreter, place, threads).assign(**{OURS: probability})
        table = by_fold(dataset, folds, predictions)
        size = f"{len(dataset):,} rows, {dataset.features.shape[1]} features"
        click.echo(
            f"\n{name}: {size}, {dataset.churned.mean():.1%} churned; champions {', '.join(champions)}"
        )
        click.echo(table.stack("side", future_stack=True).to_string(float_format="{:.4f}".format))
        click.echo(compared(table).to_string(float_format="{:.4f}".format))


if __name__ == "__main__":
    main()
