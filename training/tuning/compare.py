"""Default against tuned parameters: on the run's own folds, and on the untouched part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from serving.card.metric_direction import LOWER_IS_BETTER
from training.dataset.point_in_time import Dataset
from training.dataset.split import Splits
from training.evaluation.comparison import paired_comparison
from training.evaluation.scored_run import score_untouched
from training.metrics.profit import customer_value
from training.metrics.scored import Scored
from training.modelling.arms import Arm, cross_validate
from training.settings.settings import Settings
from training.tuning.objective import with_parameters

COMPARED_METRICS = ("average_precision", "auc", "brier_calibrated")


@dataclass(frozen=True)
class SearchResult:
    """What the search of one arm found.

    Attributes
    ----------
    arm : Arm
    study : str
        Name of its study in the journal.
    default, best : mapping of str to Any
        The settings' own parameters, and those of the best trial.
    default_value, best_value : float
        Their means over the search's folds.
    trials : mapping of str to int
        ``complete``, ``pruned`` (stopped early) and ``failed`` (interrupted, tried again).
    seconds : float
        Of all trials.
    metric : str
    """

    arm: Arm
    study: str
    default: Mapping[str, Any]
    best: Mapping[str, Any]
    default_value: float
    best_value: float
    trials: Mapping[str, int]
    seconds: float
    metric: str

    @property
    def improved(self) -> bool:
        """Whether the best trial beats the default on the search's folds."""
        gain = self.best_value - self.default_value
        return gain < 0 if self.metric in LOWER_IS_BETTER else gain > 0

    @property
    def tuned(self) -> Mapping[str, Any]:
        """The best trial's parameters, or the default ones when no trial beats them."""
        return self.best if self.improved else self.default

    @property
    def tuned_value(self) -> float:
        """Mean of :attr:`tuned` over the search's folds."""
        return self.best_value if self.improved else self.default_value


def default_and_tuned(
    search: SearchResult, dataset: Dataset, splits: Splits, settings: Settings
) -> dict[str, Any]:
    """Judge both sets of parameters of one arm.

    Nothing is chosen by these figures: the search was over before the untouched part was looked at.

    Returns
    -------
    dict
        ``arm``: ``{"sampler", "classifier"}``; ``study``, ``trials``, ``seconds``: see :class:`SearchResult`;
        ``improved``: whether a trial beat the default; ``default`` and ``tuned``: ``{"parameters",
        "search": mean over the search's folds, "cross_validation": {metric: {"mean", "std"}}}`` on the run's
        own folds; ``untouched``: see :func:`training.evaluation.comparison.paired_comparison`,
        ``first`` being the tuned parameters and ``second`` the default ones.
    """
    default, default_scored = _evaluate(
        search, search.default, search.default_value, dataset, splits, settings
    )
    tuned, tuned_scored = _evaluate(search, search.tuned, search.tuned_value, dataset, splits, settings)
    return {
        "arm": search.arm.to_json(),
        "study": search.study,
        "trials": dict(search.trials),
        "seconds": search.seconds,
        "improved": search.improved,
        "default": default,
        "tuned": tuned,
        "untouched": paired_comparison(tuned_scored, default_scored, settings),
    }


def _evaluate(
    search: SearchResult,
    parameters: Mapping[str, Any],
    value: float,
    dataset: Dataset,
    splits: Splits,
    settings: Settings,
) -> tuple[dict[str, Any], Scored]:
    own_settings = with_parameters(settings, search.arm, parameters)
    [result] = cross_validate(dataset, splits.folds, own_settings)
    figures = {
        "parameters": dict(parameters),
        "search": value,
        "cross_validation": {
            name: {"mean": result.mean(name), "std": result.std(name)} for name in COMPARED_METRICS
        },
    }
    # A search is judged before there is a champion, and with it a survival model.
    assumed = customer_value(dataset, settings.profit)[splits.holdout.test]
    return figures, score_untouched(result, dataset, splits, own_settings, assumed)
