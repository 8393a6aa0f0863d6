"""Customer segments: the nearest of k centroids on encoded and standardised features."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, JsonValue

from serving.errors import FormatError
from serving.model.documents import parse
from serving.model.encoding import Encoder


@dataclass(frozen=True, eq=False)
class Segments:
    """K-Means segments as data: no fitted object is kept.

    Parameters
    ----------
    encoder : Encoder
        Encodes the features the segments were fitted on.
    mean, scale : ndarray of float64, shape (m,)
        Standardisation of the encoded columns; scale is positive (1 for a constant column).
    centroids : ndarray of float64, shape (k, m)
        In standardised units.
    names : tuple of str, length k
        Readable, one for every centroid.
    profiles : tuple of dict, length k
        What a segment looks like: plain JSON types, as the report prints them.
    """

    encoder: Encoder
    mean: np.ndarray
    scale: np.ndarray
    centroids: np.ndarray
    names: tuple[str, ...]
    profiles: tuple[dict[str, Any], ...]

    def __post_init__(self) -> None:
        width, count = len(self.encoder.columns), len(self.names)
        shapes = (self.mean.shape, self.scale.shape, self.centroids.shape)
        if shapes != ((width,), (width,), (count, width)) or len(self.profiles) != count or count == 0:
            raise FormatError(
                f"segments: {count} names, {len(self.profiles)} profiles and {width} encoded columns do not "
                f"go with mean, scale and centroids of shapes {shapes}; fit the segments again"
            )
        if not all(np.isfinite(part).all() for part in (self.mean, self.scale, self.centroids)):
            raise FormatError("segments: mean, scale and centroids must be finite; fit the segments again")
        if not (self.scale > 0).all():
            raise FormatError(
                "segments: every scale must be positive (1 for a constant column); fit the segments again"
            )

    def assign(self, encoded: np.ndarray) -> np.ndarray:
        """Segment ids 0..k-1 of encoded rows.

        Parameters
        ----------
        encoded : ndarray of float64, shape (n, m)
            From ``self.encoder``.

        Returns
        -------
        ndarray of int, shape (n,)
        """
        away = ((encoded - self.mean) / self.scale)[:, np.newaxis, :] - self.centroids
        return np.asarray(np.einsum("ikj,ikj->ik", away, away).argmin(axis=1))

    def to_json(self) -> dict[str, Any]:
        """Plain JSON types, read back by `from_json`."""
        return {
            "encoder": self.encoder.to_json(),
            "mean": self.mean.tolist(),
            "scale": self.scale.tolist(),
            "centroids": self.centroids.tolist(),
            "names": list(self.names),
            "profiles": [dict(profile) for profile in self.profiles],
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Segments:
        """Read what `to_json` wrote. Raises FormatError naming what does not fit."""
        document = parse(_SegmentsDocument, content, "segments")
        try:
            arrays = [
                np.array(part, dtype=float) for part in (document.mean, document.scale, document.centroids)
            ]
        except ValueError as error:
            raise FormatError("segments: the centroids differ in length; register the model again") from error
        encoder = Encoder.from_json(document.encoder)
        return cls(encoder, arrays[0], arrays[1], arrays[2], document.names, document.profiles)


class _SegmentsDocument(BaseModel):
    model_config = ConfigDict(extra="forbid")

    encoder: dict[str, Any]
    mean: list[float]
    scale: list[float]
    centroids: list[list[float]]
    names: tuple[str, ...]
    profiles: tuple[dict[str, JsonValue], ...]
