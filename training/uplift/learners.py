"""T-, X- and DR-learner, each as one small regression: what is regressed on the features, on which rows.

* T: the difference of P(stay) with the offer and without.
* X (Künzel et al. 2019, PNAS 116(10)): of who was offered it, the outcome less P(stay) without; of the
  hold-out, P(stay) with the offer less the outcome. Each side weighs as much as the other one has rows.
* DR (Kennedy 2023, EJS 17(2)): the doubly robust score.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

import lightgbm
import numpy as np

from serving.model.effects import Learner
from training.dataset.history import HOLD_OUT
from training.uplift.sample import Sample
from training.uplift.scores import OfferScores

LEARNERS: tuple[Learner, ...] = get_args(Learner)


def targets(
    learner: Learner, sample: Sample, offer: str, scores: OfferScores
) -> tuple[np.ndarray, np.ndarray]:
    """What is regressed, and the weight of every row, both (n,); rows of weight 0 are not used."""
    if learner == "T":
        return scores.with_offer - scores.without, np.ones(len(sample))
    if learner == "DR":
        return scores.effect, np.ones(len(sample))
    offered, held_out = sample.offer == offer, sample.offer == HOLD_OUT
    share = offered.sum() / (offered.sum() + held_out.sum())
    target = np.where(offered, sample.stayed - scores.without, scores.with_offer - sample.stayed)
    weight = (offered * (1 - share) + held_out * share) / sample.probability
    return target, weight


def fit_ranking(
    matrix: np.ndarray,
    target: np.ndarray,
    weight: np.ndarray,
    parameters: Mapping[str, Any],
    seed: int,
) -> lightgbm.Booster:
    """Fit the small regressor; higher is more responsive.

    Parameters
    ----------
    matrix : ndarray, (n, m)
    target, weight : ndarray, (n,)
    parameters : mapping
        Of ``LGBMRegressor``.
    seed : int
    """
    used = weight > 0
    fixed = {"deterministic": True, "force_row_wise": True, "verbose": -1, "n_jobs": 1}
    regressor = lightgbm.LGBMRegressor(random_state=seed, **fixed, **parameters)
    scale = weight[used].mean()
    regressor.fit(matrix[used], target[used], sample_weight=weight[used] / scale)
    return lightgbm.Booster(model_str=regressor.booster_.model_to_string())
