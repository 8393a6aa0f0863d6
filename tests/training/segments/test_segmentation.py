from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from shipped_settings import changed

from serving.model.encoding import fit_encoder
from serving.model.signature import signature_of
from training.segments.former_segments import match
from training.segments.segment_names import name_segments
from training.segments.segmentation import SegmentCount, fit_segments, preferred
from training.settings.segments import SegmentSettings


@pytest.fixture(scope="module")
def three_groups() -> tuple[pd.DataFrame, np.ndarray]:
    """60 customers without internet, 60 new ones on fibre month to month, 60 loyal ones on long contracts."""
    random = np.random.default_rng(2)
    groups = [
        ("No", "One year", 35, 20.0),
        ("Fiber optic", "Month-to-month", 4, 80.0),
        ("DSL", "Two year", 65, 100.0),
    ]
    frame = pd.DataFrame(
        [
            {
                "InternetService": net,
                "Contract": term,
                "tenure": months + int(random.integers(0, 4)),
                "MonthlyCharges": charge + float(random.normal()),
            }
            for net, term, months, charge in groups
            for _ in range(60)
        ]
    )
    return frame, np.repeat([0, 1, 2], 60)


@pytest.fixture(scope="module")
def encoder(three_groups):
    frame, _ = three_groups
    return fit_encoder(frame, signature_of("churn_v1", list(frame)).features)


SETTINGS = SegmentSettings(k=3, k_min=2, k_max=5, silhouette_rows=100)


def test_three_plain_groups_are_found_named_and_profiled(three_groups, encoder):
    frame, group = three_groups
    churned = (group == 1).astype(int)
    result = fit_segments(frame, churned, encoder, SETTINGS, seed=42)
    found = result.segments.assign(encoder.encode_frame(frame))
    names = np.array(result.segments.names)[found]
    assert set(names[group == 0]) == {"No internet"}
    assert set(names[group == 1]) == {"New, month-to-month"}
    assert set(names[group == 2]) == {"Loyal, high value"}
    profile = result.segments.profiles[list(result.segments.names).index("New, month-to-month")]
    assert profile["rows"] == 60
    assert profile["share"] == pytest.approx(1 / 3)
    assert profile["churn_rate"] == 1.0
    assert profile["shares"]["InternetService"] == {"Fiber optic": 1.0}
    assert profile["means"]["tenure"] == pytest.approx(frame["tenure"][group == 1].mean())
    assert result.preferred["silhouette"] == 3
    assert [count.k for count in result.counts] == [2, 3, 4, 5]


def test_a_column_counts_by_its_scale_and_not_by_its_unit():
    # Two groups differ in the tenure. In cents the charge varies a thousand times as far, and tells nothing.
    random = np.random.default_rng(4)
    group = np.repeat([0, 1], 60)
    frame = pd.DataFrame({"tenure": 2 + 60 * group, "MonthlyCharges": random.uniform(2_000, 10_000, 120)})
    encoder = fit_encoder(frame, signature_of("churn_v1", list(frame)).features)
    segments = fit_segments(frame, group, encoder, changed(SETTINGS, k=2), seed=42).segments
    found = segments.assign(encoder.encode_frame(frame))
    assert np.array_equal(found, group if found[0] == 0 else 1 - group)
    assert segments.scale == pytest.approx(encoder.encode_frame(frame).std(axis=0))


def test_two_fits_are_the_same_to_the_bit(three_groups, encoder):
    frame, group = three_groups
    first, again = (fit_segments(frame, group % 2, encoder, SETTINGS, seed=42) for _ in range(2))
    assert np.array_equal(first.segments.centroids, again.segments.centroids)
    assert first.counts == again.counts


def test_what_each_measure_prefers():
    # The line from (2, 100) to (5, 10) is 70 at k = 3 and 40 at k = 4; inertia lies 40 and 20 below it.
    counts = [
        SegmentCount(2, 100, 0.5, 10),
        SegmentCount(3, 30, 0.4, 30),
        SegmentCount(4, 20, 0.6, 20),
        SegmentCount(5, 10, 0.1, 5),
    ]
    assert preferred(counts) == {"elbow": 3, "silhouette": 4, "calinski_harabasz": 3}


def test_segments_that_look_alike_get_different_names():
    frame = pd.DataFrame(
        {"InternetService": ["DSL"] * 6, "tenure": [1, 1, 1, 1, 70, 70], "MonthlyCharges": [5.0] * 6}
    )
    names = name_segments(frame, np.array([0, 0, 1, 1, 2, 2]))
    assert names == ("New, low value", "New, low value (2)", "Loyal, low value")


def test_segments_keep_their_ids_and_names_when_they_are_fitted_again(three_groups, encoder):
    frame, group = three_groups
    first = fit_segments(frame, group % 2, encoder, SETTINGS, seed=42).segments
    turned = replace(first, centroids=first.centroids[[2, 0, 1]], names=("A", "B", "C"))
    again = fit_segments(frame, group % 2, encoder, SETTINGS, seed=7, former=turned)
    encoded = encoder.encode_frame(frame)
    assert again.segments.names == ("A", "B", "C")
    assert (again.segments.assign(encoded) == turned.assign(encoded)).all()
    assert again.segments.profiles[0]["rows"] == 60
    assert again.matched is not None
    assert again.matched.to_json(again.segments.names) == {
        "new": [],
        "gone": [],
        "rows": 180,
        "moved": 0,
        "moves": [],
    }


def test_who_moved_is_told_and_a_segment_of_other_customers_gets_another_name(three_groups, encoder):
    frame, _ = three_groups
    segments = fit_segments(frame, np.zeros(180, dtype=int), encoder, SETTINGS, seed=42).segments
    old = segments.assign(encoder.encode_frame(frame))
    # Cluster 0 is segment 1 and ten customers of segment 2; cluster 2 is a third of each segment.
    clusters = np.select([old == 1, old == 0], [0, 1], 2)
    clusters[np.flatnonzero(old == 2)[:10]] = 0
    clusters[np.flatnonzero(old == 0)[:35]] = 2
    clusters[np.flatnonzero(old == 1)[:25]] = 2
    matched = match(clusters, segments, frame)
    assert matched is not None
    assert matched.ids.tolist() == [1, 0, 2]
    assert matched.names == {0: segments.names[0], 1: segments.names[1]}
    names = (segments.names[0], segments.names[1], "Newcomers")
    told = matched.to_json(names)
    assert (told["new"], told["gone"], told["rows"]) == (["Newcomers"], [segments.names[2]], 180)
    assert told["moved"] == 10 + 35 + 25 + 50
    assert {(move["from"], move["to"]): move["rows"] for move in told["moves"]} == {
        (segments.names[2], "Newcomers"): 50,
        (segments.names[0], "Newcomers"): 35,
        (segments.names[1], "Newcomers"): 25,
        (segments.names[2], segments.names[1]): 10,
    }
    assert set(matched.moved(names).index) == set(
        np.flatnonzero((clusters == 2) | ((clusters == 0) & (old == 2)))
    )


def test_fewer_segments_than_before_keep_their_names(three_groups, encoder):
    frame, group = three_groups
    former = fit_segments(frame, group % 2, encoder, SETTINGS, seed=42).segments
    two = fit_segments(frame, group % 2, encoder, changed(SETTINGS, k=2), seed=42, former=former)
    assert two.matched is not None
    kept = set(two.segments.names) & set(former.names)
    assert kept == set(two.matched.names.values())
    assert len(kept) >= 1


def test_former_segments_of_a_feature_that_is_gone_are_not_matched(three_groups, encoder):
    frame, group = three_groups
    former = fit_segments(frame, group % 2, encoder, SETTINGS, seed=42).segments
    less = frame.drop(columns="tenure")
    encoder_of_less = fit_encoder(less, signature_of("churn_v1", list(less)).features)
    again = fit_segments(less, group % 2, encoder_of_less, SETTINGS, seed=42, former=former)
    assert again.matched is None
