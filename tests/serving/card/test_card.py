from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from small_cards import said, small_card, small_thresholds

from serving.card.card import ModelCard
from serving.card.card_text import card_text
from serving.card.metadata import ModelMetadata
from serving.card.thresholds import Thresholds
from serving.errors import FormatError
from serving.language.catalogue import LANGUAGES, LanguageCode
from serving.language.language import Language
from serving.model.churn_model import ChurnModel
from serving.registry.model_files import load_metadata, save_model

NAN = float("nan")


@pytest.fixture
def card() -> dict[str, Any]:
    return small_card("base", ["tenure", "Contract"])


def changed(card: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy with another value at a dotted path."""
    copy: dict[str, Any] = json.loads(json.dumps(card))
    *folders, name = path.split(".")
    place = copy
    for folder in folders:
        place = place[folder]
    place[name] = value
    return copy


def test_a_card_comes_back_from_the_store(
    build_model: Callable[[str], ChurnModel], metadata: dict[str, Any], model_store: Path
) -> None:
    loaded = load_metadata(save_model(build_model("logistic"), metadata))
    assert loaded.card == ModelCard.model_validate(metadata["card"])
    assert loaded.thresholds == Thresholds.model_validate(metadata["thresholds"])
    assert loaded.base == metadata["card"]["data"]["base"]


@pytest.mark.parametrize("name", [name for name, one in ModelCard.model_fields.items() if one.is_required()])
def test_nothing_may_be_left_out(name: str, card: dict[str, Any]) -> None:
    del card[name]
    with pytest.raises(ValidationError, match="Field required"):
        ModelCard.model_validate(card)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("figures.auc.estimate", NAN, "finite"),
        ("figures.auc.fold_std", float("inf"), "finite"),
        ("figures.auc.low", None, "both ends or none"),
        ("figures.auc.low", 0.9, "cannot begin at 0.9"),
        ("figures.shoe_size", 43, "Extra inputs"),
        ("calibration.ece_after", NAN, "less than or equal|finite"),
        ("calibration.ece_after", 1.5, "less than or equal"),
        ("data.kind", "snapshot", "gap_days and horizon_days"),
        ("data.gap_days", None, "gap_days and horizon_days"),
        ("data.horizon_days", 0, "greater than 0"),
        ("data.observation_dates", [], "at least 1"),
        ("data.observation_dates", ["soon"], "Invalid isoformat"),
        ("data.churn_rate", NAN, "less than or equal|finite"),
        ("data.features", [], "at least 1"),
        ("limits", [], "at least 1"),
        ("people", said("card.nobody"), "there is no text 'card.nobody'"),
        ("people", said("card.people.window", base="b"), "takes base, gap_days and was given base"),
        ("limits", [said("card.limits.small_groups", churned=NAN)], "finite|cannot write"),
        ("why", "not", "Extra inputs"),
    ],
)
def test_what_does_not_fit_is_refused(path: str, value: Any, message: str, card: dict[str, Any]) -> None:
    ModelCard.model_validate(card)
    with pytest.raises(ValidationError, match=message):
        ModelCard.model_validate(changed(card, path, value))


def test_a_card_cannot_be_changed(card: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="frozen"):
        ModelCard.model_validate(card).limits = ()


def test_the_chosen_threshold_is_that_of_the_rule() -> None:
    other = {**small_thresholds(), "rule": "precision_floor"}
    with pytest.raises(
        ValidationError, match=r"chosen = 0.25 is not the threshold of the rule precision_floor"
    ):
        Thresholds.model_validate(other)
    nobody = Thresholds.model_validate({**other, "chosen": None})
    assert nobody.chosen is None


def test_metadata_names_the_field_of_the_card_that_is_wrong(metadata: dict[str, Any]) -> None:
    wrong = {**metadata, "card": changed(metadata["card"], "figures.auc.low", "high")}
    with pytest.raises(FormatError, match=r"card.figures.auc.low"):
        ModelMetadata.parse_mapping(wrong)


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("kind", ["simulated", "history", "snapshot"])
@pytest.mark.parametrize("rule", ["profit", "precision_floor"])
@pytest.mark.parametrize("threshold", [0.25, None])
def test_every_card_can_be_read_in_every_language(
    code: LanguageCode, kind: str, rule: str, threshold: float | None, card: dict[str, Any]
) -> None:
    days = (None, None) if kind == "snapshot" else (30, 90)
    data = {**card["data"], "kind": kind, "gap_days": days[0], "horizon_days": days[1]}
    thresholds = {**small_thresholds(), "rule": rule, "chosen": threshold}
    for name in ("profit", "precision_floor"):
        thresholds[name] = {**thresholds[name], "threshold": threshold}
    sections = card_text(
        ModelCard.model_validate({**card, "data": data}),
        Thresholds.model_validate(thresholds),
        Language(code),
    )
    assert {section.name for section in sections} == {*ModelCard.model_fields, "decision"}
    for section in sections:
        assert section.sentences, section.name
        assert all(sentence[-1] == "." for sentence in section.sentences), section.name


def test_a_card_in_words(card: dict[str, Any]) -> None:
    def read(code: LanguageCode) -> dict[str, tuple[str, ...]]:
        sections = card_text(
            ModelCard.model_validate(card), Thresholds.model_validate(small_thresholds()), Language(code)
        )
        return {section.name: section.sentences for section in sections}

    english, spanish = read("en"), read("es")
    assert english["figures"][0] == "AUC: 0.840, 95% interval 0.810 to 0.870; folds 0.840 ± 0.010."
    assert english["figures"][4].startswith("Precision at the threshold: 50.0%, 95% interval 45.0% to 55.0%")
    assert english["data"] == (
        "base, a simulated history.",
        "The data reached to Nov 1, 2026.",
        "Observation dates: Jun 1, 2026; Jul 1, 2026.",
        "Churn: leaving within 90 days after a gap of 30.",
        "1,200 rows of 700 customers; 26.5% churned.",
        "Features (2): months as a customer, contract.",
    )
    assert english["decision"][1] == (
        "By a precision floor of 80.0%: nobody, because the best lower bound of the precision is 74.0%."
    )
    assert spanish["limits"][0].startswith("Usa lo que las personas son: género, pareja.")
    assert "entre el 1 jun 2026 y el 1 jul 2026" in spanish["limits"][1]
