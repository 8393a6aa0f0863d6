from __future__ import annotations

import numpy as np
import pytest

from training.errors import CohortError, LeakError
from training.modelling.resampling import SAMPLERS, ResamplingGuard, resample


@pytest.fixture
def rows() -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    churned = (np.arange(120) % 4 == 0).astype(int)
    return random.normal(size=(120, 3)) + churned[:, None], churned


TRAIN, TEST = np.arange(0, 100), np.arange(100, 120)


@pytest.mark.parametrize("name", ["smote", "adasyn", "smoteenn"])
def test_resampling_evens_the_classes_and_keeps_the_test_rows(name, rows):
    matrix, churned = rows
    before = matrix.copy()
    guard = ResamplingGuard(matrix, churned, TEST)
    part = resample(name, matrix, churned, TRAIN, guard, seed=1)
    assert part.churned.mean() > churned[TRAIN].mean() + 0.1
    assert np.array_equal(matrix, before)
    guard.check_test_rows(matrix[TEST], churned[TEST])


def test_none_gives_the_training_rows_as_they_are(rows):
    matrix, churned = rows
    part = resample("none", matrix, churned, TRAIN, ResamplingGuard(matrix, churned, TEST), seed=1)
    assert np.array_equal(part.matrix, matrix[TRAIN])
    assert np.array_equal(part.churned, churned[TRAIN])


def test_a_test_row_handed_to_the_resampler_fails_the_run(rows):
    matrix, churned = rows
    guard = ResamplingGuard(matrix, churned, TEST)
    with pytest.raises(
        LeakError, match=r"1 rows of the test part were handed to the resampler \(first: row 100\)"
    ):
        resample("smote", matrix, churned, np.arange(0, 101), guard, seed=1)


def test_a_resampler_that_gets_hold_of_test_rows_fails_the_run(rows):
    matrix, churned = rows

    class Peeking:
        def fit_resample(self, part, labels):
            return np.vstack([part, matrix[TEST[:2]]]), np.append(labels, churned[TEST[:2]])

    guard = ResamplingGuard(matrix, churned, TEST)
    peeking = {"smote": lambda seed, search: Peeking()}
    with pytest.raises(LeakError, match="returned 2 rows of the test part"):
        resample("smote", matrix, churned, TRAIN, guard, seed=1, samplers=peeking)


def test_a_duplicate_of_a_training_row_in_the_test_part_is_no_leak(rows):
    matrix, churned = rows
    matrix[110] = matrix[4]
    guard = ResamplingGuard(matrix, churned, TEST)
    assert len(resample("smote", matrix, churned, TRAIN, guard, seed=1).matrix) > len(TRAIN)


def test_resampling_before_the_split_is_caught_when_judging(rows):
    matrix, churned = rows
    guard = ResamplingGuard(matrix, churned, TEST)
    resampled, labels = SAMPLERS["smoteenn"](1).fit_resample(matrix, churned)
    with pytest.raises(LeakError, match="not the 20 untouched rows"):
        guard.check_test_rows(resampled[-20:], labels[-20:])


def test_test_rows_changed_in_place_are_caught_when_judging(rows):
    matrix, churned = rows
    guard = ResamplingGuard(matrix, churned, TEST)
    matrix[TEST[0], 0] += 1e-9
    with pytest.raises(LeakError):
        guard.check_test_rows(matrix[TEST], churned[TEST])


def test_too_few_churners_are_told_in_one_sentence(rows):
    matrix, churned = rows
    churned = np.zeros_like(churned)
    churned[0] = 1
    with pytest.raises(CohortError, match="smote cannot resample 100 rows with 1 churners"):
        resample("smote", matrix, churned, TRAIN, ResamplingGuard(matrix, churned, TEST), seed=1)
