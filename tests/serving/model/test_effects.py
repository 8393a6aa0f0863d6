from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pytest

from serving.errors import FormatError, IntegrityError
from serving.model.churn_model import ChurnModel
from serving.model.effects import CampaignFacts, Effects, Estimate, OfferEffect, OfferFacts
from serving.registry.model_files import load_model, save_model

FACTS = CampaignFacts(120, ("spring", "autumn"), 400, 0.02)


def facts(learner: Any = "X") -> OfferFacts:
    return OfferFacts(200, 0.02, 0.01, learner, Estimate(0.01, 0.002, 0.018))


def ranking(width: int) -> Any:
    """A small regressor that follows the first column."""
    matrix = np.random.default_rng(2).normal(size=(400, width))
    regressor = lightgbm.LGBMRegressor(n_estimators=20, num_leaves=2, n_jobs=1, verbose=-1)
    return regressor.fit(matrix, matrix[:, 0]).booster_


def effects(width: int = 3) -> Effects:
    ranked = OfferEffect("call", ranking(width), (-0.2, 0.3), (-0.01, 0.02, 0.1), (0.01, 0.02, 0.03), facts())
    alike = OfferEffect("discount", None, (), (0.04,), (0.005,), facts(None))
    return Effects((ranked, alike), FACTS)


@pytest.fixture
def matrix() -> np.ndarray:
    return np.random.default_rng(3).normal(size=(50, 3))


def test_the_effect_is_that_of_the_bin(matrix: np.ndarray) -> None:
    made = effects()
    assert made.offers == ("call", "discount")
    found = made.of(matrix)
    scores = made.each[0].ranking.predict(matrix)
    expected = np.where(scores < -0.2, -0.01, np.where(scores < 0.3, 0.02, 0.1))
    np.testing.assert_array_equal(found.mean[:, 0], expected)
    assert set(expected) == {-0.01, 0.02, 0.1}
    assert set(found.mean[:, 1]) == {0.04}
    assert set(found.error[:, 1]) == {0.005}
    np.testing.assert_array_equal(found.error[expected == 0.1, 0], 0.03)


def test_one_row_has_the_same_effects_as_many(matrix: np.ndarray) -> None:
    made = effects()
    whole = made.of(matrix)
    for number in range(len(matrix)):
        mean, error = made.of_row(matrix[number : number + 1])
        assert mean == whole.mean[number].tolist()
        assert error == whole.error[number].tolist()
        np.testing.assert_array_equal(made.of(matrix[number : number + 1]).mean, [mean])


def test_threads_rank_their_own_rows(matrix: np.ndarray) -> None:
    made, expected, wrong = effects(), effects().of(matrix).mean.tolist(), []

    def work() -> None:
        for number in range(len(matrix)):
            if made.of_row(matrix[number : number + 1])[0] != expected[number]:
                wrong.append(number)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_no_rows() -> None:
    assert effects().of(np.empty((0, 3))).mean.shape == (0, 2)


def test_what_was_written_comes_back(matrix: np.ndarray, tmp_path: Path) -> None:
    made = effects()
    made.save(tmp_path)
    again = Effects.load(tmp_path)
    assert again is not None
    assert again.facts == made.facts
    assert [one.facts for one in again.each] == [one.facts for one in made.each]
    np.testing.assert_array_equal(again.of(matrix).mean, made.of(matrix).mean)
    np.testing.assert_array_equal(again.of(matrix).error, made.of(matrix).error)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["effect-0.txt", "effects.json"]


def test_a_model_without_effects_has_none(tmp_path: Path) -> None:
    assert Effects.load(tmp_path) is None


def test_a_ranking_that_is_missing_or_no_regression_is_refused(tmp_path: Path) -> None:
    effects().save(tmp_path)
    text = (tmp_path / "effect-0.txt").read_text()
    (tmp_path / "effect-0.txt").write_text(text.replace("objective=regression", "objective=binary sigmoid:1"))
    with pytest.raises(FormatError, match=r"effect-0\.txt is no regression"):
        Effects.load(tmp_path)
    (tmp_path / "effect-0.txt").unlink()
    with pytest.raises(FormatError, match=r"effect-0\.txt cannot be read"):
        Effects.load(tmp_path)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"edges": (0.1,)}, "do not go together"),
        ({"ranking": None}, "no ranking do not go together"),
        ({"edges": (0.3, -0.2)}, "not fall"),
        ({"mean": (0.1, 0.02, -0.01)}, "not fall"),
        ({"mean": (0.1, 0.2, float("nan"))}, "finite"),
        ({"error": (0.1, 0.2, -0.1)}, "not be negative"),
    ],
)
def test_parts_that_do_not_fit_are_refused(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(FormatError, match=words):
        replace(effects().each[0], **wrong)


def test_an_offer_stands_once() -> None:
    one = effects().each[1]
    with pytest.raises(FormatError, match="each once"):
        Effects((one, one), FACTS)
    with pytest.raises(FormatError, match="must be some"):
        Effects((), FACTS)


def test_effects_are_registered_with_the_model(
    build_model: Callable[[str], ChurnModel], metadata: dict[str, Any], model_store: Path
) -> None:
    model = build_model("lightgbm")
    width = len(model.encoder.columns)
    tag = save_model(replace(model, effects=effects(width)), metadata)
    loaded = load_model(tag).effects
    assert loaded is not None
    rows = np.random.default_rng(4).normal(size=(20, width))
    np.testing.assert_array_equal(loaded.of(rows).mean, effects(width).of(rows).mean)
    assert load_model(save_model(model, metadata)).effects is None
    file = model_store.joinpath(*tag.split(":"), "effect-0.txt")
    file.chmod(0o600)
    file.write_text(file.read_text() + "\n")
    with pytest.raises(IntegrityError, match=r"effect-0\.txt"):
        load_model(tag)


def test_effects_of_another_encoding_are_refused(build_model: Callable[[str], ChurnModel]) -> None:
    with pytest.raises(FormatError, match="effect of call was fitted on 3 columns"):
        replace(build_model("lightgbm"), effects=effects(3))
