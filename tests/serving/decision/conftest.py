from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from small_playbooks import offer, playbook

from serving.decision.decider import Decider
from serving.decision.policy import Policy
from serving.decision.suppressed import Entry, Suppressed
from serving.model.churn_model import ChurnModel
from serving.model.measured import Measured

MakeDecider = Callable[..., Decider]


@pytest.fixture
def model(build_model: Callable[[str], ChurnModel]) -> ChurnModel:
    """Of the features Partner, Contract, tenure and MonthlyCharges; segments new and loyal."""
    return build_model("logistic")


@pytest.fixture
def decider_of(model: ChurnModel, tmp_path: Path) -> MakeDecider:
    """A decider with plain offers, nobody suppressed and nobody exploring, unless told otherwise."""

    def make(
        offers: Mapping[str, Mapping[str, Any]] | None = None,
        *,
        effects: Measured | None = None,
        survival: Any = None,
        suppressed: Mapping[str, tuple[Entry, ...]] | None = None,
        explore: tuple[float, list[str]] = (0.0, []),
        **others: Any,
    ) -> Decider:
        def change(content: dict[str, Any]) -> None:
            content["offers"] = offers or {"discount": offer()}
            content["exploration"] = {"share": explore[0], "offers": explore[1]}
            for key, value in others.items():
                content[key] = {**content[key], **value} if isinstance(value, dict) else value

        policy = Policy(playbook(tmp_path, change), Suppressed(suppressed or {}))
        return Decider(replace(model, effects=effects, survival=survival), policy, 0.25)

    return make
