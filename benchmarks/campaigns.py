"""Is the planned campaign worth it? Its profit in the simulated truth, beside that of a simple rule.

python benchmarks/campaigns.py                           # 7,043 customers, seeds 1 to 20
python benchmarks/campaigns.py 50000 --seed 1 --seed 2   # any size and seeds

Every seed is a base of its own, with two years of history. A model of one arm is trained, and a campaign is
planned by the playbook, by the project's own commands. The base then lives on for four months, so that the
truth has the effect of every offer on every customer.

* `rule` gives the discount to the tenth of the customers with the highest risk, the control group and those
  who asked not to be contacted among them.
* `cut` is the rule for those most at risk, as many as cost in the truth what the planned campaign costs.
* `planned` are those whom the campaign contacts. Its budget is what the rule is expected to cost if nobody is
  kept. A tenth of the chosen are held out.
* Profit is effect x value - (chance of staying with the offer) x cost - cost of a contact, summed over those
  contacted. Effect and chance are those of the truth, over the four months that an offer acts. Value is the
  model's, costs are the playbook's. To contact nobody has the profit 0.
  Who had left before the first day, which nobody knew yet, is not counted.
* `expected` is the profit that the plan expects.
* `harmed` is the share of the contacted whose log-odds of leaving rise by more than 0.2 a month; the
  simulator gives those whom an offer drives away 0.4 to 1.2, and everybody else noise of 0.03.
"""

from __future__ import annotations

import sys
import tempfile
import time
from bisect import bisect_right
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import click
import numpy as np
import pandas as pd

# So that the package `serving` is found before the script serving.py beside this one.
sys.path.insert(0, str(Path(__file__).parents[1]))

from campaign_sides.story import ROOT, Story, costs
from campaign_sides.truth import Truth, truth_of

from serving.decision.profit import expected_profit

TENTH, HOLDOUT = 0.1, 0.1
RULE = "discount"
HARMFUL = 0.2
HEADER = (
    "| customers | seed | profit, rule | cut | planned | expected | cost, rule | planned "
    "| contacted, rule | planned | harmed, base | rule | planned |"
)


class Side(NamedTuple):
    """What a choice of customers and offers is worth in the truth."""

    profit: float
    cost: float
    contacted: int
    harmed: float


def side_of(chosen: pd.DataFrame, truth: Truth, offers: tuple[str, ...]) -> Side:
    """Of one offer each for some customers.

    Parameters
    ----------
    chosen : DataFrame, (n, m)
        `place` among the rows of the truth, `offer` and `value`. The place of who had left is -1.
    """
    chosen = chosen[chosen["place"] >= 0]
    prices, contact_cost = costs()
    place, offer = chosen["place"].to_numpy(), pd.Index(offers).get_indexer(chosen["offer"])
    value, price = chosen["value"].to_numpy(), np.array([prices[one] for one in offers])[offer]
    effect = truth.effect[place, offer]
    profit = expected_profit(1 - truth.stays[place], effect, value, price, contact_cost)
    harmed = truth.log_odds[place, offer] > HARMFUL
    cost = float((effect * value - profit).sum())
    return Side(float(profit.sum()), cost, len(chosen), float(harmed.mean()))


def cut(rule: pd.DataFrame, cost: float, truth: Truth, offers: tuple[str, ...]) -> Side:
    """As many of the rule's customers, the most at risk first, as cost no more."""

    def first(n: int) -> Side:
        return side_of(rule.iloc[:n], truth, offers)

    return first(bisect_right(range(1, len(rule) + 1), cost, key=lambda n: first(n).cost))


def measure(customers: int, seed: int) -> tuple[Side, Side, float]:
    """Print a seed's row; return rule, plan, and the share that any offer would harm in the base."""
    with tempfile.TemporaryDirectory(dir=ROOT / "benchmarks", prefix=".campaigns-") as folder:
        return _measure(Story(Path(folder)), customers, seed)


def _measure(story: Story, customers: int, seed: int) -> tuple[Side, Side, float]:
    prices, contact_cost = costs()
    offers, begin = tuple(prices), time.perf_counter()
    scores = story.score(customers, seed)
    known = scores[~scores["left"] & scores["probability"].notna()]
    rule = known.nlargest(round(TENTH * len(known)), "probability").assign(offer=RULE)
    budget = float(((1 - rule["probability"]) * prices[RULE] + contact_cost).sum())
    plan = story.plan(budget, HOLDOUT)
    rows = story.everybody()
    truth = truth_of(rows, story.truth, offers)
    place = pd.Index(rows["customerID"])
    rule, contacted = (
        chosen.assign(place=place.get_indexer(chosen["customerID"]))
        for chosen in (rule, plan[plan["arm"] == "offer"])
    )
    by_rule, planned = (side_of(chosen, truth, offers) for chosen in (rule, contacted))
    same_cost = cut(rule, planned.cost, truth, offers)
    harmed = float((truth.log_odds[:, offers.index(RULE)] > HARMFUL).mean())
    expected = contacted["expected_profit"].sum()
    print(
        f"| {customers:,} | {seed} | {by_rule.profit:,.0f} | {same_cost.profit:,.0f} "
        f"| {planned.profit:,.0f} | {expected:,.0f} "
        f"| {by_rule.cost:,.0f} | {planned.cost:,.0f} | {by_rule.contacted:,} | {planned.contacted:,} "
        f"| {harmed:.1%} | {by_rule.harmed:.1%} | {planned.harmed:.1%} |",
        flush=True,
    )
    print(f"{time.perf_counter() - begin:.0f} s", file=sys.stderr, flush=True)
    return by_rule, planned, harmed


@click.command()
@click.argument("customers", default=7_043)
@click.option("--seed", "seeds", multiple=True, type=int, default=range(1, 21), help="[default: 1 to 20]")
def main(customers: int, seeds: tuple[int, ...]) -> None:
    """Print both sides of every seed, and in how many the planned campaign has more profit."""
    print(HEADER + "\n" + "| --- " * HEADER.count(" | ") + "| --- |")
    with ProcessPoolExecutor(1, get_context("spawn"), max_tasks_per_child=1) as one_each:
        found = list(one_each.map(measure, repeat(customers), seeds))
    better = sum(planned.profit > max(rule.profit, 0.0) for rule, planned, _ in found)
    less = sum(planned.harmed <= harmed / 2 for _, planned, harmed in found)
    print(f"Of {len(found)} planned campaigns {better} have more profit than the rule, and than none;")
    print(f"those harmed among the contacted are at most half their share in the base in {less}.")


if __name__ == "__main__":
    main()
