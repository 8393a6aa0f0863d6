from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from small_models import whole_model
from small_playbooks import playbook

from serving.decision.playbook.fitting import check_fits
from serving.errors import PlaybookError
from serving.model.churn_model import ChurnModel
from serving.settings import load_settings

PROTECTED = load_settings().protected_attributes


def test_the_shipped_playbook_fits(tmp_path: Path, build_model: Callable[[str], ChurnModel]) -> None:
    check_fits(playbook(tmp_path), whole_model(), PROTECTED)
    check_fits(playbook(tmp_path), build_model("logistic"), PROTECTED)


@pytest.mark.parametrize(
    ("eligible", "message"),
    [
        (
            {"features": {"shoeSize": {"at_least": 40}}},
            "'shoeSize' is no feature of the model; write one of PhoneService",
        ),
        (
            {"features": {"gender": {"any_of": ["Female"]}}},
            "gender: 'gender' is a protected attribute (protected_attributes); take it",
        ),
        ({"features": {"SeniorCitizen": {"at_least": 1}}}, "'SeniorCitizen' is a protected attribute"),
        ({"reasons": ["Partner"]}, "reasons.0: 'Partner' is a protected attribute"),
        ({"reasons": ["weather"]}, "reasons.0: 'weather' is no feature of the model"),
        (
            {"segments": ["giants"]},
            "segments.0: 'giants' is no segment of the model; write one of no internet,",
        ),
        (
            {"features": {"Contract": {"any_of": ["Ten year"]}}},
            "'Ten year' cannot be a value of Contract; write one of Month-to-month, One year",
        ),
        ({"features": {"Contract": {"at_least": 1}}}, "Contract is no number; write any_of or none_of"),
        ({"features": {"tenure": {"any_of": ["long"]}}}, "'long' is no value of tenure; write a number"),
        (
            {"features": {"tenure": {"any_of": [-3]}}},
            "-3.0 cannot be a value of tenure; write one from 0 to 1200",
        ),
    ],
)
def test_what_does_not_fit_is_named(eligible: dict[str, Any], message: str, tmp_path: Path) -> None:
    file = playbook(tmp_path, lambda content: content["offers"]["discount"].update(eligible=eligible))
    with pytest.raises(PlaybookError) as raised:
        check_fits(file, whole_model(), PROTECTED)
    assert message in str(raised.value)
    assert str(raised.value).startswith(f"{file.path} line ")


def test_suppression_and_messages_are_checked_too(tmp_path: Path) -> None:
    def change(content: dict[str, Any]) -> None:
        content["suppression"]["dunning"] = {"Dependents": {"any_of": ["Yes"]}}
        content["offers"]["discount"]["message"]["en"] = "Dear {gender}, {tenure} {reason} {name}"

    with pytest.raises(PlaybookError) as raised:
        check_fits(playbook(tmp_path, change), whole_model(), PROTECTED)
    told = str(raised.value).splitlines()
    assert len(told) == 3
    assert "offers.discount.message.en: '{gender}' is a protected attribute" in "\n".join(told)
    assert "'{name}' is no feature of the model" in "\n".join(told)
    assert "suppression.dunning.Dependents: 'Dependents' is a protected attribute" in told[0]
