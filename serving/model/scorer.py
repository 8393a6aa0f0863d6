"""Features to scores: the one path that batch scoring, ``/score`` and ``/score_many`` share."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from serving.errors import ScoreError
from serving.model.churn_model import ChurnModel
from serving.model.frame_bounds import check_frame
from serving.settings import Bands

Band = Literal["low", "medium", "high"]
BANDS: tuple[Band, ...] = ("low", "medium", "high")
CHUNK = 65_536
"""Rows that `Scorer.score_frame` encodes at a time, which bounds its memory at about 30 MB."""


class Score(NamedTuple):
    """One customer's score.

    Attributes
    ----------
    probability : float
        Calibrated P(churn) within the model's horizon, in 0..1.
    band : str
        ``low``, ``medium`` or ``high``.
    segment_id : int
    segment : str
        The segment's name.
    """

    probability: float
    band: Band
    segment_id: int
    segment: str


class ScoreColumns(NamedTuple):
    """Scores of several customers, in order: each field of `Score` as a list."""

    probability: list[float]
    band: list[Band]
    segment_id: list[int]
    segment: list[str]

    def each(self) -> list[Score]:
        """The scores one by one."""
        return list(map(Score, *self))


class _Scores(NamedTuple):
    probability: np.ndarray
    band: np.ndarray  # index into BANDS
    segment_id: np.ndarray


class Scorer:
    """A model with its risk bands.

    Parameters
    ----------
    model : ChurnModel
    tag : str
        The model's exact tag, which goes into every answer.
    bands : Bands
    """

    def __init__(self, model: ChurnModel, tag: str, bands: Bands) -> None:
        self.model = model
        self.tag = tag
        self.bands = bands
        self._edges = [bands.medium, bands.high]
        self._shared_encoding = model.segments.encoder == model.encoder
        names, self._bounds = model.signature.names, model.signature.bounds
        self._encoder = model.encoder.row_encoder(names, self._bounds)
        self._segment_encoder = model.segments.encoder.row_encoder(names)

    def score_rows(self, rows: Sequence[Mapping[str, object]]) -> list[Score]:
        """Score mappings of feature name to value (None or absent: missing), in order; no pandas.

        Raises
        ------
        EncodingError
            If a number is text, infinite or out of its bounds, or a category cannot have its value.
        ScoreError
            If the model gives something that is not a probability.
        """
        names = self.model.signature.names
        return self.score_values([[row.get(name) for name in names] for row in rows])

    def score_values(self, rows: Sequence[Sequence[object]]) -> list[Score]:
        """Like `score_rows`, for values in the signature's order."""
        if not rows:
            return []
        return self.score_columns(list(zip(*rows, strict=True))).each()

    def score_row(self, row: Sequence[object]) -> Score:
        """Score one customer's values in the signature's order: the same bits as `score_columns`, sooner.

        Raises
        ------
        EncodingError, ScoreError
            As `score_rows`.
        """
        encoded = self._encoder.encode_row(row)
        probability = float(self.model.predict(encoded)[0])
        if not 0 <= probability <= 1:  # also false for NaN
            raise self._not_a_probability(probability, 0)
        for_segments = encoded if self._shared_encoding else self._segment_encoder.encode_row(row)
        segment = int(self.model.segments.assign(for_segments)[0])
        band = BANDS[bisect_right(self._edges, probability)]
        return Score(probability, band, segment, self.model.segments.names[segment])

    def score_columns(self, columns: Sequence[Sequence[object]]) -> ScoreColumns:
        """Scores of at least one customer, without an object for each.

        Parameters
        ----------
        columns : sequence of sequences
            One sequence per feature, in the signature's order, with each customer's value; None is missing.

        Raises
        ------
        EncodingError, ScoreError
            As `score_rows`.
        """
        encoded = self._encoder.encode_columns(columns)
        for_segments = encoded if self._shared_encoding else self._segment_encoder.encode_columns(columns)
        scores = self._score(encoded, for_segments)
        names, segments = self.model.segments.names, scores.segment_id.tolist()
        return ScoreColumns(
            scores.probability.tolist(),
            [BANDS[band] for band in scores.band.tolist()],
            segments,
            [names[segment] for segment in segments],
        )

    def encode_columns(self, columns: Sequence[Sequence[object]]) -> np.ndarray:
        """Customers as the model's encoder encodes them, (n, m), from one sequence per feature."""
        return self._encoder.encode_columns(columns)

    def score_frame(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Score a frame that has the signature's features as columns.

        Returns
        -------
        DataFrame
            ``probability``, ``band``, ``segment_id``, ``segment``, with the frame's index and order.

        Raises
        ------
        EncodingError, ScoreError
            As `score_rows`.
        """
        check_frame(frame, self._bounds)
        chunks = [frame.iloc[start : start + CHUNK] for start in range(0, len(frame), CHUNK)]
        scores = [self._score(*self._encode_frame(chunk)) for chunk in chunks]
        parts = [np.concatenate(part) for part in zip(*scores, strict=True)] or [np.empty(0, dtype=int)] * 3
        probability, band, segment_id = parts
        columns = {
            "probability": probability.astype(float),
            "band": np.array(BANDS, dtype=object)[band],
            "segment_id": segment_id.astype("int64"),
            "segment": np.array(self.model.segments.names, dtype=object)[segment_id],
        }
        return pd.DataFrame(columns, index=frame.index)

    def _encode_frame(self, frame: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
        encoded = self.model.encoder.encode_frame(frame)
        return encoded, encoded if self._shared_encoding else self.model.segments.encoder.encode_frame(frame)

    def _score(self, encoded: np.ndarray, for_segments: np.ndarray) -> _Scores:
        probability = self.model.predict(encoded)
        sound = (probability >= 0) & (probability <= 1)  # false for NaN too
        if not sound.all():
            row = int(np.flatnonzero(~sound)[0])
            raise self._not_a_probability(probability[row], row)
        band = np.searchsorted(self._edges, probability, side="right")
        return _Scores(probability, band, self.model.segments.assign(for_segments))

    def _not_a_probability(self, value: float, row: int) -> ScoreError:
        return ScoreError(f"model {self.tag} gives {value} for row {row}; roll back or train again")
