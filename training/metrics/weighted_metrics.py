"""The metrics of scikit-learn with sample weights, for many sets of weights at once.

Rows are sorted by score once; every set of weights then costs a few sums. Each function gives what
scikit-learn's function of the same name gives with ``sample_weight``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

BINS = 10
"""Equal-width bins of the calibration error."""


@dataclass(frozen=True)
class Ranking:
    """Rows in groups of equal score, the highest first.

    Attributes
    ----------
    order : ndarray of int, (n,)
        Rows by descending score.
    starts : ndarray of int, (g,)
        Where each group starts in ``order``.
    churned : ndarray of float64, (n,)
        Labels, in the rows' own order.
    """

    order: np.ndarray
    starts: np.ndarray
    churned: np.ndarray

    @classmethod
    def of(cls, churned: np.ndarray, score: np.ndarray) -> Ranking:
        """Sort rows by score."""
        order = np.argsort(-score, kind="stable")
        ranked = score[order]
        starts = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]])
        return cls(order, starts, churned.astype("float64"))

    def groups(self, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Weight of the churners and of all rows in each group, both (draws, g)."""
        return self._sum(weights * self.churned), self._sum(weights)

    def _sum(self, values: np.ndarray) -> np.ndarray:
        summed: np.ndarray = np.add.reduceat(values[:, self.order], self.starts, axis=1)
        return summed


def rank_metrics(ranking: Ranking, weights: np.ndarray) -> dict[str, np.ndarray]:
    """``auc``, ``average_precision`` and ``lift_top_decile``, each (draws,).

    Lift is the churn rate among the tenth of the weight with the highest scores over the overall one; a group
    of equal scores that the border runs through counts in proportion.
    """
    churners, rows = ranking.groups(weights)
    all_churners, all_rows = churners.sum(axis=1), rows.sum(axis=1)
    others = rows - churners
    with np.errstate(invalid="ignore", divide="ignore"):
        below = others.sum(axis=1, keepdims=True) - np.cumsum(others, axis=1)
        wins = (churners * (below + 0.5 * others)).sum(axis=1)
        auc = wins / (all_churners * (all_rows - all_churners))
        so_far = np.cumsum(rows, axis=1)
        precision = np.divide(
            np.cumsum(churners, axis=1), so_far, out=np.zeros_like(so_far), where=so_far > 0
        )
        average_precision = (churners * precision).sum(axis=1) / all_churners
        taken = np.clip(0.1 * all_rows[:, None] - (so_far - rows), 0, rows)
        share = np.divide(taken, rows, out=np.zeros_like(rows), where=rows > 0)
        lift = (churners * share).sum(axis=1) / (0.1 * all_churners)
    return {"auc": auc, "average_precision": average_precision, "lift_top_decile": lift}


def confusion_metrics(
    churned: np.ndarray, contacted: np.ndarray, weights: np.ndarray
) -> dict[str, np.ndarray]:
    """Figures of who was contacted: accuracy, precision, recall, f1, kappa, mcc, contact_share.

    Each is (draws,).
    Precision is NaN when nobody is contacted; recall when nobody churned.

    Parameters
    ----------
    churned, contacted : ndarray of bool or int, (n,)
    weights : ndarray, (draws, n)
    """
    churned, contacted = churned.astype(bool), contacted.astype(bool)
    both, missed = weights @ (churned & contacted), weights @ (churned & ~contacted)
    wrongly, neither = weights @ (~churned & contacted), weights @ (~churned & ~contacted)
    total = both + missed + wrongly + neither
    agreed = (both + neither) / total
    with np.errstate(invalid="ignore", divide="ignore"):
        by_chance = ((both + wrongly) * (both + missed) + (neither + missed) * (neither + wrongly)) / total**2
        spread = np.sqrt((both + wrongly) * (both + missed) * (neither + wrongly) * (neither + missed))
        return {
            "accuracy": agreed,
            "precision": both / (both + wrongly),
            "recall": both / (both + missed),
            "f1": 2 * both / (2 * both + wrongly + missed),
            "kappa": (agreed - by_chance) / (1 - by_chance),
            "mcc": np.where(spread > 0, (both * neither - wrongly * missed) / spread, 0.0),
            "contact_share": (both + wrongly) / total,
        }


def probability_metrics(
    churned: np.ndarray, probability: np.ndarray, weights: np.ndarray
) -> dict[str, np.ndarray]:
    """``brier``, ``log_loss`` and ``ece``, each (draws,).

    ``ece`` is the expected calibration error over ten bins of equal width: the mean, over the rows, of how
    far the mean probability of a row's bin lies from its churn rate (Naeini, Cooper and Hauskrecht 2015;
    Guo et al. 2017). Chance makes it larger on average, and a bootstrap draw adds chance of its own: the
    interval lies too high, and for a well-calibrated model the estimate may fall below it.
    """
    total = weights.sum(axis=1)
    clipped = np.clip(probability, np.finfo("float64").eps, 1 - np.finfo("float64").eps)
    surprise = -np.where(churned == 1, np.log(clipped), np.log1p(-clipped))
    in_bin = np.eye(BINS)[bin_of(probability)] * (probability - churned)[:, None]
    return {
        "brier": weights @ (probability - churned) ** 2 / total,
        "log_loss": weights @ surprise / total,
        "ece": np.abs(weights @ in_bin).sum(axis=1) / total,
    }


def bin_of(probability: np.ndarray) -> np.ndarray:
    """The bin, 0 to 9, of every probability; 1.0 lies in the last."""
    bins: np.ndarray = np.minimum((probability * BINS).astype("int64"), BINS - 1)
    return bins
