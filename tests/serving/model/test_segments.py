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


def test_json_holds_every_part_as_plain_values() -> None:
    assert SEGMENTS.to_json() == {
        "encoder": ENCODER.to_json(),
        "mean": [30.0, 60.0],
        "scale": [10.0, 20.0],
        "centroids": [[-1.0, 0.0], [1.0, 0.0], [0.0, 3.0]],
        "names": ["new", "loyal", "dear"],
        "profiles": [{"customers": 3}, {"customers": 2}, {"customers": None}],
    }


def apart(names: int, profiles: int, *shapes: tuple[int, ...]) -> str:
    return (
        f"segments: {names} names, {profiles} profiles and 2 encoded columns do not go with mean, scale and "
        f"centroids of shapes {shapes}; fit the segments again"
    )


NOT_FINITE = "segments: mean, scale and centroids must be finite; fit the segments again"
NOT_POSITIVE = "segments: every scale must be positive (1 for a constant column); fit the segments again"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"names": ("new",)}, apart(1, 3, (2,), (2,), (3, 2))),
        ({"profiles": ({},)}, apart(3, 1, (2,), (2,), (3, 2))),
        ({"names": (), "profiles": (), "centroids": np.zeros((0, 2))}, apart(0, 0, (2,), (2,), (0, 2))),
        ({"mean": np.zeros(3)}, apart(3, 3, (3,), (2,), (3, 2))),
        ({"scale": np.ones(3)}, apart(3, 3, (2,), (3,), (3, 2))),
        ({"scale": np.array([0.0, 1.0])}, NOT_POSITIVE),
        ({"scale": np.array([1.0, -1.0])}, NOT_POSITIVE),
        ({"mean": np.array([0.0, np.nan])}, NOT_FINITE),
        ({"scale": np.array([1.0, np.inf])}, NOT_FINITE),
        ({"centroids": np.full((3, 2), np.nan)}, NOT_FINITE),
    ],
)
def test_parts_that_do_not_go_together_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(FormatError) as refused:
        replace(SEGMENTS, **change)
    assert str(refused.value) == message


def test_centroids_of_different_lengths_are_refused() -> None:
    with pytest.raises(FormatError) as refused:
        Segments.from_json({**SEGMENTS.to_json(), "centroids": [[1.0], [1.0, 2.0], [0.0, 0.0]]})
    assert str(refused.value) == "segments: the centroids differ in length; register the model again"


def test_a_part_of_the_wrong_kind_is_named() -> None:
    with pytest.raises(FormatError, match=r"^segments: mean"):
        Segments.from_json({**SEGMENTS.to_json(), "mean": "none"})


def test_a_scale_below_one_is_a_scale() -> None:
    assert replace(SEGMENTS, scale=np.array([0.5, 0.25])).scale.tolist() == [0.5, 0.25]
