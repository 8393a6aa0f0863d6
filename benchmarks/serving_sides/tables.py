"""The measured figures as a table, and the project's limits held against them."""

from __future__ import annotations

import statistics

import numpy as np
from serving_sides.server import Told

Figures = dict[str, list[dict[str, Told]]]


def print_table(figures: Figures, hundred: float, raw: dict[str, float]) -> None:
    """Print every side, then every limit.

    Parameters
    ----------
    figures : dict
        Of every side, round by round: ``one`` and ``many`` clients at a time.
    hundred : float
        Milliseconds of processor time of one `/score_many` of 100 customers.
    raw : dict
        ``read``, ``predict`` and ``both``, milliseconds, of the same 100; see ``in_process.py``.
    """
    print(f"{'':<10} {'CPU ms a request':>17} {'p50 ms':>15} {'p99 ms':>7} {'per second':>11}")
    print(f"{'clients':<10} {'1':>8} {'32':>8} {'1':>7} {'32':>7} {'32':>7} {'32':>11}")
    told = {name: _summary(rounds) for name, rounds in figures.items()}
    for name, row in told.items():
        print(
            f"{name:<10} {row['cpu_one']:8.3f} {row['cpu']:8.3f} {row['p50_one']:7.2f} {row['p50']:7.1f}"
            f" {row['p99']:7.1f} {row['rate']:11.0f}"
        )
    print(
        f"100 customers: /score_many {hundred:.2f} ms, raw read {raw['read']:.2f} ms, "
        f"raw predict {raw['predict']:.2f} ms, both in turn {raw['both']:.2f} ms (CPU)"
    )
    ours = told["stayline"]
    for clients, cpu in ((32, "cpu"), (1, "cpu_one")):
        ratio = ours[cpu] / told["no-op"][cpu]
        _limit(f"CPU of /score over the no-op, {clients} clients at a time", ratio, 2, at_most=True)
    _limit("p99 at 32 clients, ms", ours["p99"], 50, at_most=True)
    _limit("throughput over the stock stack", ours["rate"] / told["stock"]["rate"], 5, at_most=False)
    _limit(
        "/score_many of 100 over raw read and raw predict, in turn", hundred / raw["both"], 2, at_most=True
    )


def _summary(rounds: list[dict[str, Told]]) -> dict[str, float]:
    """Medians over the rounds; processor time and rate are those with many clients if not told otherwise."""

    def quantile(kind: str, share: float) -> float:
        return float(statistics.median(np.quantile(one[kind].times, share) for one in rounds))

    return {
        "cpu_one": statistics.median(one["one"].cpu for one in rounds),
        "cpu": statistics.median(one["many"].cpu for one in rounds),
        "rate": statistics.median(one["many"].rate for one in rounds),
        "p50_one": quantile("one", 0.5),
        "p50": quantile("many", 0.5),
        "p99": quantile("many", 0.99),
    }


def _limit(what: str, value: float, limit: float, at_most: bool) -> None:
    kept = value <= limit if at_most else value >= limit
    print(
        f"{'PASS' if kept else 'FAIL'}  {what}: {value:.2f} ({'at most' if at_most else 'at least'} {limit})"
    )
