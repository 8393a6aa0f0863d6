from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

from training.modelling.classifiers import make_classifier
from training.settings.base import ClassifierName
from training.settings.settings import load_settings
from training.tuning.search_space import SPACES, holds, starting_point

README = Path(__file__).parents[3] / "training" / "README.md"


def written(distribution):
    """A range as the README writes it."""
    if isinstance(distribution, CategoricalDistribution):
        return " or ".join("none" if choice is None else choice for choice in distribution.choices)
    return f"{distribution.low:g} to {distribution.high:g}"


def test_every_classifier_is_searched_and_every_range_is_documented():
    assert set(SPACES) == set(get_args(ClassifierName))
    rows = README.read_text().splitlines()
    for classifier, space in SPACES.items():
        [row] = [row for row in rows if f"| `{classifier}`" in row and " to " in row]
        for name, distribution in space.items():
            assert f"`{name}` {written(distribution)}" in row, (classifier, name)


@pytest.mark.parametrize("classifier", SPACES)
def test_every_searched_parameter_is_one_of_the_library(classifier):
    estimator = make_classifier(classifier, {}, seed=1)
    known = {name.rpartition("__")[2] for name in estimator.get_params()}
    assert set(SPACES[classifier]) <= known


@pytest.mark.parametrize("classifier", SPACES)
def test_the_project_s_own_parameters_lie_inside_the_space(classifier):
    own = load_settings().classifiers[classifier]
    assert starting_point(SPACES[classifier], own) == {
        name: value for name, value in own.items() if name in SPACES[classifier]
    }


@pytest.mark.parametrize(
    ("distribution", "value", "inside"),
    [
        (IntDistribution(100, 400, step=50), 150, True),
        (IntDistribution(100, 400, step=50), 160, False),
        (IntDistribution(1, 5), 6, False),
        (IntDistribution(1, 5), True, False),
        (FloatDistribution(0.1, 1.0), 1, True),
        (FloatDistribution(0.1, 1.0), "sqrt", False),
        (CategoricalDistribution((None, "balanced")), None, True),
        (CategoricalDistribution((None, "balanced")), {"0": 1}, False),
    ],
)
def test_a_range_holds_what_lies_in_it(distribution, value, inside):
    assert holds(distribution, value) is inside
