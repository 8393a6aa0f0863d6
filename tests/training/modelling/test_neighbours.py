from __future__ import annotations

import numpy as np
import pytest
from imblearn.combine import SMOTEENN
from imblearn.over_sampling import ADASYN, SMOTE
from sklearn.base import clone
from sklearn.neighbors import NearestNeighbors

from training.modelling.neighbours import BoundedNeighbors
from training.modelling.resampling import SAMPLERS, BoundedSearch, bounded_search, largest_searches

PLAIN = {"smote": SMOTE, "adasyn": ADASYN, "smoteenn": SMOTEENN}


def telecom(rows: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(5)
    churned = (random.random(rows) < 0.27).astype("int64")
    return random.normal(size=(rows, 4)) + 1.5 * churned[:, None], churned


@pytest.mark.parametrize("name", PLAIN)
def test_up_to_the_bound_a_sampler_is_imbalanced_learns_to_the_bit(name: str) -> None:
    matrix, churned = telecom(400)
    told: list[BoundedSearch] = []
    for search in (NearestNeighbors, bounded_search("smote", 1000, 3, told.append)):
        resampled, labels = SAMPLERS[name](3, search).fit_resample(matrix, churned)
        expected, expected_labels = PLAIN[name](random_state=3).fit_resample(matrix, churned)
        assert resampled.tobytes() == expected.tobytes()
        assert np.array_equal(labels, expected_labels)
    assert told == []


def test_the_bound_itself_is_not_yet_sampled() -> None:
    matrix, _ = telecom(50)
    told: list[int] = []
    BoundedNeighbors(3, rows=50, seed=0, on_bounded=told.append).fit(matrix)
    assert told == []
    BoundedNeighbors(3, rows=49, seed=0, on_bounded=told.append).fit(matrix)
    assert told == [50]


@pytest.mark.parametrize("name", PLAIN)
def test_above_the_bound_a_sampler_keeps_rows_and_labels_together_and_repeats_itself(name: str) -> None:
    matrix, churned = telecom(600)
    made = bounded_search(name, 100, 3, [].append)  # type: ignore[arg-type]
    resampled, labels = SAMPLERS[name](3, made).fit_resample(matrix, churned)
    given = {row.tobytes(): label for row, label in zip(matrix, churned, strict=True)}
    kept = [
        (given[row.tobytes()], label)
        for row, label in zip(resampled, labels, strict=True)
        if row.tobytes() in given
    ]
    assert kept
    assert all(before == after for before, after in kept)
    assert labels.mean() > churned.mean() + 0.1
    again, _ = SAMPLERS[name](3, made).fit_resample(matrix, churned)
    assert again.tobytes() == resampled.tobytes()
    other_search = bounded_search(name, 100, 4, [].append)  # type: ignore[arg-type]
    other, _ = SAMPLERS[name](3, other_search).fit_resample(matrix, churned)
    assert other.tobytes() != resampled.tobytes()


def test_each_sampler_tells_every_search_that_was_bounded() -> None:
    matrix, churned = telecom(600)
    left, stayed = int(churned.sum()), int(600 - churned.sum())
    expected = {"smote": [left], "adasyn": [600, left], "smoteenn": [left, 2 * stayed]}
    for name, sizes in expected.items():
        told: list[BoundedSearch] = []
        search = bounded_search(name, 100, 3, told.append)  # type: ignore[arg-type]
        SAMPLERS[name](3, search).fit_resample(matrix, churned)
        assert told == [BoundedSearch(name, 100, of) for of in sizes]  # type: ignore[arg-type]


def test_the_largest_search_of_each_sampler_is_told() -> None:
    searches = [BoundedSearch("smote", 5, 9), BoundedSearch("adasyn", 5, 7), BoundedSearch("smote", 5, 8)]
    assert largest_searches(searches) == [
        {"sampler": "adasyn", "among": 5, "of": 7},
        {"sampler": "smote", "among": 5, "of": 9},
    ]
    assert largest_searches([]) == []


def test_neighbours_are_the_nearest_of_the_sample_and_the_row_itself_comes_first() -> None:
    matrix, _ = telecom(300)
    bounded = BoundedNeighbors(4, rows=120, seed=1).fit(matrix)
    chosen = bounded.chosen_
    assert len(np.unique(chosen)) == 120
    distance, found = bounded.kneighbors(matrix)
    for row in range(300):
        apart = np.linalg.norm(matrix[chosen] - matrix[row], axis=1)
        nearest = chosen[np.argsort(apart)]
        if row in chosen:
            assert found[row].tolist() == nearest[:4].tolist()
            assert found[row, 0] == row
        else:
            assert found[row, 1:].tolist() == nearest[:3].tolist()
            assert found[row, 0] == found[row, 1]
        assert distance[row] == pytest.approx(
            np.linalg.norm(matrix[found[row]] - matrix[row], axis=1), abs=1e-6
        )
    assert np.array_equal(bounded.kneighbors(matrix, return_distance=False), found)


def test_a_copy_of_a_row_in_the_sample_stands_for_the_row_itself() -> None:
    matrix = np.repeat([[0.0], [10.0], [21.0]], 40, axis=0)
    bounded = BoundedNeighbors(2, rows=60, seed=0).fit(matrix)
    distance, _ = bounded.kneighbors(matrix)
    assert (distance == 0).all()


def test_a_clone_searches_and_tells_alike() -> None:
    told: list[int] = []
    bounded = clone(BoundedNeighbors(4, rows=120, seed=9, on_bounded=told.append, n_jobs=1))
    assert (bounded.n_neighbors, bounded.rows, bounded.seed, bounded.n_jobs) == (4, 120, 9, 1)
    bounded.fit(telecom(300)[0])
    assert told == [300]


def test_a_sample_cannot_answer_for_rows_that_are_not_named() -> None:
    bounded = BoundedNeighbors(2, rows=20, seed=0).fit(telecom(30)[0])
    with pytest.raises(ValueError, match="name the rows"):
        bounded.kneighbors()
