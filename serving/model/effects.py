"""What each offer adds to a customer's chance of staying, measured in past campaigns.

A small LightGBM regressor ranks customers by their response to an offer. The ranking is cut into bins, and
the effect of a bin, with its standard error, was measured on customers whom the ranking had not seen. An
offer whose ranking is not proven has one bin: its average effect, for everybody.
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np

from serving.errors import FormatError
from serving.model.documents import parse, read_document, write_document
from serving.model.measured import EffectColumns

EFFECTS_FILE = "effects.json"
Learner = Literal["T", "X", "DR"]
_AT_ONCE = 2_000
"""Most rows that are ranked on one thread; for so few, waking others takes longer."""


@dataclass(frozen=True)
class Estimate:
    """A figure with its interval."""

    estimate: float
    low: float
    high: float


@dataclass(frozen=True)
class OfferFacts:
    """How the effect of an offer was measured.

    Attributes
    ----------
    rows : int
        Customers to whom it was offered, counted once a campaign.
    average : float
        Its mean effect on everybody drawn, in probability.
    average_error : float
        Standard error of it.
    learner : str or None
        Of the ranking; None where the offer has one effect for everybody.
    qini : Estimate
        Of the best learner's ranking, out of fold: the mean gain over a random choice, over all depths, in
        probability per customer.
    """

    rows: int
    average: float
    average_error: float
    learner: Learner | None
    qini: Estimate


@dataclass(frozen=True)
class CampaignFacts:
    """The campaigns that effects were measured in.

    Attributes
    ----------
    horizon_days : int
        Days after the draw within which a customer stayed or left.
    campaigns : tuple of str
    held_out : int
        Rows of the hold-outs, who were offered nothing.
    involuntary : float
        Share of the rows that is left out because the customer left involuntarily.
    """

    horizon_days: int
    campaigns: tuple[str, ...]
    held_out: int
    involuntary: float


@dataclass(frozen=True, eq=False)
class OfferEffect:
    """The effect of one offer by bins of a ranking.

    Parameters
    ----------
    offer : str
    ranking : lightgbm.Booster or None
        Higher is more responsive; None with one bin.
    edges : tuple of float, (b - 1,)
        Scores between the bins, ascending.
    mean, error : tuple of float, (b,)
        Of each bin, the least responsive first; `mean` does not fall.
    facts : OfferFacts

    Raises
    ------
    FormatError
        If the parts do not fit together.
    """

    offer: str
    ranking: Any
    edges: tuple[float, ...]
    mean: tuple[float, ...]
    error: tuple[float, ...]
    facts: OfferFacts
    _own: threading.local = field(init=False, repr=False, default_factory=threading.local)

    def __post_init__(self) -> None:
        bins = len(self.mean)
        if (len(self.edges), len(self.error)) != (bins - 1, bins) or (self.ranking is None) != (bins == 1):
            raise FormatError(
                f"effect of {self.offer}: {bins} means, {len(self.error)} errors, {len(self.edges)} edges "
                f"and {'no' if self.ranking is None else 'a'} ranking do not go together; train again"
            )
        values = np.array([*self.edges, *self.mean, *self.error])
        rising = np.diff(self.edges).min(initial=0) >= 0 and np.diff(self.mean).min(initial=0) >= 0
        if not (np.isfinite(values).all() and rising and min(self.error) >= 0):
            raise FormatError(
                f"effect of {self.offer}: edges and means must be finite and not fall, and errors not be "
                "negative; train again"
            )

    @cached_property
    def width(self) -> int | None:
        """The number of encoded columns that the ranking reads; None without one."""
        return None if self.ranking is None else int(self.ranking.num_feature())

    def bins(self, encoded: np.ndarray) -> np.ndarray:
        """The bin of each row, (n,) of int."""
        if self.ranking is None:
            return np.zeros(len(encoded), dtype=np.intp)
        threads = 1 if len(encoded) <= _AT_ONCE else 0  # 0: as many as there are cores
        scores = self.ranking.predict(encoded, num_threads=threads)
        return np.asarray(np.searchsorted(self.edges, scores, side="right"))

    def bin_of_row(self, encoded: np.ndarray) -> int:
        """The bin of one row, (1, m); the same as `bins`, sooner."""
        if self.ranking is None:
            return 0
        if not hasattr(self._own, "single_row"):
            from serving.model.classifiers.lightgbm_call import SingleRow

            self._own.single_row = SingleRow(self.ranking, self.ranking.num_feature())
        return bisect_right(self.edges, float(self._own.single_row.predict(encoded)[0]))


@dataclass(frozen=True, eq=False)
class Effects:
    """The measured effects of all offers, and where they were measured."""

    each: tuple[OfferEffect, ...]
    facts: CampaignFacts

    def __post_init__(self) -> None:
        if not self.each or len(set(self.offers)) != len(self.each):
            raise FormatError(f"effects: the offers {list(self.offers)} must be some, each once; train again")

    @cached_property
    def offers(self) -> tuple[str, ...]:
        """Names of the offers, in the order of the columns."""
        return tuple(one.offer for one in self.each)

    def of(self, encoded: np.ndarray) -> EffectColumns:
        """Effects of rows encoded by the churn model's encoder.

        Parameters
        ----------
        encoded : ndarray of float64, (n, m)

        Returns
        -------
        EffectColumns
            Each (n, k), in the order of `offers`.
        """
        if len(encoded) == 1:
            mean, error = self.of_row(encoded)
            return EffectColumns(np.array([mean]), np.array([error]))
        bins = [one.bins(encoded) for one in self.each]
        return EffectColumns(
            np.column_stack([np.array(one.mean)[at] for one, at in zip(self.each, bins, strict=True)]),
            np.column_stack([np.array(one.error)[at] for one, at in zip(self.each, bins, strict=True)]),
        )

    def of_row(self, encoded: np.ndarray) -> tuple[list[float], list[float]]:
        """Means and errors of one row, (1, m), each of length k: the same as `of`, sooner."""
        bins = [one.bin_of_row(encoded) for one in self.each]
        return (
            [one.mean[at] for one, at in zip(self.each, bins, strict=True)],
            [one.error[at] for one, at in zip(self.each, bins, strict=True)],
        )

    def save(self, folder: Path) -> None:
        """Write ``effects.json``, and each ranking as LightGBM text beside it."""
        document = {
            "facts": asdict(self.facts),
            "offers": [
                {
                    "offer": one.offer,
                    "edges": list(one.edges),
                    "mean": list(one.mean),
                    "error": list(one.error),
                    "facts": asdict(one.facts),
                }
                for one in self.each
            ],
        }
        write_document(folder / EFFECTS_FILE, document)
        for number, one in enumerate(self.each):
            if one.ranking is not None:
                text = one.ranking.model_to_string()
                (folder / ranking_file(number)).write_text(text, encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Effects | None:
        """Read what `save` wrote; None where there is nothing.

        Raises
        ------
        FormatError
            If a file is missing or cannot be read, or the parts do not fit together.
        """
        if not (folder / EFFECTS_FILE).exists():
            return None
        document = parse(_Document, read_document(folder / EFFECTS_FILE), "effects")
        each = [
            OfferEffect(
                one.offer,
                _load_ranking(folder / ranking_file(number)) if one.edges else None,
                one.edges,
                one.mean,
                one.error,
                one.facts,
            )
            for number, one in enumerate(document.offers)
        ]
        return cls(tuple(each), document.facts)


@dataclass(frozen=True)
class _OfferDocument:
    offer: str
    edges: tuple[float, ...]
    mean: tuple[float, ...]
    error: tuple[float, ...]
    facts: OfferFacts


@dataclass(frozen=True)
class _Document:
    facts: CampaignFacts
    offers: tuple[_OfferDocument, ...]


def ranking_file(number: int) -> str:
    """Name of the file with the ranking of an offer, by its number among the offers."""
    return f"effect-{number}.txt"


def _load_ranking(path: Path) -> Any:
    import lightgbm  # a service whose model has no effects does without

    try:
        text = path.read_text(encoding="utf-8")
        ranking = lightgbm.Booster(model_str=text)
    except (OSError, UnicodeDecodeError, lightgbm.basic.LightGBMError) as error:
        raise FormatError(f"{path.name} cannot be read ({error}); register the model again") from error
    if "objective=regression" not in text.splitlines():
        raise FormatError(f"{path.name} is no regression; register the model again")
    return ranking
