from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from imblearn.over_sampling import SMOTE

from training.errors import ArmError, LeakError
from training.modelling.resampling import SAMPLERS, ResamplingGuard, TrainingPart, fit_resample, resample


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


def test_a_sampler_is_made_with_the_seed(rows):
    matrix, churned = rows
    guard = ResamplingGuard(matrix, churned, TEST)
    part = resample("smote", matrix, churned, TRAIN, guard, seed=3)
    expected = SMOTE(random_state=3).fit_resample(matrix[TRAIN], churned[TRAIN])
    assert np.array_equal(part.matrix, expected[0])
    assert np.array_equal(part.churned, expected[1])


def test_none_gives_the_training_rows_as_they_are(rows):
    matrix, churned = rows
    part = resample("none", matrix, churned, TRAIN, ResamplingGuard(matrix, churned, TEST), seed=1)
    assert np.array_equal(part.matrix, matrix[TRAIN])
    assert np.array_equal(part.churned, churned[TRAIN])


def test_a_test_row_handed_to_the_resampler_fails_the_run(rows):
    matrix, churned = rows
    guard = ResamplingGuard(matrix, churned, TEST)
    with pytest.raises(LeakError) as refused:
        resample("smote", matrix, churned, np.arange(0, 101), guard, seed=1)
    assert str(refused.value) == (
        "1 rows of the test part were handed to the resampler (first: row 100); "
        "resample the training part of each fold only"
    )


def test_a_resampler_that_gets_hold_of_test_rows_fails_the_run(rows):
    matrix, churned = rows

    class Peeking:
        def fit_resample(self, part, labels):
            return np.vstack([part, matrix[TEST[:2]]]), np.append(labels, churned[TEST[:2]])

    guard = ResamplingGuard(matrix, churned, TEST)
    peeking = {"smote": lambda seed, search: Peeking()}
    with pytest.raises(LeakError, match=r"returned 2 rows of the test part \(first: resampled row 100\)$"):
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
    with pytest.raises(LeakError) as refused:
        guard.check_test_rows(resampled[-21:], labels[-21:])
    assert str(refused.value) == (
        "the evaluation used 21 rows that are not the 20 untouched rows of its test part; "
        "score the rows as they were before resampling"
    )


def test_test_rows_changed_in_place_are_caught_when_judging(rows):
    matrix, churned = rows
    guard = ResamplingGuard(matrix, churned, TEST)
    matrix[TEST[0], 0] += 1e-9
    with pytest.raises(LeakError):
        guard.check_test_rows(matrix[TEST], churned[TEST])
    relabelled = ResamplingGuard(matrix, churned, TEST)
    with pytest.raises(LeakError):
        relabelled.check_test_rows(matrix[TEST], 1 - churned[TEST])
    with pytest.raises(LeakError):
        relabelled.check_test_rows(matrix[TEST].reshape(-1, 1), churned[TEST])


def test_too_few_churners_are_told_in_one_sentence(rows):
    matrix, churned = rows
    churned = np.zeros_like(churned)
    churned[0] = 1
    said = (
        "^smote cannot resample 100 rows of which 1 churned: it needs at least 6 rows of each kind, "
        "and 99 stayed$"
    )
    with pytest.raises(ArmError, match=said):
        resample("smote", matrix, churned, TRAIN, ResamplingGuard(matrix, churned, TEST), seed=1)


def noisy(stayed: int, churners: int, noise: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Two classes that lie apart by one, in rows with this much noise; without noise rows repeat."""
    churned = np.repeat([0, 1], [stayed, churners])
    random = np.random.default_rng(seed)
    return churned[:, None] + noise * random.normal(size=(len(churned), 3)), churned


def resampled(name: str, matrix: np.ndarray, churned: np.ndarray):
    # A test row that is nowhere else, so that the guard has nothing to say.
    matrix, churned = np.vstack([matrix, np.full((1, 3), 99.0)]), np.append(churned, 0)
    last = len(churned) - 1
    guard = ResamplingGuard(matrix, churned, np.array([last]))
    return resample(name, matrix, churned, np.arange(last), guard, seed=1)


def reason_against(name: str, matrix: np.ndarray, churned: np.ndarray) -> str | None:
    try:
        resampled(name, matrix, churned)
    except ArmError as error:
        return str(error)
    return None


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(["smote", "adasyn", "smoteenn"]),
    st.integers(1, 40),
    st.integers(1, 40),
    st.sampled_from([0.0, 0.1, 1.0, 10.0]),
    st.integers(0, 99),
)
def test_a_sampler_gives_both_classes_or_an_arm_error_whose_least_number_is_true(
    name: str, stayed: int, churners: int, noise: float, seed: int
):
    rows = noisy(stayed, churners, noise, seed)
    reason = reason_against(name, *rows)
    if reason is None:
        assert set(resampled(name, *rows).churned) == {0, 1}
    elif said := re.search(r"needs at least (\d+) rows of each kind", reason):
        least = int(said[1])
        assert min(stayed, churners) < least
        then = reason_against(name, *noisy(max(stayed, least), max(churners, least), noise, seed))
        # SMOTE needs nothing else; the others may leave nothing even so.
        assert then is None or (name != "smote" and "at least" not in then)


class Leaving:
    """A sampler that leaves some rows of each kind."""

    def __init__(self, stayed: int, churners: int) -> None:
        self.left = stayed, churners

    def fit_resample(self, part: np.ndarray, labels: np.ndarray):
        kept = [np.flatnonzero(labels == kind)[:count] for kind, count in enumerate(self.left)]
        return part[np.concatenate(kept)], labels[np.concatenate(kept)]


@pytest.mark.parametrize(("stayed", "churners"), [(0, 0), (0, 9), (9, 0), (1, 0)])
def test_a_sampler_that_leaves_nothing_or_one_class_is_told(stayed: int, churners: int):
    part = TrainingPart(*noisy(75, 25, 1.0, 0))
    with pytest.raises(ArmError) as refused:
        fit_resample("smoteenn", Leaving(stayed, churners), part)
    assert str(refused.value) == (
        f"smoteenn cannot resample 100 rows of which 25 churned: of the {stayed + churners} rows that it "
        f"leaves {churners} churned, and a classifier needs both kinds"
    )


def test_one_row_of_each_kind_is_enough():
    left = fit_resample("smoteenn", Leaving(1, 1), TrainingPart(*noisy(75, 25, 1.0, 0)))
    assert left.churned.tolist() == [0, 1]


class Refusing:
    def fit_resample(self, part: np.ndarray, labels: np.ndarray):
        raise RuntimeError("No row is near X...")


@pytest.mark.parametrize(
    ("stayed", "churners", "why"),
    [
        (9, 6, "No row is near X"),
        (6, 9, "No row is near X"),
        # Nothing has to be added where both kinds are equally many.
        (5, 5, "No row is near X"),
        (9, 5, "it needs at least 6 rows of each kind, and 9 stayed"),
        (5, 9, "it needs at least 6 rows of each kind, and 5 stayed"),
    ],
)
def test_the_reason_is_the_least_number_where_that_is_missing_and_else_the_librarys(
    stayed: int, churners: int, why: str
):
    matrix, churned = noisy(stayed, churners, 1.0, 0)
    with pytest.raises(ArmError) as refused:
        fit_resample("adasyn", Refusing(), TrainingPart(matrix, churned))
    total = stayed + churners
    assert str(refused.value) == f"adasyn cannot resample {total} rows of which {churners} churned: {why}"
