"""The model card: what a registered model is for, what it learned from, how good it is, and its limits.

Mitchell et al. (2019), "Model Cards for Model Reporting", FAT* '19. Training writes it when it
registers the model. It holds figures, and sentences by their key in `serving.language`, so that it can be
read in every language.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from serving.card.field_types import Count, Moment, Number, Share, StrictModel, Text
from serving.errors import LanguageError
from serving.language.catalogue import LANGUAGES
from serving.language.language import Language


class Statement(StrictModel):
    """A sentence of the catalogue with the facts that it states."""

    key: Text = Field(description="of a text in serving/language")
    values: dict[Text, str | int | Number | tuple[str, ...]] = {}

    @model_validator(mode="after")
    def _can_be_said(self) -> Statement:
        try:
            for code in LANGUAGES:
                Language(code).say(self.key, **self.values)
        except LanguageError as error:
            raise ValueError(str(error)) from error
        return self


Statements = Annotated[tuple[Statement, ...], Field(min_length=1)]


class DataWindow(StrictModel):
    """What the model was trained and judged on. A snapshot does not say within how many days people left."""

    base: Text = Field(description="the lake's base; a model serves customers of no other")
    kind: Literal["simulated", "history", "snapshot"]
    observation_dates: tuple[Moment, ...] = Field(min_length=1, description="ISO 8601, UTC")
    data_until: Moment | None = Field(
        default=None, description="UTC; end of the edition it learned from, null in cards of before editions"
    )
    gap_days: Count | None
    horizon_days: Annotated[int, Field(gt=0)] | None
    rows: int = Field(gt=0, description="rows of the dataset, the untouched part among them")
    customers: int = Field(gt=0)
    churn_rate: Share
    under_offer: Count = Field(default=0, description="customers without a label, as an offer was in force")
    left_involuntarily: Count = Field(
        default=0, description="customers without a label, as they did not decide it"
    )
    features: tuple[Text, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _window_of_its_kind(self) -> DataWindow:
        known = self.gap_days is not None, self.horizon_days is not None
        if known != ((False, False) if self.kind == "snapshot" else (True, True)):
            raise ValueError(
                "gap_days and horizon_days belong to every base but a snapshot, which has neither"
            )
        return self


class Figure(StrictModel):
    """A figure on the untouched part with its 95 % bootstrap interval, and over the folds.

    Null where it is not defined, such as the precision when nobody is contacted.
    """

    estimate: Number | None
    low: Number | None
    high: Number | None
    fold_mean: Number | None
    fold_std: Number | None

    @model_validator(mode="after")
    def _ordered(self) -> Figure:
        if (self.low is None) != (self.high is None):
            raise ValueError("an interval has both ends or none")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError(f"an interval cannot begin at {self.low} and end at {self.high}")
        return self


class Figures(StrictModel):
    """The headline figures, on calibrated probabilities; those after `brier` are at the chosen threshold."""

    auc: Figure
    average_precision: Figure
    lift_top_decile: Figure
    brier: Figure
    precision: Figure
    recall: Figure
    f1: Figure
    contact_share: Figure
    profit_per_customer: Figure


class ReliabilityBin(StrictModel):
    """Rows whose calibrated probability lies between two bounds, and how many of them churned."""

    low: Share
    high: Share
    rows: int = Field(gt=0)
    mean_probability: Share
    churn_rate: Share


class Calibration(StrictModel):
    """How far probabilities lie from churn rates on the untouched part, before and after calibration."""

    ece_before: Share
    ece_after: Share
    brier_before: Share
    brier_after: Share
    bins: tuple[ReliabilityBin, ...] = Field(
        min_length=1, description="after calibration, ten of equal width, those without rows left out"
    )


class ModelCard(StrictModel):
    """Everything that somebody who relies on a model should know of it."""

    intended_use: Statements
    out_of_scope: Statements
    people: Statement
    data: DataWindow
    judged: Statement
    figures: Figures
    calibration: Calibration
    against_champion: Statement | None = Field(
        default=None, description="the champion that the run found, compared; null where there was none"
    )
    time_to_churn: Statement | None = Field(
        default=None, description="how long customers stay, or why that is not known; null in older cards"
    )
    limits: Statements
    renewal: Statements
