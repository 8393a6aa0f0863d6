"""How much simulated bases look like the published one: target and reached, seed by seed.

python benchmarks/resemblance.py                                   # 7,043 customers, 36 months, seed 7
python benchmarks/resemblance.py --seeds 1-10 --customers 2000
python benchmarks/resemblance.py --lake data/lake                  # the base that lies there
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import click
import pandas as pd

from data.lake_files.swap import open_lake
from data.simulation.history import simulate
from data.simulation.resemblance import (
    SHARES,
    TARGETS,
    cohort,
    last_cohort,
    last_observation,
    measure,
    shares,
)
from data.simulation.settings import Settings

END = date(2026, 11, 1)
EARLIER = (3, 6, 9)


def figures(lake: Path) -> dict[str, float]:
    """Return every figure of the last cohort and of the earlier ones."""
    frame = last_cohort(lake)
    found = {"customers": float(len(frame)), **measure(frame)}
    for (column, category), share in shares(frame).items():
        found[f"{column} = {category}"] = share
    last = pd.Timestamp(last_observation(open_lake(lake)))
    for months in EARLIER:
        observed: datetime = (last - pd.DateOffset(months=months)).to_pydatetime()
        earlier = cohort(lake, observed, 30, 90)
        found[f"customers, {months} months before"] = float(len(earlier))
        found[f"share leaving, {months} months before"] = float(earlier["left"].mean())
    return found


def targets() -> dict[str, str]:
    """Return target and tolerance of every figure that has one."""
    fixed = {name: f"{t.value:.4g} ± {t.tolerance:g}" for name, t in TARGETS.items()}
    told = {
        f"{c} = {k}": f"{share:.3f}" for c, categories in SHARES.items() for k, share in categories.items()
    }
    return fixed | told


def simulated(customers: int, months: int, seeds: range) -> Iterator[tuple[str, dict[str, float]]]:
    """Yield the figures of one base per seed."""
    for seed in seeds:
        with tempfile.TemporaryDirectory() as place:
            lake = Path(place, "lake")
            simulate(Settings(customers, months, seed, END), lake, Path(place, "truth"))
            yield f"seed {seed}", figures(lake)


@click.command()
@click.option("--customers", default=7043, show_default=True)
@click.option("--months", default=36, show_default=True)
@click.option("--seeds", default="7", show_default=True, help="One seed, or a range as 1-10.")
@click.option("--lake", type=click.Path(path_type=Path), help="Measure the simulated base that lies there.")
def main(customers: int, months: int, seeds: str, lake: Path | None) -> None:
    """Print target and reached."""
    first, _, last = seeds.partition("-")
    chosen = range(int(first), int(last or first) + 1)
    columns = {"here": figures(lake)} if lake else dict(simulated(customers, months, chosen))
    table = pd.DataFrame(columns).map(lambda value: f"{value:,.0f}" if value >= 100 else f"{value:.3f}")
    table.insert(0, "target", pd.Series(targets()).reindex(table.index).fillna(""))
    print(table.to_string())


if __name__ == "__main__":
    main()
