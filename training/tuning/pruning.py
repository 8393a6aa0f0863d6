"""When a trial is stopped before its last fold."""

from __future__ import annotations

import numpy as np
import optuna
from optuna.pruners import BasePruner
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState


class SameFoldsPruner(BasePruner):
    """Stop a trial that is worse than the median of the finished ones on the very same folds.

    Optuna's own median pruner compares the best of a trial's reports, as suits a learning curve. Here reports
    are means over the folds so far. Where the first fold is the easiest, its report would be every trial's
    best, and no trial would be stopped.

    Parameters
    ----------
    startup_trials : int
        Finished trials before any is stopped.
    least_folds : int
        Folds that every trial is judged on.
    """

    def __init__(self, startup_trials: int, least_folds: int) -> None:
        self._startup_trials = startup_trials
        self._least_folds = least_folds

    def prune(self, study: optuna.Study, trial: FrozenTrial) -> bool:
        """Whether to stop; reports are means over the folds up to their step, the first being 0."""
        step = trial.last_step
        if step is None or step + 1 < self._least_folds:
            return False
        states = (TrialState.COMPLETE, TrialState.PRUNED)
        finished = study.get_trials(deepcopy=False, states=states)
        if len(finished) < self._startup_trials:
            return False
        same = [other.intermediate_values[step] for other in finished if step in other.intermediate_values]
        gap = trial.intermediate_values[step] - float(np.median(same))
        return gap > 0 if study.direction == StudyDirection.MINIMIZE else gap < 0
