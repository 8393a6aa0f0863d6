"""Settings of tuning: how long, which arms, and on how many folds."""

from __future__ import annotations

from typing import Annotated, get_args

from pydantic import AfterValidator, Field, model_validator

from training.settings.base import ClassifierName, Positive, SamplerName, SettingsBase


def check_arm(name: str) -> str:
    """Refuse a name that is not ``sampler+classifier``.

    Raises
    ------
    ValueError
        When it is not an arm that a run can have.
    """
    sampler, _, classifier = name.partition("+")
    if sampler not in get_args(SamplerName) or classifier not in get_args(ClassifierName):
        raise ValueError(
            f"{name!r} is not an arm: expected one of {', '.join(get_args(SamplerName))}, a plus, and one of "
            f"{', '.join(get_args(ClassifierName))}"
        )
    if classifier == "logistic_regression" and sampler != "none":
        raise ValueError(f"{name!r}: the logistic regression is not resampled; use none+logistic_regression")
    return name


ArmName = Annotated[str, AfterValidator(check_arm)]


class TuningSettings(SettingsBase):
    """How parameters are searched for.

    Attributes
    ----------
    trials : int or None
        Sets of parameters that are tried in each arm, those stopped early among them.
    minutes : float or None
        Time for all arms together, in equal shares; the trial that is under way when it is over is finished.
        Whichever of the two comes first ends the search; one of them may be None.
    arms : tuple of str
        ``sampler+classifier``, each searched by itself.
    folds : int
        Folds of the training part that a trial is judged on; they are not the folds of a run.
    repeats : int
        How often the training part is cut into so many folds; more repeats make the comparison less noisy.
    """

    trials: Positive | None
    minutes: Annotated[float, Field(gt=0)] | None
    arms: Annotated[tuple[ArmName, ...], Field(min_length=1)]
    folds: Annotated[int, Field(ge=2)]
    repeats: Positive

    @model_validator(mode="after")
    def _some_end(self) -> TuningSettings:
        if self.trials is None and self.minutes is None:
            raise ValueError("trials and minutes are both null: the search would never end; give one of them")
        return self
