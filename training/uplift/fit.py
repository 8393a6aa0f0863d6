"""The wiring of uplift: from the campaigns in a lake to the effects of a registered model."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from rich.console import Console

from serving.features.offline_features import cast
from serving.model.effects import CampaignFacts, Effects
from serving.model.encoding import Encoder
from training.dataset.history import HOLD_OUT
from training.dataset.pull import Pulled
from training.metrics.profit import customer_value
from training.progress import progress_bar
from training.settings.settings import Settings
from training.uplift.campaigns import CampaignRows, read_campaigns
from training.uplift.offer import measure_offer
from training.uplift.sample import Sample, sample_of
from training.uplift.stay_models import stay_fits, stay_scores

LEAST_OF_EACH = 20
"""Fewest customers who stayed, and who left, with an offer and without, that classifiers can be fitted on."""


class Uplift(NamedTuple):
    """What past campaigns say.

    Attributes
    ----------
    effects : Effects or None
        None where no offer could be measured.
    section : dict
        Of ``run.json``: ``horizon_days``; ``campaigns`` with their rows; ``not_over``; ``rows`` by offer;
        ``involuntary``; ``depth``; ``offers``, one section each; and ``left_out``, offers with too few rows.
    """

    effects: Effects | None
    section: dict[str, Any]


def fit_uplift(pulled: Pulled, encoder: Encoder, console: Console | None = None) -> Uplift:
    """Measure the effect of every offer that a past campaign drew at random.

    Customers of the untouched part are among the rows: they are customers of the latest cohorts, who stayed
    after earlier campaigns, and without them the rest would hold too many who left.

    Parameters
    ----------
    pulled : Pulled
    encoder : Encoder
        Of the churn model.
    console : Console, optional
        Shows progress.

    Raises
    ------
    HistoryError
        When a table cannot be read.
    OfflineError
        When the features cannot be read.
    """
    drawn = read_campaigns(pulled.lake, pulled.history, pulled.settings.uplift.horizon_days)
    return measure_effects(drawn, pulled, encoder, console)


def measure_effects(
    drawn: CampaignRows, pulled: Pulled, encoder: Encoder, console: Console | None = None
) -> Uplift:
    """:func:`fit_uplift` on campaign rows that were read already."""
    settings, counts = pulled.settings.uplift, drawn.rows["offer"].value_counts()
    section: dict[str, Any] = {
        "horizon_days": settings.horizon_days,
        "campaigns": drawn.campaigns,
        "not_over": list(drawn.not_over),
        "rows": {str(offer): int(rows) for offer, rows in counts.sort_index().items()},
        "involuntary": drawn.involuntary,
        "depth": settings.depth,
        "offers": [],
        "left_out": [],
    }
    offers = _enough(drawn, settings.least_rows, section["left_out"])
    if not offers:
        return Uplift(None, section)
    names, held_out = tuple(drawn.campaigns), int(counts[HOLD_OUT])
    facts = CampaignFacts(settings.horizon_days, names, held_out, drawn.involuntary)
    return _measured(_sample(drawn, pulled, encoder), offers, facts, section, pulled.settings, console)


def _measured(
    sample: Sample,
    offers: list[str],
    facts: CampaignFacts,
    section: dict[str, Any],
    settings: Settings,
    console: Console | None,
) -> Uplift:
    steps = stay_fits(len(offers) + 1, settings.uplift.folds) + len(offers)
    with progress_bar("effects of offers", steps, console) as advance:
        stay = stay_scores(sample, [HOLD_OUT, *offers], settings, advance)
        each = []
        for offer in offers:
            rows = sample.with_offer(offer)
            used = np.isin(sample.campaign, rows.campaign)
            measured = measure_offer(
                rows, offer, {arm: scores[used] for arm, scores in stay.items()}, settings
            )
            each.append(measured.effect)
            section["offers"].append(measured.section)
            advance(offer)
    return Uplift(Effects(tuple(each), facts), section)


def _enough(drawn: CampaignRows, least: int, left_out: list[dict[str, Any]]) -> list[str]:
    """Offers with enough rows of both outcomes; the others go to ``left_out`` with their numbers."""
    rows, offers = drawn.rows, []
    for offer in sorted(set(rows["offer"]) - {HOLD_OUT}):
        made = rows[rows["campaign"].isin(rows.loc[rows["offer"] == offer, "campaign"])]
        offered, held_out = (made[made["offer"] == arm] for arm in (offer, HOLD_OUT))
        fewest = min(_fewest(offered["stayed"].to_numpy()), _fewest(held_out["stayed"].to_numpy()))
        if min(len(offered), len(held_out)) >= least and fewest >= LEAST_OF_EACH:
            offers.append(offer)
        else:
            numbers = {"offered": len(offered), "held_out": len(held_out), "fewest": fewest}
            left_out.append({"offer": offer, **numbers, "least": least, "least_of_each": LEAST_OF_EACH})
    return offers


def _fewest(stayed: np.ndarray) -> int:
    """The smaller of those who stayed and those who left."""
    return int(min(stayed.sum(), (1 - stayed).sum()))


def _sample(drawn: CampaignRows, pulled: Pulled, encoder: Encoder) -> Sample:
    dataset, settings = pulled.dataset, pulled.settings
    keys = drawn.rows[["customerID", "event_timestamp"]]
    features = cast(pulled.offline.read(keys), dataset.signature.features)
    value = customer_value(replace(dataset, keys=keys, features=features), settings.profit)
    matrix = encoder.encode_frame(features)
    return sample_of(drawn, matrix, value, settings.uplift.folds, settings.seed)
