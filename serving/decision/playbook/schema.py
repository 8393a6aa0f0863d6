"""What a playbook says: offers, who is eligible, caps, suppression, and what is assumed.

Every class is strict and frozen. What does not fit a model is found in `serving.decision.playbook.fitting`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from string import Formatter
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, FiniteFloat, model_validator

from serving.decision.playbook.conditions import Condition
from serving.language.catalogue import LANGUAGES, LanguageCode
from serving.model.scorer import Band

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Money = Annotated[FiniteFloat, Field(ge=0, le=1e9)]
Share = Annotated[FiniteFloat, Field(ge=0, le=1)]
Channel = Literal["email", "sms", "phone", "letter", "app"]
NONE = "none"
"""The arm that gets no offer, the hold-out; no offer may have this name."""
PLACEHOLDERS = ("offer", "reason", "valid_until")
"""What a message may hold beside the names of features."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _in_every_language(texts: Mapping[LanguageCode, str]) -> Mapping[LanguageCode, str]:
    missing = [code for code in LANGUAGES if not texts.get(code, "").strip()]
    if missing:
        raise ValueError(f"has no text in {', '.join(missing)}; write it")
    return texts


def _with_placeholders(texts: Mapping[LanguageCode, str]) -> Mapping[LanguageCode, str]:
    for code, text in texts.items():
        try:
            found = list(Formatter().parse(text))
        except ValueError as error:
            raise ValueError(
                f"the text in {code} has a brace that does not close; write {{{{ for a brace"
            ) from error
        wrong = [name for _, name, form, turned in found if name is not None and (not name or form or turned)]
        if wrong:
            raise ValueError(
                f"a placeholder of the text in {code} is a name in braces and no more, such as {{offer}}"
            )
    return texts


Words = Annotated[
    dict[LanguageCode, Annotated[str, Field(max_length=2_000)]], AfterValidator(_in_every_language)
]
Message = Annotated[Words, AfterValidator(_with_placeholders)]


class Eligible(_Strict):
    """Who may get an offer: a customer must meet every rule that is written."""

    bands: tuple[Band, ...] | None = Field(default=None, min_length=1)
    segments: tuple[str, ...] | None = Field(default=None, min_length=1, description="names of segments")
    reasons: tuple[str, ...] | None = Field(
        default=None, min_length=1, description="features; one of them is among the main reasons of the risk"
    )
    features: dict[str, Condition] = Field(default_factory=dict, description="conditions on features")


class Offer(_Strict):
    """One offer. Amounts are in the currency of the charges."""

    name: Words
    changes: Words = Field(description="what it changes for the customer")
    cost: Money = Field(description="paid for every customer who takes it and stays")
    channels: tuple[Channel, ...] = Field(min_length=1)
    valid_from: date | None = None
    valid_until: date | None = Field(default=None, description="the last day on which it is made")
    message: Message
    eligible: Eligible = Field(default_factory=Eligible)

    @model_validator(mode="after")
    def _begins_before_it_ends(self) -> Offer:
        if self.valid_from and self.valid_until and self.valid_from > self.valid_until:
            raise ValueError(f"ends on {self.valid_until} before it begins on {self.valid_from}")
        return self

    def is_valid(self, day: date) -> bool:
        """Whether it is made on a day."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_until is None or day <= self.valid_until
        )

    def placeholders(self) -> Iterator[tuple[LanguageCode, str]]:
        """The placeholders of its messages, each with the language."""
        for code, text in self.message.items():
            for _, name, _, _ in Formatter().parse(text):
                if name is not None:
                    yield code, name


class Caps(_Strict):
    """How often a customer is contacted at most."""

    contacts_a_month: Annotated[int, Field(ge=1, le=100)]
    cooling_off_days: Annotated[int, Field(ge=0, le=3_650)] = Field(description="days after a contact")


class Suppression(_Strict):
    """Who is contacted by nobody. `true` goes by the suppression file, conditions by the features."""

    no_consent: bool
    do_not_contact: bool
    holdout: bool = Field(description="hold-outs and control groups of running campaigns")
    open_complaint: dict[str, Condition] | None
    dunning: dict[str, Condition] | None


class Exploration(_Strict):
    """The share of customers who get an offer by lot, so that effects can still be measured."""

    share: Annotated[FiniteFloat, Field(ge=0, le=0.2)]
    offers: tuple[str, ...]


class Assumed(_Strict):
    """What stands for an effect or a value that no model has measured."""

    acceptance: Share = Field(description="share of those who would leave whom an offer keeps")
    customer_value: Money = Field(description="what keeping a customer of the typical charge is worth")
    typical_charge: Annotated[FiniteFloat, Field(gt=0)] | None = Field(
        description="value grows with the monthly charge over this; null: everybody is worth the same"
    )


class Playbook(_Strict):
    """The whole file."""

    contact_cost: Money = Field(description="of one contact")
    confidence: Annotated[FiniteFloat, Field(ge=0.5, lt=1)] = Field(
        description="how sure it must be that a measured offer pays, one-sided"
    )
    assumed: Assumed
    exploration: Exploration
    caps: Caps
    suppression: Suppression
    offers: dict[Name, Offer] = Field(min_length=1, max_length=50)

    @model_validator(mode="before")
    @classmethod
    def _is_a_mapping(cls, content: Any) -> Any:
        if not isinstance(content, dict):
            raise ValueError(
                "is no mapping of keys to values; begin with serving/playbook.yaml as it was shipped"
            )
        return content
