from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from serving.errors import FormatError
from serving.model.encoding import Encoder
from serving.model.segments import Segments
from serving.model.signature import FeatureSpec

ENCODER = Encoder(
    (
        FeatureSpec("tenure", "billing", "number", "Int64"),
        FeatureSpec("charge", "billing", "number", "Float64"),
    ),
    {},
    {"tenure": 0.0, "charge": 0.0},
)
SEGMENTS = Segments(
    encoder=ENCODER,
    mean=np.array([30.0, 60.0]),
    scale=np.array([10.0, 20.0]),
    centroids=np.array([[-1.0, 0.0], [1.0, 0.0], [0.0, 3.0]]),
    names=("new", "loyal", "dear"),
    profiles=({"customers": 3}, {"customers": 2}, {"customers": None}),
)


def test_the_nearest_centroid_in_standardised_units() -> None:
    # standardised: (-1, 0), (0.5, 0.1), (0, 2)
    rows = np.array([[20.0, 60.0], [35.0, 62.0], [30.0, 100.0]])
    assert SEGMENTS.assign(rows).tolist() == [0, 1, 2]


def test_the_scale_decides_which_centroid_is_nearest() -> None:
    # standardised: (1.2, 1.4). In the columns' own units it is (12, 28), nearer to (0, 3) than to (1, 0).
    assert SEGMENTS.assign(np.array([[42.0, 88.0]])).tolist() == [1]


def test_no_rows() -> None:
    assert SEGMENTS.assign(np.empty((0, 2))).tolist() == []


def test_json_gives_the_same_segments() -> None:
    again = Segments.from_json(json.loads(json.dumps(SEGMENTS.to_json())))
    assert again.to_json() == SEGMENTS.to_json()
    assert again.centroids.tobytes() == SEGMENTS.centroids.tobytes()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"names": ("new",)}, "1 names, 3 profiles"),
        ({"mean": np.zeros(3)}, "2 encoded columns"),
        ({"scale": np.array([0.0, 1.0])}, "scale must be positive"),
        ({"centroids": np.full((3, 2), np.nan)}, "must be finite"),
    ],
)
def test_parts_that_do_not_go_together_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(FormatError, match=message):
        replace(SEGMENTS, **change)


def test_centroids_of_different_lengths_are_refused() -> None:
    with pytest.raises(FormatError, match="differ in length"):
        Segments.from_json({**SEGMENTS.to_json(), "centroids": [[1.0], [1.0, 2.0], [0.0, 0.0]]})
