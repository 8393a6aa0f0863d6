"""K-Means segments on one-hot and scaled features: their number, members and names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.cluster import KMeans
from sklearn.metrics import calinski_harabasz_score, silhouette_score
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from serving.model.encoding import Encoder
from serving.model.segments import Segments
from training.segments.former_segments import Matched, match
from training.segments.segment_names import name_segments
from training.settings.segments import SegmentSettings

RESTARTS = 10


@dataclass(frozen=True)
class SegmentCount:
    """How well k segments describe the customers.

    Attributes
    ----------
    k : int
    inertia : float
        Sum of squared distances to the nearest centroid, in standardised units (for the elbow).
    silhouette : float
        Mean silhouette, -1 to 1, higher is better.
    calinski_harabasz : float
        Ratio of between to within dispersion, higher is better.
    """

    k: int
    inertia: float
    silhouette: float
    calinski_harabasz: float

    def to_json(self) -> dict[str, Any]:
        """Plain values for reports and model metadata."""
        return asdict(self)


@dataclass(frozen=True)
class Segmentation:
    """The chosen segments, and the measures of every k.

    Attributes
    ----------
    segments : Segments
        In serving's format: encoder, scaling, centroids, names, profiles.
    counts : tuple of SegmentCount
    preferred : dict of str to int
        The k that ``elbow``, ``silhouette`` and ``calinski_harabasz`` prefer.
    matched : Matched or None
        Beside the former segments; None where there are none to match.
    """

    segments: Segments
    counts: tuple[SegmentCount, ...]
    preferred: dict[str, int]
    matched: Matched | None = None


def fit_segments(
    frame: pd.DataFrame,
    churned: np.ndarray,
    encoder: Encoder,
    settings: SegmentSettings,
    seed: int,
    former: Segments | None = None,
) -> Segmentation:
    """Fit the segments on training rows.

    Parameters
    ----------
    frame : DataFrame, (n, m)
        Features of the training part.
    churned : ndarray of int, (n,)
        Their labels, for the profiles only; clustering does not use them.
    encoder : Encoder
        The model's own encoder.
    settings : SegmentSettings
    seed : int
    former : Segments, optional
        Of the champion; a segment that goes on keeps its id and its name.
    """
    encoded = encoder.encode_frame(frame)
    scaler = StandardScaler().fit(encoded)
    scaled = scaler.transform(encoded)
    # Several threads add up distances in varying order; one thread gives the same bits each time.
    with threadpool_limits(1):
        models = {k: _kmeans(scaled, k, seed) for k in range(settings.k_min, settings.k_max + 1)}
        counts = tuple(_judge(scaled, model, settings.silhouette_rows, seed) for model in models.values())
    chosen = models[settings.k]
    matched = None if former is None else match(chosen.labels_, former, frame)
    ids = np.arange(settings.k) if matched is None else matched.ids
    labels = ids[chosen.labels_]
    profiles = [
        _profile(frame[labels == segment], churned[labels == segment], len(frame))
        for segment in range(settings.k)
    ]
    segments = Segments(
        encoder=encoder,
        mean=scaler.mean_,
        scale=scaler.scale_,
        centroids=chosen.cluster_centers_[np.argsort(ids)],
        names=name_segments(frame, labels, {} if matched is None else matched.names),
        profiles=tuple(profiles),
    )
    return Segmentation(segments, counts, preferred(counts), matched)


def _kmeans(scaled: np.ndarray, k: int, seed: int) -> KMeans:
    return KMeans(n_clusters=k, n_init=RESTARTS, random_state=seed).fit(scaled)


def _judge(scaled: np.ndarray, model: KMeans, silhouette_rows: int, seed: int) -> SegmentCount:
    sample = silhouette_rows if len(scaled) > silhouette_rows else None
    return SegmentCount(
        k=int(model.n_clusters),
        inertia=float(model.inertia_),
        silhouette=float(silhouette_score(scaled, model.labels_, sample_size=sample, random_state=seed)),
        calinski_harabasz=float(calinski_harabasz_score(scaled, model.labels_)),
    )


def preferred(counts: Sequence[SegmentCount]) -> dict[str, int]:
    """The k that each measure prefers.

    The elbow is the k whose inertia lies furthest below the straight line from the first to the last k
    (Satopaa et al. 2011, "Finding a kneedle in a haystack").
    """
    ks = np.array([count.k for count in counts], dtype="float64")
    inertia = np.array([count.inertia for count in counts])
    line = np.interp(ks, [ks[0], ks[-1]], [inertia[0], inertia[-1]])
    return {
        "elbow": int(ks[np.argmax(line - inertia)]),
        "silhouette": max(counts, key=lambda count: count.silhouette).k,
        "calinski_harabasz": max(counts, key=lambda count: count.calinski_harabasz).k,
    }


def _profile(rows: pd.DataFrame, churned: np.ndarray, total: int) -> dict[str, Any]:
    """Size, churn, the mean of every number and the shares of every category."""
    numbers = rows.select_dtypes("number")
    return {
        "rows": len(rows),
        "share": len(rows) / total,
        "churn_rate": float(churned.mean()),
        "means": {str(name): float(column.mean()) for name, column in numbers.items()},
        "shares": {
            str(name): {
                str(value): float(share)
                for value, share in column.value_counts(normalize=True).sort_index().items()
            }
            for name, column in rows.select_dtypes("object").items()
        },
    }
